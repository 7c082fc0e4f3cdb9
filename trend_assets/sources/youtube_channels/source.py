"""Channels that YouTube lists for competitor requests."""

from trend_assets.sources.declare import Source
from trend_assets.sources.marks import Mark
from trend_assets.sources.providers.youtube.provider import PROVIDER, youtube_terms
from trend_assets.sources.youtube_channels.collect import collect
from trend_assets.sources.youtube_channels.parse import parse

SOURCE = Source(
    name="youtube_channels",
    title="YouTube channels for competitor requests",
    provider=PROVIDER,
    tier="own",
    history="now",
    role="channel_search",
    marks=(Mark("statistics.hiddenSubscriberCount", True, "hidden: followers unknown, `is_followers_hidden`"),),
    collect=collect,
    parse=parse,
    needs=("queries",),
    tries={"queries": "news"},
    terms=youtube_terms("Channels found for competitor requests, under the same terms as its Shorts."),
)
