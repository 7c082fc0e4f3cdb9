"""Instagram business profiles, looked up by handle for competitor requests. The provider serves this source only."""

from typing import TYPE_CHECKING

from trend_assets.sources.declare import Client, Provider, Source, Terms
from trend_assets.sources.instagram.collect import collect
from trend_assets.sources.instagram.parse import parse

if TYPE_CHECKING:
    from trend_assets.settings import Settings
    from trend_assets.sources.http import Connection


def _client(connection: "Connection", settings: "Settings") -> Client:
    from trend_assets.sources.instagram.client import InstagramClient

    return InstagramClient(connection)


PROVIDER = Provider(
    name="instagram",
    title="Meta's Instagram Graph API",
    gives="numbers of business profiles",
    key="INSTAGRAM_ACCESS_TOKEN",
    key_from="https://developers.facebook.com/apps",
    client=_client,
)

SOURCE = Source(
    name="instagram_profiles",
    title="Instagram business profiles for competitor requests",
    provider=PROVIDER,
    tier="own",
    history="now",
    role="handle_lookup",
    collect=collect,
    parse=parse,
    needs=("handles",),
    terms=Terms(
        note="Public numbers of business profiles through Meta's Graph API; keep only what you use, erase a profile on "
        "request.",
        reference="https://developers.facebook.com/terms (Platform Terms, 3)",
    ),
)
