"""Captures of competitor discovery: what the day's requests need from YouTube and Instagram, asked once and kept.

competitors/requests ──▶ capture/youtube_channels, capture/instagram_profiles ──▶ competitors/official_api
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.competitors import discover
from trend_assets.competitors.requests import requests_of_day
from trend_assets.competitors.sources import INSTAGRAM_PROFILES, YOUTUBE_CHANNELS
from trend_assets.defs.captures.assets import RETRY, CaptureConfig, failure_of, shown
from trend_assets.defs.partitions import daily
from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.table_asset import OWNERS
from trend_assets.settings import get_settings
from trend_assets.sources.errors import MissingKey, SourceError
from trend_assets.sources.registry import SourceSpec

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse


def wanted_of(spec: SourceSpec, warehouse: "Warehouse", day: date) -> dict[str, Any]:
    """What the day's requests ask of this source: channel searches or handles, without repeats, in order."""
    ask = discover.youtube_queries if spec is YOUTUBE_CHANNELS else discover.instagram_handles
    with warehouse.connect() as connection:
        wanted = [item for request in requests_of_day(connection, day) for item in ask(connection, request, day=day)]
    return {spec.needs[0]: list(dict.fromkeys(wanted))}


def discovery_capture(spec: SourceSpec) -> dg.AssetsDefinition:
    """The capture of one source for the day's competitor requests. Without requests nothing is asked."""

    @dg.asset(
        key=["capture", spec.name],
        group_name="captures",
        deps=[dg.AssetKey(["api", spec.provider]), dg.AssetKey(["competitors", "requests"])],
        description=(
            f"One row per answer of {spec.provider} for {spec.title}.\n\n"
            "Materializing a day again replays what is stored and asks only what new requests need."
        ),
        partitions_def=daily(),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        retry_policy=RETRY,
        pool=spec.provider,
        owners=OWNERS,
        kinds={spec.provider, "api"},
        tags={"history": spec.history, "provider": spec.provider, "collection": "competitors"},
        metadata={"dagster/table_name": f"capture.{spec.name}"},
        output_required=False,
    )
    def capture(context: dg.AssetExecutionContext, config: CaptureConfig, warehouse: WarehouseResource):
        from trend_assets.operations.collect import collect_source

        store = warehouse.open()
        day = date.fromisoformat(context.partition_key)
        try:
            collected = collect_source(
                store,
                spec,
                day=day,
                now=datetime.now(UTC),
                settings=get_settings(),
                run_id=context.run.run_id,
                collection_id=context.run.root_run_id or context.run.run_id,
                force=config.force,
                inputs=wanted_of(spec, store, day),
            )
        except MissingKey as skipped:
            context.log.warning(str(skipped))
            return
        except SourceError as error:
            raise failure_of(error) from error
        for problem in collected.problems:
            context.log.warning(problem)
        yield dg.MaterializeResult(asset_key=context.asset_key, metadata=shown(collected))

    return capture


youtube_channels = discovery_capture(YOUTUBE_CHANNELS)
instagram_profiles = discovery_capture(INSTAGRAM_PROFILES)
