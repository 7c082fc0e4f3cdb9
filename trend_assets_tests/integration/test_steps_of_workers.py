"""A step that is delivered more than once runs once; what cannot be run says so in a sentence that can travel.

On a real Postgres and a Dagster instance; the broker's part is in e2e/test_workers.py, where one is installed.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from trend_assets.warehouse.errors import WarehouseMisconfigured, WarehouseUnavailable
from trend_assets.warehouse.schema import require_current

steps = pytest.importorskip("trend_assets.runtime.celery_steps", reason="needs the extra celery")

from celery import Celery, states  # noqa: E402
from dagster._core.errors import raise_execution_interrupts  # noqa: E402
from dagster._grpc.types import ExecuteStepArgs  # noqa: E402
from dagster._serdes import pack_value  # noqa: E402

EVENTS = ["an event", "another"]


@dg.op
def a_step() -> None: ...


@dg.job
def one_step() -> None:
    a_step()


class Worker:
    """A worker's process as one task sees it: results in Postgres, and deliveries of the task."""

    def __init__(self, url: str, instance: dg.DagsterInstance) -> None:
        self.url, self.instance, self.runs = url, instance, 0
        self.body: Callable[[], Any] = lambda: EVENTS
        app = Celery("test", broker="memory://", backend=f"db+{url.replace('://', '+psycopg2://', 1)}")

        @app.task(bind=True, base=steps.StepOnce, name="step")
        def task(_task: Any, execute_step_args_packed: Any, executable_dict: Any) -> Any:
            self.runs += 1
            return self.body()

        self.task, self.results = task, app.backend

    def deliver(self, task_id: str, *, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED) -> Any:
        run = self.instance.create_run_for_job(one_step, status=status)
        origin = dg.reconstructable(one_step).get_python_origin()
        given = pack_value(ExecuteStepArgs(origin, run.run_id, ["a_step"], self.instance.get_ref()))
        self.task.push_request(id=task_id, hostname="here")
        try:
            return self.task(execute_step_args_packed=given, executable_dict={})
        finally:
            self.task.pop_request()


@pytest.fixture
def worker(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Worker]:
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        yield Worker(database_url, instance)


def test_a_step_that_is_delivered_again_gives_its_result_and_does_not_run_again(worker: Worker) -> None:
    assert worker.deliver("one") == worker.deliver("one") == EVENTS
    assert worker.runs == 1
    assert worker.deliver("two") == EVENTS and worker.runs == 2


def test_a_step_that_another_process_still_runs_is_waited_for(worker: Worker) -> None:
    locked = threading.Event()

    def another_process() -> None:
        with psycopg.connect(worker.url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtextextended('step one', 0))")
            locked.set()
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
            )
            while connection.execute(waiting).fetchone() == (0,):
                time.sleep(0.02)
            worker.results.store_result("one", EVENTS, states.SUCCESS)

    other = threading.Thread(target=another_process)
    other.start()
    locked.wait(60)
    assert worker.deliver("one") == EVENTS and worker.runs == 0
    other.join(60)


def test_a_step_whose_process_was_lost_is_tried_again_but_not_for_ever(worker: Worker) -> None:
    def lost() -> None:
        raise SystemExit  # what no handler of an error sees, as with a kill

    worker.body = lost
    for _ in range(steps.MOST_TRIES):
        with pytest.raises(SystemExit):
            worker.deliver("one")
    with pytest.raises(steps.StepNotRun, match=r"lost 3 times.*memory"):
        worker.deliver("one")
    assert worker.runs == steps.MOST_TRIES


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", "CANCELED", "CANCELING"])
def test_a_step_of_a_run_that_is_over_is_not_run(worker: Worker, status: str) -> None:
    assert worker.deliver("one", status=dg.DagsterRunStatus[status]) == [] and worker.runs == 0


def test_an_error_that_cannot_be_written_as_json_reaches_the_run_as_a_sentence(worker: Worker) -> None:
    class Odd(Exception):
        def __init__(self, cause: object, *, code: int) -> None:
            super().__init__("the provider's sentence", cause)

    def fail() -> None:
        raise Odd(object(), code=1)

    worker.body = fail
    with pytest.raises(steps.StepNotRun, match=r"could not run the step\. Odd: .*the provider's sentence") as caught:
        worker.deliver("one")
    worker.results.mark_as_failure("one", caught.value)
    assert "the provider's sentence" in str(worker.results.get_task_meta("one")["result"])


def test_a_signal_to_the_whole_group_does_not_end_a_step(worker: Worker) -> None:
    def signalled() -> list[str]:
        with raise_execution_interrupts():  # as Dagster does around each step
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.2)
            return EVENTS

    worker.body = signalled
    before = signal.getsignal(signal.SIGTERM)
    assert worker.deliver("one") == EVENTS
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_worker_begins_only_on_a_database_of_its_own_version(database_url: str, empty_database_url: str) -> None:
    require_current(database_url)
    with pytest.raises(WarehouseMisconfigured, match="no tables of ours yet: start the platform first"):
        require_current(empty_database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("COMMENT ON TABLE ops.schema_version IS 'of another version'")
    with pytest.raises(WarehouseMisconfigured, match="bring every machine to the same version"):
        require_current(database_url)
    with pytest.raises(WarehouseUnavailable):
        require_current("postgresql://nobody:x@127.0.0.1:1/none")
