"""What a command says at its end: every table that was not written, in our own words, and its exit code agrees.

A source that does not answer costs `trend-assets run` no exit code, since the day is made without it; a table that
could not be written does. Real Postgres, which really refuses; real HTTP to the sandbox."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import psycopg
import pytest
from rich.console import Console

from trend_assets.commands import run_day as command
from trend_assets.commands.execute import Outcome, execute, progress_bar
from trend_assets.defs import capture_asset
from trend_assets.warehouse.errors import WarehouseError
from trend_assets_tests.component.conftest import sandbox_world  # noqa: F401 - a fixture
from trend_assets_tests.integration.test_dagster_storage import storage_at

DAY = datetime.now(UTC).date() - timedelta(days=3)
CHAIN = ("capture/reddit_posts", "source/reddit_posts")


def refuse(url: str, table: str, how: str) -> None:
    """From now on Postgres answers every insert into `table` as `how` says."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {how}; RETURN NEW; END $$"
        )
        connection.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )


def materialize(instance: dg.DagsterInstance, *keys: str, day: date = DAY) -> Outcome:
    from trend_assets.definitions import defs

    with progress_bar(Console(quiet=True)) as progress:
        return execute(
            progress, instance, defs.resolve_implicit_global_asset_job_def(), "the day",
            partition_key=day.isoformat(), asset_selection=[dg.AssetKey(key.split("/")) for key in keys],
        )  # fmt: skip


@pytest.fixture
def ephemeral() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


KINDS = {
    "a full disk": ("RAISE 'no space left' USING ERRCODE = '53100'", "the database's disk is full or broken"),
    "no memory": ("RAISE 'out of it' USING ERRCODE = '53200'", "has not enough memory or meets a limit"),
    "a limit": ("RAISE 'temp files' USING ERRCODE = '53400'", "has not enough memory or meets a limit"),
    "a statement that takes too long": ("RAISE 'timeout' USING ERRCODE = '57014'", "Postgres ended the statement"),
    "a missing right": ("RAISE 'denied' USING ERRCODE = '42501'", "because a right is missing"),
    "a read-only server": ("RAISE 'read-only' USING ERRCODE = '25006'", "because the database is read-only"),
    "connections that are cut": ("PERFORM pg_terminate_backend(pg_backend_pid())", "Postgres is not reachable"),
    "what nobody foresaw": ("RAISE 'a surprise' USING ERRCODE = '22012'", "failed: "),
}


@pytest.mark.parametrize(("how", "said"), KINDS.values(), ids=KINDS)
def test_a_table_that_postgres_refuses_is_a_sentence_of_ours(ephemeral, sandbox_world, database_url, how, said):  # noqa: F811
    refuse(database_url, "source.reddit_posts", how)
    outcome = materialize(ephemeral, *CHAIN)
    (problem,) = outcome.problems
    assert problem.startswith(f"the day: source.reddit_posts: Writing source.reddit_posts of {DAY} failed")
    assert said in problem
    assert "psycopg" not in problem
    assert not outcome.sources
    assert outcome.made == {("capture.reddit_posts", DAY.isoformat())}


def test_a_source_that_is_down_is_no_table_that_could_not_be_written(
    ephemeral,
    sandbox_world,  # noqa: F811
    monkeypatch,
):
    from trend_assets.sources.http_library import httpx

    monkeypatch.setattr(capture_asset, "RETRY_SECONDS", 0)
    fault = {"name": "status", "status": 500, "provider": "reddit"}
    httpx.post(f"{sandbox_world}/__sandbox/faults", json=fault, trust_env=False).raise_for_status()
    outcome = materialize(ephemeral, *CHAIN)
    assert not outcome.problems
    assert not outcome.made
    (source,) = outcome.sources
    assert source.startswith("the day: capture.reddit_posts: ")


def test_a_capture_that_postgres_cannot_take_is_no_source_that_is_down(
    ephemeral,
    sandbox_world,  # noqa: F811
    database_url,
    monkeypatch,
):
    monkeypatch.setattr(capture_asset, "RETRY_SECONDS", 0)
    refuse(database_url, "capture.answers", KINDS["a full disk"][0])
    outcome = materialize(ephemeral, *CHAIN)
    assert not outcome.sources
    (problem,) = outcome.problems
    assert (
        "capture.reddit_posts: Storing an answer of reddit_posts failed because the database's disk is full" in problem
    )


def test_a_run_that_dagster_cannot_go_on_with_ends_in_a_sentence(empty_database_url):
    """Its own database is full: SQLAlchemy and psycopg2 say so, and people read what to do."""

    @dg.asset
    def thing() -> None:
        refuse(empty_database_url, "event_logs", KINDS["a full disk"][0])

    job = dg.Definitions(assets=[thing], executor=dg.in_process_executor).resolve_implicit_global_asset_job_def()
    with (
        dg.instance_for_test(overrides={"storage": storage_at(empty_database_url)}) as instance,
        progress_bar(Console(quiet=True)) as progress,
        pytest.raises(WarehouseError, match="the run failed because the database's disk is full") as raised,
    ):
        execute(progress, instance, job, "today")
    assert "psycopg" not in str(raised.value)


def test_a_run_that_fails_as_a_whole_says_why(empty_database_url):
    """A run can fail without a step that fails: seen when two first runs made the same pool."""

    @dg.asset(pool="reddit")
    def thing() -> None: ...

    job = dg.Definitions(assets=[thing], executor=dg.in_process_executor).resolve_implicit_global_asset_job_def()
    with (
        dg.instance_for_test(overrides={"storage": storage_at(empty_database_url)}) as instance,
        progress_bar(Console(quiet=True)) as progress,
    ):
        with psycopg.connect(empty_database_url, autocommit=True) as connection:
            connection.execute("ALTER TABLE pending_steps RENAME TO lost_steps")
        outcome = execute(progress, instance, job, "today")
    assert outcome.broken
    (problem,) = outcome.problems
    assert problem.startswith("today: the run failed: ")
    assert "pending_steps" in problem


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome(), 0),
        (Outcome(sources=["reddit did not answer"]), 0),
        (Outcome(problems=["feed.items could not be written"]), 1),
    ],
    ids=["all well", "a source is down", "a table is missing"],
)
def test_the_exit_code_of_run_is_about_tables_and_not_about_sources(
    outcome, code, database_url, monkeypatch, tmp_path, capfd
):
    """And a feed that this run has not made is never shown as if it were."""
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(command, "_materialize", lambda console, days, force: outcome)
    assert command.run_day(DAY, days_before=0) == code
    said = capfd.readouterr().out
    assert f"There is no feed of {DAY}." in said
    for sentence in (*outcome.sources, *outcome.problems):
        assert f"• {sentence}" in said


@pytest.mark.slow
def test_a_disk_that_fills_up_under_a_run_is_exit_1_with_the_reason_and_no_feed(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root for a small file system")
    disk = tmp_path / "small disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine may not mount a small file system")
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("TREND_ASSETS_", "DAGSTER_"))}
    environment = {**keep, "TREND_ASSETS_STATE_DIR": str(disk / "state"), "PYTHONUNBUFFERED": "1"}
    run = [sys.executable, "-m", "trend_assets.cli", "run", "--days-before", "0"]
    process = subprocess.Popen(
        run, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        # the first run of the command has begun: its captured output has a folder of the run's name
        _until(lambda: any((disk / "state" / "dagster").glob("*-*-*-*-*")), process)
        # the run writes as well, so that the last write may find the disk full already
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while (free := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize) > 300_000:
                filler.write(b"0" * (free - 200_000))
        said, _ = process.communicate(timeout=240)
        assert process.returncode == 1, said
        assert "Top of the feed" not in said
        assert "psycopg" not in said
        assert "Traceback" not in said
        assert "disk" in said or "not reachable" in said, said
        (disk / "filler").unlink()
        again = subprocess.run(run, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=280)
        assert again.returncode == 0, again.stdout + again.stderr
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        subprocess.run([*run[:3], "down"], env=environment, cwd=tmp_path, capture_output=True)
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _until(done, process: subprocess.Popen) -> None:
    while not done():
        assert process.poll() is None, process.stdout and process.stdout.read()
        time.sleep(0.1)
