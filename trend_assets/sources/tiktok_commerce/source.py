"""TikTok videos under commerce hashtags, through an Apify actor."""

from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.marks import Mark
from trend_assets.sources.names import Hashtags
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.providers.apify.provider import PROVIDER
from trend_assets.sources.providers.apify.tiktok import ADS, MARKS
from trend_assets.sources.tiktok_commerce.collect import collect
from trend_assets.sources.tiktok_commerce.parse import parse
from trend_assets.tables.model import Column


class Options(OptionsModel):
    """How much is asked for."""

    hashtags: Hashtags = option(
        "tiktokmademebuyit,amazonfinds,smallbusiness,viralproducts,tiktokshop", old="TREND_ASSETS_COMMERCE_HASHTAGS"
    )
    """Commerce hashtags, comma-separated, without #."""
    results_per_hashtag: int = option(20, ge=1, le=1000, old="TREND_ASSETS_COMMERCE_RESULTS_PER_HASHTAG")
    """Videos per hashtag."""


SOURCE = Source(
    name="tiktok_commerce",
    title="TikTok videos under commerce hashtags (Apify)",
    short_title="TikTok commerce",
    provider=PROVIDER,
    tier="stretch",
    history="now",
    collect=collect,
    parse=parse,
    weight=0.8,
    never_empty=True,
    watched=("views", "likes", "creator_id", "posted_at"),
    marks=(*MARKS, *ADS, Mark("authorMeta.ttSeller", True, "a seller: `is_seller`, `is_commerce`")),
    options=Options,
    scoring="list",
    estimate=lambda options, provider: Estimate(
        usd=len(options.hashtags) * options.results_per_hashtag * provider.tiktok_usd_per_1000 / 1000
    ),
    terms=Terms(
        note="Public TikTok videos through an Apify actor; you answer for the lawful use of what the actor returns.",
        reference="https://docs.apify.com/legal/general-terms-and-conditions",
    ),
    table=posts_table(
        "tiktok_commerce",
        grain="One row per day, collection, hashtag and TikTok video.",
        description="TikTok videos under commerce hashtags; list_name is the hashtag.",
        extra=(
            Column("is_seller", "boolean", "The creator is a TikTok seller (ttSeller)."),
            Column("is_commerce_user", "boolean", "The creator has a commerce account."),
            Column(
                "is_commerce", "boolean", "Commerce by seller, account, ad flag or hashtag in the text.", nullable=False
            ),
        ),
    ),
)
