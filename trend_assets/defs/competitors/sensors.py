"""The sensor that picks up requests for competitors, and the two jobs it launches.

Two runs per ask: the list from what is at hand, at once; and the captures with `official_api`, after which the list is
merged again. A provider that is away costs only its own part.
"""

from datetime import UTC, datetime

import dagster as dg

from trend_assets.competitors.merging import PROVIDERS
from trend_assets.defs.resources import WarehouseResource
from trend_assets.sources.discovery import with_role

_OFFLINE = [["competitors", provider] for provider in PROVIDERS if provider != "official_api"]

competitor_list = dg.define_asset_job(
    "competitor_list",
    selection=dg.AssetSelection.assets(*_OFFLINE, ["competitors", "candidates"]),
    tags={"dagster/max_runtime": "1800"},
    description="Candidates of a day's requests from the corpus, the given handles and the community.",
)

competitor_captures = dg.define_asset_job(
    "competitor_captures",
    selection=dg.AssetSelection.assets(
        *(["capture", source.name] for source in with_role("channel_search", "handle_lookup")),
        ["competitors", "official_api"],
        ["competitors", "candidates"],
    ),
    tags={"dagster/max_runtime": "3600"},
    description="Ask YouTube and Instagram what a day's requests need, then merge the list again.",
)


@dg.sensor(
    jobs=[competitor_list, competitor_captures],
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Launches the discovery runs of every day with an open request; daily requests are asked for today.",
)
def competitor_requests(
    context: dg.SensorEvaluationContext, warehouse: WarehouseResource
) -> dg.SensorResult | dg.SkipReason:
    """On from the start: it acts only on what users asked. The run key holds the newest ask, so that a day is computed
    again when it is asked again, and not for every tick."""
    from trend_assets.competitors.requests import enqueue_daily, open_days

    now = datetime.now(UTC)
    with warehouse.open().connect() as connection:
        enqueue_daily(connection, today=now.date(), now=now)
        days = open_days(connection)
    if not days:
        return dg.SkipReason("No request waits.")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                job_name=job,
                partition_key=day.isoformat(),
                run_key=f"{job}-{day}-{asked_at.isoformat()}",
                tags={"requests": str(number)},
            )
            for day, asked_at, number in days
            for job in ("competitor_list", "competitor_captures")
        ]
    )
