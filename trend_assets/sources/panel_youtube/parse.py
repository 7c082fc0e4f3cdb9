"""Counts of known YouTube videos, measured again."""

from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import Tally, item_id
from trend_assets.sources.providers.youtube.answers import items_of
from trend_assets.sources.providers.youtube.calls import VIDEOS
from trend_assets.sources.values import Notes, count, dig


def parse(answer: Answer) -> Parsed:
    """Counts of known videos measured again: platform, external_id, views, likes, comments, shares, saves, quotes."""
    if answer.call.endpoint != VIDEOS:
        return Parsed()
    tally = Tally(what="re-measured YouTube videos")
    for item in items_of(answer):
        tally.take(item, _counts, tally.notes, key=("external_id",))
    return tally.parsed()


def _counts(item: Any, notes: Notes) -> dict[str, Any]:
    stats = dig(item, "statistics")
    return {
        "platform": "youtube",
        "external_id": item_id("youtube", dig(item, "id")),
        "views": count(dig(stats, "viewCount"), "viewCount", notes),
        "likes": count(dig(stats, "likeCount"), "likeCount", notes),
        "comments": count(dig(stats, "commentCount"), "commentCount", notes),
        "shares": None,
        "saves": None,
        "quotes": None,
    }
