"""Counts of known TikTok posts, measured again."""

from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import Tally
from trend_assets.sources.providers.apify.items import items_of, require_result
from trend_assets.sources.providers.apify.tiktok import post_row


def parse(answer: Answer) -> Parsed:
    """Counts of known posts measured again: platform, external_id, views, likes, comments, shares, saves, quotes. A
    post that is gone or private is set aside with the actor's reason."""
    tally = Tally(what="re-measured TikTok posts")

    def build(item: Any) -> dict[str, Any]:
        require_result(item)
        row = post_row(item, tally.notes, list_name="panel", rank=None, now=answer.fetched_at)
        names = ("platform", "external_id", "views", "likes", "comments", "shares", "saves", "quotes")
        return {name: row[name] for name in names}

    for item in items_of(answer):
        tally.take(item, build, key=("external_id",))
    return tally.parsed()
