"""The daily retention job: its parts do not wait for each other, its schedule runs from the start, its counts show."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from trend_assets.defs.ops.retention import retention, retention_at_half_past_three
from trend_assets.defs.resources import WarehouseResource
from trend_assets.imports.command import CAPTURE
from trend_assets.imports.importing import import_file
from trend_assets.privacy.purging import OUTDATED
from trend_assets.privacy.retention import ClockDoubted, require_believable_clock
from trend_assets.warehouse.tables import TABLES
from trend_assets_tests.integration.test_retention import insert
from trend_assets_tests.issues import stored_issue

LONG_AGO = datetime.now(UTC) - timedelta(days=40)


@pytest.fixture
def environment(monkeypatch, tmp_path, database_url):
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))


def run(instance):
    return retention.execute_in_process(
        instance=instance, resources={"warehouse": WarehouseResource()}, raise_on_error=False
    )


def metadata_of(result, op: str) -> dict:
    events = [event for event in result.all_events if event.is_successful_output and event.step_key == op]
    return {name: value.value for name, value in events[0].event_specific_data.metadata.items()}


def test_a_run_purges_by_policy_and_counts_rows_per_source(environment, warehouse):
    with warehouse.connect() as connection:
        for address in ("source.youtube_shorts", "trends.post_snapshots"):
            columns = {"source": "youtube_shorts", "platform": "youtube", "external_id": "a"}
            table = TABLES[address]
            insert(connection, table, at=LONG_AGO, **{k: v for k, v in columns.items() if k in table.column_names})
    with dg.instance_for_test() as instance:
        result = run(instance)
    assert result.success
    counts = metadata_of(result, "purge_by_policy")
    assert {name: rows for name, rows in counts.items() if rows} == {"rows youtube_shorts": 2}
    assert {"rows panel_youtube", "rows youtube_channels", "rows comet_covers"} <= set(counts)
    assert len(warehouse.read("source.youtube_shorts")) == 0
    assert metadata_of(result, "follow_deletions") == {"asked": 0, "gone": 0, "rows": 0}


def test_a_clock_that_jumped_purges_nothing_until_somebody_could_see_it(environment, warehouse):
    """One that was months ahead let everything be purged that has a term."""
    table = TABLES["source.youtube_shorts"]
    with warehouse.connect() as connection:
        insert(connection, table, at=LONG_AGO, source="youtube_shorts", platform="youtube", external_id="a")
        insert(connection, TABLES["capture.answers"], at=LONG_AGO, source="youtube_shorts")
    with dg.instance_for_test() as instance:
        doubted = run(instance)
        (failure,) = [event for event in doubted.all_events if event.is_step_failure]
        assert failure.step_key == "look_at_the_clock"
        assert "40 days after the newest stored answer" in failure.step_failure_data.error.message
        assert "run the job again" in failure.step_failure_data.error.message
        done = {event.step_key for event in doubted.all_events if event.is_step_success}
        assert done == {"follow_deletions"}, "which counts no days"
        assert len(warehouse.read(table.address)) == 1
        assert run(instance).success, "the second run believes it"
    assert len(warehouse.read(table.address)) == 0


def test_a_clock_is_believed_where_answers_are_new_or_there_are_none(warehouse):
    now = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
    require_believable_clock(warehouse, now=now, last_run=None)
    with warehouse.connect() as connection:
        insert(connection, TABLES["capture.answers"], at=now - timedelta(days=7))
    require_believable_clock(warehouse, now=now, last_run=None)
    later = now + timedelta(seconds=1)
    require_believable_clock(warehouse, now=later, last_run=now)
    for last_run in (None, now - timedelta(days=8)):
        with pytest.raises(ClockDoubted, match="it is 2026-11-20, 7 days after"):
            require_believable_clock(warehouse, now=later, last_run=last_run)


def test_an_issue_whose_items_were_removed_is_rendered_again_without_them(environment, warehouse):
    day = LONG_AGO.date()
    with warehouse.connect() as connection:
        insert(
            connection, TABLES["trends.post_snapshots"], at=LONG_AGO, source="youtube_shorts", platform="youtube",
            external_id="a",
        )  # fmt: skip
        insert(
            connection,
            TABLES["feed.issue_forms"],
            at=LONG_AGO,
            newsletter="rising",
            format="html",
            body="<p>CANARY</p>",
        )
        insert(connection, TABLES["ops.partition_writes"], at=LONG_AGO, table_address="feed.issues", content_hash="h")
    with dg.instance_for_test() as instance:
        result = run(instance)
    assert result.success
    assert metadata_of(result, "render_outdated_issues") == {"issues": 1}
    assert "CANARY" not in stored_issue(warehouse, day)["html"]
    assert (
        warehouse.query("SELECT count(*) FROM ops.partition_writes WHERE content_hash = %s", (OUTDATED,)).iloc[0, 0]
        == 0
    )


def test_an_expired_import_is_taken_back_and_its_days_are_reported(environment, warehouse, tmp_path, today):
    path = tmp_path / "mine.csv"
    day = today - timedelta(days=3)
    path.write_text(f"external_id,measured_at,platform\n742,{day},tiktok\n")
    import_file(warehouse, path, source="mine", now=LONG_AGO + timedelta(days=38), retention_days=1)
    with dg.instance_for_test() as instance:
        assert run(instance).success
        assert instance.get_materialized_partitions(CAPTURE) == {day.isoformat()}
    assert len(warehouse.read("imports.files")) == 0


def test_one_part_that_fails_does_not_keep_the_others_from_running(environment, warehouse, monkeypatch):
    from trend_assets.privacy import retention

    def broken(*_, **__):
        raise OSError("no such folder")

    monkeypatch.setattr(retention, "purge_compute_logs", broken)
    with dg.instance_for_test() as instance:
        result = run(instance)
    outcomes = {event.step_key: event.is_step_success for event in result.all_events if event.is_step_event
                and (event.is_step_success or event.is_step_failure)}  # fmt: skip
    assert outcomes == {
        "look_at_the_clock": True, "purge_by_policy": True, "follow_deletions": True, "render_outdated_issues": True,
        "expire_imports": True, "settle_abandoned_calls": True, "purge_logs": False, "sweep_files": True,
    }  # fmt: skip


def test_a_call_whose_provider_cannot_be_asked_stays_unknown_and_is_never_booked_by_a_guess(
    environment, warehouse, today
):
    with warehouse.connect() as connection:
        for entry, age in (("old", 80), ("young", 0.5)):
            connection.execute(
                "INSERT INTO ops.ledger (entry_id, provider, bucket, source, observed_date, spend_date, request_key, "
                "collection_id, state, reserved_usd, units, is_simulated, created_at) VALUES "
                "(%s, 'apify', '', 'x_posts', %s, %s, 'r', 'c', 'intent', 0.4, 0, false, %s)",
                (entry, today, today, datetime.now(UTC) - timedelta(days=age)),
            )
    with dg.instance_for_test() as instance:
        assert metadata_of(run(instance), "settle_abandoned_calls") == {
            "settled": 0, "cost_usd": 0.0, "unknown": 1, "unknown_at_most_usd": 0.4,
        }  # fmt: skip
    rows = warehouse.query("SELECT entry_id, state, cost_usd IS NULL FROM ops.ledger ORDER BY 1")
    assert [tuple(row) for row in rows.itertuples(index=False)] == [("old", "intent", True), ("young", "intent", True)]


def test_the_schedule_asks_for_one_run_a_day_and_is_on_from_the_start():
    tick = datetime(2026, 4, 20, 3, 30, tzinfo=UTC)
    with dg.instance_for_test() as instance, dg.build_schedule_context(instance, tick) as context:
        assert retention_at_half_past_three(context).run_key == "retention-2026-04-20"
    assert retention_at_half_past_three.default_status == dg.DefaultScheduleStatus.RUNNING
