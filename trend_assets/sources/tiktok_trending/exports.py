"""Files that people have of TikTok: what it gives to its creators, and the data set of the actor that we call too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trend_assets.sources.exports import Export
from trend_assets.sources.providers.apify.exported import item_of
from trend_assets.sources.providers.apify.tiktok import post_row
from trend_assets.sources.values import Odd


def read(record: Mapping[str, Any], odd: Odd, now: datetime) -> dict[str, Any]:
    """One exported video."""
    return post_row(item_of(record), odd, list_name="", rank=None, now=now)


EXPORTS = (
    Export(
        name="clockworks_tiktok",
        title="Apify dataset of clockworks/tiktok-scraper (JSON or CSV)",
        recognised_by=frozenset({"webVideoUrl"}),
        fields={"external_id": "id", "list_name": "input"},
        constants={"platform": "tiktok"},
        observed="file",
        read=read,
    ),
    Export(
        name="tiktok_creator_center",
        title="TikTok creator center, content (Time, Video title, Video link, Post time)",
        recognised_by=frozenset({"Time", "Video title", "Video link", "Post time"}),
        fields={
            "external_id": "Video link", "url": "Video link", "measured_at": "Time", "description": "Video title",
            "posted_at": "Post time", "views": "Total views", "likes": "Total likes", "comments": "Total comments",
            "shares": "Total shares",
        },
        constants={"platform": "tiktok"},
        observed="field",
    ),
    Export(
        name="tiktok_studio",
        title="TikTok Studio, content (Video title, Video link, Post time)",
        recognised_by=frozenset({"Video title", "Video link", "Post time"}),
        fields={
            "external_id": "Video link", "url": "Video link", "description": "Video title", "posted_at": "Post time",
            "views": "Total views", "likes": "Total likes", "comments": "Total comments", "shares": "Total shares",
        },
        constants={"platform": "tiktok"},
        observed="file",
    ),
)  # fmt: skip
