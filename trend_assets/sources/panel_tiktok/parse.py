"""Counts of known TikTok posts, measured again."""

from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.providers.apify.items import rows_of
from trend_assets.sources.providers.apify.tiktok import post_row
from trend_assets.sources.values import Notes


def parse(answer: Answer) -> Parsed:
    """Counts of known posts measured again: platform, external_id, views, likes, comments, shares, saves, quotes. A
    post that is gone or private is set aside with the actor's reason."""

    def build(item: Any, notes: Notes) -> dict[str, Any]:
        row = post_row(item, notes, list_name="panel", rank=None, now=answer.fetched_at)
        names = ("platform", "external_id", "views", "likes", "comments", "shares", "saves", "quotes")
        return {name: row[name] for name in names}

    return rows_of(answer, build, what="re-measured TikTok posts", key=("external_id",))
