"""The import folder, its runs and the assets behind them: a file becomes partitions that Dagster knows of."""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from trend_assets.defs.imports.assets import imported_posts, stored_parts
from trend_assets.defs.imports.folder import import_files, new_import_files
from trend_assets.defs.refresh.outdated import Below
from trend_assets.defs.refresh.stored import FIRST, LAST
from trend_assets.defs.refresh.tick import tick as refresh_tick
from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.trends.assets import post_snapshots, posts
from trend_assets.imports.command import CAPTURE, folder_options, late_start, run_import, show_preview
from trend_assets.imports.spec import ImportRefused

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
ROWS = (
    "external_id,measured_at,platform,views\n"
    "741,2026-03-01,tiktok,5\n742,2026-03-02,tiktok,7\n743,2025-12-30,tiktok,1\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch, database_url):
    monkeypatch.setenv("TREND_ASSETS_IMPORT_DIR", str(tmp_path / "imports"))
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "imports" / "mine").mkdir(parents=True)
    return tmp_path / "imports"


def put(folder, name="mine/rows.csv", text=ROWS, age=60):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    then = datetime.now(UTC).timestamp() - age
    os.utime(path, (then, then))
    return path


def tick(cursor=None):
    with dg.instance_for_test() as instance, dg.build_sensor_context(instance, cursor) as context:
        return new_import_files(context)


def run(instance, file):
    return import_files.execute_in_process(
        run_config={"ops": {"import_one_file": {"config": {"file": file}}}},
        resources={"warehouse": WarehouseResource()},
        instance=instance,
        raise_on_error=False,
    )


def partitions_of(instance, key=CAPTURE):
    return sorted(instance.get_materialized_partitions(key))


def test_a_file_in_the_folder_asks_for_one_run_and_only_once(folder):
    put(folder)
    put(folder, ".hidden/x.csv")
    put(folder, "mine/import.toml", "")
    first = tick()
    assert [request.run_config["ops"]["import_one_file"]["config"]["file"] for request in first.run_requests] == [
        "mine/rows.csv"
    ]
    assert tick(first.cursor).run_requests == []


def test_a_changed_file_is_asked_for_again_and_a_file_on_its_way_is_left_alone(folder):
    put(folder)
    cursor = tick().cursor
    put(folder, text=ROWS + "d,2026-03-02,tiktok,1\n", age=30)
    put(folder, "mine/coming.csv", age=0)
    again = tick(cursor)
    assert len(again.run_requests) == 1
    assert set(json.loads(again.cursor)) == {"mine/rows.csv"}


def test_without_a_folder_the_sensor_says_so(folder, monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_IMPORT_DIR", str(folder / "nowhere"))
    assert "no import folder" in tick().skip_message


def test_the_run_imports_the_file_and_reports_the_days_that_have_partitions(folder):
    put(folder)
    with dg.instance_for_test() as instance:
        assert run(instance, "mine/rows.csv").success
        assert partitions_of(instance) == ["2026-03-01", "2026-03-02"]  # 2025-12-30 lies before the first partition
        assert run(instance, "mine/rows.csv").success
        assert len(instance.fetch_materializations(CAPTURE, limit=10).records) == 2  # nothing new, nothing reported


def test_the_rows_that_a_run_sets_aside_lie_in_a_file_whose_path_it_names(folder, tmp_path):
    put(folder, text=ROWS + ",2026-03-01,tiktok,1\n")
    with dg.instance_for_test() as instance:
        result = run(instance, "mine/rows.csv")
        told = [record.user_message for record in instance.all_logs(result.run_id)]
    (path,) = (tmp_path / "state" / "rejected_rows").iterdir()
    assert result.success and f"The rejected rows are in {path}." in told
    assert "4 received = 3 stored + 0 repeated + 1 set aside." in told
    number, reason, _ = path.read_text().splitlines()[1].split(",", 2)
    assert (number, reason) == ("4", "It has no external_id.")


@pytest.mark.parametrize("file", ["../outside.csv", "mine/../../outside.csv", "rows.csv", "/etc/hostname"])
def test_a_run_reads_nothing_outside_the_folder(folder, file):
    put(folder, "rows.csv")
    (folder.parent / "outside.csv").write_text(ROWS)
    with dg.instance_for_test() as instance:
        assert not run(instance, file).success
        assert partitions_of(instance) == []


def test_a_refused_file_fails_the_run_with_its_sentence(folder):
    put(folder, text="a,b\n1,2\n")
    with dg.instance_for_test() as instance:
        result = run(instance, "mine/rows.csv")
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "nothing says which of them is external_id" in str(failure.event_specific_data.error)


def test_options_beside_the_files_say_how_they_are_read(folder):
    put(
        folder,
        "mine/import.toml",
        'map = ["external_id=a", "platform:=x"]\nobserved_at = "2026-03-01"\nretention_days = 9\n',
    )
    options = folder_options(folder / "mine")
    assert (options.how.maps, options.how.observed_at, options.retention_days) == (
        ("external_id=a", "platform:=x"), "2026-03-01", 9,
    )  # fmt: skip
    put(folder, "mine/import.toml", "retention_days = '9'\n")
    with pytest.raises(ImportRefused, match="retention_days must be int"):
        folder_options(folder / "mine")
    put(folder, "mine/import.toml", "maps = []\n")
    with pytest.raises(ImportRefused, match="has maps; it knows map"):
        folder_options(folder / "mine")


def test_an_imported_day_is_built_into_rows_snapshots_and_posts_by_the_assets(folder, warehouse):
    said: list[str] = []
    with dg.instance_for_test() as instance:
        report = run_import(
            warehouse,
            put(folder),
            source="mine",
            now=NOW,
            reach_back=lambda day: date(2026, 1, 1),
            say=said.append,
            tell=instance.report_runless_asset_event,
        )
        assert partitions_of(instance) == ["2026-03-01", "2026-03-02"]
        result = dg.materialize(
            [stored_parts, imported_posts, post_snapshots, posts],
            partition_key="2026-03-02",
            instance=instance,
            resources={"warehouse": WarehouseResource()},
            selection=[imported_posts, post_snapshots, posts],
        )
    assert result.success
    assert report.accepted == 3
    assert "3 rows: 3 accepted (2025-12-30 to 2026-03-02, 3 days), 0 rejected." in said[0]
    assert any("TREND_ASSETS_START_DATE" in sentence and "2025-12-30" in sentence for sentence in said)
    # what is set for the file alone would leave out an earlier import
    later = replace(report, days={date(2026, 1, 5): 1})
    assert "set it to 2025-12-30, the earliest day of all imports" in late_start(warehouse, later, date(2026, 2, 1))
    assert warehouse.read("trends.posts")["external_id"].tolist() == ["742"]
    snapshot = warehouse.read("trends.post_snapshots").iloc[0]
    assert (snapshot["source"], snapshot["views"]) == ("imported_posts", 7)


def test_a_preview_shows_rows_mapping_and_rejections_and_stores_nothing(folder, warehouse):
    said: list[str] = []
    path = put(folder, text=ROWS + ",2026-03-01,tiktok,1\n")
    show_preview(path, source="mine", now=NOW, say=said.append)
    text = "\n".join(said)
    assert "external_id from external_id" in text
    assert "2026-03-01 12:00" in text
    assert "Of the first 4 rows 1 would be rejected." in text
    assert "Row 4: It has no external_id." in text
    assert warehouse.query("SELECT count(*) FROM capture.answers").iloc[0, 0] == 0


def test_an_import_makes_automation_ask_for_its_days_and_for_nothing_else(folder, warehouse):
    """The command reports days without a run; the rows, and what follows them, must be requested from that alone."""
    defs = dg.Definitions(
        assets=[stored_parts, imported_posts, post_snapshots], resources={"warehouse": WarehouseResource()}
    )
    below = Below.of(defs.resolve_asset_graph(), [imported_posts.key, post_snapshots.key])
    with dg.instance_for_test() as instance:
        before = refresh_tick(None, instance, below, now=0)
        run_import(
            warehouse,
            put(folder),
            source="mine",
            now=NOW,
            reach_back=lambda day: date(2026, 1, 1),
            say=str,
            tell=instance.report_runless_asset_event,
        )
        asked = refresh_tick(before.cursor.text(), instance, below, now=5)
    assert before.requests == []
    (request,) = asked.requests
    assert (request.tags[FIRST], request.tags[LAST]) == ("2026-03-01", "2026-03-02")
    assert request.asset_selection == [imported_posts.key, post_snapshots.key]
