"""Known YouTube Shorts measured again after they left their lists."""

from trend_assets.sources.declare import Source, posts_table
from trend_assets.sources.panel_youtube.collect import collect
from trend_assets.sources.panel_youtube.parse import parse
from trend_assets.sources.providers.youtube.provider import PROVIDER, youtube_terms

SOURCE = Source(
    name="panel_youtube",
    title="Known YouTube videos, measured again",
    provider=PROVIDER,
    tier="core",
    history="now",
    role="panel",
    collect=collect,
    parse=parse,
    needs=("items",),
    terms=youtube_terms("The same Shorts measured again by id, under the same terms as youtube_shorts."),
    table=posts_table(
        "panel_youtube",
        grain="One row per day, collection and known YouTube Short measured again.",
        description="Known YouTube Shorts measured again by id after they left the lists; list_name is `panel`.",
    ),
)
