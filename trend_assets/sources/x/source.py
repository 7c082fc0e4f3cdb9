"""Posts of founders, brands and searches on X, through an Apify actor."""

from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.providers.apify.provider import PROVIDER
from trend_assets.sources.x.collect import collect
from trend_assets.sources.x.parse import parse
from trend_assets.tables.model import Column

SOURCE = Source(
    name="x_posts",
    title="Posts of founders, brands and searches on X (Apify)",
    short_title="X",
    provider=PROVIDER,
    tier="stretch",
    history="range",
    collect=collect,
    parse=parse,
    weight=0.8,
    never_empty=True,
    watched=("views", "likes", "shares", "creator_followers", "posted_at"),
    estimate=lambda settings: Estimate(usd=settings.x_max_items * settings.x_usd_per_1000 / 1000),
    terms=Terms(
        note="Public posts through an Apify actor; deleted posts must go on request.",
        reference="https://docs.apify.com/legal/general-terms-and-conditions",
    ),
    table=posts_table(
        "x_posts",
        grain="One row per day, collection, search and X post.",
        description="Posts of curated founders and brands and of searches on X; list_name is the search term.",
        extra=(
            Column("is_retweet", "boolean", "It repeats somebody else's post."),
            Column("is_reply", "boolean", "It answers another post."),
        ),
    ),
)
