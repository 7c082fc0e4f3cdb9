"""The scoreboard: what counts as right, how rankings are graded, and that nothing later than the ranking is used."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.lead import PLACES, lead
from benchmarks.replay import replay
from trend_assets.domain.chance.outcomes import count_at_horizon, lots, rose
from trend_assets.domain.scoreboard.contestants import OURS, PLAIN, contestants, feed_order, with_parts
from trend_assets.domain.scoreboard.daily import BOARD_COLUMNS, grade_days
from trend_assets.domain.scoreboard.grading import grade, grade_moment, interval_by_day, spearman, summarise
from trend_assets.domain.scoreboard.outcomes import right
from trend_assets.tables.velocity import COMPETING
from trend_assets_tests.unit.velocity_series import DAY, NOON, series, snapshot

NO_LOTS = np.empty(0, np.uint64)
"""Of labels that compare nobody with a neighbour."""


def graded(score, hits):
    hits = np.array(hits, bool)
    return grade(np.array(score, float), hits, hits.astype(float), np.arange(len(hits), dtype=np.uint64))


def test_a_perfect_ranking_of_twenty_items_with_two_right_ones():
    figures = graded(range(20, 0, -1), [1, 1] + [0] * 18)
    assert figures["precision_at_10"] == 0.2
    assert figures["r_precision"] == figures["average_precision"] == 1.0
    assert figures["lift"] == pytest.approx(2.0)


def test_average_precision_by_hand():
    figures = graded([5, 4, 3, 2, 1], [1, 0, 1, 0, 0])
    assert figures["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert figures["r_precision"] == 0.5


def test_unknown_scores_rank_last_and_a_ranking_without_right_ones_has_no_figures():
    assert graded([np.nan, 1, 2], [1, 0, 0])["average_precision"] == pytest.approx(1 / 3)
    assert all(np.isnan(value) for value in graded([1, 2], [0, 0]).values())


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.booleans()), min_size=2, max_size=50))
def test_figures_are_shares_or_unknown(pairs):
    figures = graded([score for score, _ in pairs], [hit for _, hit in pairs])
    for name, value in figures.items():
        assert np.isnan(value) or (-1 if name == "spearman" else 0) <= value <= (len(pairs) if name == "lift" else 1)


def test_spearman_is_one_for_the_same_order_and_unknown_for_a_constant():
    assert spearman(np.array([1.0, 2.0, 9.0]), np.array([10.0, 11.0, 12.0])) == pytest.approx(1.0)
    assert np.isnan(spearman(np.ones(3), np.arange(3.0)))
    halves = np.array([1.0, 1.0, 2.0, 2.0])  # ranks 1.5 and 3.5: a spread of one
    assert spearman(halves, halves) == pytest.approx(1.0)


def test_an_item_left_its_creators_range_when_it_is_above_the_upper_end_and_was_not_when_ranked():
    about = {"median_others": 100.0, "spread_others": 0.0, "others": [3, 3, 3, 3, 2], "views": [100, 200, 201, 5, 5]}
    ahead = np.array([200.0, 201.0, 999.0, np.nan, 999.0])
    is_right, outcome = right("left_range", pd.DataFrame(about), ahead, NO_LOTS)
    assert is_right.tolist() == [False, True, False, False, False]
    np.testing.assert_allclose(outcome, [1.0, 201 / 200, np.nan, np.nan, np.nan])


def test_a_tenth_is_rounded_up():
    assert rose(np.arange(82.0)).sum() == 9
    assert rose(np.arange(5.0)).sum() == 1
    assert rose(np.array([np.nan, 1.0, 2.0])).tolist() == [False, False, True]


@pytest.mark.parametrize("label", ["rose", "rose_in_decile"])
def test_rose_compares_growth_among_items_of_the_same_age(label):
    ages = np.repeat([5.0, 500.0], 40)
    views = np.full(80, 1000.0)
    growth = np.r_[np.linspace(1.0, 2.0, 40), np.linspace(0.01, 0.02, 39), 0.5]
    rows = pd.DataFrame({"views": views, "age_hours": ages, "tenure_hours": 0.0, "platform": "tiktok"})
    rows["external_id"] = rows.index
    is_right, _ = right(label, rows, views * (1 + growth), lots(rows))
    assert is_right[-1]
    assert not is_right[0]
    assert is_right.sum() == 8


def test_leaving_the_range_is_graded_only_for_items_that_were_inside_it():
    rows = pd.DataFrame(
        {"views": [100.0, 9000.0, 100.0], "median_others": 1000.0, "spread_others": 100.0, "others": [5.0, 5.0, 2.0],
         "age_hours": 1.0, "tenure_hours": 0.0}
    )  # fmt: skip
    is_right, outcome = right("left_range", rows, np.array([5000.0, 20_000.0, 5000.0]), NO_LOTS)
    assert is_right.tolist() == [True, False, False]
    assert np.isnan(outcome[1:]).all()


def test_the_plain_scores_are_worked_out_from_the_parts_of_a_row():
    unknown = dict.fromkeys(("source_percentile", "chance", *(column.name for column in COMPETING)), np.nan)
    rows = pd.DataFrame(
        [
            {"views": 90.0, "age_hours": 3.0, "mean_others": 30.0, "median_others": 20.0, "spread_others": 7.0,
             "others": 1.0, "engagement_velocity": 4.0, "delta_views": 8.0},
            {"views": 9.0, "age_hours": 0.01, "mean_others": 0.5, "median_others": 1.0, "spread_others": 0.0,
             "others": 2.0, "engagement_velocity": 0.0, "delta_views": -1.0},
            {"views": 9.0, "age_hours": None, "mean_others": 3.0, "median_others": 1.0, "spread_others": 2.0,
             "others": 0.0, "engagement_velocity": None, "delta_views": None},
        ]
    )  # fmt: skip
    found = contestants(rows.assign(**unknown | dict(rows.items())))
    expected = {
        "views": [90, 9, 9], "views_per_hour": [30, 90, np.nan],  # 90/3, 9/0.1
        "engagement_velocity": [4, 0, np.nan], "growth_since_capture": [8, -1, np.nan],
        "mean_ratio": [3, 9, np.nan],  # 90/30, 9 over at least a view, nobody to compare with
        "mad_z": [10, np.nan, np.nan],  # (90-20)/7, no spread
    }  # fmt: skip
    for name, values in expected.items():
        assert found[name].tolist() == pytest.approx(values, nan_ok=True), name


def steady_world(days: int = 8, items: int = 30) -> pd.DataFrame:
    """Items that each grow by a share of their own per day; higher numbers grow faster."""
    rows = []
    for day in range(days):
        for number in range(items):
            views = 1_000_003 * (1 + 0.002 * number) ** day + number
            rows.append(snapshot(f"{number:02}", -24 * day, round(views), creator_id=f"c{number % 4}"))
    return series(*rows)


def test_on_steady_growth_rising_finds_the_true_risers_and_engagement_velocity_does_not():
    snapshots = steady_world()
    rows = with_parts(pd.concat(replay(snapshots), ignore_index=True))
    rows = rows[rows["moment"] == DAY + timedelta(days=3)]
    ahead = count_at_horizon(rows, snapshots, horizon_hours=72)
    board = grade_moment(rows, ahead, contestants(rows), labels=("rose",)).query("items == 'seen'").set_index("score")
    assert board.loc["rising", "r_precision"] == 1.0
    assert board.loc["rising", "spearman"] > 0.95
    assert board.loc["engagement_velocity", "average_precision"] < 0.5
    assert set(board.index) == {*OURS, *PLAIN}


def test_a_replayed_ranking_does_not_change_when_the_future_does():
    snapshots = steady_world(days=5)
    changed = snapshots.copy()
    future = changed["measured_at"] > NOON + timedelta(days=3)
    changed.loc[future, "views"] = changed.loc[future, "views"] * 50
    for known, same in zip(list(replay(snapshots))[:4], list(replay(changed))[:4], strict=True):
        pd.testing.assert_frame_equal(known, same)


def test_days_are_graded_with_what_had_happened_by_the_day_of_grading():
    snapshots = steady_world()
    scores = {frame["moment"].iloc[0].date(): frame for frame in replay(snapshots)}
    graded_on = (DAY + timedelta(days=6)).date()
    ranked = {graded_on - timedelta(days=days): scores[graded_on - timedelta(days=days)] for days in (1, 3)}
    board = grade_days(ranked, snapshots, graded_on=graded_on)
    assert list(board.columns) == BOARD_COLUMNS
    assert set(board["horizon_hours"]) == {24, 72}
    assert (board["survivors_share"] == 1).all()
    later = grade_days(ranked, snapshots[snapshots["measured_at"] <= NOON + timedelta(days=6)], graded_on=graded_on)
    pd.testing.assert_frame_equal(board, later)
    assert summarise(board)["moments"].min() == 1


def test_without_any_ranking_the_board_is_empty():
    assert grade_days({}, steady_world(days=2), graded_on=DAY.date()).empty


def ranking(count: int = 40, *, left: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Items of one age that grow by their number; the last `left` of them are not measured again."""
    rows = pd.DataFrame(
        {
            "platform": "tiktok", "external_id": [f"{n:03}" for n in range(count)], "views": 1000.0,
            "delta_views": 1.0, "age_hours": 5.0, "tenure_hours": 0.0, "median_others": np.nan,
            "spread_others": np.nan, "others": 0.0,
        }
    )  # fmt: skip
    ahead = 1000.0 + np.arange(count)
    ahead[count - left :] = np.nan
    return rows, ahead


def test_those_that_left_count_as_not_rising_in_a_line_of_their_own():
    rows, ahead = ranking(left=10)
    board = grade_moment(rows, ahead, {"best": np.arange(40.0)}, labels=("rose",)).set_index("items")
    assert board.loc["all", ["survivors", "positives", "r_precision"]].tolist() == [30, 3, 1.0]
    # the ten that the score puts first have left: it finds nobody
    assert board.loc["with_leavers", ["survivors", "positives", "r_precision"]].tolist() == [40, 3, 0.0]
    assert (board["survivors_share"] == 0.75).all()


@pytest.mark.parametrize("dtype", ["object", "Float64"])
def test_grades_do_not_depend_on_the_dtype_of_the_ranking(dtype):
    rows, ahead = ranking(left=5)
    rows = rows.assign(median_others=800.0, spread_others=100.0, others=5.0)
    rows.loc[3, ["views", "delta_views", "age_hours", "spread_others"]] = np.nan
    numbers = [name for name in rows if name not in ("platform", "external_id")]
    other = rows.assign(**{name: rows[name].astype(dtype).where(rows[name].notna(), None) for name in numbers})
    graded_both = [grade_moment(frame, ahead, {"best": np.arange(40.0)}) for frame in (rows, other)]
    pd.testing.assert_frame_equal(*graded_both)
    assert set(graded_both[0]["label"]) >= {"rose", "rose_in_decile", "most_new_views", "left_range"}


def test_an_interval_draws_whole_days_again_and_is_unknown_for_one_day():
    values, days = np.repeat([0.2, 0.4, 0.6], 8), np.repeat(["a", "b", "c"], 8)
    low, high = interval_by_day(values, days)
    assert low == pytest.approx(0.2) and high == pytest.approx(0.6)
    assert interval_by_day(values, days) == (low, high), "the same on every run"
    assert np.isnan(interval_by_day(values, ["a"] * 24)).all()


def test_the_feeds_order_inside_a_source_is_by_chance_then_by_place():
    place = np.array([0.9, 0.5, 0.7, 0.1])
    assert feed_order(np.array([0.2, 0.6, 0.2, 0.1]), place).argsort().tolist() == [3, 2, 0, 1]
    # before any chance is known it is the place
    assert feed_order(np.full(4, np.nan), place).argsort().tolist() == place.argsort().tolist()


def test_lead_is_what_was_still_to_come_when_an_item_was_first_listed():
    def moment(number: int, *, views: float, score: float) -> pd.DataFrame:
        at = pd.Timestamp(NOON) + pd.Timedelta(days=number)
        others = pd.DataFrame({"external_id": [f"other{n}" for n in range(PLACES)], "views": 500.0, "score": 1.0})
        mine = pd.DataFrame({"external_id": ["mine"], "views": [views], "score": [score]})
        return pd.concat([mine, others]).assign(platform="tiktok", moment=at, measured_at=at)

    rows = pd.concat(
        [moment(0, views=100, score=0), moment(1, views=200, score=2), moment(2, views=400, score=3),
         moment(3, views=800, score=0)], ignore_index=True,
    )  # fmt: skip
    mine = (rows["external_id"] == "mine").to_numpy()
    found = lead(rows, score=rows["score"].to_numpy(), ahead=np.where(mine, 800.0, 500.0), has_risen=mine)
    assert (found.listed, found.rose) == (PLACES + 1, 1)
    assert found.still_to_come == 0.75, "listed at 200 of the 800 that it came to"
    assert (found.hours, found.led) == (48.0, 1)
