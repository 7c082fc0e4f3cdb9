"""TikTok videos of the day's trending searches, through TikHub: where Comet creators are found."""

from trend_assets.sources.comet_videos.collect import collect
from trend_assets.sources.comet_videos.parse import parse
from trend_assets.sources.declare import Estimate, Source, Terms, posts_table
from trend_assets.sources.marks import ADVERTISEMENT, SET_ASIDE, Mark
from trend_assets.sources.options import OptionsModel, option
from trend_assets.sources.providers.tikhub.calls import PRICE_USD
from trend_assets.sources.providers.tikhub.provider import PROVIDER
from trend_assets.tables.model import Column


class Options(OptionsModel):
    """How much is asked for."""

    keywords_per_day: int = option(20, ge=1, le=100, old="TREND_ASSETS_COMET_KEYWORDS_PER_DAY")
    """Trending keywords that are searched for Comet creators each day."""
    pages_per_keyword: int = option(1, ge=1, le=10, old="TREND_ASSETS_COMET_PAGES_PER_KEYWORD")
    """Pages of 20 videos per keyword."""


SOURCE = Source(
    name="comet_videos",
    title="TikTok videos of trending searches (TikHub)",
    short_title="Comet creators",
    provider=PROVIDER,
    tier="core",
    history="now",
    role="creator_search",
    collect=collect,
    parse=parse,
    never_empty=True,
    needs=("keywords",),
    tries={"keywords": "news"},
    watched=("views", "likes", "creator_followers", "cover_url", "posted_at"),
    marks=(
        Mark("status.is_delete", True, f"deleted: {SET_ASIDE}"),
        Mark("status.is_prohibited", True, f"removed by TikTok: {SET_ASIDE}"),
        Mark("status.private_status", 1, f"private or for friends only: {SET_ASIDE}"),
        Mark("status.self_see", True, f"shown to its creator alone: {SET_ASIDE}"),
        Mark("is_ads", True, ADVERTISEMENT),
        Mark("is_paid_content", True, ADVERTISEMENT),
        Mark("commerce_info.branded_content_type", 1, ADVERTISEMENT),
        Mark("commerce_info.is_diversion_ad", 1, ADVERTISEMENT),
        Mark("image_post_info", {"images": [{}]}, "photos: `kind` is slideshow"),
        Mark("status.allow_comment", False, "comments are off: a count of 0 is unknown"),
        Mark("status.allow_share", False, "sharing is off: a count of 0 is unknown"),
        Mark("statistics.play_count", 0, "0 beside likes: views unknown"),
    ),
    options=Options,
    estimate=lambda options, provider: Estimate(usd=PRICE_USD * options.keywords_per_day * options.pages_per_keyword),
    terms=Terms(
        note="Public TikTok videos through TikHub. Erase a creator on request; covers are judged, never used to "
        "identify.",
        reference="TikHub's terms of service, at tikhub.io",
    ),
    table=posts_table(
        "comet_videos",
        grain="One row per day, collection, keyword and TikTok video.",
        description="TikTok videos found by searching the day's trending keywords; list_name is the keyword.",
        extra=(
            Column("creator_sec_uid", "text", "TikTok's second stable id of the creator."),
            Column(
                "creator_hearts",
                "bigint",
                "Hearts of the creator; search answers do not carry it (NULL).",
                unit="likes",
                minimum=0,
            ),
            Column(
                "creator_videos",
                "bigint",
                "Videos of the creator; search answers do not carry it (NULL).",
                unit="videos",
                minimum=0,
            ),
            Column("creator_avatar_url", "text", "Address of the creator's avatar."),
            Column("creator_signature", "text", "The creator's bio, where the answer has one."),
            Column("region", "text", "Upload region."),
            Column("cover_urls", "text[]", "All addresses of the covers, best decodable format first."),
        ),
    ),
)
