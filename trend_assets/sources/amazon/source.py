"""Best-seller positions on Amazon, through Apify actors."""

from typing import Annotated

from trend_assets.sources.amazon.collect import category_page, collect
from trend_assets.sources.amazon.parse import parse
from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.names import listed
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.providers.apify.items import MARKS
from trend_assets.sources.providers.apify.provider import PROVIDER, Actor
from trend_assets.tables.model import Column


class Options(OptionsModel):
    """How much is asked for, of which actors, at what price."""

    actor: Actor = option("junglee/amazon-bestsellers", old="TREND_ASSETS_AMAZON_ACTOR")
    """Apify actor for best-seller positions."""
    movers_actor: Actor | None = option(None, old="TREND_ASSETS_AMAZON_MOVERS_ACTOR")
    """Apify actor for Movers & Shakers pages, where you rent one. Empty: movement is computed from day to day."""
    category_urls: Annotated[tuple[str, ...], listed(category_page)] = option(
        "https://www.amazon.com/Best-Sellers/zgbs,"
        "https://www.amazon.com/Best-Sellers-Beauty/zgbs/beauty,"
        "https://www.amazon.com/Best-Sellers-Health/zgbs/hpc",
        old="TREND_ASSETS_AMAZON_CATEGORY_URLS",
    )
    """Best-seller pages, comma-separated; any category works."""
    max_items: int = option(100, ge=1, le=400, old="TREND_ASSETS_AMAZON_MAX_ITEMS")
    """Products per page."""
    usd_per_1000: float = option(3.2, ge=0, old="TREND_ASSETS_AMAZON_USD_PER_1000")
    """Price of the actors per 1,000 results. Sets the run's cap."""


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
    marks=MARKS,
    options=Options,
    scoring="position",
    estimate=lambda options, provider: Estimate(
        usd=len(options.category_urls)
        * options.max_items
        * options.usd_per_1000
        / 1000
        * (2 if options.movers_actor else 1)
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
            Column("currency", "text", "Currency by its ISO code."),
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
