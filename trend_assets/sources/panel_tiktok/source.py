"""Known TikTok posts measured again after they left their lists, through an Apify actor."""

from typing import Any

from trend_assets.sources.declare import Newest, Panel, Source, Terms, posts_table
from trend_assets.sources.marks import Mark
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.panel_tiktok.collect import collect
from trend_assets.sources.panel_tiktok.parse import parse
from trend_assets.sources.providers.apify.items import MARKS
from trend_assets.sources.providers.apify.provider import PROVIDER


class Options(OptionsModel):
    """What the panel may cost."""

    budget_usd: float = option(1.0, ge=0, old="TREND_ASSETS_PANEL_BUDGET_USD")
    """USD per day for measuring known items again by id."""


def _affords(options: Options, apify: Any) -> tuple[int, float]:
    price = apify.tiktok_usd_per_1000 / 1000
    return (int(options.budget_usd / price) if price > 0 else 1000), price


SOURCE = Source(
    name="panel_tiktok",
    title="Known TikTok posts, measured again (Apify)",
    provider=PROVIDER,
    tier="core",
    history="now",
    role="panel",
    collect=collect,
    parse=parse,
    needs=("items",),
    tries={"items": Newest("creator_search", {"": "url"})},
    marks=(*MARKS, Mark("playCount", 0, "0 beside likes: views unknown")),
    options=Options,
    panel=Panel(platform="tiktok", by="url", affords=_affords),
    terms=Terms(
        note="The same videos measured again by id, under the same terms as the list.",
        reference="https://docs.apify.com/legal/general-terms-and-conditions",
    ),
    table=posts_table(
        "panel_tiktok",
        grain="One row per day, collection and known TikTok video measured again.",
        description="Known TikTok videos measured again by id after they left the lists; list_name is `panel`.",
    ),
)
