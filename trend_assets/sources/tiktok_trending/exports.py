"""Files that people have of TikTok, listed in `exports.toml`; those of the actor that we call are read as its items."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trend_assets.sources.exports import exports_beside
from trend_assets.sources.providers.apify.exported import item_of
from trend_assets.sources.providers.apify.tiktok import post_row
from trend_assets.sources.values import Notes


def read(record: Mapping[str, Any], notes: Notes, now: datetime) -> dict[str, Any]:
    """One exported video."""
    return post_row(item_of(record), notes, list_name="", rank=None, now=now)


EXPORTS = exports_beside(__file__, clockworks_tiktok=read)
