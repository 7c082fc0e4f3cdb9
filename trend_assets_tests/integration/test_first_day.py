"""Partitions begin where data can begin; what asks for earlier days moves that back, and a running UI learns of it."""

import subprocess
import sys
from datetime import timedelta

import dagster as dg
import pytest
from dagster._core.storage.tags import GRPC_INFO_TAG

from trend_assets.defs.partitions import daily
from trend_assets.runtime import reload
from trend_assets.runtime.first_day import begin, first_day, reach_back
from trend_assets.runtime.reload import Reloader
from trend_assets.warehouse.connection import connect, prepare


@pytest.fixture
def week_ago(today):
    return today - timedelta(days=7)


@pytest.fixture
def platform(database_url, monkeypatch, tmp_path):
    """A migrated database that the settings name; nothing says where partitions begin."""
    monkeypatch.delenv("TREND_ASSETS_START_DATE")
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    daily.cache_clear()
    yield database_url
    daily.cache_clear()


def test_partitions_begin_a_week_before_the_first_start_and_stay_there(platform, week_ago):
    begin(platform)
    assert first_day() == week_ago
    with connect(platform) as connection:
        connection.execute("UPDATE ops.first_days SET first_day = %s", (week_ago - timedelta(days=30),))
    begin(platform)
    assert first_day() == week_ago - timedelta(days=30), "a month later nothing has moved"
    assert daily().get_first_partition_key() == str(week_ago - timedelta(days=30))


def test_a_database_that_has_captures_begins_with_them(platform):
    with connect(platform) as connection:
        columns = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'capture' AND table_name = 'answers' AND is_nullable = 'NO'"
        ).fetchall()
        some = {"date": "2026-03-04", "jsonb": "{}", "integer": 1, "bigint": 1, "boolean": True, "bytea": b"x"}
        some |= {"timestamp with time zone": "2026-03-04", "numeric": 0}
        names = ", ".join(f'"{name}"' for name, _ in columns)
        marks = ", ".join(["%s"] * len(columns))
        connection.execute(
            f"INSERT INTO capture.answers ({names}) VALUES ({marks})", [some.get(kind, "x") for _, kind in columns]
        )
    begin(platform)
    assert str(first_day()) == "2026-03-04"


def test_an_earlier_day_moves_the_beginning_and_a_later_one_does_not(platform, week_ago):
    assert reach_back(week_ago - timedelta(days=2)) == week_ago - timedelta(days=2)
    assert reach_back(week_ago + timedelta(days=7)) == week_ago - timedelta(days=2)
    assert first_day() == week_ago - timedelta(days=2)


def test_the_setting_wins_over_what_is_kept(platform, monkeypatch, week_ago):
    begin(platform)
    monkeypatch.setenv("TREND_ASSETS_START_DATE", "2026-05-01")
    assert str(reach_back(week_ago - timedelta(days=300))) == "2026-05-01" == str(first_day())
    monkeypatch.delenv("TREND_ASSETS_START_DATE")
    assert first_day() == week_ago


def test_definitions_load_without_any_database_and_say_so(platform, monkeypatch, caplog, week_ago):
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", "postgresql://nobody:hidden@127.0.0.1:1/none")
    code = (
        "from trend_assets.definitions import defs\n"
        "from trend_assets.defs.partitions import daily\n"
        "print(len(defs.get_repository_def().asset_graph.get_all_asset_keys()), daily().get_first_partition_key())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assets, first = done.stdout.split()
    assert int(assets) > 50 and first == str(week_ago)
    assert "the database does not answer" in done.stderr and "hidden" not in done.stderr


def test_definitions_load_where_nothing_was_ever_started_and_start_nothing(platform, monkeypatch, tmp_path, week_ago):
    monkeypatch.delenv("TREND_ASSETS_DATABASE_URL")
    assert first_day() == week_ago
    assert not (tmp_path / "postgres").exists()


class Server:
    """Stands for the code server's process: what the reloader does to it."""

    def __init__(self):
        self.did: list[str] = []

    def stop(self):
        self.did.append("stop")

    def start(self):
        self.did.append("start")


@pytest.fixture
def running(platform):
    """A reloader whose clock runs ahead, its server, and what was said."""
    prepare(platform)
    begin(platform)
    server, said, seconds = Server(), [], iter(range(0, 10_000, reload.LOOK_SECONDS))
    return Reloader(server, clock=lambda: next(seconds)), server, said


def test_the_code_server_is_started_again_once_when_the_beginning_moves(running, week_ago):
    reloader, server, said = running
    with dg.instance_for_test():
        reloader.reload_if_due(said.append)
        assert server.did == []
        reach_back(week_ago - timedelta(days=5))
        for _ in range(3):
            reloader.reload_if_due(said.append)
    assert server.did == ["stop", "start"]
    assert said == [f"The partitions begin on {week_ago - timedelta(days=5)} now; the code was loaded again."]


def test_a_run_of_the_code_server_is_not_cut_off_and_a_run_of_a_command_does_not_matter(running, week_ago):
    reloader, server, said = running
    reach_back(week_ago - timedelta(days=5))
    with dg.instance_for_test() as instance:
        started = dg.DagsterRunStatus.STARTED
        mine = dg.DagsterRun(job_name="a", run_id="r1", status=started, tags={GRPC_INFO_TAG: "{}"})
        instance.add_run(mine)
        reloader.reload_if_due(said.append)
        assert server.did == []
        instance.delete_run("r1")
        instance.add_run(dg.DagsterRun(job_name="a", run_id="r2", status=started, tags={}))
        reloader.reload_if_due(said.append)
    assert server.did == ["stop", "start"]
