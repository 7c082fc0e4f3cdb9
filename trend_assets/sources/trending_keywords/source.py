"""TikTok's trending search words, through TikHub: what the Comet search asks for, and a list of its own."""

from trend_assets.sources.declare import Estimate, Source, Terms
from trend_assets.sources.providers.tikhub.calls import PRICE_USD
from trend_assets.sources.providers.tikhub.provider import PROVIDER
from trend_assets.sources.trending_keywords.collect import collect
from trend_assets.sources.trending_keywords.parse import parse
from trend_assets.tables.columns import CAPTURE_COLUMNS, daily
from trend_assets.tables.model import Column

SOURCE = Source(
    name="trending_keywords",
    title="Trending search words on TikTok (TikHub)",
    short_title="Search words",
    provider=PROVIDER,
    tier="core",
    history="now",
    role="search_words",
    collect=collect,
    parse=parse,
    never_empty=True,
    estimate=lambda options, provider: Estimate(usd=PRICE_USD),
    terms=Terms(
        must_delete=False,
        note="Search words that TikTok shows to everybody; no person's data beyond names people search for.",
        reference="TikHub's terms of service, at tikhub.io",
    ),
    table=daily(
        "source",
        "trending_keywords",
        grain="One row per day, collection and trending search keyword.",
        description="TikTok's trending search words, as TikHub lists them.",
        columns=(
            Column("keyword", "text", "The keyword, white space folded.", nullable=False),
            Column("rank", "integer", "Place in the list, 1 is first.", nullable=False, unit="rank", minimum=1),
            Column("word_type", "text", "The provider's type mark; its meaning is not documented."),
            *CAPTURE_COLUMNS,
        ),
        key=("collected_at", "keyword"),
        never_empty=True,
        upstream=("capture.trending_keywords",),
    ),
)
