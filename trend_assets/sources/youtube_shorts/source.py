"""YouTube Shorts of the last seven days, by search."""

from trend_assets.sources.declare import Estimate, Source, posts_table
from trend_assets.sources.providers.youtube.provider import PROVIDER, youtube_terms
from trend_assets.sources.youtube_shorts.collect import collect
from trend_assets.sources.youtube_shorts.parse import parse
from trend_assets.tables.model import Column

SOURCE = Source(
    name="youtube_shorts",
    title="YouTube Shorts of the last seven days",
    short_title="YouTube Shorts",
    provider=PROVIDER,
    tier="core",
    history="range",
    collect=collect,
    parse=parse,
    never_empty=True,
    watched=("views", "likes", "duration_seconds", "posted_at"),
    estimate=lambda settings: Estimate(
        calls={"search": len(settings.list_of("youtube_shorts_queries")) * settings.youtube_search_pages}
    ),
    terms=youtube_terms(
        "YouTube's developer policies limit stored statistics to 30 days, and allow derived metrics and blending only "
        "under the derived-metrics amendment."
    ),
    table=posts_table(
        "youtube_shorts",
        grain="One row per day, collection, query and YouTube Short.",
        description="YouTube Shorts of the last seven days; list_name is the query.",
        extra=(
            Column("channel_id", "text", "The channel's id."),
            Column("category_id", "text", "YouTube's category id."),
        ),
    ),
)
