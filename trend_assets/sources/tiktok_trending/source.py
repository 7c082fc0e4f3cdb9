"""TikTok's trending videos, through two Apify actors: one for the ranks, one for the counts."""

from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.exports import exports_beside
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.providers.apify.provider import PROVIDER, Actor
from trend_assets.sources.providers.apify.tiktok import ADS, MARKS
from trend_assets.sources.tiktok_trending.collect import collect
from trend_assets.sources.tiktok_trending.parse import parse, read_exported


class Options(OptionsModel):
    """How much is asked for, of which actor, at what price."""

    limit: int = option(50, ge=1, le=1000, old="TREND_ASSETS_TIKTOK_TRENDING_LIMIT")
    """Videos per collection."""
    actor: Actor = option("lexis-solutions/tiktok-trending-videos-scraper", old="TREND_ASSETS_TIKTOK_TRENDING_ACTOR")
    """Apify actor for the list (a monthly rental)."""
    country: str = option("US", old="TREND_ASSETS_TIKTOK_TRENDING_COUNTRY")
    """Country of the list."""
    usd_per_1000: float = option(2.0, ge=0, old="TREND_ASSETS_TIKTOK_TRENDING_USD_PER_1000")
    """Price of the actor per 1,000 results; it is rented (39 USD a month), what is paid per run is its platform use.
    Sets the run's cap."""


SOURCE = Source(
    name="tiktok_trending",
    title="Trending TikTok videos (Apify)",
    short_title="TikTok trending",
    provider=PROVIDER,
    tier="core",
    history="now",
    collect=collect,
    parse=parse,
    never_empty=True,
    watched=("views", "likes", "creator_id", "posted_at"),
    marks=(*MARKS, *ADS),
    options=Options,
    estimate=lambda options, provider: Estimate(
        usd=options.limit * (options.usd_per_1000 + provider.tiktok_usd_per_1000) / 1000
    ),
    exports=exports_beside(__file__, clockworks_tiktok=read_exported),
    terms=Terms(
        note="Public TikTok videos through an Apify actor; you answer for the lawful use of what the actor returns.",
        reference="https://docs.apify.com/legal/general-terms-and-conditions",
    ),
    table=posts_table(
        "tiktok_trending",
        grain="One row per day, collection and trending TikTok video.",
        description="TikTok trending videos ranked by the trending actor, counts from the second call. "
        "list_name is the country.",
    ),
)
