"""Runs whose steps other machines do: two workers over a real RabbitMQ, each with a state folder of its own, killed,
ended politely, and cut off from the broker in the middle of a step. Skipped where no RabbitMQ is installed.

A step is in the middle while the simulated provider lets it wait for an answer."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import psutil
import pytest

from trend_assets.runtime.processes import die_with_parent
from trend_assets.runtime.services import Services, base_services
from trend_assets.runtime.waiting import WAITS
from trend_assets.settings import Settings
from trend_assets.sources.http_library import httpx
from trend_assets_tests.broker import EPMD, SERVER, Broker
from trend_assets_tests.e2e.graphql import wait_for

pytest.importorskip("dagster_celery", reason="needs the extra celery")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not (SERVER and EPMD), reason="needs RabbitMQ: Debian's package rabbitmq-server"),
]

REDDIT, YOUTUBE = ("reddit", "listing"), ("youtube", "search")
SECONDS = 300


@dataclass
class Run:
    """A run in a process of its own, as its log tells it."""

    process: "subprocess.Popen[bytes]"
    run_id: str
    instance: dg.DagsterInstance
    output: Path

    def events(self) -> list[dg.EventLogEntry]:
        return list(self.instance.all_logs(self.run_id))

    def workers_of(self, step: str) -> list[str]:
        """The workers that have taken a step, in order."""
        found = []
        for event in self.events():
            metadata = event.dagster_event.engine_event_data.metadata if _is_engine_event(event) else {}
            if "Celery worker" in metadata and event.step_key == step:
                found.append(str(metadata["Celery worker"].value).split("@")[0])
        return found

    def waits(self) -> list[str]:
        """What the run says of waiting for a worker."""
        return [
            event.message
            for event in self.events()
            if _is_engine_event(event) and WAITS in event.dagster_event.engine_event_data.metadata
        ]

    def printed(self, step: str) -> str:
        """What the machine that starts runs can show of a step's output."""
        for event in self.events():
            if _type(event) == "LOGS_CAPTURED" and step in (event.dagster_event.logs_captured_data.step_keys or ()):
                key = [self.run_id, "compute_logs", event.dagster_event.logs_captured_data.file_key]
                assert self.instance.compute_log_manager.is_capture_complete(key)
                return (self.instance.compute_log_manager.get_log_data(key).stderr or b"").decode()
        raise AssertionError(f"{step} captured nothing")

    def finish(self) -> None:
        """Wait until it has ended well, with every step done once."""
        self.process.wait(SECONDS)
        run = self.instance.get_run_by_id(self.run_id)
        assert run is not None and run.status == dg.DagsterRunStatus.SUCCESS, self.output.read_text()[-4000:]
        done = Counter(event.step_key for event in self.events() if _type(event) == "STEP_SUCCESS")
        assert done and set(done.values()) == {1}


def _is_engine_event(event: dg.EventLogEntry) -> bool:
    return _type(event) == "ENGINE_EVENT"


def _type(event: dg.EventLogEntry) -> str:
    return event.dagster_event.event_type_value if event.dagster_event else ""


@dataclass
class Machines:
    """One machine that starts runs, and workers on others: each has a state folder of its own."""

    folder: Path
    services: Services
    broker: Broker
    instance: dg.DagsterInstance
    environment: dict[str, str]
    workers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start_worker(self, name: str) -> None:
        state = self.folder / name
        self.workers[name] = self._start(
            ["trend_assets.cli", "worker", "--name", name], self.folder / f"{name}.log",
            {"TREND_ASSETS_STATE_DIR": str(state), "DAGSTER_HOME": "", "TREND_ASSETS_EXECUTOR": ""},
        )  # fmt: skip

    def has_begun(self, name: str) -> bool:
        log = (self.folder / f"{name}.log").read_text()
        assert self.workers[name].poll() is None, log
        return "at a time" in log

    def process_of(self, name: str) -> psutil.Process:
        """The process of a worker that runs its steps."""
        (child,) = psutil.Process(self.workers[name].pid).children()
        return child

    def run(self, day: str, *sources: str) -> Run:
        known = {run.run_id for run in self.instance.get_runs()}
        selection = " or ".join(f'key:"{layer}/{source}"' for source in sources for layer in ("capture", "source"))
        arguments = ["dagster", "asset", "materialize", "--select", selection, "--partition", day]
        output = self.folder / f"run{len(known)}.log"
        process = self._start([*arguments, "-m", "trend_assets.definitions"], output, {})

        def begun() -> str | None:
            assert process.poll() is None, output.read_text()[-4000:]
            return next((run.run_id for run in self.instance.get_runs() if run.run_id not in known), None)

        return Run(process, wait_for(begun, what="a run", seconds=SECONDS), self.instance, output)

    def slow(self, endpoint: tuple[str, str], seconds: float, *, times: int | None = None) -> None:
        fault = {"name": "latency", "provider": endpoint[0], "endpoint": endpoint[1], "seconds": seconds}
        self.ask("POST", "/__sandbox/faults", json={**fault, "times": times})

    def calls(self, endpoint: tuple[str, str]) -> int:
        return self.ask("GET", f"/__sandbox/log?provider={endpoint[0]}&endpoint={endpoint[1]}").json()["total"]

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        answer = httpx.request(method, f"{self.services.sandbox_url}{path}", timeout=30, trust_env=False, **options)
        answer.raise_for_status()
        return answer

    def _start(self, module: list[str], log: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        with log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", *module], cwd=self.folder, env={**self.environment, **environment},
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    folder = tmp_path_factory.mktemp("machines")
    before = dict(os.environ)
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: (os.environ.clear(), os.environ.update(before)))
        for name in before:
            if name.startswith(("TREND_ASSETS_", "DAGSTER_", "CELERY_")):
                del os.environ[name]
        broker = Broker(folder / "broker")
        stack.callback(broker.close)
        os.environ |= {"TREND_ASSETS_START_DATE": "2026-01-01", "CELERY_BROKER_URL": broker.url}
        os.environ |= {"TREND_ASSETS_EXECUTOR": "celery", "TREND_ASSETS_STATE_DIR": str(folder / "first")}
        services = stack.enter_context(base_services(Settings(_env_file=None)))
        broker.start()
        instance = stack.enter_context(dg.DagsterInstance.get())
        made = Machines(folder, services, broker, instance, {**os.environ, "PYTHONUNBUFFERED": "1"})
        stack.callback(_kill, made)
        yield made


def _kill(machines: Machines) -> None:
    for process in machines.workers.values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


@pytest.fixture(autouse=True)
def no_faults(machines: Machines) -> Iterator[None]:
    yield
    machines.ask("DELETE", "/__sandbox/faults")


def test_a_run_without_workers_says_so_and_goes_on_over_both_when_they_come(machines: Machines) -> None:
    for endpoint in (REDDIT, YOUTUBE):
        machines.slow(endpoint, 2)  # nobody is done before the other has begun
    run = machines.run("2026-11-10", "reddit_posts", "youtube_shorts")
    (said,) = wait_for(run.waits, what="what the run waits for", seconds=SECONDS)
    assert re.search(r"no worker answers at amqp://guest:\*\*@.*trend-assets worker", said)
    for name in ("left", "right"):
        machines.start_worker(name)
    for name in ("left", "right"):
        wait_for(lambda name=name: machines.has_begun(name), what=f"the worker {name}", seconds=SECONDS)
    run.finish()
    assert "capture__reddit_posts" in run.printed("capture__reddit_posts"), "it was printed on another machine"
    both = {*run.workers_of("capture__reddit_posts"), *run.workers_of("capture__youtube_shorts")}
    assert both == {"left", "right"}
    assert [sentence.partition(";")[0] for sentence in run.waits()[1:]] in ([], ["A worker answers again"])


def test_a_killed_step_and_a_killed_worker_hand_their_step_over(machines: Machines) -> None:
    machines.slow(REDDIT, 120)
    step, before = "capture__reddit_posts", machines.calls(REDDIT)
    run = machines.run("2026-11-11", "reddit_posts")
    wait_for(lambda: machines.calls(REDDIT) > before, what="the first call", seconds=SECONDS)
    process = machines.process_of(run.workers_of(step)[-1])
    process.kill()
    process.wait(SECONDS)
    before = machines.calls(REDDIT)
    wait_for(lambda: machines.calls(REDDIT) > before, what="the call of the next process", seconds=SECONDS)
    machines.ask("DELETE", "/__sandbox/faults")
    killed = run.workers_of(step)[-1]
    os.killpg(machines.workers[killed].pid, signal.SIGKILL)
    machines.workers.pop(killed).wait(30)
    run.finish()
    assert len(run.workers_of(step)) == 3 and run.workers_of(step)[-1] != killed
    machines.start_worker(killed)
    wait_for(lambda: machines.has_begun(killed), what=f"the worker {killed} again", seconds=SECONDS)


def test_a_worker_that_is_ended_politely_with_its_group_finishes_its_step_and_the_run_goes_on(
    machines: Machines,
) -> None:
    machines.slow(REDDIT, 3, times=1)
    step, before = "capture__reddit_posts", machines.calls(REDDIT)
    run = machines.run("2026-11-12", "reddit_posts")
    wait_for(lambda: machines.calls(REDDIT) > before, what="the call", seconds=SECONDS)
    (name,) = run.workers_of(step)
    os.killpg(machines.workers[name].pid, signal.SIGTERM)
    run.finish()
    assert run.workers_of(step) == [name] and machines.workers.pop(name).wait(SECONDS) == 0
    machines.start_worker(name)
    wait_for(lambda: machines.has_begun(name), what=f"the worker {name} again", seconds=SECONDS)


def test_a_restart_of_the_broker_in_a_step_costs_nothing_and_runs_nothing_twice(machines: Machines) -> None:
    machines.slow(REDDIT, 3, times=1)
    step, before = "capture__reddit_posts", machines.calls(REDDIT)
    run = machines.run("2026-11-13", "reddit_posts")
    wait_for(lambda: machines.calls(REDDIT) > before, what="the call", seconds=SECONDS)
    machines.broker.stop()
    machines.broker.start()
    run.finish()
    assert len(run.workers_of(step)) == 1
