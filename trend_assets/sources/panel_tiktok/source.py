"""Known TikTok posts measured again after they left their lists, through an Apify actor."""

from trend_assets.sources.declare import Source, Terms, posts_table
from trend_assets.sources.panel_tiktok.collect import collect
from trend_assets.sources.panel_tiktok.parse import parse
from trend_assets.sources.providers.apify.provider import PROVIDER

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
    terms=Terms(
        note="The same videos measured again by id, under the same terms as tiktok_trending.",
        reference="https://docs.apify.com/legal/general-terms-and-conditions",
    ),
    table=posts_table(
        "panel_tiktok",
        grain="One row per day, collection and known TikTok video measured again.",
        description="Known TikTok videos measured again by id after they left the lists; list_name is `panel`.",
    ),
)
