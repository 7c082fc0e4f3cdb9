"""Covers of candidates' videos, fetched from the addresses that TikHub's search gave."""

from typing import TYPE_CHECKING

from trend_assets.sources.comet_covers.collect import collect
from trend_assets.sources.comet_covers.parse import parse
from trend_assets.sources.declare import Client, Newest, Provider, Source, Terms

if TYPE_CHECKING:
    from trend_assets.settings import Settings
    from trend_assets.sources.http import Connection


def _client(connection: "Connection", settings: "Settings") -> Client:
    from trend_assets.sources.clients import fetcher_for
    from trend_assets.sources.comet_covers.client import CoverClient

    return CoverClient(fetcher_for(settings), now=connection.now, is_sandbox=connection.is_sandbox)


PROVIDER = Provider(
    name="covers", title="Hosts of covers", gives="pictures, from many hosts", lives_with="tikhub", client=_client
)

SOURCE = Source(
    name="comet_covers",
    title="Covers of candidates' videos",
    provider=PROVIDER,
    tier="core",
    history="now",
    role="covers",
    collect=collect,
    parse=parse,
    needs=("covers",),
    tries={"covers": Newest("creator_search", {"cover_urls": "cover_urls", "external_id": "external_id"})},
    terms=Terms(
        retention_days=28,
        note="Cover images, kept only as long as a judgement may have to be repeated; what was seen stays as numbers.",
        reference="our own rule: covers are judged, never used to identify",
    ),
)
