"""The velocity assets on a real warehouse: a range of days in one run, twice the same, odd days and the panel."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pandas as pd
import pytest

from trend_assets.defs.resources import WarehouseResource
from trend_assets.defs.velocity import assets, captures, chances, scoreboard
from trend_assets.sources.discovery import SOURCES
from trend_assets.warehouse.reads.velocity import champions_before, outcomes_until

FIRST = date(2026, 3, 5)
DAYS = 4
SCORED = [
    assets.post_velocity,
    assets.curves,
    assets.baselines,
    assets.amazon_ranks,
    assets.category_movers,
    chances.outcomes,
    chances.models,
    assets.scores,
]
LEFT_BEHIND = "v09"  # leaves its list after the second day; only the panel could see it


@pytest.fixture
def database(monkeypatch, database_url):
    from trend_assets.defs.partitions import daily

    monkeypatch.setenv("TREND_ASSETS_DATABASE_URL", database_url)
    monkeypatch.setenv("TREND_ASSETS_SANDBOX", "on")
    daily.cache_clear()
    return database_url


def snapshots_of(day: date) -> pd.DataFrame:
    number = (day - FIRST).days
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    ids = [f"v{index:02}" for index in range(12) if number < 2 or f"v{index:02}" != LEFT_BEHIND]
    views = [round(10_001 * (1 + int(name[1:]) / 50) ** number) + int(name[1:]) for name in ids]
    return pd.DataFrame(
        {
            "observed_date": day, "source": "youtube_shorts", "platform": "youtube", "external_id": ids,
            "list_name": "#shorts", "list_rank": range(1, len(ids) + 1),
            "creator_id": [f"c{int(name[1:]) % 3}" for name in ids], "creator_handle": None, "creator_followers": 500,
            "posted_at": at - timedelta(days=number + 1), "views": views, "likes": 10, "comments": 1, "shares": None,
            "saves": None, "quotes": None, "measured_at": at, "collected_at": at, "capture_id": "c",
            "is_simulated": True,
        }
    )  # fmt: skip


@pytest.fixture
def stored(database, warehouse):
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        warehouse.write_partition("trends.post_snapshots", day, snapshots_of(day))
    return warehouse


def materialize(*chosen: dg.AssetsDefinition, first: date = FIRST, last: date = FIRST + timedelta(days=DAYS - 1)):
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            list(chosen),
            instance=instance,
            resources={"warehouse": WarehouseResource()},
            tags={
                "dagster/asset_partition_range_start": first.isoformat(),
                "dagster/asset_partition_range_end": last.isoformat(),
            },
            raise_on_error=False,
        )


def test_a_range_of_days_is_scored_in_one_run_and_again_without_a_change(stored):
    assert materialize(*SCORED).success
    scores = stored.read("velocity.scores", start=FIRST, end=FIRST + timedelta(days=DAYS - 1))
    assert scores.groupby("observed_date").size().tolist() == [12, 12, 11, 11]
    assert scores.groupby("observed_date")["score_class"].unique().map(list).tolist() == [["new"], *[["measured"]] * 3]
    fastest = scores[scores["observed_date"] == FIRST + timedelta(days=3)].nlargest(1, "rising")["external_id"]
    assert fastest.tolist() == ["v11"]
    assert scores["source_percentile"].between(0, 1, inclusive="neither").all()
    hashes = "SELECT table_address, observed_date, content_hash FROM ops.partition_writes ORDER BY 1, 2"
    before = stored.query(hashes)
    assert materialize(*SCORED).success
    pd.testing.assert_frame_equal(before, stored.query(hashes))


def test_a_run_over_many_days_learns_from_the_rankings_that_it_has_just_made(database, warehouse):
    for number in range(5):
        day = FIRST + timedelta(days=number)
        few = snapshots_of(day)
        many = [
            few.assign(external_id=f"{letter}" + few["external_id"], views=few["views"] + n)
            for n, letter in enumerate("abc")
        ]
        warehouse.write_partition("trends.post_snapshots", day, pd.concat(many, ignore_index=True))
    assert materialize(*SCORED, last=FIRST + timedelta(days=4)).success
    for day in (FIRST + timedelta(days=3), FIRST + timedelta(days=4)):
        graded = warehouse.read("velocity.outcomes", day=day)
        assert set(graded["ranked_date"]) == {day - timedelta(days=3)}
        assert len(graded) == 36 and graded["has_risen"].sum() > 0
    models = warehouse.read("velocity.models", day=FIRST + timedelta(days=4)).set_index("candidate")
    assert models.loc["plain", ["is_champion", "outcomes", "ranked_days"]].tolist() == [True, 66, 2]
    assert "66 outcomes are known" in models.loc["boosting", "reason"]
    told = warehouse.read("velocity.scores", day=FIRST + timedelta(days=4))
    assert told["chance"].isna().all()
    assert told["chance_reason"].str.startswith("No probability yet: 66 outcomes are known").all()
    for days, ranked in ((44, {FIRST, FIRST + timedelta(days=1)}), (45, {FIRST + timedelta(days=1)}), (46, set())):
        later = FIRST + timedelta(days=4 + days)
        assert set(outcomes_until(warehouse, later, per_source=100)["ranked_date"]) == ranked, "45 days teach"
        assert bool(champions_before(warehouse, later)) == bool(ranked), "and who ranked is known as long"


def test_a_day_without_any_measurement_is_an_empty_day_and_not_a_failure(stored):
    empty = FIRST + timedelta(days=DAYS)
    assert materialize(*SCORED, scoreboard.scoreboard, first=empty, last=empty).success
    assert stored.read("velocity.scores", day=empty).empty


def test_rankings_are_graded_and_the_picture_is_in_the_metadata(stored):
    # twelve items are too few to be graded; the asset says so instead of inventing figures
    assert materialize(*SCORED).success
    last = FIRST + timedelta(days=DAYS - 1)
    result = materialize(scoreboard.scoreboard, first=last, last=last)
    assert result.success
    assert stored.read("velocity.scoreboard", day=last).empty


def test_the_panel_plans_to_measure_what_left_its_list_and_asks_for_it_only_in_its_own_world(stored, monkeypatch):
    from trend_assets.settings import get_settings

    assert materialize(*SCORED).success
    last = FIRST + timedelta(days=DAYS - 1)
    assert materialize(captures.panel, first=last, last=last).success
    plan = stored.read("velocity.panel", day=last)
    assert plan.loc[plan["is_chosen"].astype(bool), "external_id"].tolist() == [LEFT_BEHIND]
    assert captures.items_to_measure(stored, last, SOURCES["panel_youtube"], get_settings()) == [LEFT_BEHIND]
    monkeypatch.setenv("TREND_ASSETS_SANDBOX", "auto")
    monkeypatch.setenv("YOUTUBE_API_KEY", "a-key")
    assert captures.items_to_measure(stored, last, SOURCES["panel_youtube"], get_settings()) == []


def test_a_list_that_comes_after_the_panel_does_not_change_what_the_panel_asks_for(stored):
    assert materialize(*SCORED).success
    last = FIRST + timedelta(days=DAYS - 1)
    day = snapshots_of(last)
    at = day["measured_at"].iloc[0]
    panel = day.head(1).assign(
        source="panel_youtube", list_name="panel", external_id=LEFT_BEHIND, measured_at=at + timedelta(hours=3)
    )
    evening = day.head(1).assign(external_id=LEFT_BEHIND, measured_at=at + timedelta(hours=12))
    for more, chosen in ((evening, []), (pd.concat([panel, evening]), [LEFT_BEHIND])):
        stored.write_partition("trends.post_snapshots", last, pd.concat([day, more], ignore_index=True))
        assert materialize(captures.panel, first=last, last=last).success
        plan = stored.read("velocity.panel", day=last)
        assert plan.loc[plan["is_chosen"].astype(bool), "external_id"].tolist() == chosen


def test_what_only_the_panel_measured_is_scored_in_the_source_that_found_it(stored):
    last = FIRST + timedelta(days=DAYS - 1)
    day = snapshots_of(last)
    panel = day.head(1).assign(source="panel_youtube", list_name="panel", external_id=LEFT_BEHIND, views=90_001)
    stored.write_partition("trends.post_snapshots", last, pd.concat([day, panel], ignore_index=True))
    assert materialize(*SCORED).success
    row = stored.read("velocity.scores", day=last, where="external_id = %s", params=(LEFT_BEHIND,)).iloc[0]
    assert row["source"] == "youtube_shorts"
    assert row["list_name"] == "#shorts"
    assert row["hours_between"] == 48
    assert "panel_youtube" not in set(stored.read("velocity.scores", day=last)["source"])


def test_live_and_simulated_items_are_not_each_others_peers(stored):
    last = FIRST + timedelta(days=DAYS - 1)
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        frame = snapshots_of(day)
        live = frame.tail(1).assign(external_id="live", is_simulated=False, source="imported_posts", list_name="mine")
        stored.write_partition("trends.post_snapshots", day, pd.concat([frame, live], ignore_index=True))
    assert materialize(*SCORED).success
    row = stored.read("velocity.scores", day=last, where="NOT is_simulated").iloc[0]
    assert row["external_id"] == "live"
    assert row["parts"]["rising_peers"] == 1
    assert set(stored.read("velocity.curves", day=last)["is_simulated"]) == {True, False}
