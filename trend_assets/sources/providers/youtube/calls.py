"""The requests we make to the YouTube Data API v3, as values with their quota. Sending them is the client's business.

Since 2026-06-01 search.list has a bucket of its own (100 calls a day, 1 each, every page counts); everything else takes
1 unit of 10,000 a day. No call costs money.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from trend_assets.sources.call import Call

PROVIDER = "youtube"
SEARCH = "/youtube/v3/search"
VIDEOS = "/youtube/v3/videos"
CHANNELS = "/youtube/v3/channels"
IDS_PER_CALL = 50
PAGE_SIZE = 50


def search(query: str, *, published_after: datetime, published_before: datetime, page_token: str = "") -> Call:
    """One page of videos under 4 minutes (YouTube's `short`; no "Shorts") for a query in a range, most viewed first."""
    params: dict[str, Any] = {
        "part": "snippet",
        "q": query,
        "type": "video",
        "videoDuration": "short",
        "order": "viewCount",
        "maxResults": PAGE_SIZE,
        "publishedAfter": _rfc3339(published_after),
        "publishedBefore": _rfc3339(published_before),
    }
    if page_token:
        params["pageToken"] = page_token
    return Call(PROVIDER, SEARCH, params=params, units=1, bucket="search")


def videos(ids: Sequence[str], *, context: Mapping[str, Any] | None = None) -> Call:
    """Details and counts of up to 50 videos. `context`: list_name, ranks (id → place), followers (channel → count)."""
    return Call(
        PROVIDER,
        VIDEOS,
        params={"part": "snippet,contentDetails,statistics,paidProductPlacementDetails", "id": ",".join(_fifty(ids))},
        units=1,
        bucket="units",
        context=context or {},
    )


def channels(ids: Sequence[str]) -> Call:
    """Names and rounded subscriber counts of up to 50 channels."""
    return Call(
        PROVIDER, CHANNELS, params={"part": "snippet,statistics", "id": ",".join(_fifty(ids))}, units=1, bucket="units"
    )


def _fifty(ids: Sequence[str]) -> Sequence[str]:
    if not 0 < len(ids) <= IDS_PER_CALL:
        raise ValueError(f"YouTube takes 1 to {IDS_PER_CALL} ids a call, not {len(ids)}.")
    return ids


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
