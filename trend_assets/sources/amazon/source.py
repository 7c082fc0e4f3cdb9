"""Best-seller positions on Amazon, through Apify actors."""

from trend_assets.sources.amazon.collect import collect
from trend_assets.sources.amazon.parse import parse
from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.providers.apify.provider import PROVIDER
from trend_assets.tables.model import Column

SOURCE = Source(
    name="amazon_positions",
    title="Best-seller positions on Amazon (Apify)",
    short_title="Amazon",
    provider=PROVIDER,
    tier="stretch",
    history="now",
    collect=collect,
    parse=parse,
    weight=0.8,
    never_empty=True,
    watched=("list_rank", "price", "title"),
    estimate=lambda settings: Estimate(
        usd=len(settings.list_of("amazon_category_urls"))
        * settings.amazon_max_items
        * settings.amazon_usd_per_1000
        / 1000
        * (2 if settings.amazon_movers_actor else 1)
    ),
    terms=Terms(
        must_delete=False,
        note="Public best-seller positions through an Apify actor; products, not people.",
        reference="https://docs.apify.com/legal/general-terms-and-conditions",
    ),
    table=posts_table(
        "amazon_positions",
        grain="One row per day, collection, category and product.",
        description="Best-seller positions on Amazon; list_name is the category, list_rank the position.",
        extra=(
            Column("price", "numeric(14,2)", "Price; the lower bound of a range.", minimum=0),
            Column("currency", "text", "Currency symbol or code as shown."),
            Column("stars", "double precision", "Mean rating.", unit="stars", minimum=0, maximum=5),
            Column("reviews", "bigint", "Number of ratings.", unit="ratings", minimum=0),
            Column(
                "page_rank_change_pct",
                "double precision",
                "The page's own rank change, where it has one.",
                unit="percent",
            ),
            Column(
                "page_previous_rank",
                "integer",
                "The page's own previous sales rank, where it has one.",
                unit="rank",
                minimum=1,
            ),
        ),
    ),
)
