"""Processes of the real platform killed in the middle of a run: the run ends, its slots come back, the next one works.

A run is in the middle while the simulated provider lets it wait for an answer."""

import contextlib
import os
import signal
from collections.abc import Iterator

import psutil
import psycopg
import pytest

from trend_assets.runtime.postgres import embedded
from trend_assets_tests.e2e.graphql import ENDED, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# days after the first partition
KILLED_ON, LEFT_ON, CUT_ON = 2, 3, 7
ENDPOINTS = {"reddit_posts": ("reddit", "listing"), "youtube_shorts": ("youtube", "search")}
KILLED: list[str] = []
QUERY = """query($c:String){instance{concurrencyLimit(concurrencyKey:$c){claimedSlots{runId}}}}"""


@pytest.fixture(autouse=True)
def no_faults(platform) -> Iterator[None]:
    yield
    platform.sandbox("DELETE", "/__sandbox/faults")


def slow(platform, source: str, *, seconds: float) -> None:
    provider, endpoint = ENDPOINTS[source]
    fault = {"name": "latency", "provider": provider, "endpoint": endpoint, "seconds": seconds}
    platform.sandbox("POST", "/__sandbox/faults", json=fault)


def begun(platform, source: str, on: int, **options) -> str:
    """A run that waits for its provider's answer."""
    provider, endpoint = ENDPOINTS[source]
    path = f"/__sandbox/log?provider={provider}&endpoint={endpoint}"
    before = platform.sandbox("GET", path).json()["total"]
    run = launched(platform, source, on, **options)

    def asked() -> bool:
        assert (status := platform.dagster.run(run)["status"]) not in ENDED, f"the run of {source} ended: {status}"
        return platform.sandbox("GET", path).json()["total"] > before

    wait_for(asked, what=f"the call of {source}", seconds=240)
    return run


def launched(platform, source: str, on: int, **options) -> str:
    """A run of one source, as soon as the UI finds its code server (again)."""

    def attempt() -> str | None:
        try:
            return platform.dagster.launch(
                assets=[f"capture.{source}", f"source.{source}"], day=platform.day(on), **options
            )
        except (AssertionError, ValueError):
            return None

    return wait_for(attempt, what=f"a run of {source} that is accepted", every=2)


def worker_of(platform, run: str) -> psutil.Process:
    """The process that carries a run: the child of the code server that says so in Dagster's own log of it."""
    return wait_for(lambda: _worker_of(platform, run), what=f"the process of run {run}")


def _worker_of(platform, run: str) -> psutil.Process | None:
    data = platform.dagster.ask(
        """query($r:ID!){runOrError(runId:$r){... on Run{eventConnection{events{... on EngineEvent{
        metadataEntries{label ... on TextMetadataEntry{text} ... on IntMetadataEntry{intValue}}}}}}}}""",
        r=run,
    )
    for event in data["runOrError"]["eventConnection"]["events"]:
        for entry in event.get("metadataEntries", ()):
            if entry["label"] == "pid":
                return psutil.Process(int(entry.get("intValue") or entry["text"]))
    return None


def code_server(platform) -> psutil.Process | None:
    """The living code server."""
    for process in psutil.Process(platform.process.pid).children():
        with contextlib.suppress(psutil.Error):
            if "grpc" in process.cmdline():
                return process
    return None


def another_code_server(platform, than: psutil.Process) -> None:
    wait_for(lambda: (now := code_server(platform)) and now.pid != than.pid, what="another code server")


def repeat(platform, source: str, on: int) -> None:
    """The day again: it succeeds, and the partition is one version whose manifest tells the truth."""
    assert platform.dagster.finish(launched(platform, source, on))["status"] == "SUCCESS"
    with psycopg.connect(embedded.ensure_running(platform.state_dir)) as connection:
        found = connection.execute(
            f"SELECT stored, received - deduplicated - quarantined, (SELECT count(*) FROM source.{source} WHERE "
            "observed_date = %s) FROM ops.partition_writes WHERE table_address = %s AND observed_date = %s",
            (platform.day(on), f"source.{source}", platform.day(on)),
        ).fetchone()
    assert found is not None and found[0] > 0 and len(set(found)) == 1


def test_killed_workers_and_a_killed_code_server_cost_two_runs(platform):
    dagster = platform.dagster
    for source in ENDPOINTS:
        slow(platform, source, seconds=60)
    alone = begun(platform, "reddit_posts", KILLED_ON, tags={"dagster/max_retries": "0"})
    worker_of(platform, alone).kill()
    assert dagster.finish(alone, seconds=180)["status"] == "FAILURE", "the code server sees that its worker is gone"
    both = begun(
        platform, "youtube_shorts", KILLED_ON, tags={"dagster/max_runtime": "5", "dagster/max_retries": "0"}
    )  # fmt: skip
    worker, server = worker_of(platform, both), code_server(platform)
    server.kill()
    worker.kill()
    assert dagster.finish(both, seconds=180)["status"] == "FAILURE", "nobody saw it, so its longest time ends it"
    platform.sandbox("DELETE", "/__sandbox/faults")
    another_code_server(platform, than=server)
    for source in ENDPOINTS:
        repeat(platform, source, KILLED_ON)
    KILLED.extend((alone, both))


def test_a_run_outlives_its_code_server(platform):
    slow(platform, "reddit_posts", seconds=6)
    run, server = begun(platform, "reddit_posts", LEFT_ON), code_server(platform)
    server.send_signal(signal.SIGTERM)
    assert platform.dagster.finish(run)["status"] == "SUCCESS"
    another_code_server(platform, than=server)
    repeat(platform, "reddit_posts", LEFT_ON)


def test_a_run_that_is_cancelled_by_force_stays_cancelled_and_its_day_can_be_made_again(platform):
    slow(platform, "youtube_shorts", seconds=6)
    cancelled = begun(platform, "youtube_shorts", LEFT_ON)
    worker = worker_of(platform, cancelled)
    answer = platform.dagster.ask(
        """mutation($r:String!){terminateRun(runId:$r,terminatePolicy:MARK_AS_CANCELED_IMMEDIATELY){__typename}}""",
        r=cancelled,
    )
    assert answer["terminateRun"]["__typename"] == "TerminateRunSuccess"
    assert platform.dagster.run(cancelled)["status"] == "CANCELED"
    platform.sandbox("DELETE", "/__sandbox/faults")
    repeat(platform, "youtube_shorts", LEFT_ON)
    wait_for(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, what="the worker's end")
    assert platform.dagster.run(cancelled)["status"] == "CANCELED", "what was cancelled is never a success"
    repeat(platform, "youtube_shorts", LEFT_ON)


def test_a_postgres_restarted_in_the_middle_of_a_run_costs_at_most_that_run(platform):
    slow(platform, "reddit_posts", seconds=6)
    run = begun(platform, "reddit_posts", CUT_ON)
    worker = worker_of(platform, run)
    os.kill(embedded.status(platform.state_dir).pid, signal.SIGKILL)
    wait_for(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, what="the end of the run")
    wait_for(lambda: embedded.status(platform.state_dir).running, what="Postgres", seconds=120)
    platform.sandbox("DELETE", "/__sandbox/faults")
    repeat(platform, "reddit_posts", CUT_ON)


def test_the_slots_of_killed_runs_come_back(platform):
    if not KILLED:
        pytest.skip("looks at the runs that the tests above have killed, a minute later")
    for pool in ("reddit", "youtube"):

        def is_free(pool: str = pool) -> bool:
            slots = platform.dagster.ask(QUERY, c=pool)["instance"]["concurrencyLimit"]["claimedSlots"]
            return not {slot["runId"] for slot in slots} & set(KILLED)

        wait_for(is_free, what=f"the slots of {pool}", seconds=180)
