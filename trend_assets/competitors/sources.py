"""The two captures of competitor discovery, as rows like those of the source registry. They are no feed sources."""

from trend_assets.sources.instagram.collect import collect_instagram_profiles
from trend_assets.sources.instagram.parse import parse_instagram_profiles
from trend_assets.sources.registry import SourceSpec
from trend_assets.sources.youtube.channels import collect_youtube_channels, parse_youtube_channels

YOUTUBE_CHANNELS = SourceSpec(
    name="youtube_channels",
    title="YouTube channels for competitor requests",
    provider="youtube",
    tier="own",
    history="now",
    collect=collect_youtube_channels,
    parse=parse_youtube_channels,
    needs=("queries",),
)

INSTAGRAM_PROFILES = SourceSpec(
    name="instagram_profiles",
    title="Instagram business profiles for competitor requests",
    provider="instagram",
    tier="own",
    history="now",
    collect=collect_instagram_profiles,
    parse=parse_instagram_profiles,
    needs=("handles",),
)
