"""What may not be kept any longer, removed: sources by their terms, logs by age; and when the clock is not believed.

    terms of the sources ─▶ purge_source per source with a retention ─▶ issues whose items went are rendered again
    Dagster's storage, compute logs                            ─▶ step chatter of old finished runs

Every part may be killed and run again. No Dagster here; the job is in `defs/ops/retention.py`, and
imports whose own retention is over are taken back in `imports/store.py`.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from trend_assets.privacy.purging import Purged, purge_source
from trend_assets.sources.policies import Policy, policies
from trend_assets.warehouse.connection import connect, only_row

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

# what carries the state of assets and runs must stay: without it partitions turn unmaterialized
KEPT_EVENTS = (
    "ASSET_MATERIALIZATION", "ASSET_MATERIALIZATION_PLANNED", "ASSET_OBSERVATION", "ASSET_CHECK_EVALUATION",
    "ASSET_CHECK_EVALUATION_PLANNED", "ASSET_FAILED_TO_MATERIALIZE", "FRESHNESS_STATE_CHANGE",
    "FRESHNESS_STATE_EVALUATION", "PIPELINE_START", "PIPELINE_SUCCESS", "PIPELINE_FAILURE", "PIPELINE_CANCELED",
    "STEP_FAILURE",
)  # fmt: skip

BELIEVED_DAYS = 7
"""A clock may be this far ahead of everything else that happened here. The shortest term is 28 days, and a purge cannot
be taken back."""


class ClockDoubted(Exception):
    """The clock may have jumped, so nothing is removed; the message says what to do."""


def require_believable_clock(warehouse: "Warehouse", *, now: datetime, last_run: datetime | None) -> None:
    """Raise ClockDoubted where `now` is far ahead of the newest answer of a provider (whose own clock was compared) and
    of `last_run`, when this was asked before: somebody sees the refusal before the next run believes the clock."""
    with warehouse.connect(doing="Looking for the newest answer") as connection:
        (newest,) = only_row(connection, "SELECT max(fetched_at) FROM capture.answers")
    known = [moment for moment in (newest, last_run) if moment is not None]
    if known and (ahead := now - max(known)) > timedelta(days=BELIEVED_DAYS):
        raise ClockDoubted(
            f"Nothing was purged: by this machine's clock it is {now:%Y-%m-%d}, {ahead.days} days after the newest "
            "stored answer and the last run of this job. Set the clock right; if it is right, run the job again: the "
            "second run, also tomorrow's, believes it."
        )


def limited_policies() -> list[Policy]:
    """The policies with a retention, by name."""
    return [policy for _, policy in sorted(policies().items()) if policy.retention_days is not None]


def purge_sources(warehouse: "Warehouse", *, now: datetime) -> Iterator[Purged]:
    """Purge every source with a retention, one after the other. `now` (UTC) is the wall clock: terms count real days,
    and the simulated world follows the same rule."""
    for policy in limited_policies():
        if policy.retention_days is not None:
            cutoff = now - timedelta(days=policy.retention_days)
            yield purge_source(warehouse, policy.source, cutoff=cutoff, platform=policy.platform)


def purge_event_log(dagster_url: str, *, before: datetime) -> int:
    """Remove the step chatter of finished runs from Dagster's event log; how many rows.

    What carries asset state, checks and outcomes stays, so no partition turns unmaterialized (deleting runs would do
    that). Two thirds of the rows are chatter.
    """
    with connect(dagster_url.replace("postgresql+psycopg2://", "postgresql://", 1)) as connection:
        return connection.execute(
            "DELETE FROM event_logs AS events USING runs WHERE events.run_id = runs.run_id "
            "AND runs.status IN ('SUCCESS', 'FAILURE', 'CANCELED') AND events.timestamp < %s "
            "AND (events.dagster_event_type IS NULL OR NOT events.dagster_event_type = ANY(%s))",
            (before.replace(tzinfo=None), list(KEPT_EVENTS)),
        ).rowcount


def purge_step_logs(warehouse: "Warehouse", *, before: datetime) -> int:
    """Remove what steps on other machines printed before `before`; how many streams."""
    return warehouse.transact(
        lambda connection: connection.execute("DELETE FROM ops.step_logs WHERE written_at < %s", (before,)).rowcount,
        doing="Purging the logs of steps",
    )


def purge_compute_logs(folder: Path, *, before: datetime) -> int:
    """Remove captured stdout and stderr of runs that were written before `before`, and the folders that are empty then;
    how many files. Nothing outside `*/compute_logs` is touched."""
    removed = 0
    for logs in sorted(folder.glob("*/compute_logs")):
        for place, _, names in os.walk(logs, topdown=False):
            for path in (Path(place, name) for name in names):
                with contextlib.suppress(OSError):  # Dagster removes them too; one that cannot go stops no other
                    if path.lstat().st_mtime < before.timestamp():
                        path.unlink()
                        removed += 1
            with contextlib.suppress(OSError):  # something is in it
                os.rmdir(place)
        with contextlib.suppress(OSError):
            logs.parent.rmdir()
    return removed
