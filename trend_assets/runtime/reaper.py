"""What dead runs hold is taken back: runs that no process carries any more end, their pool slots are free, their
attempts say what became of them.

Called at the start of our commands, by every step that waits for a pool (`dagster_storage.py`) and by a sensor of the
UI, so it does not matter who was killed and who comes next. Who lives is seen by `carrier.py`; a run whose process is
out of sight is left alone.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import dagster as dg

from trend_assets.runtime.carrier import COMMAND_TAG, Carrier, of_tags

CARRIED = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
BEGINNING = (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING)
BEGIN_SECONDS = 180
"""A run that has not begun by then never will: `start_timeout_seconds` of dagster.yaml, also without a daemon."""
KILLED = "Its process ended in the middle; run it again, what was answered is replayed."


def take_back(instance: dg.DagsterInstance) -> list[str]:
    """End every run whose process is dead and free what it held; a sentence for each. Runs that live are not touched,
    nor those whose process cannot be seen from here. Safe to call from anywhere, at any time."""
    sentences = [sentence for record in _dead(instance) if (sentence := _end(instance, record))]
    _free_slots(instance)
    _close_attempts(instance)
    return sentences


def who(record: dg.RunRecord) -> str:
    """A run for people: its id, its command and process, since when."""
    run = record.dagster_run
    begun = datetime.fromtimestamp(record.start_time, UTC) if record.start_time else record.create_timestamp
    process = of_tags(run.tags)
    return (
        f"the run {run.run_id[:8]}"
        + (f" of `{name}`" if (name := run.tags.get(COMMAND_TAG)) else f" of the job {run.job_name}")
        + (f", process {process.pid}{_where(process)}" if process else "")
        + f", since {begun:%H:%M} UTC"
    )


def _where(process: Carrier) -> str:
    return f" on {process.host}" if process.state() == "out of sight" else ""


def _dead(instance: dg.DagsterInstance) -> list[dg.RunRecord]:
    carried = instance.get_run_records(dg.RunsFilter(statuses=list(CARRIED)))
    never_began = instance.get_run_records(
        dg.RunsFilter(statuses=list(BEGINNING), updated_before=datetime.now(UTC) - timedelta(seconds=BEGIN_SECONDS))
    )
    dead = [
        record
        for record in carried
        if (process := of_tags(record.dagster_run.tags)) is not None and process.state() == "dead"
    ]
    return [*dead, *never_began]


def _end(instance: dg.DagsterInstance, record: dg.RunRecord) -> str | None:
    """End a dead run, unless somebody else has done so meanwhile."""
    run = instance.get_run_by_id(record.dagster_run.run_id)
    if run is None or run.status != record.dagster_run.status:
        return None
    if run.status in BEGINNING:
        reason = f"This run has not begun within {BEGIN_SECONDS} s: who was to start it is gone."
    else:
        reason = "The process that carried this run is gone: it was killed, or its machine went down."
    if run.status == dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, reason)
    else:
        instance.report_run_failed(run, reason)
    return f"{who(record)[0].upper()}{who(record)[1:]}, is dead; what it held is free again."


def _free_slots(instance: dg.DagsterInstance) -> None:
    """Free slots and places in the queue of every run that is over: also of one that was killed while it gave them
    back, and of those just ended."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    pools = storage.get_concurrency_infos(list(storage.get_concurrency_keys()))
    holding = {slot.run_id for info in pools.values() for slot in info.claimed_slots}
    holding |= {step.run_id for info in pools.values() for step in info.pending_steps}
    for run_id in over(instance, holding):
        storage.free_concurrency_slots_for_run(run_id)


def over(instance: dg.DagsterInstance, run_ids: Iterable[str]) -> set[str]:
    """Those of `run_ids` whose run has ended or was deleted."""
    wanted = set(run_ids)
    if not wanted:
        return set()
    living = {run.run_id for run in instance.get_runs(dg.RunsFilter(run_ids=list(wanted))) if not run.is_finished}
    return wanted - living


def _close_attempts(instance: dg.DagsterInstance) -> None:
    """End the attempts that are `running` although their run is over. One that lives on writes its own outcome over
    this."""
    from trend_assets.runtime.database import running_database_url
    from trend_assets.settings import get_settings
    from trend_assets.warehouse.warehouse import Warehouse

    with Warehouse(running_database_url(get_settings())).connect() as connection:
        running = connection.execute(
            "SELECT DISTINCT run_id FROM ops.source_attempts WHERE outcome = 'running' AND run_id IS NOT NULL"
        ).fetchall()
        if ended := over(instance, (run_id for (run_id,) in running)):
            connection.execute(
                "UPDATE ops.source_attempts SET outcome = 'failed', reason = %s, finished_at = clock_timestamp() "
                "WHERE outcome = 'running' AND run_id = ANY(%s)",
                (KILLED, list(ended)),
            )
