"""TikTok's trending videos: ranks from lexis-solutions/tiktok-trending-videos-scraper, counts from a second run.

    trending actor ─▶ ranks, ids, addresses (it has no counts at all)
                          └─▶ clockworks/tiktok-scraper by postURLs ─▶ the same videos with counts

The second call goes through clockworks and not through TikHub: it is one run for all addresses with the token that the
trending actor needs anyway, where TikHub would be one call per video and a second key. Its rows carry the rank of the
first call and replace the bare ones (the newest measurement of a video wins); when it fails, the ranks stay.
"""

from datetime import datetime
from typing import Any

from trend_assets.sources.apify.calls import PROVIDER, actor_run
from trend_assets.sources.apify.items import items_of, require_result
from trend_assets.sources.apify.tiktok import post_id_in, post_row, posts_run, report_of
from trend_assets.sources.call import Answer, Call, CollectContext, CollectReport, Obtain, Parsed
from trend_assets.sources.collecting import merge
from trend_assets.sources.errors import SourceError, SuspiciousEmpty
from trend_assets.sources.posts import ALL_COUNTS, Post, Tally, first
from trend_assets.sources.values import (
    BadValue,
    Odd,
    address,
    dig,
    handle,
    hashtags_in,
    identifier,
    line,
    number,
    text,
)

PERIOD_DAYS = "7"


def trending_run(actor: str, *, country: str, limit: int, usd_per_1000: float) -> Call:
    """The most viewed videos of the last seven days in a country, best first."""
    return actor_run(
        actor,
        {"countryCode": country, "sortBy": "vv", "period": PERIOD_DAYS, "maxItems": limit},
        max_items=limit,
        usd_per_1000=usd_per_1000,
        context={"role": "list", "list_name": country, "never_empty": True},
    )


def collect_tiktok_trending(obtain: Obtain, context: CollectContext) -> CollectReport:
    """The list, then its counts. Raises what the list raises; a failed second run leaves the ranks, incomplete."""
    settings = context.settings
    listed = obtain(
        trending_run(
            settings.tiktok_trending_actor,
            country=settings.tiktok_trending_country,
            limit=settings.tiktok_trending_limit,
            usd_per_1000=settings.tiktok_trending_usd_per_1000,
        )
    )
    rows = parse_tiktok_trending(listed).rows
    if not rows:
        raise SuspiciousEmpty("The trending actor gave no video.", provider=PROVIDER)
    report = report_of(listed)
    ranks = {row["external_id"]: row["list_rank"] for row in rows}
    about = {"role": "counts", "list_name": settings.tiktok_trending_country, "ranks": ranks}
    urls = [row["url"] for row in rows if row["url"]]
    try:
        counts = obtain(
            posts_run(settings.tiktok_scraper_actor, urls, usd_per_1000=settings.tiktok_usd_per_1000, context=about)
        )
    except SourceError as error:
        report.complete = False
        report.problems.append(f"The ranks have no counts: the second run failed. {error}")
        return report
    merge(report, report_of(counts))
    report.items = len(rows)
    return report


def parse_tiktok_trending(answer: Answer) -> Parsed:
    """Rows of source.tiktok_trending, from the list (rank only) or from the counts (rank from the call's context)."""
    context = dict(answer.call.context)
    list_name = line(context.get("list_name"), "list_name", Odd()) or "trending"
    has_counts = context.get("role") == "counts"
    tally = Tally(what="trending TikTok videos")
    for rank, item in enumerate(items_of(answer), start=1):
        if has_counts:
            tally.take(item, _counted, tally.odd, list_name, context.get("ranks"), now=answer.fetched_at)
        else:
            tally.take(item, _listed, tally.odd, list_name, rank)
    return tally.parsed()


def _counted(item: Any, odd: Odd, list_name: str, ranks: Any, *, now: datetime) -> dict[str, Any]:
    require_result(item)
    known = dig(ranks, str(dig(item, "id")))
    place = known if isinstance(known, int) and known > 0 else None
    return post_row(item, odd, list_name=list_name, rank=place, now=now)


def _listed(item: Any, odd: Odd, list_name: str, rank: int) -> dict[str, Any]:
    require_result(item)
    if not isinstance(item, dict):
        raise BadValue("It is no object.")
    in_url = post_id_in(item.get("item_url"))
    # `id` is the row's own id in some answers: the post's id is item_id, or what its address says
    post_id = identifier(first((item.get("item_id"), in_url[1] if in_url else None, item.get("id"))), "item_id")
    name = handle(in_url[0]) if in_url else None
    caption = text(item.get("title"), "title", odd)
    url = address(item.get("item_url"))
    return Post(
        platform="tiktok",
        external_id=post_id,
        kind="video",
        list_name=list_name,
        list_rank=rank,
        description=caption,
        creator_handle=name,
        url=url if in_url else f"https://www.tiktok.com/@/video/{post_id}",
        cover_url=address(item.get("cover")),
        hashtags=hashtags_in(caption, odd),
        duration_seconds=number(item.get("duration"), "duration", odd) or None,
        metrics_unavailable=list(ALL_COUNTS),
    ).row()
