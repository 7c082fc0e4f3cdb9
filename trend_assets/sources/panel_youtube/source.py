"""Known YouTube Shorts measured again after they left their lists."""

from typing import Any

from trend_assets.sources.declare import Newest, Panel, Source, posts_table
from trend_assets.sources.panel_youtube.collect import collect
from trend_assets.sources.panel_youtube.parse import parse
from trend_assets.sources.providers.youtube.calls import IDS_PER_CALL
from trend_assets.sources.providers.youtube.provider import PROVIDER, youtube_terms

# a tenth of the day's units, 45,000 videos by default; the rest belongs to the lists themselves
UNITS_SHARE = 10


def _affords(options: Any, youtube: Any) -> tuple[int, float]:
    return youtube.units_per_day // UNITS_SHARE * IDS_PER_CALL, 0.0


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
    tries={"items": Newest("posts", {"": "external_id"})},
    panel=Panel(platform="youtube", by="external_id", affords=_affords),
    terms=youtube_terms("The same Shorts measured again by id, under the same terms as the search for them."),
    table=posts_table(
        "panel_youtube",
        grain="One row per day, collection and known YouTube Short measured again.",
        description="Known YouTube Shorts measured again by id after they left the lists; list_name is `panel`.",
    ),
)
