"""At start-up on a single host: end runs that no process carries any more."""

import dagster as dg

IN_FLIGHT = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def reap(instance: dg.DagsterInstance) -> int:
    """Mark every run that is still in flight as failed and free its pool slots; the number of such runs.

    With the default run launcher no run can be alive when no code server is: call it before the services start.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=IN_FLIGHT))
    for record in records:
        instance.report_run_failed(
            record.dagster_run, "The process that carried this run is gone: the services were restarted meanwhile."
        )
        instance.event_log_storage.free_concurrency_slots_for_run(record.dagster_run.run_id)
    return len(records)
