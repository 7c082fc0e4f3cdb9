"""Issues go out: the asset that sends what is due, and the schedule that asks for it every hour.

Sending once is a matter of rows (`newsletters/desk/deliveries.py`), not of runs: a repeated run sends nothing again.
Not part of the day's refresh, since a rebuilt feed is no reason to write to readers.
"""

from datetime import UTC, datetime

import dagster as dg

from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.schedules import MAX_RUNTIME
from trend_assets.defs.table_asset import Day, DayOutput, table_asset
from trend_assets.settings import get_settings

NOW_TAG = "deliver"
"""A run with the tag `deliver` = `now` sends whatever the hour and the day: somebody asked for it."""


@table_asset("feed.deliveries", deps=["feed.issues"], group="delivery", kinds={"email"})
def deliveries(day: Day) -> DayOutput:
    """One row per day, newsletter, channel and sending: what went out and what became of it.

    Every channel is told once, however often this runs; a channel that failed is tried again alone. An issue goes out
    when its newsletter's hour has come on its own day, with what editors decided until then, or as one locked it; for
    any other day, or earlier, run it with the tag `deliver` = `now`.
    """
    from trend_assets.newsletters.desk.deliveries import deliver, is_due
    from trend_assets.newsletters.desk.issue import store_if_edited
    from trend_assets.newsletters.discovery import found

    now = datetime.now(UTC)
    outcomes: dict[str, str] = {}
    failed: list[str] = []
    for name, newsletter in found(day.settings).by_name.items():
        if not (is_due(newsletter, day.date, now=now) or (newsletter.channels and day.tags.get(NOW_TAG) == "now")):
            continue
        store_if_edited(day.warehouse, day.settings, newsletter, day.date)
        done = deliver(day.warehouse, day.settings, newsletter, day.date, now=now)
        if not done:
            outcomes[name] = f"There is no issue of {day.date} yet."
        for one in done:
            outcomes[f"{name} by {one.channel}"] = one.reason or (one.outcome if one.is_new else "sent before")
            if one.is_new and one.outcome != "sent":
                failed.append(f"{name} by {one.channel}: {one.reason}")
    if failed:
        raise dg.Failure(f"Not everything went out. {' '.join(failed)}", allow_retries=False)
    return DayOutput(None, metadata=outcomes or {"empty": "No newsletter is due."})


delivery = dg.define_asset_job(
    "delivery",
    selection=dg.AssetSelection.assets(["feed", "deliveries"]),
    tags=MAX_RUNTIME,
    description="Send the day's issues to the channels that have not got them.",
)


@dg.schedule(
    job=delivery,
    cron_schedule="0 * * * *",
    execution_timezone="UTC",
    description="Sends each newsletter at its hour (UTC), and what failed again every hour. Off until turned on.",
)
def newsletters_at_their_hour(
    context: dg.ScheduleEvaluationContext, warehouse: WarehouseResource
) -> dg.RunRequest | dg.SkipReason:
    """Asks for a run in hours in which something is due that has not gone out."""
    from trend_assets.newsletters.desk.deliveries import is_due, waiting
    from trend_assets.newsletters.discovery import found

    now = (context.scheduled_execution_time or datetime.now(UTC)).astimezone(UTC)
    newsletters = [each for each in found(get_settings()).by_name.values() if is_due(each, now.date(), now=now)]
    store = warehouse.open() if newsletters else None
    due = [each.name for each in newsletters if store is not None and waiting(store, each, now.date())]
    if not due:
        return dg.SkipReason("No newsletter is due, or every channel has got its issue.")
    return dg.RunRequest(run_key=f"deliver-{now:%Y-%m-%dT%H}", partition_key=now.date().isoformat())
