"""Captures of competitor discovery: what the day's requests need from YouTube and Instagram, asked once and kept.

competitors/requests ──▶ capture/youtube_channels, capture/instagram_profiles ──▶ competitors/official_api
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.competitors import discover
from trend_assets.competitors.requests import requests_of_day
from trend_assets.defs.capture_asset import capture_asset
from trend_assets.settings import Settings
from trend_assets.sources.declare import Source
from trend_assets.sources.discovery import with_role

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


def wanted_of(spec: Source, warehouse: "Warehouse", day: date) -> dict[str, Any]:
    """What the day's requests ask of this source: channel searches or handles, without repeats, in order."""
    ask = discover.channel_queries if spec.role == "channel_search" else discover.handles_to_look_up
    with warehouse.connect() as connection:
        wanted = [item for request in requests_of_day(connection, day) for item in ask(connection, request, day=day)]
    return {spec.needs[0]: list(dict.fromkeys(wanted))}


def discovery_capture(spec: Source) -> dg.AssetsDefinition:
    """The capture of one source for the day's competitor requests. A day without requests asks nothing."""

    def wanted(warehouse: "Warehouse", day: date, settings: Settings) -> dict[str, Any]:
        return wanted_of(spec, warehouse, day)

    return capture_asset(
        spec,
        collection="competitors",
        inputs=wanted,
        deps=["competitors.requests"],
        description=(
            f"One row per answer of {spec.provider_name} for {spec.title}.\n\n"
            "Materializing a day again replays what is stored and asks only what new requests need."
        ),
    )


captures = [discovery_capture(spec) for spec in with_role("channel_search", "handle_lookup")]
