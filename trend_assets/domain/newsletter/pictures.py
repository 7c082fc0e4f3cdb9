"""Which picture a story has in an issue: the platform's own public address, where the terms of its source allow it.

No address is taken from an answer: those are signed, expire, or tell who looks. It follows from the item's id and is
the same for every reader. What is simulated exists at no platform: its picture is drawn by us, at a path of our own.
"""

from collections.abc import Mapping
from typing import Any

from trend_assets.platforms import platform_named
from trend_assets.sources.policies import policies

DRAWN = "/pictures/{platform}/{id}.jpg"


def picture_of(row: Mapping[str, Any], *, is_adult: bool) -> str | None:
    """The address of a story's picture; None where its source's terms allow none or say nothing, where its platform has
    no such address, and for what is marked as for adults."""
    platform, terms = platform_named(row["platform"]), policies().get(str(row["source"]))
    if is_adult or platform is None or not platform.picture or terms is None or not terms.pictures:
        return None
    name = platform.plain_id(str(row["external_id"]))
    if name is None:
        return None
    return DRAWN.format(platform=platform.name, id=name) if row["is_simulated"] else platform.picture.format(id=name)
