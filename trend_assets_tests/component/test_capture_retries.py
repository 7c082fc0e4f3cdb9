"""A capture is tried once more when waiting can heal it, and never because somebody cancelled it."""

import dagster as dg
import pytest

from trend_assets.defs import capture_asset
from trend_assets.defs.captures.assets import captures
from trend_assets.defs.partitions import daily
from trend_assets.defs.resources import WarehouseResource
from trend_assets_tests.sandbox_server import RunningSandbox, sandbox_server, without_waiting

DAY = "2026-03-08"


@pytest.fixture
def sandbox(monkeypatch, database_url):
    with sandbox_server() as running:
        without_waiting(monkeypatch)
        monkeypatch.setattr(capture_asset, "RETRY_SECONDS", 0)
        monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
        monkeypatch.setenv("TREND_ASSETS_SANDBOX", "on")
        monkeypatch.setenv("TREND_ASSETS_SANDBOX_URL", running.url)
        daily.cache_clear()
        yield running
    daily.cache_clear()


def materialized() -> list[str]:
    """What became of the step, event by event."""
    (capture,) = (each for each in captures if each.key.path[-1] == "trending_keywords")
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [capture], partition_key=DAY, instance=instance, raise_on_error=False,
            resources={"warehouse": WarehouseResource()},
        )  # fmt: skip
    wanted = {"STEP_UP_FOR_RETRY", "STEP_FAILURE", "STEP_SUCCESS"}
    return [event.event_type_value for event in result.all_events if event.event_type_value in wanted]


def test_an_outage_is_met_with_one_more_try_and_no_more(sandbox: RunningSandbox):
    sandbox.fault("down", provider="tikhub", times=3)
    assert materialized() == ["STEP_UP_FOR_RETRY", "STEP_SUCCESS"]


def test_what_stays_down_fails_and_what_cannot_heal_fails_at_once(sandbox: RunningSandbox):
    sandbox.fault("down", provider="tikhub")
    assert materialized() == ["STEP_UP_FOR_RETRY", "STEP_FAILURE"]
    sandbox.state.faults.switch_off()
    sandbox.fault("unauthorized", provider="tikhub")
    assert materialized() == ["STEP_FAILURE"]


def test_no_capture_has_a_retry_policy_since_dagster_would_retry_what_was_cancelled():
    assert {capture.key.path[-1] for capture in captures if capture.op.retry_policy is not None} == set()
