"""Freshness and completeness by partition: a backfill of an old day cannot turn these green.

Judged from the manifest of partition writes by an hourly job of their own, so that they also run when a fetch failed.
Dagster's own freshness policies say the same deadline in the catalogue, but look at the last materialization of any
partition and know no holes.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from trend_assets.defs.resources import WarehouseResource
from trend_assets.domain.quality import holes, newest_due_day
from trend_assets.runtime.first_day import first_day
from trend_assets.sources.discovery import LISTS
from trend_assets.warehouse.warehouse import Warehouse

DEADLINE_HOUR = 6
COMPLETE_DAYS = 14
WATCHED = (*(f"source.{name}" for name in LISTS), "trends.post_snapshots", "velocity.scores", "feed.issues")
# made once: Dagster tries a thousand ticks of each cron expression that it is given
_POLICY = dg.FreshnessPolicy.cron(
    deadline_cron=f"0 {DEADLINE_HOUR} * * *", lower_bound_delta=timedelta(hours=DEADLINE_HOUR), timezone="UTC"
)


def freshness_policy(address: str) -> dg.FreshnessPolicy | None:
    """Dagster's policy for a watched table, None for others: at the deadline it was materialized on that UTC day."""
    return _POLICY if address in WATCHED else None


def written_days(warehouse: Warehouse, address: str) -> set:
    """The days of a table that have a successful write."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            "select observed_date from ops.partition_writes where table_address = %s", (address,)
        ).fetchall()
    return {row[0] for row in rows}


def freshness_result(address: str, present: set, now: datetime, *, check: str, key: dg.AssetKey) -> dg.AssetCheckResult:
    """Whether the newest day that is due has been written."""
    due = newest_due_day(now.date(), now.hour, deadline_hour=DEADLINE_HOUR)
    newest = max(present, default=None)
    return dg.AssetCheckResult(
        check_name=check,
        asset_key=key,
        passed=due in present,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{address} has its partition of {due}."
            if due in present
            else f"{address} has no partition of {due}, due since {DEADLINE_HOUR:02d}:00 UTC; the newest is {newest}. "
            "Look at the day's attempts in ops.source_attempts and materialize the asset again."
        ),
        metadata={"due": due.isoformat(), "newest": str(newest)},
    )


def completeness_result(
    address: str, present: set, now: datetime, *, check: str, key: dg.AssetKey
) -> dg.AssetCheckResult:
    """Whether the last days have no holes since the first written day."""
    last = newest_due_day(now.date(), now.hour, deadline_hour=DEADLINE_HOUR)
    first = max(last - timedelta(days=COMPLETE_DAYS - 1), min(present, default=last), first_day())
    missing = holes(present, first=first, last=last)
    return dg.AssetCheckResult(
        check_name=check,
        asset_key=key,
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{address} is complete from {first} to {last}."
            if not missing
            else f"{address} lacks {', '.join(map(str, missing))}; nothing fills them by itself: backfill these days."
        ),
        metadata={"missing_days": len(missing), "from": first.isoformat(), "to": last.isoformat()},
    )


def _checks(address: str) -> list[dg.AssetChecksDefinition]:
    key = dg.AssetKey(address.split("."))

    @dg.asset_check(asset=key, name="is_fresh", description="The newest due day has been written.")
    def is_fresh(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        present = written_days(warehouse.open(), address)
        return freshness_result(address, present, datetime.now(UTC), check="is_fresh", key=key)

    @dg.asset_check(asset=key, name="is_complete", description=f"No holes in the last {COMPLETE_DAYS} days.")
    def is_complete(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        present = written_days(warehouse.open(), address)
        return completeness_result(address, present, datetime.now(UTC), check="is_complete", key=key)

    return [is_fresh, is_complete]


freshness_checks = [check for address in WATCHED for check in _checks(address)]

freshness = dg.define_asset_job(
    "freshness",
    selection=dg.AssetSelection.checks(*freshness_checks),
    description="Judge freshness and completeness of every watched table, whatever became of the fetches.",
)


@dg.schedule(
    job=freshness,
    description="Judges freshness and completeness every hour. Costs nothing; on from the start.",
    cron_schedule="20 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def judge_freshness_hourly() -> dg.RunRequest:
    """Hourly; on by default, since it costs nothing."""
    return dg.RunRequest()
