"""TikHub, whom three sources ask: its key, its address and its client."""

from typing import TYPE_CHECKING

from trend_assets.sources.declare import Client, Provider

if TYPE_CHECKING:
    from trend_assets.settings import Settings
    from trend_assets.sources.http import Connection


def _client(connection: "Connection", settings: "Settings") -> Client:
    from trend_assets.sources.providers.tikhub.client import TikHubClient

    return TikHubClient(connection)


PROVIDER = Provider(
    name="tikhub",
    title="TikHub",
    gives="trending search words, videos and profiles of TikTok",
    key="TIKHUB_API_KEY",
    key_from="https://user.tikhub.io (API keys)",
    client=_client,
)
