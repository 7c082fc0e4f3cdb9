"""Sources of one run overlap; each step answers for its own source only."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest

from trend_assets.capture.collect import Collected
from trend_assets.defs.capture_asset import capture_asset
from trend_assets.defs.resources import WarehouseResource
from trend_assets.sources.discovery import LISTS
from trend_assets.sources.errors import BadRequest, MissingKey

DAY = "2026-03-08"
NAMES = ("reddit_posts", "youtube_shorts", "trending_keywords", "tiktok_trending", "x_posts")
SECONDS = 60


class NoWarehouse(WarehouseResource):
    """Nothing here reads or writes."""

    def open(self) -> Any:
        return None


class Provider:
    """Stands in for `collect_source`: counts what is asked and meets in the middle where a test wants it."""

    def __init__(self, errors: Mapping[str, Exception], meeting: threading.Barrier | None) -> None:
        self.errors, self.meeting = errors, meeting
        self.asked: Counter[str] = Counter()
        self.forced: dict[str, bool] = {}
        self.at_once: Counter[str] = Counter()
        self.most_at_once = 0
        self._lock = threading.Lock()

    def collect(self, store: Any, spec: Any, *, force: bool, **_: Any) -> Collected:
        with self._lock:
            self.asked[spec.name] += 1
            self.forced[spec.name] = force
            self.at_once[spec.provider_name] += 1
            self.most_at_once = max(self.most_at_once, self.at_once[spec.provider_name])
        if self.meeting is not None and spec.provider_name in ("reddit", "youtube"):
            self.meeting.wait(SECONDS)
        with self._lock:
            self.at_once[spec.provider_name] -= 1
        if error := self.errors.get(spec.name):
            raise error
        return Collected(spec.name, items=1, calls=1, replayed=0, cost_usd=0.0, complete=True)


@pytest.fixture
def provider(monkeypatch):
    def make(errors: Mapping[str, Exception] | None = None, meeting: threading.Barrier | None = None) -> Provider:
        made = Provider(errors or {}, meeting)
        monkeypatch.setattr("trend_assets.capture.collect.collect_source", made.collect)
        return made

    return make


def run(*names: str, config: Mapping[str, Any] | None = None) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [capture_asset(LISTS[name], collection="daily") for name in names],
        partition_key=DAY,
        resources={"warehouse": NoWarehouse()},
        run_config=config,
        raise_on_error=False,
    )


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}


def test_sources_of_different_providers_are_collected_at_the_same_time(provider):
    world = provider(meeting=threading.Barrier(2))
    result = run(*NAMES)
    assert result.success
    assert materialized(result) == set(NAMES)
    assert world.asked == dict.fromkeys(NAMES, 1)


def test_one_provider_is_asked_for_one_source_at_a_time(provider):
    world = provider()
    assert run("tiktok_trending", "x_posts", "tiktok_commerce", "reddit_posts").success
    assert world.most_at_once == 1


def test_a_source_that_fails_costs_its_own_step_only(provider):
    world = provider({"reddit_posts": BadRequest("Reddit said no.", provider="reddit")})
    result = run(*NAMES)
    assert not result.success
    assert [event.step_key for event in result.get_step_failure_events()] == ["capture__reddit_posts"]
    assert materialized(result) == set(NAMES) - {"reddit_posts"}
    assert world.asked["reddit_posts"] == 1


def test_a_source_without_a_key_is_skipped_in_its_own_step(provider):
    provider({"x_posts": MissingKey("apify is off.", provider="apify")})
    result = run(*NAMES)
    assert result.success
    assert materialized(result) == set(NAMES) - {"x_posts"}


def test_only_what_the_run_selects_is_collected_and_only_what_is_forced_is_forced(provider):
    world = provider()
    config = {"ops": {"capture__reddit_posts": {"config": {"force": True}}}}
    assert run("reddit_posts", "youtube_shorts", config=config).success
    assert world.forced == {"reddit_posts": True, "youtube_shorts": False}


def test_sources_of_the_graph_that_a_run_leaves_out_are_not_asked(provider):
    world = provider()
    graph = dg.Definitions(
        [capture_asset(LISTS[name], collection="daily") for name in NAMES], resources={"warehouse": NoWarehouse()}
    )
    chosen = [dg.AssetKey(["capture", name]) for name in ("reddit_posts", "youtube_shorts")]
    job = graph.resolve_implicit_global_asset_job_def()
    assert job.execute_in_process(partition_key=DAY, asset_selection=chosen).success
    assert set(world.asked) == {"reddit_posts", "youtube_shorts"}


def test_an_executor_that_runs_steps_in_parallel_starts_nothing_of_other_steps(provider, monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_EXECUTOR", "multiprocess")
    world = provider()
    names: list[str] = []
    thread_of = threading.Thread

    def noted(*arguments: Any, **options: Any) -> threading.Thread:
        names.append(str(options.get("name")))
        return thread_of(*arguments, **options)

    monkeypatch.setattr("trend_assets.defs.side_by_side.threading.Thread", noted)
    assert run("reddit_posts", "youtube_shorts").success
    assert world.asked == {"reddit_posts": 1, "youtube_shorts": 1}
    assert not [name for name in names if name.startswith("collect ")]
