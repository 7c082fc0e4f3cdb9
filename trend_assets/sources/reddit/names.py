"""Names of subreddits in settings."""

import re
from typing import Annotated

from trend_assets.sources.names import listed, path_under, shown

_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{1,21}", re.ASCII)


def subreddit(written: str) -> str:
    """`r/x`, `/r/x/`, an address under reddit.com: x."""
    path = path_under(written, "reddit.com")
    match = re.match(r"/?r/([^/]+)", path if path is not None else written, re.IGNORECASE)
    name = match[1] if match else written
    if (path is not None and not match) or not _SUBREDDIT.fullmatch(name):
        raise ValueError(f"{shown(written)} is not a subreddit: write its name, r/name, or its address on reddit.com")
    return name


Subreddits = Annotated[tuple[str, ...], listed(subreddit)]
