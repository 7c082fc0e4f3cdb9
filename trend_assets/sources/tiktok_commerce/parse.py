"""Typed rows of TikTok videos under commerce hashtags: one per hashtag and video."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.posts import first
from trend_assets.sources.providers.apify.items import rows_of
from trend_assets.sources.providers.apify.tiktok import post_row
from trend_assets.sources.values import Notes, dig, flag, hashtags, line


def parse(answer: Answer) -> Parsed:
    """Rows of source.tiktok_commerce; list_name is the hashtag, list_rank the place among its results."""
    body = answer.call.body or {}
    given = body.get("hashtags")
    asked = hashtags(given if isinstance(given, list) else [], Notes())
    places: Counter[str] = Counter()

    def build(item: Any, notes: Notes) -> dict[str, Any]:
        list_name = _hashtag_of(item, asked)
        row = post_row(item, notes, list_name=list_name, rank=places[list_name] + 1, now=answer.fetched_at)
        places[list_name] += 1
        seller = flag(dig(item, "authorMeta", "ttSeller"))
        shop = flag(dig(item, "authorMeta", "commerceUserInfo", "commerceUser"))
        in_text = not set(asked).isdisjoint(row["hashtags"] or ())
        row["is_seller"] = seller
        row["is_commerce_user"] = shop
        row["is_commerce"] = bool(seller or shop or row["is_sponsored"] or in_text)
        return row

    return rows_of(answer, build, what="TikTok posts under commerce hashtags")


def _hashtag_of(item: Any, asked: Sequence[str]) -> str:
    named = hashtags([dig(item, "searchHashtag", "name"), dig(item, "input")], Notes())
    # a run for a profile or an address says that as its input
    given = line(dig(item, "input"), "input", Notes(), limit=100)
    return first((*[tag for tag in named if tag in asked], *named, given)) or "unknown"
