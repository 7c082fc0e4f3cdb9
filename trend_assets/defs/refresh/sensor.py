"""The sensor that refreshes what was updated: a tick every few seconds."""

import time
from typing import Any

import dagster as dg

from trend_assets.defs.partitions import daily
from trend_assets.defs.refresh.outdated import Below
from trend_assets.defs.refresh.tick import tick


def refresh_sensor(job: Any, targets: dg.AssetSelection) -> dg.SensorDefinition:
    """The sensor that refreshes `targets` by runs of `job`."""

    @dg.sensor(
        name="refresh",
        job=job,
        minimum_interval_seconds=5,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Refreshes whatever lies below updated captures and tables, one run per day. Never collects: it "
        "costs nothing, but for prose with a key (docs/adr/0031).",
    )
    def refresh(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        assert context.repository_def
        graph = context.repository_def.asset_graph
        done = tick(
            context.cursor,
            context.instance,
            Below.of(graph, targets.resolve(graph)),
            now=time.time(),
            has_partition=daily().has_partition_key,
        )
        return dg.SensorResult(
            run_requests=done.requests,
            cursor=done.cursor.text(),
            skip_reason=None if done.requests else dg.SkipReason(done.says),
        )

    return refresh
