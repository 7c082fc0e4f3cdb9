"""What holds for the whole graph: assets say what they are, tables are assets, checks are registered, and the source
that is repaired late refreshes exactly its own day and the next day's growth."""

import datetime as dt
import subprocess
import sys
from collections import Counter

import dagster as dg
import pytest
from dagster._core.events import StepMaterializationData

from trend_assets.defs.partitions import daily
from trend_assets.defs.refresh.stored import FIRST, LAST
from trend_assets.defs.table_asset import USUAL, VALID, column_lineage
from trend_assets.sources.discovery import CAPTURES, LISTS, SOURCES
from trend_assets.warehouse.tables import TABLES

PROVIDERS = dg.AssetSelection.groups("providers")
CAPTURE_GROUP = dg.AssetSelection.groups("captures")

# tables that people, the import or jobs write, not a partition of an asset
NOT_ASSETS = {"ops", "capture", "imports", "media", "api"}
NOT_ASSET_TABLES = {
    "competitors.requests", "competitors.tracked", "competitors.community_shares",
}  # fmt: skip


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    from trend_assets.definitions import defs

    return defs


@pytest.fixture(scope="module")
def graph(defs):
    return defs.resolve_asset_graph()


def keys(graph, selection: dg.AssetSelection) -> set[str]:
    return {key.to_user_string() for key in selection.resolve(graph)}


def test_the_code_location_is_valid(defs):
    dg.Definitions.validate_loadable(defs)


def test_every_asset_has_owner_kind_group_and_a_description_that_starts_with_its_grain(graph):
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.owners, key
        assert node.kinds, key
        assert node.group_name not in (None, "default"), key
        assert node.description, key
        assert node.description.strip().startswith("One row per"), f"{key.to_user_string()}: {node.description[:80]}"


def test_descriptions_read_well_in_the_ui_and_every_job_schedule_and_sensor_has_one(defs, graph):
    for key in graph.get_all_asset_keys():
        description = graph.get(key).description
        assert "\n    " not in description, f"{key}: indented lines are shown as code"
    repository = defs.get_repository_def()
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    silent = [each.name for each in (*jobs, *repository.schedule_defs, *repository.sensor_defs) if not each.description]
    assert not silent


def test_every_captures_runbook_is_readable_beside_it(graph):
    for key in keys(graph, dg.AssetSelection.groups("captures")) | {"capture/imported_posts"}:
        page = graph.get(dg.AssetKey(key.split("/"))).metadata["runbook"]
        assert isinstance(page, dg.MarkdownMetadataValue), key
        assert "## How it fails and what to do" in page.md_str


def test_column_lineage_names_columns_that_exist():
    lineage = column_lineage(TABLES["comets.creator_stats"])
    deps = {dep.asset_key.to_user_string() for deps in lineage.deps_by_column.values() for dep in deps}
    assert "comets/creator_profiles" in deps
    for name, columns in lineage.deps_by_column.items():
        assert name in TABLES["comets.creator_stats"].column_names
        for dep in columns:
            assert dep.column_name in TABLES[".".join(dep.asset_key.path)].column_names


def test_every_assets_key_is_its_tables_address(graph):
    for key in graph.materializable_asset_keys:
        schema, name = key.path
        if schema != "capture":
            assert f"{schema}.{name}" in TABLES or graph.get(key).metadata.get("dagster/table_name"), key
        else:
            assert name in CAPTURES or graph.get(key).metadata.get("dagster/table_name"), key


def test_every_source_has_a_capture_and_typed_rows(graph):
    every = {key.to_user_string() for key in graph.materializable_asset_keys}
    assert {f"capture/{name}" for name in LISTS} <= every
    assert {f"source/{name}" for name in LISTS} <= every


def test_every_partitioned_table_of_the_catalogue_is_made_by_an_asset(graph):
    every = {".".join(key.path) for key in graph.materializable_asset_keys}
    missing = {
        table.address
        for table in TABLES.values()
        if table.partition_column and table.schema not in NOT_ASSETS and table.address not in NOT_ASSET_TABLES
    } - every
    assert not missing


def test_every_table_asset_has_its_column_schema_and_a_blocking_check(defs, graph):
    blocking = {check.asset_key for check in graph.asset_check_keys if graph.get(check).blocking}
    for key in graph.materializable_asset_keys - CAPTURE_GROUP.resolve(graph):
        if ".".join(key.path) in TABLES:
            assert key in blocking, key
            assert "dagster/column_schema" in graph.get(key).metadata, key


def test_no_check_is_built_and_forgotten(graph):
    counts = Counter(check.name for check in graph.asset_check_keys)
    partitioned = [k for k in graph.materializable_asset_keys if ".".join(k.path) in TABLES and k.path[0] != "capture"]
    assert counts[VALID] == len(partitioned)
    assert counts[USUAL] == sum(1 for k in partitioned if TABLES[".".join(k.path)].partition_column)
    assert counts["is_fresh"] == counts["is_complete"] >= 10
    assert counts["unknowns_are_usual"] == sum(1 for source in SOURCES.values() if source.watched)
    for name in (
        "counts_move", "pass_rates_are_usual", "providers_agree", "all_sources_worked", "prices_are_usual",
        "issue_has_items",
    ):  # fmt: skip
        assert counts[name] == 1, name


def test_every_partitioned_asset_has_one_partition_per_utc_day_and_today_exists(graph):
    for key in graph.materializable_asset_keys:
        partitions = graph.get(key).partitions_def
        assert partitions in (None, daily()), key
    now = dt.datetime(2026, 3, 8, 0, 5, tzinfo=dt.UTC)
    with dg._core.definitions.partitions.context.partition_loading_context(effective_dt=now):
        assert daily().get_last_partition_key() == "2026-03-08"


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01", "2026-10-25", "2026-12-31"])
def test_a_day_has_24_hours_of_utc_also_when_clocks_change(defs, day):
    window = daily().time_window_for_partition_key(day)
    assert window.start == dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    assert window.end - window.start == dt.timedelta(hours=24)
    assert daily().get_partition_key_for_timestamp(window.end.timestamp() - 0.001) == day
    schedules = defs.get_repository_def().schedule_defs
    assert schedules and {schedule.execution_timezone for schedule in schedules} == {"UTC"}


def test_backfills_of_captures_run_day_by_day_and_everything_below_in_one_run(graph):
    for key in graph.materializable_asset_keys:
        policy = graph.get(key).backfill_policy
        if graph.get(key).partitions_def is None:
            continue
        expected = 1 if key in CAPTURE_GROUP.resolve(graph) else None
        assert policy is not None, key
        assert policy.max_partitions_per_run == expected, key


def test_the_daily_job_has_every_daily_capture_and_no_feed(defs, graph):
    nodes = set(defs.resolve_job_def("daily_collection").graph.node_dict)
    assert {f"capture__{name}" for name in LISTS} <= nodes
    assert not {node for node in nodes if node.startswith("feed__")}


def test_the_ui_launches_each_collection_of_a_first_day_without_asking_whether_one_is_sure(defs, graph):
    """Before it launches a job, the UI looks at what the job reads and does not make: it asks back when something of
    that can be materialized and never was."""
    made: set[dg.AssetKey] = set()
    for name in ("daily_collection", "roll_call", "panel", "intraday_collection"):
        chosen = {dg.AssetKey(node.split("__")) for node in defs.resolve_job_def(name).graph.node_dict}
        chosen &= graph.get_all_asset_keys()
        read = {parent for key in chosen for parent in graph.get(key).parent_keys}
        assert chosen
        assert (read & graph.materializable_asset_keys) - chosen - made == set(), name
        made |= chosen


def test_what_the_command_run_makes_first_reads_nothing_that_it_makes_later(graph):
    from trend_assets.commands.run_day import in_two_parts

    first, later = in_two_parts(graph)
    assert first and later
    assert not {(key, parent) for key in first for parent in graph.get(key).parent_keys & later}


def test_schedules_that_collect_are_off_until_somebody_turns_them_on(defs):
    for name in ("daily_at_two", "every_six_hours", "roll_call_at_four", "panel_at_five"):
        assert defs.resolve_schedule_def(name).default_status == dg.DefaultScheduleStatus.STOPPED, name


def context_at(defs: dg.Definitions, at: dt.datetime) -> dg.ScheduleEvaluationContext:
    return dg.build_schedule_context(scheduled_execution_time=at, repository_def=defs.get_repository_def())


@pytest.mark.parametrize(
    ("name", "at", "day"),
    [
        ("daily_at_two", dt.datetime(2026, 3, 8, 2, tzinfo=dt.UTC), "2026-03-08"),
        ("every_six_hours", dt.datetime(2026, 11, 1, 20, tzinfo=dt.UTC), "2026-11-01"),
        ("roll_call_at_four", dt.datetime(2026, 3, 8, 4, tzinfo=dt.UTC), "2026-03-08"),
        ("panel_at_five", dt.datetime(2026, 12, 31, 5, tzinfo=dt.UTC), "2026-12-31"),
    ],
)
def test_a_tick_asks_for_the_day_on_which_it_happens(defs, name, at, day):
    schedule = defs.resolve_schedule_def(name)
    tick = schedule.evaluate_tick(context_at(defs, at))
    request = tick.run_requests[0]
    assert request.partition_key == day
    assert request.run_key
    again = schedule.evaluate_tick(context_at(defs, at)).run_requests[0]
    assert again.run_key == request.run_key


def test_the_collection_inside_the_day_is_forced_and_spares_paid_stretch_sources(defs):
    at = dt.datetime(2026, 3, 8, 14, tzinfo=dt.UTC)
    tick = defs.resolve_schedule_def("every_six_hours").evaluate_tick(context_at(defs, at))
    ops = tick.run_requests[0].run_config["ops"]
    assert all(op["config"]["force"] for op in ops.values())
    assert "capture__x_posts" not in ops
    assert "capture__youtube_shorts" in ops


def report(instance: dg.DagsterInstance, address: str, day: str) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(address.split(".")), partition=day))


class Refresh:
    """The real sensor on the real graph; its runs only say that they have made what was asked for."""

    def __init__(self, defs: dg.Definitions, graph) -> None:
        self.repository = defs.get_repository_def()
        self.in_order = [key for key in graph.toposorted_asset_keys if graph.get(key).is_partitioned]
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: str | None = None

    def tick(self) -> list[tuple[str, set[str]]]:
        """What one tick asks for: (day, assets), the first and the last day of a run over several."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, repository_def=self.repository, sensor_name="refresh"
        )
        data = self.repository.get_sensor_def("refresh").evaluate_tick(context)
        self.cursor = data.cursor
        asked = []
        for request in data.run_requests or []:
            days = [request.partition_key] if request.partition_key else [request.tags[FIRST], request.tags[LAST]]
            self.make(request, days)
            asked += [(day, {key.to_user_string() for key in request.asset_selection}) for day in days]
        return asked

    def make(self, request: dg.RunRequest, days: list[str]) -> None:
        run = dg.DagsterRun("refresh", tags=dict(request.tags), status=dg.DagsterRunStatus.SUCCESS)
        self.instance.add_run(run)
        for key in (key for key in self.in_order if key in request.asset_selection):
            for day in days:
                made = StepMaterializationData(dg.AssetMaterialization(key, partition=day))
                event = dg.DagsterEvent("ASSET_MATERIALIZATION", "refresh", event_specific_data=made)
                self.instance.report_dagster_event(event, run.run_id)

    def settled(self) -> list[tuple[str, set[str]]]:
        asked = []
        while more := self.tick():
            asked += more
            assert len(asked) < 10, asked
        return asked


def test_a_source_repaired_late_refreshes_its_day_and_the_next_days_growth_and_nothing_else(defs, graph):
    refresh = Refresh(defs, graph)
    for day in ("2026-03-08", "2026-03-09", "2026-03-10"):
        for key in refresh.in_order:
            report(refresh.instance, ".".join(key.path), day)
    assert refresh.settled() == []
    report(refresh.instance, "source.reddit_posts", "2026-03-08")
    (first_day, first), (second_day, second) = refresh.settled()
    assert (first_day, second_day) == ("2026-03-08", "2026-03-09")
    assert {"trends/post_snapshots", "velocity/scores", "feed/issues"} <= first
    assert {"velocity/post_velocity", "velocity/scores", "feed/issues"} <= second
    assert not {key for key in first | second if key.startswith(("capture/", "source/", "comets/"))}
    assert "trends/post_snapshots" not in second


def test_a_day_that_was_never_collected_is_not_made_by_the_day_before_it(defs, graph):
    refresh = Refresh(defs, graph)
    report(refresh.instance, "source.reddit_posts", "2026-03-08")
    ((day, assets),) = refresh.settled()
    assert day == "2026-03-08"
    assert "feed/issues" in assets


def test_yesterdays_corrected_numbers_refresh_todays_growth(defs, graph):
    refresh = Refresh(defs, graph)
    for day in ("2026-03-08", "2026-03-09"):
        report(refresh.instance, "comets.creator_stats", day)
    refresh.settled()
    report(refresh.instance, "capture.creator_profiles", "2026-03-08")
    assert [day for day, assets in refresh.settled() if "comets/creator_stats" in assets] == [
        "2026-03-08",
        "2026-03-09",
    ]


def test_an_update_of_a_day_before_the_first_partition_asks_for_nothing(defs, graph):
    refresh = Refresh(defs, graph)
    report(refresh.instance, "capture.imported_posts", "2019-12-30")
    assert refresh.settled() == []


def test_automation_refreshes_every_table_but_the_panels_plan_and_deliveries_and_never_a_capture(defs, graph):
    refreshed = {key.to_user_string() for key in defs.resolve_job_def("refresh").asset_layer.executable_asset_keys}
    tables = keys(graph, dg.AssetSelection.all(include_sources=False) - CAPTURE_GROUP)
    assert refreshed == tables - {"velocity/panel", "feed/deliveries"}, "and nothing that writes to readers"
    assert not any(graph.get(key).automation_condition for key in graph.get_all_asset_keys())


def test_importing_the_code_location_is_quick_and_brings_no_heavy_library():
    code = (
        "import sys, warnings; warnings.simplefilter('ignore'); import trend_assets.definitions; "
        "print([name for name in ('cv2', 'matplotlib', 'pandas', 'scipy', 'yt_dlp', 'fastapi') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"


def test_dagsters_freshness_policies_are_on_what_has_a_deadline_and_say_the_same_as_our_checks(graph):
    from trend_assets.defs.ops.freshness import DEADLINE_HOUR, WATCHED

    policies = {
        node.key.to_user_string().replace("/", "."): node.freshness_policy_or_from_metadata
        for node in graph.asset_nodes
        if node.freshness_policy_or_from_metadata
    }
    assert set(policies) == set(WATCHED)
    for policy in policies.values():
        assert policy.deadline_cron == f"0 {DEADLINE_HOUR} * * *"
        # a materialization of the day before does not count for the deadline of this one
        assert policy.lower_bound_delta == dt.timedelta(hours=DEADLINE_HOUR)
