"""Killed, cut off or starved at any moment: a partition is the old one or the new one, and nothing is paid twice."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import zstandard

from trend_assets.capture.spool import Spool
from trend_assets.runtime.postgres import embedded
from trend_assets.settings import Settings
from trend_assets.sources.errors import SourceError
from trend_assets.warehouse.errors import StaleWriter, WarehouseError, WarehouseUnavailable
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.crash_writer import DAY, NOW, rows_of

POSTS = "source.reddit_posts"
WRITE_POINTS = ("before_load", "during_load", "after_load", "after_delete", "before_commit", "after_commit")
ASK_POINTS = ("before_intent", "after_intent", "after_execute", "after_answer_stored")
ROWS = 300


def start(*arguments: object, crash_at: str = "") -> subprocess.Popen[str]:
    environment = {**os.environ, "TREND_ASSETS_TEST_CRASHES": "1", "TA_CRASH_AT": crash_at}
    return subprocess.Popen(
        [sys.executable, "-m", "trend_assets_tests.crash_writer", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def assert_whole(warehouse: Warehouse) -> int:
    """The partition is one writer's whole work and its manifest tells the truth; the mark of that writer."""
    # one statement, one snapshot: the server may still be committing for a client that was killed a moment ago
    found = warehouse.query(
        "SELECT views, count(*) AS n, (SELECT stored FROM ops.partition_writes) AS stored FROM source.reddit_posts "
        "WHERE observed_date = %s GROUP BY views",
        (DAY,),
    )
    assert len(found) == 1, f"rows of {len(found)} writers are mixed"
    mark = int(found["views"][0])
    assert found["n"][0] == found["stored"][0] == ROWS + mark % 7
    return mark


@pytest.mark.parametrize("point", WRITE_POINTS)
def test_a_writer_killed_at_a_named_point_leaves_a_whole_partition(
    warehouse: Warehouse, database_url: str, point: str
) -> None:
    warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 5))
    writer = start("write", database_url, POSTS, ROWS, 1, crash_at=point)
    assert writer.wait(60) == -signal.SIGKILL, "the crash point was reached"
    assert assert_whole(warehouse) == (1 if point == "after_commit" else 5)
    report = warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 1))
    assert report.unchanged == (point == "after_commit") and assert_whole(warehouse) == 1


def test_crash_points_do_nothing_outside_of_tests(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TA_CRASH_AT", "before_commit")
    warehouse.write_partition(POSTS, DAY, rows_of(3, 0))


@pytest.mark.parametrize("point", ASK_POINTS)
def test_no_start_is_paid_twice_after_a_kill(
    warehouse: Warehouse, database_url: str, tmp_path: Path, point: str
) -> None:
    killed = start("ask", database_url, tmp_path, 3, 10, crash_at=point)
    assert killed.wait(60) == -signal.SIGKILL
    assert start("ask", database_url, tmp_path, 3, 10).wait(60) == 0
    paid = sorted(path.name for path in tmp_path.iterdir())
    assert [name[:3] for name in paid] == ["000", "001", "002"], "each start was paid for once"
    ledger = warehouse.query("SELECT entry_id, state, cost_usd FROM ops.ledger ORDER BY created_at")
    assert sorted(ledger["entry_id"]) == sorted(name[4:] for name in paid), "the ledger knows exactly what was paid"
    assert ledger["cost_usd"].tolist() == [0.1] * 3 and "intent" not in set(ledger["state"])


@pytest.mark.parametrize("point", ASK_POINTS)
def test_no_paid_read_is_bought_twice_after_a_kill(
    warehouse: Warehouse, database_url: str, tmp_path: Path, point: str
) -> None:
    kept = "SELECT spool_key FROM capture.spool"
    assert start("buy", database_url, tmp_path, 3, crash_at=point).wait(60) == -signal.SIGKILL
    assert len(warehouse.query(kept)) == (point in ("after_execute", "after_answer_stored"))
    # the machine is lost: the next attempt runs on another one
    assert list((tmp_path / "spool").iterdir()) == []
    (tmp_path / "spool").rmdir()
    assert start("buy", database_url, tmp_path, 3).wait(60) == 0
    assert sorted(path.name for path in tmp_path.glob("paid*")) == ["paid-000-0", "paid-001-0", "paid-002-0"]
    assert len(warehouse.query(kept)) == 0
    stored = warehouse.query("SELECT cost_usd FROM capture.answers WHERE outcome = 'ok'")
    assert stored["cost_usd"].tolist() == [0.001] * 3
    ledger = warehouse.query("SELECT state, cost_usd FROM ops.ledger")
    assert ledger["cost_usd"].sum() == pytest.approx(0.003), "the ledger knows exactly what was paid"
    # killed before the provider was asked, an attempt leaves its reservation: nobody can know that it was not paid
    assert (ledger["state"] == "intent").sum() == (point == "after_intent")


def test_an_answer_that_postgres_cannot_take_is_kept_and_adopted_by_the_next_attempt(
    own_server: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trend_assets.capture import session as captures
    from trend_assets.sources.call import Answer, Call

    state, url = own_server
    asked: list[Call] = []

    def execute(call: Call) -> Answer:
        asked.append(call)
        embedded.stop(state)
        return Answer(call, 200, b'{"ok": true}', NOW, cost_usd=0.001)

    def attempt() -> Answer:
        warehouse = Warehouse(url)
        spool = Spool(tmp_path / "spool", warehouse, source="comet_videos", day=DAY)
        session = captures.CaptureSession(
            warehouse, source="comet_videos", day=DAY, provider="tikhub", execute=spool.around(execute), now=NOW,
            settings=Settings(_env_file=None, tikhub_api_key="a-real-key"), collection_id="one",
        )  # fmt: skip
        return spool.until_stored(session.obtain)(Call("tikhub", "/search", max_cost_usd=0.003))

    monkeypatch.setattr(captures, "STORE_TRIES", 2)
    with pytest.raises(WarehouseUnavailable, match="not reachable"):
        attempt()
    (file,) = (tmp_path / "spool").iterdir()
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert embedded.start(state) == url
    try:
        assert attempt().body == b'{"ok": true}'
        assert len(asked) == 1 and not file.exists()
        ledger = Warehouse(url).query("SELECT state, cost_usd FROM ops.ledger ORDER BY created_at")
        assert ledger.values.tolist() == [["released", 0.0], ["settled", 0.001]]
    finally:
        embedded.stop(state)


def test_with_a_full_disk_nothing_is_bought(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collections import namedtuple

    from trend_assets.capture import session as captures
    from trend_assets.capture import spool
    from trend_assets.sources.call import Answer, Call

    asked: list[Call] = []
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(spool.shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**6, 10**6))

    def execute(call: Call) -> Answer:
        asked.append(call)
        return Answer(call, 200, b"{}", NOW, cost_usd=0.001)

    kept = Spool(tmp_path / "spool", warehouse, source="comet_videos", day=DAY)
    session = captures.CaptureSession(
        warehouse, source="comet_videos", day=DAY, provider="tikhub", execute=kept.around(execute), now=NOW,
        settings=Settings(_env_file=None, tikhub_api_key="a-real-key"), collection_id="one",
    )  # fmt: skip
    with pytest.raises(SourceError, match=r"has 1 MB left.*Free some space"):
        session.obtain(Call("tikhub", "/search", max_cost_usd=0.003))
    assert asked == []
    assert warehouse.query("SELECT state FROM ops.ledger")["state"].tolist() == ["released"]


def test_kept_answers_hold_no_secret_are_forgotten_after_two_days_and_not_believed_when_changed(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    from trend_assets.capture.spool import forget_unclaimed
    from trend_assets.sources.call import Answer, Call

    call = Call("tikhub", "/search", max_cost_usd=0.003, marker="entry")
    bodies = iter([b"first a-real-key", b"second", b"third"])
    asking = lambda call: Answer(call, 200, next(bodies), NOW, cost_usd=0.001, note="a-real-key")  # noqa: E731

    def attempt(**options: str) -> bytes:
        spool = Spool(tmp_path / "spool", warehouse, source="x", day=DAY, secrets=["a-real-key"], **options)
        return spool.around(asking)(call).body

    assert (attempt(), attempt()) == (b"first a-real-key", b"first [hidden]")
    assert attempt(collection_id="noon") == b"second", "a forced collection asks for itself"
    with warehouse.connect() as connection:
        assert connection.execute("SELECT count(*) FROM capture.spool WHERE about::text ~ 'real'").fetchone() == (0,)
        connection.execute("UPDATE capture.spool SET body = %b", (zstandard.compress(b"[gone]"),))
    assert attempt() == b"third"
    now = dt.datetime.now(dt.UTC)
    assert forget_unclaimed(warehouse, before=now - dt.timedelta(hours=1)) == 0
    assert forget_unclaimed(warehouse, before=now + dt.timedelta(hours=1)) == 2


def test_without_a_place_for_files_a_collection_works_as_without_the_net(warehouse: Warehouse, tmp_path: Path) -> None:
    from trend_assets.sources.call import Answer, Call

    (tmp_path / "file").touch()
    spool = Spool(tmp_path / "file" / "spool", warehouse, source="x", day=DAY)
    call = Call("tikhub", "/search", max_cost_usd=0.003, marker="entry")
    asking = spool.around(lambda call: Answer(call, 200, b"body", NOW, cost_usd=0.001))
    assert spool.until_stored(asking)(call).body == b"body"


def test_two_processes_share_one_budget(warehouse: Warehouse, database_url: str, tmp_path: Path) -> None:
    processes = [start("ask", database_url, tmp_path, 12, 0.75) for _ in range(2)]
    printed = [process.communicate(timeout=60)[0].split() for process in processes]
    assert len(list(tmp_path.iterdir())) == 7, "the eighth call of 0.1 USD would cross 0.75"
    assert all(words[-1] == "done" and "refused" in words for words in printed)
    assert warehouse.query("SELECT sum(cost_usd) AS spent FROM ops.ledger")["spent"][0] == pytest.approx(0.7)


def test_an_orphan_that_was_overtaken_is_refused(warehouse: Warehouse) -> None:
    orphan = warehouse.next_token()
    warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 2), token=warehouse.next_token())
    with pytest.raises(StaleWriter):
        warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 1), token=orphan)
    assert assert_whole(warehouse) == 2


def test_a_connection_cut_in_the_middle_of_the_load_is_retried(
    warehouse: Warehouse, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trend_assets.warehouse import loading

    warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 5))
    cuts: list[str] = []

    def cut(point: str) -> None:
        if point == "during_load" and len(cuts) < 2:
            cuts.append(point)
            with psycopg.connect(database_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    monkeypatch.setattr(loading, "crash_point", cut)
    report = warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 1))
    assert len(cuts) == 2 and report.stored == ROWS + 1 and assert_whole(warehouse) == 1


def test_a_lock_that_is_never_given_back_ends_in_a_sentence(
    warehouse: Warehouse, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trend_assets.warehouse import connection

    opened = connection.open_connection
    monkeypatch.setattr(connection, "open_connection", lambda url, **options: opened(url, lock_timeout=0.2, **options))
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE source.reddit_posts IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(WarehouseUnavailable, match="another session holds"):
            warehouse.transact(
                lambda own: own.execute("DELETE FROM source.reddit_posts"), doing="Writing a partition", tries=2
            )


def test_a_deadlock_is_resolved_and_the_write_run_again(warehouse: Warehouse, database_url: str) -> None:
    warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 5))
    row = "UPDATE source.reddit_posts SET likes = {} WHERE external_id = '{}'"
    with psycopg.connect(database_url) as other:
        other.execute(row.format(1, "p000001"))
        tries: list[int] = []

        def work(own: psycopg.Connection) -> None:
            tries.append(1)
            # who looks for deadlocks first is the one that Postgres ends
            own.execute(f"SET LOCAL deadlock_timeout = '{'10ms' if len(tries) == 1 else '10s'}'")
            own.execute(row.format(2, "p000002"))
            if len(tries) == 1:
                waiting.start()
                until_it_waits(database_url)
            else:
                waiting.join(20)
            own.execute(row.format(2, "p000001"))

        def crossing() -> None:
            other.execute("SET LOCAL deadlock_timeout = '20s'")
            other.execute(row.format(1, "p000002"))
            other.commit()

        waiting = threading.Thread(target=crossing, daemon=True)
        warehouse.transact(work, doing="Writing two rows")
    found = warehouse.query("SELECT DISTINCT likes FROM source.reddit_posts WHERE likes IS NOT NULL")
    assert len(tries) == 2 and found["likes"].tolist() == [2], "the one that was ended came back and had the last word"


def until_it_waits(url: str) -> None:
    """Return once a session of this database waits for a row that another one holds."""
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    until = time.monotonic() + 30
    with psycopg.connect(url, autocommit=True) as watching:
        while not watching.execute(query).fetchone():
            assert time.monotonic() < until, "nobody came to wait"
            time.sleep(0.005)


def test_a_server_without_a_free_connection_ends_in_a_sentence(postgres_url: str, database_url: str) -> None:
    name = database_url.rsplit("/", 1)[1]
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        admin.execute("DROP ROLE IF EXISTS crowded")
        admin.execute("CREATE ROLE crowded LOGIN PASSWORD 'x'")
    url = f"postgresql://crowded:x@{database_url.split('@')[1]}"
    with pytest.raises(WarehouseUnavailable, match="no free connection"):
        Warehouse(url).transact(lambda own: own.execute("SELECT 1"), doing="Reading", tries=2)


# --- servers of their own -------------------------------------------------------------------------------------------


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A server with fsync that the test may kill, and a database with all tables."""
    from trend_assets.warehouse.metadata import ddl

    with embedded.server(tmp_path / "a state") as url:
        with psycopg.connect(url) as connection:
            connection.execute(ddl().encode())
        yield tmp_path / "a state", url


def test_a_server_restarted_in_the_middle_of_a_write_loses_nothing(
    own_server: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trend_assets.warehouse import loading

    state, url = own_server
    warehouse = Warehouse(url)
    warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 5))
    restarts: list[int] = []

    def restart(point: str) -> None:
        if point == "during_load" and not restarts:
            pid = embedded.status(state).pid
            assert pid
            restarts.append(pid)
            os.kill(pid, signal.SIGKILL)
            assert embedded.ensure_running(state) == url, "it comes back where it was"

    monkeypatch.setattr(loading, "crash_point", restart)
    warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 1))
    assert restarts and assert_whole(warehouse) == 1


def test_a_server_that_is_gone_ends_in_a_sentence_without_the_password(own_server: tuple[Path, str]) -> None:
    state, url = own_server
    embedded.stop(state)
    with pytest.raises(WarehouseUnavailable) as caught:
        Warehouse(url).transact(lambda own: own.execute("SELECT 1"), doing="Reading the warehouse", tries=2)
    text = str(caught.value)
    assert "not reachable" in text and url.split(":")[2].split("@")[0] not in text


def test_a_full_disk_ends_in_a_sentence_and_leaves_the_old_partition(tmp_path: Path) -> None:
    if os.geteuid() != 0 or subprocess.run(["which", "mount"], capture_output=True).returncode:
        pytest.skip("needs root and mount for a small file system")
    from trend_assets.warehouse.metadata import ddl

    disk = tmp_path / "small disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine may not mount a small file system")
    try:
        with embedded.server(disk / "state") as url:
            with psycopg.connect(url) as connection:
                connection.execute(ddl().encode())
            warehouse = Warehouse(url)
            warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 5))
            filler = disk / "filler"
            filler.write_bytes(b"0")
            with filler.open("ab") as file:
                free = os.statvfs(disk)
                file.write(b"0" * (free.f_bavail * free.f_frsize - 2_000_000))
            with pytest.raises(WarehouseError, match=r"disk is full|not reachable"):
                warehouse.write_partition(POSTS, DAY, rows_of(60_000, 1))
            filler.unlink()
            warehouse = Warehouse(embedded.ensure_running(disk / "state"))
            assert assert_whole(warehouse) == 5
            warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 1))
            assert assert_whole(warehouse) == 1
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_kills_at_random_times_leave_no_half_written_partition(own_server: tuple[Path, str]) -> None:
    _, url = own_server
    warehouse = Warehouse(url)
    dice = random.Random(200)
    warehouse.write_partition(POSTS, DAY, rows_of(ROWS, 0))
    marks, in_a_write = set(), 0
    with start("nursery", url, POSTS, ROWS) as nursery:
        assert nursery.stdin is not None and nursery.stdout is not None
        for _ in range(200):
            nursery.stdin.write("one more\n")
            nursery.stdin.flush()
            writer = int(nursery.stdout.readline())
            time.sleep(dice.uniform(0, 0.15))
            os.kill(writer, signal.SIGKILL)
            in_a_write += nursery.stdout.readline() == "in a write\n"
            marks.add(assert_whole(warehouse))
        nursery.stdin.close()
    # a writer does little but write, so on a busy machine as on an idle one most kills cut a write
    assert in_a_write > 50, "the kills did not meet the writes"
    print(f"200 kills, {in_a_write} in a write, {len(marks)} different partitions seen, 0 half-written")
    left = warehouse.query(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND state <> 'idle' AND backend_type = 'client backend'"
    )
    assert left["n"][0] <= 1, "no orphaned transaction is left"
    assert dt.date.fromisoformat(str(warehouse.read(POSTS)["observed_date"][0])) == DAY


@pytest.mark.parametrize(
    "about",
    ["{}", "[]", "null", '{"status": "x"}', '{"units": null}', '{"fetched_at": "yesterday"}', '{"sha256": "other"}'],
)
def test_a_kept_answer_that_is_not_what_this_version_writes_is_bought_again_and_stops_nobody(
    warehouse: Warehouse, tmp_path: Path, about: str
) -> None:
    from trend_assets.sources.call import Answer, Call

    asked = []

    def execute(call: Call) -> Answer:
        asked.append(call)
        return Answer(call, 200, b"body", NOW, cost_usd=0.001)

    call = Call("tikhub", "/search", max_cost_usd=0.003, marker="m")
    ask = Spool(tmp_path / "spool", warehouse, source="x", day=DAY).around(execute)
    ask(call)
    with warehouse.connect() as connection:
        merged = "about || %(about)s::jsonb" if about.startswith('{"') else "%(about)s::jsonb"
        connection.execute(f"UPDATE capture.spool SET about = {merged}", {"about": about})
    assert ask(call).body == b"body" and len(asked) == 2
    assert ask(call).body == b"body" and len(asked) == 2, "what was bought then is kept as this version writes it"
