"""The panel from its plan to the scores, on the sandbox: what left its lists is measured again, within the budget."""

from datetime import timedelta

import pytest

from trend_assets_tests.component.conftest import run

LISTS = ("tiktok_trending", "youtube_shorts")
PANELS = ("panel_tiktok", "panel_youtube")
COUNTED = ["trends.post_snapshots", "trends.posts"]
SCORED = ["velocity.post_velocity", "velocity.curves", "velocity.baselines", "velocity.amazon_ranks", "velocity.scores"]
PANEL = ["velocity.panel", *(f"{kind}.{name}" for name in PANELS for kind in ("capture", "source"))]
AFFORDED = 7
BUDGET_USD = AFFORDED * 5.0 / 1000
"""Seven times the configured price of a post (5 USD per 1,000)."""


@pytest.fixture
def world(monkeypatch, sandbox_world):
    """Money for seven TikTok posts."""
    monkeypatch.setenv("TREND_ASSETS_APIFY__TIKTOK_USD_PER_1000", "5.0")
    monkeypatch.setenv("TREND_ASSETS_PANEL_TIKTOK__BUDGET_USD", str(BUDGET_USD))
    return sandbox_world


def collect_lists(day) -> None:
    run(day, *(f"{kind}.{name}" for name in LISTS for kind in ("capture", "source")))


@pytest.mark.slow
def test_what_left_its_lists_is_measured_again_within_the_budget_and_scored_by_what_was_measured(
    world, warehouse, today
):
    yesterday = today - timedelta(days=1)
    collect_lists(yesterday)
    run(yesterday, *COUNTED, *SCORED)
    collect_lists(today)
    run(today, *COUNTED)
    lists_alone = warehouse.read("trends.post_snapshots", day=today)
    run(today, *PANEL)

    plan = warehouse.read("velocity.panel", day=today)
    chosen = plan[plan["is_chosen"].astype(bool)]
    assert (chosen["platform"] == "tiktok").sum() == AFFORDED < (plan["platform"] == "tiktok").sum()
    assert not set(chosen["external_id"]) & set(lists_alone["external_id"]), "what a list measured is not paid again"
    measured = {name: warehouse.read(f"source.{name}", day=today) for name in PANELS}
    for name, rows in measured.items():
        asked = set(chosen.loc[chosen["platform"] == name.removeprefix("panel_"), "external_id"])
        assert asked and set(rows["external_id"]) <= asked
        assert len(rows) >= len(asked) - 1, "the simulated world forgets nobody; a post may go private"
        assert rows["views"].notna().all() and rows["is_simulated"].all()
    spent = "SELECT coalesce(sum(cost_usd), 0)::float8, count(*) FROM ops.ledger WHERE source = 'panel_tiktok'"
    with warehouse.connect() as connection:
        cost, calls = connection.execute(spent).fetchone()
    assert 0 < cost <= BUDGET_USD
    assert calls == 1

    # the panel adds snapshots, and takes none away
    run(today, *COUNTED, *SCORED)
    snapshots = warehouse.read("trends.post_snapshots", day=today)
    assert set(snapshots["source"]) == {*LISTS, *PANELS}
    assert len(snapshots) == len(lists_alone) + sum(map(len, measured.values()))
    scores = warehouse.read("velocity.scores", day=today).set_index("external_id")
    assert set(scores["source"]) == set(LISTS), "an item stays an item of the source that found it"
    for rows in measured.values():
        again = scores.loc[rows["external_id"]]
        assert (again["score_class"] == "measured").all()
        assert (again["views"].astype(int).to_numpy() == rows["views"].astype(int).to_numpy()).all()
        assert again["source_percentile"].between(0, 1, inclusive="neither").all()

    # and the same day again pays nothing and changes nothing
    hashes = "SELECT table_address, observed_date, content_hash FROM ops.partition_writes ORDER BY 1, 2"
    before = warehouse.query(hashes).values.tolist()
    run(today, *PANEL, *COUNTED, *SCORED)
    assert [row for row in warehouse.query(hashes).values.tolist() if row not in before] == []
    with warehouse.connect() as connection:
        assert connection.execute(spent).fetchone() == (cost, calls)


@pytest.mark.slow
def test_a_day_without_anything_to_measure_again_asks_nothing(world, warehouse, today):
    run(today, *PANEL)
    assert warehouse.read("velocity.panel", day=today).empty
    assert all(warehouse.read(f"source.{name}", day=today).empty for name in PANELS)
    assert warehouse.query("SELECT count(*) AS calls FROM ops.ledger")["calls"].tolist() == [0]
