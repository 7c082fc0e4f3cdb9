"""Names of actors in settings."""

import re
from typing import Annotated

from trend_assets.sources.names import one, path_under, shown

_ACTOR = re.compile(r"[\w.-]+[/~][\w.-]+|[A-Za-z0-9]{17}", re.ASCII)


def actor(written: str) -> str:
    """`user/name`, `user~name`, an id, or the address of an actor at Apify."""
    path = path_under(written, "apify.com")
    console = re.match(r"/(?:actors|v2/(?:acts|actors))/([^/]+)", path or "")
    name = console[1] if console else "/".join((path or written).strip("/").split("/")[:2])
    if not _ACTOR.fullmatch(name):
        raise ValueError(f"{shown(written)} is not an actor at Apify: user/name, its id, or its address")
    return name


Actor = Annotated[str, one(actor)]
