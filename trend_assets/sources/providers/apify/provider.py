"""Apify, whose actors read TikTok, X and Amazon for several sources: its key, its address and its client."""

from typing import TYPE_CHECKING

from trend_assets.sources.declare import Client, Provider

if TYPE_CHECKING:
    from trend_assets.settings import Settings
    from trend_assets.sources.http import Connection


def _client(connection: "Connection", settings: "Settings") -> Client:
    from trend_assets.sources.providers.apify.client import ApifyRuns

    return ApifyRuns(connection)


PROVIDER = Provider(
    name="apify",
    title="Apify",
    gives="actors that read TikTok, X and Amazon",
    key="APIFY_TOKEN",
    key_from="https://console.apify.com/account/integrations",
    client=_client,
)
