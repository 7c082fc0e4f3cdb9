"""Percentiles among peers of the same age, and the scores that rank."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity import ranking
from trend_assets.domain.velocity.changes import measure_changes
from trend_assets.domain.velocity.peers import percentile_within, same_age_percentile, widening_percentile
from trend_assets_tests.unit.velocity_series import DAY, END, series, snapshot

numbers = st.lists(st.one_of(st.floats(-1e12, 1e12), st.just(float("nan"))), min_size=1, max_size=60)


def test_a_percentile_is_the_middle_of_the_rank_and_ties_share_it():
    assert percentile_within([10, 30, 20, 30], [0, 0, 0, 0]).tolist() == [0.125, 0.75, 0.375, 0.75]


def test_groups_do_not_see_each_other_and_unknown_values_are_nobodys_peer():
    result = percentile_within([1, 2, np.nan, 9], [0, 0, 0, 1])
    assert result[:2].tolist() == [0.25, 0.75]
    assert np.isnan(result[2])
    assert result[3] == 0.5


def test_a_single_item_stands_in_the_middle():
    assert same_age_percentile([7.0], [1.0], [0])[0] == 0.5


def test_all_equal_values_all_stand_in_the_middle():
    assert same_age_percentile(np.full(40, 3.0), np.arange(40.0), np.zeros(40)).tolist() == [0.5] * 40


def test_a_value_that_is_usual_for_the_young_stands_out_among_the_old():
    ages = np.repeat([1.0, 100.0], 40)
    growth = np.r_[np.linspace(0.5, 1.0, 40), np.linspace(0.0, 0.1, 39), 0.6]
    place = same_age_percentile(growth, ages, np.zeros(80))
    assert place[-1] > 0.95
    assert place[8] < 0.4


@given(numbers, st.randoms(use_true_random=False))
def test_percentiles_lie_between_zero_and_one_and_do_not_depend_on_the_order_of_rows(values, random):
    ages = [index % 7 for index in range(len(values))]
    order = list(range(len(values)))
    random.shuffle(order)
    place = same_age_percentile(values, ages, np.zeros(len(values)))
    shuffled = same_age_percentile([values[i] for i in order], [ages[i] for i in order], np.zeros(len(values)))
    np.testing.assert_allclose(shuffled, place[order])
    known = np.isfinite(values)
    assert np.isnan(place[~known]).all()
    assert ((place[known] > 0) & (place[known] < 1)).all()


@given(numbers, st.integers(0, 59), st.floats(0, 1e6))
def test_a_higher_value_never_stands_lower(values, index, more):
    ages = [i % 5 for i in range(len(values))]
    position = index % len(values)
    raised = [value + more if i == position else value for i, value in enumerate(values)]
    before = same_age_percentile(values, ages, np.zeros(len(values)))[position]
    after = same_age_percentile(raised, ages, np.zeros(len(values)))[position]
    assert np.isnan(before) or after >= before - 1e-12


@given(st.lists(st.tuples(*[st.sampled_from(["", "a", "b", None, *map(str, range(9))])] * 3), min_size=1, max_size=40))
def test_two_rows_have_one_code_where_all_their_columns_agree(rows):
    names = ("source", "list_name", "platform")
    items = pd.DataFrame(rows, columns=names, dtype=object)
    for more in ((), (np.arange(len(rows)) % 2 == 0,)):
        codes = ranking._codes(*(items[name] for name in names), *more)
        told = list(zip(rows, *more, strict=True))
        assert len(set(codes.tolist())) == len(set(told)) == len(set(zip(codes.tolist(), told, strict=True)))


def test_a_small_list_is_ranked_in_the_wider_group():
    small, wide = [0] * 3 + [1] * 20, [0] * 23
    result = widening_percentile(np.arange(23.0), np.zeros(23), [small, wide])
    assert result.peers[:3].tolist() == [23] * 3
    assert result.level.tolist() == [1] * 3 + [0] * 20
    assert result.peers[3:].tolist() == [20] * 20


def test_when_even_the_widest_group_is_small_it_is_used_as_it_is():
    result = widening_percentile([1.0, 2.0], [0.0, 0.0], [[0, 1], [0, 0]])
    assert result.percentile.tolist() == [0.25, 0.75]
    assert result.peers.tolist() == [2, 2]


def scored(frame: pd.DataFrame, *, others: float = 5, median: float = 1000.0) -> ranking.RankScores:
    changes = measure_changes(frame, day_start=DAY, until=END).assign(source="tiktok_trending", list_name="US")
    count = len(changes)
    return ranking.rank_scores(
        changes, curve_book.empty(), median_others=np.full(count, median), others=np.full(count, others)
    )


def test_rising_prefers_relative_growth_over_size():
    rows = []
    for number in range(30):
        views = 10_000_001 if number == 0 else 5_001 + 13 * number
        rows += [snapshot(f"{number:02}", 0, views), snapshot(f"{number:02}", 24, views - 250)]
    rows[3]["views"] = rows[2]["views"] / 3
    scores = scored(series(*rows))
    assert int(np.argmax(scores.rising)) == 1
    assert int(np.argmin(scores.rising)) == 0


def test_an_item_measured_once_has_no_rising_score_but_is_slotted_in_once_the_usual_growth_is_known():
    rows = [snapshot("new", 0, 5001)]
    for number in range(20):
        rows += [snapshot(f"{number:02}", 0, 9001 + number), snapshot(f"{number:02}", 24, 9001)]
    changes = measure_changes(series(*rows), day_start=DAY, until=END).assign(source="s", list_name="l")
    empty = np.full(len(changes), np.nan)
    curves = pd.DataFrame(
        [{"platform": "tiktok", "curve": "first_step", "bin": 11, "middle": np.log(0.05), "spread": 1.0, "weight": 9.0}]
    )
    scores = ranking.rank_scores(changes, curves, median_others=empty, others=empty)
    new = changes.index[changes["external_id"] == "new"][0]
    assert np.isnan(scores.rising[new])
    assert scores.rising_expected[new] == np.nanmax(scores.rising_expected)
    assert scores.forecast_views_per_hour[new] == pytest.approx(5001 * 0.05)


def test_a_leap_needs_three_other_items():
    frame = series(snapshot("a", 0, 6001))
    assert np.isnan(scored(frame, others=2).leap[0])
    assert scored(frame, others=3).leap[0] == pytest.approx(6001 / 60 / 1000)


def test_the_range_compares_what_is_expected_in_three_days_with_the_creators_range():
    ratio = ranking.range_ratio(views=[1000.0], forecast_views_per_hour=[100.0], upper_range=[4100.0])[0]
    assert ratio == pytest.approx(2.0)
    assert np.isnan(ranking.range_ratio(views=[1.0], forecast_views_per_hour=[1.0], upper_range=[np.nan])[0])


def test_places_inside_a_source_are_never_unknown_and_rank_what_has_no_score_last():
    place = ranking.source_percentiles(
        source=pd.Series(["a"] * 4 + ["b"]), primary=[np.nan, 2.0, 1.0, np.nan, np.nan],
        secondary=[9.0, 1.0, 1.0, np.nan, np.nan],
    )  # fmt: skip
    assert place.tolist() == [0.375, 0.875, 0.625, 0.125, 0.5]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 10**13), st.booleans()), min_size=1, max_size=25))
def test_all_scores_are_finite_or_unknown(pairs):
    rows = []
    for number, (now, before, has_age) in enumerate(pairs):
        posted = DAY if has_age else None
        rows += [snapshot(str(number), 0, now, posted_at=posted), snapshot(str(number), 24, before, posted_at=posted)]
    scores = scored(series(*rows))
    for name in (
        "rising",
        "rising_expected",
        "rate_over_lifetime_place",
        "growth_over_usual",
        "leap",
        "forecast_views_per_hour",
    ):
        assert not np.isinf(getattr(scores, name)).any()
