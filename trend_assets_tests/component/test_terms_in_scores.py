"""YouTube is scored only where its terms let us: with the user's acceptance, or when it is simulated."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.velocity import assets as velocity
from trend_assets.warehouse.tables import TABLES
from trend_assets_tests.integration.test_retention import insert

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ASSETS = [velocity.post_velocity, velocity.curves, velocity.baselines, velocity.amazon_ranks, velocity.scores]


@pytest.fixture
def measured(monkeypatch, warehouse, database_url):
    """Two measurements of ten posts each of live YouTube, simulated YouTube and live Reddit."""
    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.delenv("TREND_ASSETS_YOUTUBE__DERIVED_METRICS_ACCEPTED", raising=False)
    with warehouse.connect() as connection:
        for source, platform, prefix, simulated in (
            ("youtube_shorts", "youtube", "live", False),
            ("youtube_shorts", "youtube", "sim", True),
            ("reddit_posts", "reddit", "r", False),
        ):
            for number in range(10):
                for hours in (0, 6):
                    insert(
                        connection, TABLES["trends.post_snapshots"], at=NOON + timedelta(hours=hours), source=source,
                        platform=platform, external_id=f"{prefix}{number}", list_name="list", is_simulated=simulated,
                        views=1000 * (number + 1) * (1 + hours), likes=10 * (number + 1) * (1 + hours),
                        posted_at=NOON - timedelta(hours=20),
                    )  # fmt: skip
    return warehouse


def scored(warehouse) -> dict[str, set[str]]:
    """First letters of the ids that each velocity table has, by table."""
    result = dg.materialize(
        ASSETS, partition_key="2026-03-02", instance=dg.DagsterInstance.ephemeral(),
        resources={"warehouse": WarehouseResource()},
    )  # fmt: skip
    assert result.success
    return {
        address: {str(value).rstrip("0123456789") for value in warehouse.read(address)["external_id"]}
        for address in ("velocity.post_velocity", "velocity.scores")
    }


def test_live_youtube_gets_no_velocity_and_no_scores_until_the_amendment_was_accepted(measured):
    assert list(scored(measured).values()) == [{"sim", "r"}, {"sim", "r"}]


def test_with_the_acceptance_live_youtube_is_scored_like_every_source(measured, monkeypatch):
    monkeypatch.setenv("TREND_ASSETS_YOUTUBE__DERIVED_METRICS_ACCEPTED", "true")
    assert list(scored(measured).values()) == [{"live", "sim", "r"}, {"live", "sim", "r"}]
