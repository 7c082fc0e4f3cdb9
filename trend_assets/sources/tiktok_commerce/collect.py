"""One run of the TikTok actor over all commerce hashtags."""

from collections.abc import Sequence
from typing import Any

from trend_assets.sources.call import Call, CollectContext, CollectReport, Obtain
from trend_assets.sources.posts import telling
from trend_assets.sources.providers.apify.calls import actor_run
from trend_assets.sources.providers.apify.items import report_of
from trend_assets.sources.providers.apify.tiktok import OPTIONS
from trend_assets.sources.values import dig
from trend_assets.text import hashtag_key


def hashtags_run(actor: str, tags: Sequence[str], *, per_hashtag: int, usd_per_1000: float) -> Call:
    """Videos under hashtags, `per_hashtag` each."""
    return actor_run(
        actor,
        {**OPTIONS, "hashtags": list(tags), "resultsPerPage": per_hashtag},
        max_items=per_hashtag * len(tags),
        usd_per_1000=usd_per_1000,
        context={"never_empty": True},
    )


def collect(obtain: Obtain, context: CollectContext) -> CollectReport:
    """One run over all hashtags of the options."""
    options, apify = context.options, context.provider
    answer = obtain(
        hashtags_run(
            apify.tiktok_actor,
            options.hashtags,
            per_hashtag=options.results_per_hashtag,
            usd_per_1000=apify.tiktok_usd_per_1000,
        )
    )
    return report_of(answer, asked=options.hashtags, name_of=_tag_of)


def _tag_of(item: Any) -> str | None:
    name = telling(dig(item, "searchHashtag", "name"), dig(item, "input"))
    return hashtag_key(name) if isinstance(name, str) else None
