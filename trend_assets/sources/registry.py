"""All sources in one table: who provides them, what they cost, how they are collected and parsed.

A new source is a row here, a table in the catalogue and a provider folder. Retention and rights per source are policy
(`policies.toml`), not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from trend_assets.settings import Settings
from trend_assets.sources.apify.bestsellers import collect_amazon_positions, parse_amazon_positions
from trend_assets.sources.apify.tiktok import (
    collect_panel_tiktok,
    collect_tiktok_commerce,
    parse_panel_tiktok,
    parse_tiktok_commerce,
)
from trend_assets.sources.apify.trending import collect_tiktok_trending, parse_tiktok_trending
from trend_assets.sources.apify.tweets import collect_x_posts, parse_x_posts
from trend_assets.sources.call import Collect, Parse
from trend_assets.sources.covers.collect import collect_comet_covers
from trend_assets.sources.covers.parse import parse_comet_covers
from trend_assets.sources.errors import NoHistory
from trend_assets.sources.reddit.collect import collect_reddit_posts
from trend_assets.sources.reddit.parse import parse_reddit_posts
from trend_assets.sources.tikhub.collect import (
    collect_comet_videos,
    collect_creator_profiles,
    collect_trending_keywords,
)
from trend_assets.sources.tikhub.parse import parse_comet_videos, parse_creator_profiles, parse_trending_keywords
from trend_assets.sources.youtube.collect import collect_panel_youtube, collect_youtube_shorts
from trend_assets.sources.youtube.parse import parse_panel_youtube, parse_youtube_shorts


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source. `table` is the address of its typed rows ("" for captures that other assets parse); `needs` are the
    names in `CollectContext.inputs`; `weight` its part in the merged feed (SPEC S8; a setting overrides stretch);
    `estimate_usd` and `estimate_search_calls` what one collection costs by the settings."""

    name: str
    title: str
    provider: str
    tier: Literal["core", "stretch", "own"]
    history: Literal["now", "range"]
    collect: Collect
    parse: Parse
    table: str = ""
    weight: float = 1.0
    never_empty: bool = False
    needs: tuple[str, ...] = ()
    estimate_usd: Callable[[Settings], float] = lambda settings: 0.0
    estimate_search_calls: Callable[[Settings], int] = lambda settings: 0

    @property
    def pool(self) -> str:
        """Dagster's concurrency pool: one per provider."""
        return self.provider


_TIKHUB_USD = 0.001

_SPECS = (
    SourceSpec(
        name="trending_keywords",
        title="Trending search words on TikTok (TikHub)",
        provider="tikhub",
        tier="core",
        history="now",
        collect=collect_trending_keywords,
        parse=parse_trending_keywords,
        table="source.trending_keywords",
        never_empty=True,
        estimate_usd=lambda settings: _TIKHUB_USD,
    ),
    SourceSpec(
        name="comet_videos",
        title="TikTok videos of trending searches (TikHub)",
        provider="tikhub",
        tier="core",
        history="now",
        collect=collect_comet_videos,
        parse=parse_comet_videos,
        table="source.comet_videos",
        never_empty=True,
        needs=("keywords",),
        estimate_usd=lambda settings: _TIKHUB_USD * settings.comet_keywords_per_day * settings.comet_pages_per_keyword,
    ),
    SourceSpec(
        name="tiktok_trending",
        title="Trending TikTok videos (Apify)",
        provider="apify",
        tier="core",
        history="now",
        collect=collect_tiktok_trending,
        parse=parse_tiktok_trending,
        table="source.tiktok_trending",
        never_empty=True,
        estimate_usd=lambda settings: (
            settings.tiktok_trending_limit
            * (settings.tiktok_trending_usd_per_1000 + settings.tiktok_usd_per_1000)
            / 1000
        ),
    ),
    SourceSpec(
        name="youtube_shorts",
        title="YouTube Shorts of the last seven days",
        provider="youtube",
        tier="core",
        history="range",
        collect=collect_youtube_shorts,
        parse=parse_youtube_shorts,
        table="source.youtube_shorts",
        never_empty=True,
        estimate_search_calls=lambda settings: (
            len(settings.list_of("youtube_shorts_queries")) * settings.youtube_search_pages
        ),
    ),
    SourceSpec(
        name="reddit_posts",
        title="Top posts of the day on Reddit",
        provider="reddit",
        tier="core",
        history="now",
        collect=collect_reddit_posts,
        parse=parse_reddit_posts,
        table="source.reddit_posts",
        never_empty=True,
    ),
    SourceSpec(
        name="tiktok_commerce",
        title="TikTok videos under commerce hashtags (Apify)",
        provider="apify",
        tier="stretch",
        history="now",
        collect=collect_tiktok_commerce,
        parse=parse_tiktok_commerce,
        table="source.tiktok_commerce",
        weight=0.8,
        never_empty=True,
        estimate_usd=lambda settings: (
            len(settings.list_of("commerce_hashtags"))
            * settings.commerce_results_per_hashtag
            * settings.tiktok_usd_per_1000
            / 1000
        ),
    ),
    SourceSpec(
        name="x_posts",
        title="Posts of founders, brands and searches on X (Apify)",
        provider="apify",
        tier="stretch",
        history="range",
        collect=collect_x_posts,
        parse=parse_x_posts,
        table="source.x_posts",
        weight=0.8,
        never_empty=True,
        estimate_usd=lambda settings: settings.x_max_items * settings.x_usd_per_1000 / 1000,
    ),
    SourceSpec(
        name="amazon_positions",
        title="Best-seller positions on Amazon (Apify)",
        provider="apify",
        tier="stretch",
        history="now",
        collect=collect_amazon_positions,
        parse=parse_amazon_positions,
        table="source.amazon_positions",
        weight=0.8,
        never_empty=True,
        estimate_usd=lambda settings: (
            len(settings.list_of("amazon_category_urls"))
            * settings.amazon_max_items
            * settings.amazon_usd_per_1000
            / 1000
            * (2 if settings.amazon_movers_actor else 1)
        ),
    ),
)

_CAPTURE_SPECS = (
    SourceSpec(
        name="creator_profiles",
        title="Profiles of candidates and of the roster (TikHub)",
        provider="tikhub",
        tier="core",
        history="now",
        collect=collect_creator_profiles,
        parse=parse_creator_profiles,
        needs=("creators",),
    ),
    SourceSpec(
        name="comet_covers",
        title="Covers of candidates' videos",
        provider="covers",
        tier="core",
        history="now",
        collect=collect_comet_covers,
        parse=parse_comet_covers,
        needs=("covers",),
    ),
    SourceSpec(
        name="panel_tiktok",
        title="Known TikTok posts, measured again (Apify)",
        provider="apify",
        tier="core",
        history="now",
        collect=collect_panel_tiktok,
        parse=parse_panel_tiktok,
        needs=("items",),
    ),
    SourceSpec(
        name="panel_youtube",
        title="Known YouTube videos, measured again",
        provider="youtube",
        tier="core",
        history="now",
        collect=collect_panel_youtube,
        parse=parse_panel_youtube,
        needs=("items",),
    ),
)

SOURCES: dict[str, SourceSpec] = {spec.name: spec for spec in _SPECS}
"""Sources with typed rows of their own, by name. User imports (`imported_posts`) have no provider and are not here."""

CAPTURES: dict[str, SourceSpec] = SOURCES | {spec.name: spec for spec in _CAPTURE_SPECS}
"""Everything that is captured: the sources, and what other assets ask for."""


def require_history(spec: SourceSpec, *, day: date, now: datetime, time_travel: bool = False) -> None:
    """Refuse to ask a source that only knows `now` for another day than today (UTC), before any request is made.

    `time_travel`: the sandbox answers as of the day. Raises NoHistory, saying what can be done instead."""
    today = now.astimezone(UTC).date()
    if day == today or time_travel:
        return
    if day > today:
        raise NoHistory(f"{spec.name} cannot be captured for {day}: that day has not begun.", provider=spec.provider)
    if spec.history == "now":
        raise NoHistory(
            f"{spec.name} has no capture of {day} and its provider ({spec.provider}) only knows today: today's answer "
            "is never stamped on a past day. Import that day's data (`trend-assets import`), or leave the day empty; "
            "what is built from other sources of that day does not need it.",
            provider=spec.provider,
        )
