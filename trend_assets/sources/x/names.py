"""Handles on X in settings."""

import re
from typing import Annotated

from trend_assets.sources.names import listed, path_under, shown

_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}", re.ASCII)
_PAGES = frozenset({"home", "search", "explore", "hashtag", "i", "intent", "settings", "messages", "notifications"})


def x_handle(written: str) -> str:
    """`@x`, `from:x`, an address under x.com or twitter.com: x."""
    path = path_under(written, "x.com", "twitter.com")
    name = path.strip("/").split("/")[0] if path is not None else written.removeprefix("from:")
    name = name.lstrip("@＠")
    if name.lower() in _PAGES or not _HANDLE.fullmatch(name):
        allowed = "up to 15 letters, digits and _, or its address on x.com"
        raise ValueError(f"{shown(written)} is not a handle on X: {allowed}")
    return name


XHandles = Annotated[tuple[str, ...], listed(x_handle)]
