"""TikTok's trending videos, through two Apify actors: one for the ranks, one for the counts."""

from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.providers.apify.provider import PROVIDER
from trend_assets.sources.tiktok_trending.collect import collect
from trend_assets.sources.tiktok_trending.parse import parse

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
    estimate=lambda settings: Estimate(
        usd=settings.tiktok_trending_limit
        * (settings.tiktok_trending_usd_per_1000 + settings.tiktok_usd_per_1000)
        / 1000
    ),
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
