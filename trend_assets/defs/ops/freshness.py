"""Freshness and completeness by partition: a backfill of an old day cannot turn these green.

Judged from the manifest of partition writes by an hourly job of their own, so that they also run when a fetch failed.
Dagster's own freshness policies say the same deadline in the catalogue, but look at the last materialization of any
partition and know no holes.
"""

from collections.abc import Callable
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


def is_fresh(address: str, present: set, now: datetime) -> dg.AssetCheckResult:
    """The newest due day has been written."""
    due = newest_due_day(now.date(), now.hour, deadline_hour=DEADLINE_HOUR)
    newest = max(present, default=None)
    return dg.AssetCheckResult(
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


def is_complete(address: str, present: set, now: datetime) -> dg.AssetCheckResult:
    """No holes in the last 14 days, since the first written one."""
    last = newest_due_day(now.date(), now.hour, deadline_hour=DEADLINE_HOUR)
    first = max(last - timedelta(days=COMPLETE_DAYS - 1), min(present, default=last), first_day())
    missing = holes(present, first=first, last=last)
    return dg.AssetCheckResult(
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{address} is complete from {first} to {last}."
            if not missing
            else f"{address} lacks {', '.join(map(str, missing))}; nothing fills them by itself: backfill these days."
        ),
        metadata={"missing_days": len(missing), "from": first.isoformat(), "to": last.isoformat()},
    )


def _check(address: str, judge: Callable[[str, set, datetime], dg.AssetCheckResult]) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=dg.AssetKey(address.split(".")), name=judge.__name__, description=judge.__doc__)
    def check(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        return judge(address, written_days(warehouse.open(), address), datetime.now(UTC))

    return check


freshness_checks = [_check(address, judge) for address in WATCHED for judge in (is_fresh, is_complete)]

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
