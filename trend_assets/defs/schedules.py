"""Jobs and schedules: when collections start. Everything below the captures follows by the sensor `refresh`.

All schedules are off until somebody turns them on: starting the UI with keys spends nothing.
"""

from datetime import UTC, datetime

import dagster as dg

from trend_assets.defs.capture_asset import CaptureConfig
from trend_assets.defs.ops.freshness import freshness_checks
from trend_assets.defs.refresh.sensor import refresh_sensor
from trend_assets.sources.discovery import LISTS

COLLECTION_TAG = "collection"
DELIVERY = "delivery"
"""The group of what writes to readers: asked for by its own schedule or by somebody, never by a refresh."""
MAX_RUNTIME = {"dagster/max_runtime": "3600"}

_daily = dg.AssetSelection.tag(COLLECTION_TAG, "daily")
_providers = dg.AssetSelection.groups("providers")

_criteria = dg.AssetSelection.assets(["comets", "criteria_check"])
_roster = dg.AssetSelection.assets(
    *(["comets", name] for name in ("creator_profiles", "bio_check", "roll_call", "creators"))
)

_panel = dg.AssetSelection.tag(COLLECTION_TAG, "panel")

daily_selection = ((_daily | _criteria).upstream() | dg.AssetSelection.groups("sources")) - _providers - _panel
"""Every daily capture, the filter layers up to who deserves a paid profile, and the typed rows of each source. Not the
panel's rows: their captures are another job's, and the UI asks "Are you sure?" before it launches what reads from an
asset that was never materialized."""

roll_call_selection = dg.AssetSelection.tag(COLLECTION_TAG, "roll_call") | _roster
"""Profiles of candidates and of the roster, and the roster brought up to date with them. Nothing upstream: the roster
is called whatever became of discovery."""

downstream_selection = (
    dg.AssetSelection.all()
    - daily_selection
    - roll_call_selection
    - dg.AssetSelection.groups("captures", "providers", DELIVERY)
    - _panel
)
"""Everything else: free functions of stored partitions, refreshed by automation. Not the panel's plan, which is made
when the panel asks."""

watching = dg.AssetSelection.checks(*freshness_checks)
"""Freshness is judged by a job of its own, also when a collection failed; a collection need not judge itself."""

daily_collection = dg.define_asset_job(
    "daily_collection",
    selection=daily_selection - watching,
    tags=MAX_RUNTIME,
    description="Collect every source for one day: a step per source; a source that fails costs only itself.",
)

core_names = [spec.name for spec in LISTS.values() if spec.tier == "core" and not spec.needs]
intraday_collection = dg.define_asset_job(
    "intraday_collection",
    selection=dg.AssetSelection.assets(
        *(["capture", name] for name in core_names), *(["source", name] for name in core_names)
    ),
    tags=MAX_RUNTIME,
    description="Collect the core sources once more inside the day: one more snapshot, nothing is replaced.",
)

roll_call = dg.define_asset_job(
    "roll_call",
    selection=roll_call_selection - watching,
    tags=MAX_RUNTIME,
    description="Fresh numbers for every roster creator that was not measured today; runs whatever discovery did.",
)

panel = dg.define_asset_job(
    "panel",
    selection=_panel,
    tags=MAX_RUNTIME,
    description="Measure known items again by id, within the panel's budget.",
)


def _tick(context: dg.ScheduleEvaluationContext) -> datetime:
    return (context.scheduled_execution_time or datetime.now(UTC)).astimezone(UTC)


def _once_a_day(name: str, job: str, hour: int, description: str) -> dg.ScheduleDefinition:
    """A partition is the day of observation, so a run collects the UTC day of its tick; its key is that day: one tick,
    one run."""

    @dg.schedule(
        name=name, job_name=job, cron_schedule=f"0 {hour} * * *", execution_timezone="UTC",
        description=f"{description}, {hour:02}:00 UTC. Costs money within the budgets; off until turned on.",
    )  # fmt: skip
    def request(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = _tick(context).date().isoformat()
        return dg.RunRequest(run_key=f"{job}-{day}", partition_key=day)

    return request


daily_at_two = _once_a_day("daily_at_two", daily_collection.name, 2, "Collects every source for today")
roll_call_at_four = _once_a_day("roll_call_at_four", roll_call.name, 4, "Fresh numbers of the roster, after discovery")
panel_at_five = _once_a_day("panel_at_five", panel.name, 5, "Measures known items again")


@dg.schedule(
    job=intraday_collection,
    cron_schedule="0 8,14,20 * * *",
    execution_timezone="UTC",
    description="Collects the core sources again at 08:00, 14:00 and 20:00 UTC. Costs money; off until turned on.",
)
def every_six_hours(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Core sources at 08:00, 14:00 and 20:00 UTC besides the 02:00 run. Forced: a repeat within the day would
    otherwise replay the morning's answers."""
    tick = _tick(context)
    return dg.RunRequest(
        run_key=f"intraday-{tick:%Y-%m-%dT%H}",
        partition_key=tick.date().isoformat(),
        run_config=dg.RunConfig(ops={f"capture__{name}": CaptureConfig(force=True) for name in core_names}),
    )


refreshed_selection = (
    dg.AssetSelection.all(include_sources=False)
    - dg.AssetSelection.groups("captures", "providers", DELIVERY)
    - dg.AssetSelection.assets(["velocity", "panel"])
)
"""Free functions of stored partitions. Not the panel's plan, which is made when the panel asks."""

refresh = dg.define_asset_job(
    "refresh",
    selection=refreshed_selection - watching,
    tags=MAX_RUNTIME,
    description="What lies below updated captures and tables of a day, made again. Launched by the sensor refresh.",
)
follow_updates = refresh_sensor(refresh, refreshed_selection)
