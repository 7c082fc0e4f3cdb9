"""TikTok's trending videos: ranks from lexis-solutions/tiktok-trending-videos-scraper, counts from a second run.

    trending actor ─▶ ranks, ids, addresses (it has no counts at all)
                          └─▶ clockworks/tiktok-scraper by postURLs ─▶ the same videos with counts

The second call goes through clockworks and not through TikHub: it is one run for all addresses with the token that the
trending actor needs anyway, where TikHub would be one call per video and a second key. Its rows carry the rank of the
first call and replace the bare ones (the newest measurement of a video wins); when it fails, the ranks stay.
"""

from trend_assets.sources.call import Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import merge
from trend_assets.sources.errors import SourceError, SuspiciousEmpty
from trend_assets.sources.providers.apify.calls import PROVIDER, actor_run
from trend_assets.sources.providers.apify.items import report_of
from trend_assets.sources.providers.apify.tiktok import posts_run
from trend_assets.sources.tiktok_trending.parse import parse

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


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """The list, then its counts. Raises what the list raises; a failed second run leaves the ranks, incomplete."""
    options, apify = context.options, context.provider
    listed = obtain(
        trending_run(options.actor, country=options.country, limit=options.limit, usd_per_1000=options.usd_per_1000)
    )
    rows = parse(listed).rows
    if not rows:
        raise SuspiciousEmpty("The trending actor gave no video.", provider=PROVIDER)
    report = report_of(listed)
    ranks = {row["external_id"]: row["list_rank"] for row in rows}
    about = {"role": "counts", "list_name": options.country, "ranks": ranks}
    urls = [row["url"] for row in rows if row["url"]]
    try:
        counts = obtain(posts_run(apify.tiktok_actor, urls, usd_per_1000=apify.tiktok_usd_per_1000, context=about))
    except SourceError as error:
        report.complete = False
        report.problems.append(f"The ranks have no counts: the second run failed. {error}")
        return report
    merge(report, report_of(counts))
    report.items = len(rows)
    return report
