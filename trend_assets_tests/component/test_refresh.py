"""The refresh without a daemon: a small graph whose assets fail on demand, an ephemeral instance, ticks by hand."""

from dataclasses import replace

import dagster as dg
import pytest
from dagster import AssetKey
from dagster._core.events import StepMaterializationData

from trend_assets.defs.refresh.outdated import Below
from trend_assets.defs.refresh.stored import FIRST, LAST, is_whole
from trend_assets.defs.refresh.tick import LATE_SECONDS, tick
from trend_assets.runtime import carrier

DAYS = dg.DailyPartitionsDefinition("2026-11-01", end_offset=1)
FAILING: set[tuple[str, str]] = set()


def asset(name: str, deps=(), group: str = "tables") -> dg.AssetsDefinition:
    """An asset that treats a bad day of a range as `table_asset` does: the others are written, then the step fails."""

    @dg.asset(
        name=name,
        deps=list(deps),
        partitions_def=DAYS,
        group_name=group,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def made(context: dg.AssetExecutionContext) -> None:
        bad = [day for day in context.partition_keys if (name, day) in FAILING]
        if bad:
            for day in context.partition_keys:
                if day not in bad:
                    context.log_event(dg.AssetMaterialization(name, partition=day))
            raise dg.Failure("The day is bad.", allow_retries=False)

    return made


growth_of_snap = dg.AssetDep(
    "snap",
    partition_mapping=dg.TimeWindowPartitionMapping(
        start_offset=-1, end_offset=0, allow_nonexistent_upstream_partitions=True
    ),
)
cap_a, cap_b = asset("cap_a", group="captures"), asset("cap_b", group="captures")
rows_a, rows_b = asset("rows_a", ["cap_a"]), asset("rows_b", ["cap_b"])
snap, growth = asset("snap", ["rows_a", "rows_b"]), asset("growth", [growth_of_snap])
scores, core = asset("scores", ["growth", "snap"]), asset("core", ["scores", "snap"])
proofs, feed = asset("proofs", ["core"]), asset("feed", ["proofs", "core"])
DEFS = dg.Definitions(
    assets=[cap_a, cap_b, rows_a, rows_b, snap, growth, scores, core, proofs, feed], executor=dg.in_process_executor
)
GRAPH, JOB = DEFS.resolve_asset_graph(), DEFS.resolve_implicit_global_asset_job_def()
BELOW = Below.of(GRAPH, (dg.AssetSelection.all() - dg.AssetSelection.groups("captures")).resolve(GRAPH))
COLLECTED = ["cap_a", "cap_b", "rows_a", "rows_b"]
ROWS = ["rows_a", "rows_b"]
REST = ["snap", "growth", "scores", "core", "proofs", "feed"]
GROWN = ["growth", "scores", "core", "proofs", "feed"]


def d(number: int) -> str:
    return f"2026-11-{number:02d}"


class World:
    """An instance, runs on it, and ticks of the sensor."""

    def __init__(self) -> None:
        FAILING.clear()
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: str | None = None
        self.now = 1000.0
        self.says = ""

    def run(self, names, *days: str, tags=None):
        span = {} if len(days) == 1 else {FIRST: days[0], LAST: days[-1]}
        return JOB.execute_in_process(
            instance=self.instance,
            asset_selection=[AssetKey(name) for name in names],
            raise_on_error=False,
            partition_key=days[0] if len(days) == 1 else None,
            tags={**span, **(tags or {})},
        )

    def tick(self, seconds: float = 5, **options) -> list[dg.RunRequest]:
        self.now += seconds
        done = tick(self.cursor, self.instance, BELOW, now=self.now, **options)
        self.cursor, self.says = done.cursor.text(), done.says
        return done.requests

    def launch(self, request: dg.RunRequest) -> tuple[str, str, list[str]]:
        days = [request.partition_key] if request.partition_key else [request.tags[FIRST], request.tags[LAST]]
        names = [key.to_user_string() for key in request.asset_selection]
        self.run(names, *days, tags=request.tags)
        return days[0], days[-1], names

    def settle(self, **options) -> list[tuple[str, str, list[str]]]:
        """Ticks, each followed by the runs that it asks for, until it asks for none: (first day, last day, assets)."""
        done = []
        for _ in range(8):
            requests = self.tick(**options)
            if not requests:
                return done
            done += [self.launch(request) for request in requests]
        raise AssertionError(f"It does not come to rest: {done}")

    def in_flight(self, day: str, *, tags=None) -> dg.DagsterRun:
        """A run of a capture that has started and not ended."""
        key = AssetKey("cap_a")
        return self.instance.create_run_for_job(
            JOB.get_subset(asset_selection={key}),
            tags={"dagster/partition": day, **(tags or {})},
            status=dg.DagsterRunStatus.STARTED,
            asset_selection=frozenset({key}),
        )

    def collected(self, *numbers: int) -> None:
        """Days that were collected and refreshed."""
        for number in numbers:
            self.run(COLLECTED, d(number))
            self.settle()


@pytest.fixture
def world() -> World:
    return World()


def test_a_collection_leads_to_one_run(world):
    world.run(COLLECTED, d(5))
    assert world.settle() == [(d(5), d(5), REST)]
    assert world.tick() == []
    assert world.says == "Nothing was updated."


def test_sources_collected_one_by_one_lead_to_one_run_when_the_last_has_ended(world):
    run = world.in_flight(d(5))
    for source in ("a", "b"):
        world.run([f"cap_{source}", f"rows_{source}"], d(5))
        assert world.tick() == []
        assert world.says == f"{d(5)} waits for __ASSET_JOB {run.run_id[:8]}."
    world.instance.report_run_canceled(run)
    assert world.settle() == [(d(5), d(5), REST)]


@pytest.mark.parametrize("failing", ["cap_b", "rows_b"])
def test_a_failed_source_costs_only_itself(world, failing):
    FAILING.add((failing, d(5)))
    world.run(COLLECTED, d(5))
    assert world.settle() == [(d(5), d(5), REST)]


def test_everything_selected_by_hand_with_a_failing_source_still_gets_its_feed(world):
    FAILING.add(("rows_b", d(5)))
    world.run(["cap_a", "cap_b", *ROWS, *REST], d(5))
    assert world.settle() == [(d(5), d(5), REST)]


def test_a_repaired_source_refreshes_its_day_and_the_next_days_growth_and_nothing_else(world):
    world.collected(5, 6, 7)
    world.run(["cap_b", "rows_b"], d(5))
    assert world.settle() == [(d(5), d(5), REST), (d(6), d(6), GROWN)]


def test_growth_makes_no_day_that_was_not_collected(world):
    world.run(COLLECTED, d(5))
    assert [first for first, _, _ in world.settle()] == [d(5)]


def test_a_table_made_by_hand_refreshes_what_lies_below_it(world):
    world.collected(5)
    world.run(["scores"], d(5))
    assert world.settle() == [(d(5), d(5), ["core", "proofs", "feed"])]


def test_a_table_that_nothing_reads_leads_to_nothing(world):
    world.collected(5)
    world.run(["feed"], d(5))
    assert world.settle() == []


def test_a_capture_alone_is_followed_by_its_rows(world):
    world.run(["cap_a"], d(5))
    assert world.settle() == [(d(5), d(5), ["rows_a", *REST])]


def test_a_report_without_a_run_is_followed(world):
    world.instance.report_runless_asset_event(dg.AssetMaterialization("cap_a", partition=d(5)))
    assert world.settle() == [(d(5), d(5), ["rows_a", *REST])]


def test_what_was_made_below_before_the_tick_is_not_made_again(world):
    world.run(COLLECTED, d(5))
    world.run(REST, d(5))
    assert world.settle() == []


def test_what_was_collected_before_the_sensor_first_ran_is_followed_and_what_is_up_to_date_is_not(world):
    world.run(COLLECTED, d(3))
    world.run(REST, d(3))
    world.run(COLLECTED, d(5))
    assert world.settle() == [(d(5), d(5), REST)]


def test_days_without_a_partition_are_not_asked_for(world):
    for day in (d(5), d(6), "no day"):
        world.instance.report_runless_asset_event(dg.AssetMaterialization("cap_a", partition=day))
    known = {"has_partition": lambda day: day == d(6)}
    assert [first for first, _, _ in world.settle(**known)] == [d(6)]
    assert world.says == f"{d(5)} waits for its partition."
    assert world.tick(LATE_SECONDS + 1, **known) == []
    assert d(5) not in world.cursor


def test_an_import_that_moves_the_first_partition_back_is_followed_once_the_code_knows_it(world):
    world.instance.report_runless_asset_event(dg.AssetMaterialization("cap_a", partition=d(5)))
    assert world.settle(has_partition=lambda day: day > d(5)) == []
    assert world.settle() == [(d(5), d(5), ["rows_a", *REST])]


# --- failures


@pytest.mark.parametrize("failing", ["snap", "scores", "feed"])
def test_a_failure_is_not_tried_again_by_itself_and_another_update_tries_it_again(world, failing):
    FAILING.add((failing, d(5)))
    world.run(COLLECTED, d(5))
    assert world.settle() == [(d(5), d(5), REST)]
    assert world.settle() == []
    FAILING.clear()
    world.run(["rows_a"], d(5))
    assert world.settle() == [(d(5), d(5), REST)]


def test_the_good_days_of_a_range_get_what_a_bad_days_failure_left_out_and_the_bad_day_is_left_alone(world):
    world.collected(5, 6, 7)
    FAILING.add(("core", d(6)))
    world.run(["scores", "core", "proofs", "feed"], d(5), d(7))
    assert world.settle() == [(d(5), d(5), ["proofs", "feed"]), (d(7), d(7), ["proofs", "feed"])]
    assert world.settle() == []


def test_a_range_of_our_own_with_a_bad_day_is_completed_likewise(world):
    world.collected(5, 6, 7)
    FAILING.add(("core", d(6)))
    world.run(ROWS, d(5), d(7))
    assert world.settle() == [
        (d(5), d(7), REST),
        (d(5), d(5), ["proofs", "feed"]),
        (d(7), d(7), ["proofs", "feed"]),
    ]
    assert world.settle() == []


# --- ranges and order


def test_a_row_of_days_with_the_same_to_make_is_one_run_and_the_day_after_grows_from_it(world):
    world.collected(*range(1, 6))
    world.run(["rows_a"], d(1), d(4))
    assert world.settle() == [(d(1), d(4), REST), (d(5), d(5), GROWN)]


def test_days_with_different_causes_are_made_in_order(world):
    world.collected(5, 6, 7)
    world.run(["rows_a"], d(5))
    world.run(["scores"], d(6))
    world.run(["scores"], d(7))
    assert world.settle() == [(d(5), d(5), REST), (d(6), d(6), GROWN), (d(7), d(7), ["core", "proofs", "feed"])]


# --- who is at work


def test_a_day_does_not_wait_longer_for_a_source_that_hangs_than_the_deadline(world):
    world.in_flight(d(5))
    world.run(["cap_a", "rows_a"], d(5))
    assert world.tick() == []
    assert world.tick(LATE_SECONDS - 1) == []
    (request,) = world.tick(2)
    world.launch(request)
    assert world.settle() == []


def test_the_deadline_lets_no_second_run_of_ours_beside_the_first(world):
    world.run(COLLECTED, d(5))
    (request,) = world.tick()
    world.in_flight(d(5), tags=request.tags)
    world.run(["rows_a"], d(5))
    assert world.tick() == []
    assert world.tick(LATE_SECONDS + 1) == []


def test_another_day_does_not_wait(world):
    world.in_flight(d(5))
    world.run(["cap_a", "rows_a"], d(6))
    assert [request.partition_key for request in world.tick()] == [d(6)]


def test_a_day_waits_for_a_run_over_a_range_that_holds_it(world):
    run = world.in_flight(d(5))
    world.instance.add_run_tags(run.run_id, {FIRST: d(2), LAST: d(8)})
    world.run(["cap_a", "rows_a"], d(5))
    assert world.tick() == []


def test_a_run_without_a_day_is_waited_for_when_it_has_updated_the_day(world):
    key = AssetKey("cap_a")
    run = world.instance.create_run_for_job(
        JOB.get_subset(asset_selection={key}),
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset({key}),
    )
    event = dg.DagsterEvent(
        dg.DagsterEventType.ASSET_MATERIALIZATION.value,
        JOB.name,
        event_specific_data=StepMaterializationData(dg.AssetMaterialization(key, partition=d(5))),
    )
    world.instance.report_dagster_event(event, run.run_id)
    assert world.tick() == []
    world.instance.report_run_canceled(run)
    assert [request.partition_key for request in world.tick()] == [d(5)]


def process(*, lives: bool) -> dict[str, str]:
    """Tags of a run by a process that lives (this one), or is gone."""
    me = carrier.own()
    return (me if lives else replace(me, started="long ago")).tags()


def test_the_work_of_a_command_is_done_once_between_it_and_the_automation(world):
    world.run(COLLECTED, d(5), tags=process(lives=True))
    assert world.tick() == []
    assert d(5) in world.says
    world.run(REST, d(5), tags=process(lives=True))
    assert world.tick() == []
    assert world.tick(LATE_SECONDS) == []


def test_what_a_command_has_left_when_it_ends_is_followed(world):
    world.run(COLLECTED, d(4), tags=process(lives=False))
    world.run(COLLECTED, d(5), tags=process(lives=False))
    world.run(REST, d(5), tags=process(lives=False))
    assert world.settle() == [(d(4), d(4), REST), (d(5), d(5), GROWN)]


def test_what_a_killed_command_collected_is_followed(world):
    world.run(COLLECTED, d(5), tags=process(lives=False))
    world.in_flight(d(5), tags=process(lives=False))  # its run at the moment of the kill: nobody has ended it yet
    assert world.settle() == [(d(5), d(5), REST)]


def test_a_run_whose_process_cannot_be_seen_from_here_is_waited_for_until_it_ends(world):
    elsewhere = replace(carrier.own(), host="another machine").tags()
    world.run(COLLECTED, d(5), tags=elsewhere)
    run = world.in_flight(d(5), tags=elsewhere)
    assert world.tick() == []
    world.instance.report_run_canceled(run)
    assert world.settle() == [(d(5), d(5), REST)]


def test_an_update_by_somebody_else_while_our_run_is_under_way_is_followed_again(world):
    world.run(COLLECTED, d(5))
    (request,) = world.tick()
    world.run(["rows_a"], d(5))
    world.launch(request)
    assert world.settle() == [(d(5), d(5), REST)]


# --- kills of the daemon


def test_a_tick_that_is_repeated_asks_for_the_same_run(world):
    world.run(COLLECTED, d(5))
    before = world.cursor
    first = world.tick()
    world.cursor = before
    assert [request.run_key for request in world.tick()] == [request.run_key for request in first]


def test_a_daemon_that_was_down_over_a_whole_collection_follows_it_once(world):
    world.collected(4)
    for name in COLLECTED:
        world.run([name], d(5))
    assert world.settle() == [(d(5), d(5), REST)]


def test_the_cursor_stays_small(world):
    world.run(COLLECTED, d(5))
    world.tick()
    assert len(world.cursor) < 150


def test_a_day_is_whole_when_nothing_is_missing_and_nothing_older_than_what_it_is_made_of():
    world, needed = World(), {AssetKey(name) for name in (*COLLECTED, *REST)}

    def whole(day: int) -> bool:
        return is_whole(world.instance, BELOW, d(day), needed)

    assert not whole(1), "nothing is there"
    world.run(COLLECTED, d(1))
    assert not whole(1), "collected only"
    world.run(REST, d(1))
    assert whole(1)
    assert not whole(2), "another day"
    world.run(["cap_a", "rows_a"], d(1))
    assert not whole(1), "a source was collected again"
    world.run(REST, d(1))
    assert whole(1)
    FAILING.add(("cap_b", d(2)))
    world.run(COLLECTED, d(2))
    world.run(REST, d(2))
    assert not whole(2), "a source that failed is asked again"
