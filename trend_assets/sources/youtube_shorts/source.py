"""YouTube Shorts of the last seven days, by search."""

from trend_assets.sources.declare import Estimate, Source, posts_table
from trend_assets.sources.exports import exports_beside
from trend_assets.sources.marks import ADULT, ADVERTISEMENT, SET_ASIDE, Mark
from trend_assets.sources.names import Searches
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.providers.youtube.provider import PROVIDER, youtube_terms
from trend_assets.sources.youtube_shorts.collect import collect
from trend_assets.sources.youtube_shorts.parse import parse
from trend_assets.tables.model import Column


class Options(OptionsModel):
    """How much is asked for."""

    queries: Searches = option("#shorts", old="TREND_ASSETS_YOUTUBE_SHORTS_QUERIES")
    """Queries, comma-separated; each page of each costs one search call."""
    max_seconds: int = option(60, ge=1, le=180, old="TREND_ASSETS_YOUTUBE_SHORTS_MAX_SECONDS")
    """Longest video that counts as a Short (60 as first specified; YouTube itself allows 180). Lengths come rounded up:
    one second more counts too."""
    pages: int = option(2, ge=1, le=10, old="TREND_ASSETS_YOUTUBE_SEARCH_PAGES")
    """Pages of 50 per query."""


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
    marks=(
        Mark("snippet.liveBroadcastContent", "upcoming", f"announced, nobody can watch it yet: {SET_ASIDE}"),
        Mark("snippet.liveBroadcastContent", "live", f"a live broadcast: {SET_ASIDE}"),
        Mark("contentDetails.duration", "P0D", f"no length, live or upcoming: {SET_ASIDE}"),
        Mark("contentDetails.contentRating", {"ytRating": "ytAgeRestricted"}, ADULT),
        Mark("paidProductPlacementDetails", {"hasPaidProductPlacement": True}, ADVERTISEMENT),
        Mark("statistics.likeCount", None, "the creator hides likes: unknown"),
        Mark("statistics.commentCount", None, "comments are disabled: unknown"),
    ),
    options=Options,
    estimate=lambda options, provider: Estimate(calls={"search": len(options.queries) * options.pages}),
    exports=exports_beside(__file__),
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
