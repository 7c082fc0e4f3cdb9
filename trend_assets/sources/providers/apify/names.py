"""Names of actors in settings."""

import re
from typing import Annotated

from trend_assets.sources.names import one, path_under, shown

_ACTOR = re.compile(r"[\w.-]+[/~][\w.-]+|[A-Za-z0-9]{17}", re.ASCII)


def actor(said: str) -> str:
    """`user/name`, `user~name`, an id, or the address of an actor at Apify."""
    path = path_under(said, "apify.com")
    console = re.match(r"/(?:actors|v2/(?:acts|actors))/([^/]+)", path or "")
    found = console[1] if console else "/".join((path or said).strip("/").split("/")[:2])
    if not _ACTOR.fullmatch(found):
        raise ValueError(f"{shown(said)} is not an actor at Apify: user/name, its id, or its address")
    return found


Actor = Annotated[str, one(actor)]
