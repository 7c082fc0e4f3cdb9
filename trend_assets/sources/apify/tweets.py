"""X through the actor apidojo/tweet-scraper: posts of curated handles and of searches; one row per search and post.

The actor writes the search term into each item. Dates travel inside the term (since:, until:), so a past day can be
asked for, with today's counts.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from trend_assets.sources.apify.calls import actor_run
from trend_assets.sources.apify.items import items_of, require_result
from trend_assets.sources.apify.tiktok import report_of
from trend_assets.sources.call import Answer, Call, CollectContext, CollectReport, Obtain, Parsed
from trend_assets.sources.collecting import collect_side_by_side
from trend_assets.sources.posts import Post, Tally, first
from trend_assets.sources.values import (
    BadValue,
    Odd,
    addresses,
    count,
    dig,
    flag,
    handle,
    hashtags,
    identifier,
    line,
    optional_identifier,
    text,
    when,
)

WINDOW = timedelta(days=7)
_RANGE = re.compile(r"\s*\b(?:since|until):\S+")


def search_run(
    actor: str, terms: Sequence[str], *, since: date, until: date, max_items: int, usd_per_1000: float
) -> Call:
    """Posts of several searches between two days (until is exclusive), newest first ("Top" gives few)."""
    return actor_run(
        actor,
        {
            "searchTerms": [f"{term} since:{since.isoformat()} until:{until.isoformat()}" for term in terms],
            "sort": "Latest",
            "maxItems": max_items,
            "includeSearchTerms": True,
        },
        max_items=max_items,
        usd_per_1000=usd_per_1000,
        context={"never_empty": True},
    )


def collect_x_posts(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Two runs side by side, so that chatty searches do not use up what the curated handles are allowed: the handles of
    TREND_ASSETS_X_HANDLES and the terms of TREND_ASSETS_X_SEARCHES share TREND_ASSETS_X_MAX_ITEMS two to one. One of
    them failing leaves the other, incomplete."""
    settings = context.settings
    until = context.day + timedelta(days=1)
    terms_of = {
        "handles": [f"from:{name.lstrip('@')}" for name in settings.list_of("x_handles")],
        "searches": settings.list_of("x_searches"),
    }
    groups = [name for name, terms in terms_of.items() if terms]

    def run(group: str) -> CollectReport:
        parts = 3 if len(groups) == 2 else 1
        share = settings.x_max_items * (2 if group == "handles" and parts == 3 else 1) // parts
        call = search_run(
            settings.x_actor,
            terms_of[group],
            since=until - WINDOW,
            until=until,
            max_items=max(share, 1),
            usd_per_1000=settings.x_usd_per_1000,
        )
        return report_of(obtain(call))

    return collect_side_by_side(groups, run, workers=2, what="The run of")


def parse_x_posts(answer: Answer) -> Parsed:
    """Rows of source.x_posts; list_name is the search term without its dates, list_rank the place among its results."""
    places: Counter[str] = Counter()
    tally = Tally(what="X posts")

    def build(item: Any) -> dict[str, Any]:
        require_result(item)
        said = _RANGE.sub("", item["searchTerm"]) if isinstance(dig(item, "searchTerm"), str) else None
        list_name = line(said, "searchTerm", tally.odd, limit=200) or "x"
        row = post_row(item, tally.odd, list_name, places[list_name] + 1, now=answer.fetched_at)
        places[list_name] += 1
        return row

    for item in items_of(answer):
        tally.take(item, build)
    return tally.parsed()


def post_row(item: Any, odd: Odd, list_name: str, rank: int | None, *, now: datetime) -> dict[str, Any]:
    """One item of the actor as a post. Raises BadValue without an id."""
    if not isinstance(item, dict):
        raise BadValue("It is no object.")
    post_id = identifier(item.get("id"), "id")
    creator = item.get("author")
    name = handle(dig(creator, "userName"))
    tags = dig(item, "entities", "hashtags")
    media = addresses(item.get("media"))
    followers = count(dig(creator, "followers"), "author.followers", odd)
    if followers == 0 and not count(dig(creator, "statusesCount"), "author.statusesCount", odd):
        followers = None
    row = Post(
        platform="x",
        external_id=post_id,
        kind="post",
        list_name=list_name,
        list_rank=rank,
        # X escapes &, < and > in texts
        description=text(first((item.get("fullText"), item.get("text"))), "text", odd, unescape=True),
        language=line(item.get("lang"), "lang", odd, limit=20),
        creator_id=optional_identifier(dig(creator, "id")),
        creator_handle=name,
        creator_name=line(dig(creator, "name"), "author.name", odd),
        creator_followers=followers,
        url=f"https://x.com/{name or 'i'}/status/{post_id}",
        cover_url=media[0] if media else None,
        hashtags=hashtags((dig(tag, "text") for tag in tags), odd) if isinstance(tags, list) else [],
        posted_at=when(item.get("createdAt"), "createdAt", odd, now=now),
        views=count(item.get("viewCount"), "viewCount", odd),
        likes=count(item.get("likeCount"), "likeCount", odd),
        comments=count(item.get("replyCount"), "replyCount", odd),
        shares=count(item.get("retweetCount"), "retweetCount", odd),
        saves=count(item.get("bookmarkCount"), "bookmarkCount", odd),
        quotes=count(item.get("quoteCount"), "quoteCount", odd),
        metrics_unavailable=["sound"],
    ).row()
    is_retweet = flag(item.get("isRetweet"))
    row["is_retweet"] = is_retweet if is_retweet is not None else isinstance(item.get("retweeted_tweet"), dict) or None
    row["is_reply"] = flag(item.get("isReply"))
    return row
