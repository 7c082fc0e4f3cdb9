"""Baselines without the item itself, rings rolled day by day, curves learned forward in time."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.domain.velocity import baselines, curves
from trend_assets.domain.velocity.changes import measure_changes
from trend_assets_tests.unit.velocity_series import DAY, END, series, snapshot

DAY_ONE = date(2026, 3, 8)
EMPTY_RINGS = pd.DataFrame({name: pd.Series(dtype=object) for name in ("platform", "scope", "key", "entries")})


def entries(values: list[float], *, key: str = "ann", at: datetime = datetime(2026, 3, 8, tzinfo=UTC), first: int = 0):
    return pd.DataFrame(
        {
            "platform": "tiktok", "scope": "creator", "key": key,
            "external_id": [f"{first + number:03}" for number in range(len(values))], "value": values,
            "engagements": [value / 10 for value in values], "age_bin": 12, "measured_at": pd.Timestamp(at), "group": 0,
        }
    )  # fmt: skip


@settings(max_examples=80)
@given(st.lists(st.one_of(st.floats(0, 1e12), st.just(float("nan"))), min_size=1, max_size=14))
def test_statistics_of_the_others_are_those_of_the_list_without_the_item(values):
    stats = baselines.without_itself(entries(values))
    for index in range(len(values)):
        rest = np.array([value for other, value in enumerate(values) if other != index and np.isfinite(value)])
        row = stats.iloc[index]
        assert row["others"] == len(rest)
        if not len(rest):
            assert np.isnan(row["median_others"])
            continue
        assert row["mean_others"] == pytest.approx(rest.mean(), rel=1e-6, abs=1e-2)
        assert row["median_others"] == pytest.approx(np.median(rest), rel=1e-9)
        spread = (np.quantile(rest, 0.75) - np.quantile(rest, 0.25)) / 1.349
        assert row["spread_others"] == pytest.approx(spread, rel=1e-6, abs=1e-3)


def test_one_post_per_creator_has_no_baseline():
    row = baselines.without_itself(entries([500.0])).iloc[0]
    assert row["others"] == 0
    assert np.isnan(row["mean_others"])
    assert np.isnan(row["median_others"])


def test_todays_measurement_replaces_the_items_own_history():
    stored = baselines.roll(baselines.pool(entries([10.0, 20.0]), EMPTY_RINGS), day=DAY_ONE)
    pooled = baselines.pool(entries([99.0], at=datetime(2026, 3, 9, tzinfo=UTC)), stored)
    assert pooled.set_index("external_id")["value"].to_dict() == {"000": 99.0, "001": 20.0}


def test_a_ring_gives_back_what_it_was_made_of_and_the_unknown_as_unknown():
    made = entries([10.0, 20.0, 60.0]).assign(engagements=[1.0, np.nan, 6.0])
    ring = baselines.roll(made, day=DAY_ONE)
    second = int(pd.Timestamp(DAY_ONE).timestamp())
    assert ring.drop(columns="learned_until").to_dict("records") == [
        {"platform": "tiktok", "scope": "creator", "key": "ann", "items": 3, "mean_value": 30.0, "median_value": 20.0,
         "mean_engagements": 3.5,
         "entries": {"000": [10.0, 1.0, 12, second], "001": [20.0, None, 12, second], "002": [60.0, 6.0, 12, second]}}
    ]  # fmt: skip
    pd.testing.assert_frame_equal(
        baselines.entries_of(ring), made.drop(columns="group"), check_like=True, check_dtype=False
    )


def test_a_ring_keeps_the_newest_items_and_its_size_does_not_grow_with_history():
    ring = EMPTY_RINGS
    for number in range(50):
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        ring = baselines.roll(baselines.pool(entries([float(number)], at=day, first=number), ring), day=day.date())
    assert ring["items"].tolist() == [baselines.RING_ITEMS]
    assert set(ring["entries"].iloc[0]) == {f"{number:03}" for number in range(20, 50)}


def test_a_creator_with_thin_history_is_judged_by_what_followers_predict():
    book = pd.DataFrame(
        [
            {"platform": "tiktok", "curve": "views_by_followers", "bin": curves.bins_of([n])[0], "middle": middle,
             "spread": 1.0, "weight": 99.0}
            for n, middle in ((1_000, np.log(100)), (1_000_000, np.log(100_000)))
        ]
    )  # fmt: skip
    both = pd.concat([entries([5000.0], key="small"), entries([5000.0], key="big")], ignore_index=True)
    z = baselines.age_adjusted(both, book, followers=[1_000.0, 1_000_000.0])["z"]
    assert z[0] > 2
    assert z[1] < -2


def test_history_outweighs_the_prior_as_it_grows():
    rich = entries([100.0] * 25 + [1000.0])
    z = baselines.age_adjusted(rich, curves.empty(), followers=None)["z"]
    assert z.iloc[-1] > z.iloc[0]
    assert np.isfinite(z).all()


def learned(frame: pd.DataFrame, stored: pd.DataFrame, day: date = DAY_ONE) -> pd.DataFrame:
    return curves.learn(measure_changes(frame, day_start=DAY, until=END), stored, day=day)


def growing(factor: float, *, count: int = 12) -> pd.DataFrame:
    rows = []
    for number in range(count):
        before = 10_001 + number
        rows += [snapshot(f"{number:02}", 0, int(before * factor)), snapshot(f"{number:02}", 24, before)]
    return series(*rows)


def test_the_first_step_of_items_is_learned_and_read_back_at_the_age_of_the_first_capture():
    book = learned(growing(1.5), curves.empty())
    usual = curves.read(book, "first_step", ["tiktok"], curves.age_places([36.0], [0.0]))
    assert np.exp(usual[0]) == pytest.approx((0.5 / 1.5) / 24, rel=0.01)


def test_a_platform_without_history_has_no_curve_and_no_crash():
    assert np.isnan(curves.read(curves.empty(), "carry", ["x"], [3.0])[0])


def test_a_day_blends_its_medians_into_the_stored_ones_by_weight():
    first = learned(growing(1.5), curves.empty())
    second = learned(growing(3.0), first, DAY_ONE + timedelta(days=7))
    row = second[second["curve"] == "log_views"].iloc[0]
    old = first[first["curve"] == "log_views"].iloc[0]
    fresh = np.log1p(np.median(growing(3.0)["views"].iloc[::2]))
    assert row["weight"] == pytest.approx(12 * 0.5 + 12)
    assert row["middle"] == pytest.approx((6 * old["middle"] + 12 * fresh) / 18, rel=1e-3)


def test_learning_a_day_again_from_the_same_past_gives_the_same_curves():
    first = learned(growing(1.5), curves.empty())
    pd.testing.assert_frame_equal(learned(growing(1.5), first.iloc[:0]), first)
    twice = learned(growing(1.5), first)
    pd.testing.assert_frame_equal(twice[["middle", "weight"]], first[["middle", "weight"]])


def test_what_was_learned_more_than_a_month_ago_is_forgotten():
    old = learned(growing(1.5), curves.empty(), DAY_ONE - timedelta(days=31))
    assert learned(growing(1.5), old)["weight"].max() == 12


@given(st.lists(st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.none()), min_size=1, max_size=20))
def test_every_age_has_a_bin(ages):
    values = np.array([np.nan if age is None else age for age in ages], dtype=float)
    bins = curves.age_bins(values, np.zeros(len(values)))
    assert ((bins >= 0) & (bins <= curves.UNKNOWN_AGE_OFFSET + curves.TOP_BIN)).all()
