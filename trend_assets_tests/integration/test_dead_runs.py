"""What killed runs hold: taken back by whoever comes next, and never from the living. Real processes, real Postgres."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from rich.console import Console

from trend_assets.commands.execute import Outcome, execute, progress_bar
from trend_assets.runtime import carrier
from trend_assets.runtime.carrier import COMMAND_TAG, TAG, Carrier
from trend_assets.runtime.processes import die_with_parent
from trend_assets.runtime.reaper import BEGIN_SECONDS, take_back
from trend_assets_tests.integration.test_dagster_storage import storage_at
from trend_assets_tests.pool_holder import POOL

STATUS = dg.DagsterRunStatus


@dg.asset(pool=POOL)
def wanted() -> None:
    """Wants the only slot."""


@pytest.fixture
def instance(
    empty_database_url: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """An instance as the project's dagster.yaml makes it, with a pool of one slot; processes started now share it."""
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump({"storage": storage_at(empty_database_url)}))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as found:
        found.event_log_storage.set_concurrency_slots(POOL, 1)
        yield found


@contextlib.contextmanager
def holder() -> Iterator[subprocess.Popen]:
    """A process that holds the pool's slot."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trend_assets_tests.pool_holder"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holding\n"
        yield process
    finally:
        process.kill()
        process.wait()


def slots(instance: dg.DagsterInstance) -> set[str]:
    return {slot.run_id for slot in instance.event_log_storage.get_concurrency_info(POOL).claimed_slots}


def outcomes(database_url: str) -> list[tuple[str, str | None]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT outcome, reason FROM ops.source_attempts").fetchall()


def take(instance: dg.DagsterInstance, said: list[str]) -> Outcome:
    """Run what wants the slot, as our commands do; what they would print goes to `said`."""
    job = dg.Definitions(assets=[wanted], executor=dg.in_process_executor).resolve_implicit_global_asset_job_def()
    console = Console(quiet=True)
    console.print = lambda *texts, **_: said.extend(map(str, texts))  # type: ignore[method-assign]
    with progress_bar(console) as progress:
        return execute(progress, instance, job, "later")


def test_what_a_killed_process_held_is_taken_back_by_the_next_command(instance, database_url):
    with holder() as process:
        (run,) = instance.get_runs()
        assert run.status == STATUS.STARTED
        assert carrier.of_tags(run.tags).pid == process.pid
        assert slots(instance) == {run.run_id}
        process.kill()
        process.wait()
        (sentence,) = take_back(instance)
    assert sentence.startswith(f"The run {run.run_id[:8]} of `pool_holder.py`, process {process.pid}, since ")
    assert sentence.endswith("is dead; what it held is free again.")
    assert instance.get_run_by_id(run.run_id).status == STATUS.FAILURE
    assert not slots(instance)
    assert outcomes(database_url) == [
        ("failed", "Its process ended in the middle; run it again, what was answered is replayed.")
    ]
    assert take_back(instance) == []


def test_a_run_that_lives_keeps_what_it_holds(instance, database_url):
    with holder():
        (run,) = instance.get_runs()
        assert take_back(instance) == []
        assert instance.get_run_by_id(run.run_id).status == STATUS.STARTED
        assert slots(instance) == {run.run_id}
        assert outcomes(database_url) == [("running", None)]


def test_who_waits_says_for_whom_and_goes_on_once_that_one_is_killed(instance):
    said: list[str] = []
    with holder() as process:
        (run,) = instance.get_runs()
        killer = threading.Thread(target=lambda: (_until(lambda: said), process.kill(), process.wait()))
        killer.start()
        outcome = take(instance, said)
        killer.join()
    assert outcome.made == {("wanted", "None")}
    assert said[0].startswith(
        f"wanted waits for the pool {POOL}, held by the run {run.run_id[:8]} of `pool_holder.py`, "
        f"process {process.pid}, since "
    )
    assert any(sentence.endswith("is dead; what it held is free again.") for sentence in said[1:])
    ours = next(each for each in instance.get_runs() if each.run_id != run.run_id)
    assert said[0] in [entry.message for entry in instance.all_logs(ours.run_id)], "the UI shows it too"


def test_slots_and_places_in_the_queue_of_runs_that_are_over_are_free(instance):
    """A run that was killed while it gave its slot back has ended in Dagster's eyes and still holds it."""
    with holder():
        (run,) = instance.get_runs()
        instance.run_storage.handle_run_event(
            run.run_id,
            dg.DagsterEvent(event_type_value="PIPELINE_CANCELED", job_name=run.job_name, message="ended"),
        )
        assert slots(instance) == {run.run_id}
        assert take_back(instance) == []
        assert not slots(instance)
        assert not instance.event_log_storage.get_concurrency_info(POOL).pending_steps


def started_by(instance: dg.DagsterInstance, process: Carrier | None, status: STATUS = STATUS.STARTED) -> str:
    """A run in Dagster's database that says which process carries it."""
    tags = {**process.tags(), COMMAND_TAG: "trend-assets run"} if process else {}
    return instance.create_run_for_job(
        dg.Definitions(assets=[wanted]).resolve_implicit_global_asset_job_def(), tags=tags, status=status
    ).run_id


OWN = carrier.own()


JUDGED = {
    "it lives": (OWN, False),
    "its pid was given to another": (dataclasses.replace(OWN, started="17"), True),
    "the machine was started anew": (dataclasses.replace(OWN, boot="another"), True),
    "on another host": (dataclasses.replace(OWN, host="elsewhere", started="17"), False),
    "in another container": (dataclasses.replace(OWN, space="pid:[1]", started="17"), False),
    "nobody knows its process": (None, False),
}


def test_dead_is_what_is_seen_to_be_dead(instance):
    """Also of a run that is being cancelled: that one ends as cancelled."""
    ended = {STATUS.STARTED: STATUS.FAILURE, STATUS.CANCELING: STATUS.CANCELED}
    runs = {
        started_by(instance, process, before): (name, ended[before] if ends else before)
        for name, (process, ends) in JUDGED.items()
        for before in ended
    }
    assert len(take_back(instance)) == 4
    for run, (name, after) in runs.items():
        assert instance.get_run_by_id(run).status == after, name


def test_a_process_that_only_waits_to_be_buried_is_dead():
    child = subprocess.Popen([sys.executable, "-c", ""])
    _until(lambda: not carrier._start_of(child.pid))
    assert Path(f"/proc/{child.pid}").exists()
    child.wait()


def test_a_run_that_never_began_is_ended_after_its_time_and_not_before(instance, monkeypatch):
    """Killed between Dagster's note of a run and its start: it has no process that could be looked for."""
    run = started_by(instance, None, STATUS.STARTING)
    assert take_back(instance) == []
    monkeypatch.setattr("trend_assets.runtime.reaper.BEGIN_SECONDS", 0)
    assert BEGIN_SECONDS > 0
    assert len(take_back(instance)) == 1
    assert instance.get_run_by_id(run).status == STATUS.FAILURE


def test_a_repeated_run_does_not_keep_the_process_of_the_one_before(instance):
    assert dg.materialize(
        [wanted], instance=instance, tags=dataclasses.replace(OWN, pid=1, started="17").tags()
    ).success
    (run,) = instance.get_runs()
    assert run.tags[TAG] == OWN.tags()[TAG]


def test_what_people_call_a_process(monkeypatch):
    for words, name in (
        (["/usr/bin/trend-assets", "run", "--date", "2026-11-20"], "trend-assets run --date 2026-11-20"),
        (["/x/dagster/__main__.py", "asset", "materialize", "--select", "a"], "dagster asset materialize"),
        (["/x/dagster", "api", "grpc", "-m", "trend_assets.definitions"], "the Dagster UI or its daemon"),
    ):
        monkeypatch.setattr(sys, "argv", words)
        assert carrier.command() == name


@pytest.mark.parametrize(
    ("sign", "ignored"),
    [
        (signal.SIGHUP, ""),
        (signal.SIGTERM, ""),
        (signal.SIGINT, ""),
        (signal.SIGTERM, "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"),
    ],
    ids=["SIGHUP", "SIGTERM", "SIGINT", "SIGTERM to a job in a shell's background, which has no Ctrl-C"],
)
def test_a_closed_terminal_ends_a_command_as_politely_as_ctrl_c(sign, ignored, tmp_path):
    script = (
        f"{ignored}"
        "import time, click\n"
        "from trend_assets.cli import main\n"
        "@main.command()\n"
        "def wait():\n"
        "    try:\n"
        "        print('waiting', flush=True); time.sleep(60)\n"
        "    finally:\n"
        "        print('cleaned', flush=True)\n"
        "main(['wait'])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(sign)
    assert process.stdout.read() == "cleaned\n"
    assert process.wait() == 130


def test_a_command_whose_terminal_was_closed_cleans_up_and_ends_like_ctrl_c(tmp_path):
    script = (
        "import sys, time, click\n"
        "from trend_assets.cli import main\n"
        "@main.command()\n"
        "def wait():\n"
        "    try:\n"
        "        while True: click.echo('waiting'); time.sleep(0.01)\n"
        "    finally:\n"
        "        click.echo('stopping'); click.echo('stopping', err=True)\n"
        "        open(sys.argv[-1], 'w').close()\n"
        "main(['wait'])\n"
    )
    ours, theirs = os.openpty()
    cleaned = tmp_path / "cleaned"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(cleaned)], preexec_fn=lambda: os.login_tty(theirs), pass_fds=[theirs]
    ) as process:
        os.close(theirs)
        assert b"waiting" in os.read(ours, 100)
        os.close(ours)  # the window is closed: the kernel sends SIGHUP, and the terminal cannot be written to
        assert process.wait(60) == 130
    assert cleaned.exists()


def _until(done: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
