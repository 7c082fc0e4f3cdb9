"""What terms do not let us keep is gone everywhere, nothing else is, and a kill in the middle changes neither."""

import os
import signal
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from trend_assets.imports.importing import import_file
from trend_assets.imports.store import expire_imports
from trend_assets.privacy.purging import KEPT, OUTDATED, outdated_issues, purge_source, rules_for
from trend_assets.privacy.retention import limited_policies, purge_compute_logs, purge_sources
from trend_assets.sources.policies import policies
from trend_assets.tables.model import Table
from trend_assets.warehouse.tables import TABLES

NOW = datetime(2026, 4, 20, 3, 30, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=31), NOW - timedelta(days=27)
CUTOFF = NOW - timedelta(days=28)
YOUTUBE = "youtube_shorts"

_NUMBERS = count(1)
_VALUES: dict[str, Any] = {
    "text": "x", "boolean": True, "text[]": ["x"], "jsonb": Jsonb([]), "bytea": b"x", "date": None, "timestamptz": None,
}  # fmt: skip


def insert(connection: psycopg.Connection, table: Table, *, at: datetime, **columns: Any) -> None:
    """A row of any table of the catalogue: NOT NULL columns and the key filled, times set to `at`."""
    row: dict[str, Any] = {}
    number = next(_NUMBERS)
    for column in table.columns:
        if column.name in columns:
            row[column.name] = columns[column.name]
        elif column.type == "date":
            row[column.name] = at.date()
        elif column.type == "timestamptz":
            row[column.name] = at
        elif column.name in table.key and column.type in ("text", "integer", "bigint"):
            row[column.name] = str(number) if column.type == "text" else number
        elif not column.nullable and not column.default:
            row[column.name] = _VALUES.get(column.type, column.minimum or 0)
    names = ", ".join(row)
    values = ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO {table.address} ({names}) VALUES ({values})", list(row.values()))


def named(table: Table, source: str, platform: str, external_id: str) -> dict[str, Any]:
    """The columns by which a row of this table belongs to a source."""
    values = {
        "source": source, "platform": platform, "external_id": external_id, "source_labels": [source],
        "sources": [source], "capture_id": f"{source}-{external_id}", "creator_key": f"{platform}-{external_id}",
    }  # fmt: skip
    return {name: value for name, value in values.items() if name in table.column_names}


HOLDERS = list(dict.fromkeys(rule.table.address for rule in rules_for(YOUTUBE, platform="youtube")))


@pytest.fixture
def filled(warehouse):
    """Every table that can hold YouTube rows has an old and a young one of YouTube, and an old one of Reddit."""
    with warehouse.connect() as connection:
        for address in [*HOLDERS, "source.reddit_posts", "trends.posts"]:
            table = TABLES[address]
            for source, platform, name, at in (
                (YOUTUBE, "youtube", "old", OLD),
                (YOUTUBE, "youtube", "young", YOUNG),
                ("reddit_posts", "reddit", "kept", OLD),
            ):
                if address.startswith("source.") and address != f"source.{source}":
                    continue
                insert(connection, table, at=at, **named(table, source, platform, name))
    return warehouse


def everything(warehouse) -> dict[str, int]:
    with warehouse.connect() as connection:
        return {
            address: connection.execute(f"SELECT count(*) FROM {address}").fetchone()[0]
            for address in [*HOLDERS, "trends.posts", "source.reddit_posts"]
        }


def test_nothing_of_youtube_older_than_28_days_is_left_and_everything_else_is(filled):
    before = everything(filled)
    purged = list(purge_sources(filled, now=NOW))
    assert {one.source for one in purged} == {policy.source for policy in limited_policies()}
    assert {one.cutoff for one in purged} == {CUTOFF}
    after = everything(filled)
    lost = {address: before[address] - after[address] for address in before}
    assert lost == {address: 0 if address == "source.reddit_posts" else 1 for address in before}
    with filled.connect() as connection:
        for address in HOLDERS:
            for column in ("measured_at", "fetched_at"):
                if column in TABLES[address].column_names and "source" in TABLES[address].column_names:
                    left = f"SELECT count(*) FROM {address} WHERE source = %s AND {column} < %s"
                    assert connection.execute(left, (YOUTUBE, CUTOFF)).fetchone()[0] == 0, address


def test_repeating_it_removes_nothing_more(filled):
    assert sum(purged.total for purged in purge_sources(filled, now=NOW)) > 0
    state = everything(filled)
    assert sum(purged.total for purged in purge_sources(filled, now=NOW)) == 0
    assert everything(filled) == state


@pytest.mark.parametrize("kill_at", [1, 6, 14])
def test_a_retention_job_killed_midway_is_completed_by_the_next_one(filled, kill_at):
    child = os.fork()
    if child == 0:  # pragma: no cover - the process that dies
        from trend_assets.warehouse import warehouse as module

        commits = iter(range(1, 10_000))
        module.crash_point = lambda name: (
            os.kill(os.getpid(), signal.SIGKILL) if name == "before_commit" and next(commits) == kill_at else None
        )
        try:
            list(purge_sources(filled, now=NOW))
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    list(purge_sources(filled, now=NOW))
    assert set(everything(filled).values()) <= {1, 2}
    assert sum(purged.total for purged in purge_sources(filled, now=NOW)) == 0
    with filled.connect() as connection:
        assert connection.execute("SELECT external_id FROM trends.posts ORDER BY 1").fetchall() == [
            ("kept",),
            ("young",),
        ]


def test_every_table_that_names_a_source_is_purged_or_says_why_it_is_kept():
    purged = set(HOLDERS)
    for address, table in TABLES.items():
        if {"source", "source_labels"} & set(table.column_names):
            assert (address in purged) != (address in KEPT), address


def test_every_source_table_and_capture_has_terms():
    from trend_assets.sources.discovery import CAPTURES
    from trend_assets.warehouse.tables import CAPTURE_SOURCES

    names = {table.name for table in TABLES.values() if table.schema == "source"}
    assert names | set(CAPTURES) | set(CAPTURE_SOURCES) <= set(policies())


def test_what_rests_on_a_purged_capture_of_competitor_discovery_goes_with_it(warehouse):
    with warehouse.connect() as connection:
        for name, at, providers in (("old", OLD, ["official_api"]), ("young", YOUNG, ["official_api"]),
                                    ("shared", OLD, ["official_api", "manual_url_seed"])):  # fmt: skip
            insert(connection, TABLES["capture.answers"], at=at, source="youtube_channels", capture_id=name)
            insert(connection, TABLES["competitors.official_api"], at=at, platform="youtube", capture_id=name)
            insert(
                connection, TABLES["competitors.candidates"], at=at, platform="youtube", providers=providers,
                candidate_id=name,
            )  # fmt: skip
    purge_source(warehouse, "youtube_channels", cutoff=CUTOFF, platform="youtube")
    assert warehouse.read("competitors.official_api")["capture_id"].tolist() == ["young"]
    assert set(warehouse.read("competitors.candidates")["candidate_id"]) == {"young", "shared"}


def test_a_post_that_the_user_also_imported_goes_back_to_the_imported_counts(warehouse):
    with warehouse.connect() as connection:
        for source, at, views in ((YOUTUBE, OLD, 900), ("imported_posts", OLD - timedelta(days=5), 100)):
            insert(
                connection, TABLES["trends.post_snapshots"], at=at, source=source, platform="youtube", external_id="a",
                views=views,
            )  # fmt: skip
        insert(
            connection, TABLES["trends.posts"], at=OLD, platform="youtube", external_id="a", views=900,
            sources=["imported_posts", YOUTUBE],
        )  # fmt: skip
    purge_source(warehouse, YOUTUBE, cutoff=CUTOFF, platform="youtube")
    found = warehouse.read("trends.posts").iloc[0]
    assert (found["views"], found["sources"]) == (100, ["imported_posts"])


def test_an_item_that_another_source_leads_stays_without_what_youtube_said_of_it(warehouse):
    heat = [{"source": YOUTUBE, "percentile": 0.9}, {"source": "reddit_posts", "percentile": 0.8}]
    with warehouse.connect() as connection:
        insert(
            connection, TABLES["feed.items"], at=OLD, source="reddit_posts", platform="reddit", heat=Jsonb(heat),
            proof_links=Jsonb(heat), sources=[YOUTUBE, "reddit_posts"],
        )  # fmt: skip
    purged = purge_source(warehouse, YOUTUBE, cutoff=CUTOFF, platform="youtube")
    assert purged.rows == {"feed.items": 1}
    item = warehouse.read("feed.items").iloc[0]
    assert [part["source"] for part in item["heat"]] == ["reddit_posts"]
    assert [part["source"] for part in item["proof_links"]] == ["reddit_posts"]


def test_issues_that_showed_removed_items_are_marked_until_they_are_rendered_again(filled):
    with filled.connect() as connection:
        for at in (OLD, YOUNG):
            insert(connection, TABLES["ops.partition_writes"], at=at, table_address="feed.issues", content_hash="h")
    purge_source(filled, YOUTUBE, cutoff=CUTOFF, platform="youtube")
    assert outdated_issues(filled) == [OLD.date()]
    marked = filled.query("SELECT count(*) FROM ops.partition_writes WHERE content_hash = %s", (OUTDATED,))
    assert marked.iloc[0, 0] == 1


def test_a_purged_partition_is_written_again_when_its_rows_come_back(warehouse):
    import pandas as pd

    row = {
        "observed_date": OLD.date(), "platform": "youtube", "external_id": "a", "kind": "video", "list_name": "q",
        "measured_at": OLD, "collected_at": OLD, "capture_id": "c", "is_simulated": False,
    }  # fmt: skip
    frame = pd.DataFrame([row])
    warehouse.write_partition("source.youtube_shorts", OLD.date(), frame)
    purge_source(warehouse, YOUTUBE, cutoff=CUTOFF, platform="youtube")
    assert warehouse.write_partition("source.youtube_shorts", OLD.date(), frame).inserted == 1


def test_an_import_with_a_retention_of_its_own_expires_and_others_stay(warehouse, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("external_id,measured_at,platform\n742,2026-03-01,tiktok\n")
    for source, days in (("short", 9), ("long", 90), ("kept", None)):
        import_file(warehouse, path, source=source, now=NOW - timedelta(days=10), retention_days=days)
    expired = expire_imports(warehouse, now=NOW)
    assert (expired.files, expired.days) == (["short: mine.csv"], {date(2026, 3, 1)})
    assert warehouse.read("imports.files")["import_source"].tolist() == ["kept", "long"]
    assert expire_imports(warehouse, now=NOW).files == []


def test_odd_things_among_captured_output_stop_nothing(tmp_path):
    """A link to an empty folder ended the job with a traceback, every day."""
    logs, out = tmp_path / "run1" / "compute_logs", tmp_path / "elsewhere"
    for folder in (logs / "deep" / "er", out):
        folder.mkdir(parents=True)
    (logs / "a link").symlink_to(out)
    (logs / "to a file").symlink_to(out / "file")
    (tmp_path / "run2").mkdir()
    (tmp_path / "run2" / "compute_logs").symlink_to(out)
    for name in ("deep/er/z.err", "a.err", "b\udcff\n*.err"):
        (logs / name).write_text("x")
        os.utime(logs / name, (OLD.timestamp(), OLD.timestamp()))
    assert purge_compute_logs(tmp_path, before=CUTOFF) == 3
    assert {path.name for path in logs.iterdir()} == {"a link", "to a file"} and out.is_dir()


def test_captured_output_goes_by_age_and_nothing_beside_it(tmp_path):
    old, young, other = (
        tmp_path / name for name in ("run1/compute_logs/a.err", "run2/compute_logs/a.out", "run1/storage/asset")
    )
    for path in (old, young, other):
        path.parent.mkdir(parents=True)
        path.write_text("x")
    for path in (old, other):
        os.utime(path, (OLD.timestamp(), OLD.timestamp()))
    os.utime(young, (NOW.timestamp(), NOW.timestamp()))
    assert purge_compute_logs(tmp_path, before=CUTOFF) == 1
    assert (old.parent.exists(), young.exists(), other.exists()) == (False, True, True)


def test_purging_the_event_log_leaves_every_partition_materialized(postgres_url, empty_database_url, tmp_path: Path):
    import dagster as dg

    from trend_assets.privacy.retention import purge_event_log

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
    def thing(context) -> None:
        context.log.info("chatter")

    storage = {"postgres": {"postgres_url": empty_database_url.replace("postgresql://", "postgresql+psycopg2://")}}
    with dg.instance_for_test(overrides={"storage": storage}) as instance:
        for key in ("a", "b"):
            assert dg.materialize([thing], partition_key=key, instance=instance).success
        with psycopg.connect(empty_database_url) as connection:
            before = connection.execute("SELECT count(*) FROM event_logs").fetchone()[0]
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert purge_event_log(empty_database_url, before=datetime.now(UTC) - timedelta(days=1)) == 0
        removed = purge_event_log(empty_database_url, before=later)
        assert before / 2 < removed < before
        assert sorted(instance.get_materialized_partitions(thing.key)) == ["a", "b"]
        assert instance.get_runs_count() == 2
        assert all(run.status == dg.DagsterRunStatus.SUCCESS for run in instance.get_runs())
