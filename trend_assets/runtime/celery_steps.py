"""Steps of runs as tasks of Celery: how a run gives its steps away, and how a worker runs each of them once.

    run ─▶ task in RabbitMQ ─▶ worker: this task's lock in Postgres ─▶ step ─▶ its result in Postgres ─▶ run
                  ▲                        │
                  └── the worker is lost ──┘  (its connection is gone: handed to the next one at once)

RabbitMQ only: it hands back what a lost worker had when that worker's connection ends; Redis waits for an hour. Results
are in Postgres, which every process reaches anyway: an answer over the broker is lost when the broker restarts, and the
run would wait for it for ever.

What a broker promises is "at least once": a task comes again when a worker is lost, when the broker restarts, and when
a step takes longer than RabbitMQ's half hour. Here the second delivery waits for the first one's end and takes its
result. Checking a machine and starting a worker belong to `worker.py`. Imported where the extra `celery` is installed.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import celery
import sqlalchemy.exc
from amqp.exceptions import AMQPError
from celery import states
from dagster_celery.core_execution_loop import core_celery_execution_loop
from dagster_celery.executor import CeleryExecutor, _submit_task
from dagster_celery.make_app import make_app
from dagster_celery.tasks import ExecuteStepArgs, create_task
from dagster_shared.serdes import unpack_value
from kombu import Connection
from kombu.exceptions import OperationalError
from kombu.utils.url import maybe_sanitize_url

from trend_assets.runtime.dagster_private import RetryMode
from trend_assets.runtime.database import held_databases
from trend_assets.runtime.waiting import say_waits
from trend_assets.settings import Settings, get_settings
from trend_assets.warehouse.connection import connect

if TYPE_CHECKING:
    import dagster as dg

SCHEMES = ("amqp://", "amqps://", "pyamqp://")
MOST_TRIES = 3
"""A step whose process was lost three times is likely what kills it (memory): it fails, instead of going round."""
LONGEST_WAIT_SECONDS = 5_400
"""As long as a run may take (`dagster.yaml`): for the end of a step that another process still runs."""
LOOK_SECONDS = 20
ANSWER_SECONDS = 5.0
CONNECT_SECONDS = 10
BROKER_ERRORS = (OSError, OperationalError, AMQPError)
CONFIG: dict[str, Any] = {
    # a step counts as given away when the broker has it on disk
    "broker_transport_options": {"confirm_publish": True},
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    # a step that meets a restart of the broker goes on: its second delivery waits for it
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    # a lost machine's worker counts as gone within a minute, as its sessions do in Postgres; by itself four minutes
    "broker_heartbeat": 30,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    # a broker is back within two minutes, or the run fails
    "task_publish_retry_policy": {"max_retries": 70, "interval_start": 0.1, "interval_step": 0.3, "interval_max": 2},
    "result_backend_always_retry": True,
    "result_backend_max_retries": 14,
    "result_expires": timedelta(hours=12),
    # what steps print goes to their own files, by descriptor
    "worker_redirect_stdouts": False,
    "worker_max_tasks_per_child": 50,
    "worker_proc_alive_timeout": 60,
}


class BrokerUnusable(RuntimeError):
    """Where steps wait for workers is not configured or does not answer; the message says which."""


class StepNotRun(RuntimeError):
    """A worker could not run a step; the message says why. Its text is all that has to travel: an error that cannot be
    written as JSON would never reach the run, which would wait for ever."""


def broker_url(settings: Settings) -> str:
    """The broker's address. Raises BrokerUnusable where none is set, or one that is no RabbitMQ."""
    given = settings.celery_broker_url
    url = given.get_secret_value() if given else ""
    if not url:
        raise BrokerUnusable(
            "TREND_ASSETS_EXECUTOR=celery needs a RabbitMQ: set CELERY_BROKER_URL to amqp://user:password@host:5672// "
            "in the .env of every machine."
        )
    if not url.startswith(SCHEMES):
        raise BrokerUnusable(
            f"CELERY_BROKER_URL is {shown(url)}, and only RabbitMQ hands back the step of a lost worker at once: write "
            "amqp://user:password@host:5672//."
        )
    return url


def shown(url: str) -> str:
    """The address without its password."""
    return str(maybe_sanitize_url(url))


def executor(settings: Settings) -> "StepsInWorkers":
    """What gives steps to workers, with the broker of `settings` and results beside Dagster's tables."""
    return StepsInWorkers(
        retries=RetryMode.ENABLED,
        broker=broker_url(settings),
        backend=f"db+{held_databases(settings).dagster_url}",
        config_source=CONFIG,
    )


def worker_app(settings: Settings) -> celery.Celery:
    """The application of a worker: the same broker, results and manners as the runs' own."""
    app = make_app(executor(settings).app_args())
    create_task(app, base=StepOnce)
    return app


# --- the run's side ---------------------------------------------------------------------------------------------------


class StepsInWorkers(CeleryExecutor):
    """Dagster's executor for Celery, which says when nobody takes the steps, and leaves no results behind."""

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[Any]:
        given: list[Any] = []

        def submit(*arguments: Any) -> Any:
            given.append(_submit_task(*arguments))
            return given[-1]

        app = make_app(self.app_args())
        with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):
            app.backend.cleanup()  # what killed runs have left
        with _watched(app, plan_context.instance, plan_context.run_id):
            try:
                yield from core_celery_execution_loop(plan_context, execution_plan, step_execution_fn=submit)
            finally:
                # they hold the steps' events, which are in Dagster's log
                for result in given:
                    with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):
                        result.forget()


def workers(app: celery.Celery, *, most: int | None = None) -> list[str]:
    """The names of the workers that answer now, `most` at most: asked until then, or for ANSWER_SECONDS. Raises one of
    BROKER_ERRORS."""
    replies = app.control.ping(timeout=ANSWER_SECONDS, limit=most)
    return sorted(name for reply in replies for name in reply)


def answering(settings: Settings) -> list[str]:
    """The same for who only wants to know. Raises BrokerUnusable where the broker does not answer."""
    url = broker_url(settings)
    require_broker(url)
    with make_app({"broker": url, "backend": "disabled://"}) as app:
        return workers(app)


def require_broker(url: str) -> None:
    """Raises BrokerUnusable when the broker does not answer, or does not let us in."""
    try:
        with Connection(url, connect_timeout=CONNECT_SECONDS) as connection:
            connection.connect()
    except BROKER_ERRORS as error:
        raise BrokerUnusable(
            f"The broker at {shown(url)} cannot be used ({type(error).__name__}: {error}): start RabbitMQ, or correct "
            "host, user and password in CELERY_BROKER_URL."
        ) from None


@contextlib.contextmanager
def _watched(app: celery.Celery, instance: "dg.DagsterInstance", run_id: str) -> Iterator[None]:
    """Say in the run's log when no worker answers, and when one does again."""
    ended = threading.Event()
    say = partial(say_waits, instance, run_id, None, "a worker")
    thread = threading.Thread(target=_watch, args=(app, say, ended), name="watch of the workers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(ANSWER_SECONDS + 1)


def _watch(app: celery.Celery, say: Any, ended: threading.Event) -> None:
    where, alone = shown(app.conf.broker_url), False
    while not ended.is_set():
        try:
            there, why = bool(workers(app, most=1)), f"no worker answers at {where}"
        except BROKER_ERRORS as error:
            there, why = False, f"the broker at {where} does not answer ({type(error).__name__})"
        if ended.is_set():
            return
        if alone is there:
            alone = not there
            say(
                "A worker answers again; the run goes on."
                if there
                else f"The run waits: {why}. Start one with `trend-assets worker`; the steps wait for it."
            )
        ended.wait(LOOK_SECONDS)


# --- the worker's side ------------------------------------------------------------------------------------------------


class StepOnce(celery.Task):
    """One step of a run, which is run once however often its task is delivered."""

    abstract = True

    def __call__(self, execute_step_args_packed: dict[str, Any], executable_dict: dict[str, Any]) -> Any:
        task = self.request.id
        try:
            with _undisturbed(), _alone(task):
                known = self.backend.get_task_meta(task)
                if known["status"] == states.SUCCESS:
                    return known["result"]
                if _is_over(unpack_value(execute_step_args_packed, as_type=ExecuteStepArgs).run_id):
                    return []
                before = known["result"].get("tries", 0) if isinstance(known["result"], dict) else 0
                if before >= MOST_TRIES:
                    raise StepNotRun(
                        f"The process of this step was lost {before} times, so it is not tried again: look at the "
                        "memory of the workers' machines, then re-execute the run from failure."
                    )
                self.backend.store_result(task, {"tries": before + 1}, states.STARTED, request=self.request)
                given = (execute_step_args_packed, executable_dict)
                result = _thread().submit(self._run, self.request.id, self.request.hostname, *given).result()
                # before the lock is given back: who waits for it finds the result
                self.backend.store_result(task, result, states.SUCCESS, request=self.request)
                return result
        except StepNotRun:
            raise
        except Exception as error:
            raise StepNotRun(f"A worker could not run the step. {type(error).__name__}: {error}") from error

    def _run(self, task: str, hostname: str, packed: dict[str, Any], executable: dict[str, Any]) -> Any:
        self.push_request(id=task, hostname=hostname)  # each thread has its own
        try:
            return self.run(execute_step_args_packed=packed, executable_dict=executable)
        finally:
            self.pop_request()


@lru_cache(maxsize=1)
def _thread() -> ThreadPoolExecutor:
    """Where this process runs its steps: in its main thread Dagster makes a failure of every signal. One thread for all
    steps: what a step has started would end with its thread."""
    return ThreadPoolExecutor(1, thread_name_prefix="steps")


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A polite end is the worker's to answer, which waits for its step: a signal to the whole group, as service
    managers send it, must not end the step. A function and not SIG_IGN, which what a step starts would inherit."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _alone(task: str) -> Iterator[None]:
    """Hold this task, over processes and machines; the server frees it when the process or its machine is gone."""
    url = held_databases(get_settings()).data_url
    with connect(url, application="trend_assets step", lock_timeout=LONGEST_WAIT_SECONDS) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"step {task}",))
        yield


def _is_over(run_id: str) -> bool:
    """Whether nobody waits for the steps of a run any more: what it would pay, nobody would use."""
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
    return run is None or run.is_finished or run.status == dg.DagsterRunStatus.CANCELING
