"""Known TikTok posts asked for again by address, a batch a run."""

from collections.abc import Iterable
from typing import Any

from trend_assets.sources.call import CollectContext, CollectReport, Obtain
from trend_assets.sources.collecting import chunks, collect_side_by_side
from trend_assets.sources.errors import SourceError
from trend_assets.sources.providers.apify.calls import PROVIDER
from trend_assets.sources.providers.apify.items import report_of
from trend_assets.sources.providers.apify.tiktok import post_id_in, posts_run
from trend_assets.sources.values import dig

PANEL_BATCH = 100
"""Addresses per run: a run costs a start, a run of thousands loses everything when it dies."""


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """Measure known posts again (`inputs["items"]`: addresses, or mappings with url), 100 a run."""
    apify = context.provider
    urls = list(dict.fromkeys(_urls(context.inputs.get("items", ()))))

    def measure(batch: list[str]) -> CollectReport:
        return report_of(obtain(posts_run(apify.tiktok_actor, batch, usd_per_1000=apify.tiktok_usd_per_1000)))

    return collect_side_by_side(chunks(urls, PANEL_BATCH), measure, workers=2, what="Posts")


def _urls(items: Iterable[Any]) -> Iterable[str]:
    for item in items:
        url = item if isinstance(item, str) else dig(dict(item), "url")
        if post_id_in(url) is None:
            raise SourceError(f"{str(url)[:200]!r} is not an address of a TikTok post.", provider=PROVIDER)
        yield str(url)
