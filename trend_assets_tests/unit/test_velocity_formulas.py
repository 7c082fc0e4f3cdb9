"""Engagement velocity, measured velocity and acceleration, whatever the counts and times are."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.velocity.formulas import (
    acceleration,
    counts,
    engagement_velocity,
    instants,
    measured_velocity,
)

NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
anything = st.one_of(
    st.none(), st.integers(-(10**22), 10**22), st.floats(allow_nan=True, allow_infinity=True), st.text(max_size=5)
)
any_time = st.one_of(
    st.none(), st.just(""), st.just("yesterday"), st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(str)
)


def t5(*, likes=0, comments=0, shares=0, posted_at: object = "2026-03-08T02:00:00Z", measured_at: object = NOW):
    return engagement_velocity(
        likes=[likes], comments=[comments], shares=[shares], posted_at=[posted_at], measured_at=[measured_at]
    )


def test_engagements_are_divided_by_the_hours_since_posting():
    assert t5(likes=100, comments=20, shares=3).per_hour[0] == 12.3


def test_two_decimals_are_kept():
    assert t5(likes=1, posted_at="2026-03-08T09:00:00Z").per_hour[0] == 0.33


@pytest.mark.parametrize(
    "posted_at", ["2026-03-08T02:00:00Z", "2026-03-08T02:00:00+00:00", "2026-03-08T04:00:00+02:00"]
)
def test_a_posting_time_may_end_in_z_or_in_an_offset(posted_at):
    assert t5(likes=10, posted_at=posted_at).per_hour[0] == 1.0


def test_a_post_younger_than_six_minutes_counts_as_six_minutes_old():
    assert t5(likes=5, posted_at=NOW - timedelta(minutes=1)).per_hour[0] == 50.0


def test_a_posting_time_in_the_future_counts_as_six_minutes_ago():
    assert t5(likes=5, posted_at=NOW + timedelta(days=400)).per_hour[0] == 50.0


def test_missing_counts_count_as_zero():
    result = t5(likes=None, comments=10, shares=float("nan"))
    assert result.per_hour[0] == 1.0
    assert not result.is_clamped[0]


def test_a_missing_posting_time_gives_zero_and_says_so():
    result = t5(likes=5, posted_at=None)
    assert result.per_hour[0] == 0.0
    assert not result.has_posted_at[0]


def test_a_negative_count_is_clamped_to_zero_and_reported():
    result = t5(likes=-7, comments=10)
    assert result.per_hour[0] == 1.0
    assert result.is_clamped[0]


@given(likes=anything, comments=anything, shares=anything, posted_at=any_time, measured_at=any_time)
def test_engagement_velocity_is_finite_and_not_negative_whatever_comes(likes, comments, shares, posted_at, measured_at):
    value = t5(likes=likes, comments=comments, shares=shares, posted_at=posted_at, measured_at=measured_at).per_hour[0]
    assert np.isfinite(value)
    assert value >= 0


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**6))
def test_more_engagements_never_lower_the_velocity_and_more_age_never_raises_it(likes, more, minutes):
    posted = NOW - timedelta(minutes=minutes)
    younger, older = t5(likes=likes, posted_at=posted), t5(likes=likes, posted_at=posted - timedelta(hours=1))
    assert t5(likes=likes + more, posted_at=posted).per_hour[0] >= younger.per_hour[0] >= older.per_hour[0]


def test_measured_velocity_is_the_difference_of_counts_over_the_hours_between():
    assert measured_velocity(count=[500], previous_count=[200], hours=[6.0])[0] == 50.0


@pytest.mark.parametrize("hours", [0.0, -1.0, float("nan")])
def test_without_time_between_two_captures_there_is_no_measured_velocity(hours):
    assert np.isnan(measured_velocity(count=[500], previous_count=[200], hours=[hours])[0])


def test_a_count_that_fell_gives_a_negative_velocity():
    assert measured_velocity(count=[100], previous_count=[200], hours=[10])[0] == -10.0


def test_acceleration_is_the_change_of_velocity_over_the_distance_of_the_middles():
    assert acceleration(velocity=[30.0], earlier_velocity=[10.0], hours=[4.0], earlier_hours=[6.0])[0] == 4.0


def test_acceleration_of_a_steady_rate_is_zero_and_of_two_captures_unknown():
    assert acceleration(velocity=[5.0], earlier_velocity=[5.0], hours=[1.0], earlier_hours=[9.0])[0] == 0.0
    assert np.isnan(acceleration(velocity=[5.0], earlier_velocity=[np.nan], hours=[1.0], earlier_hours=[np.nan])[0])


@given(st.lists(anything, max_size=8))
def test_counts_are_finite_numbers_or_unknown(values):
    numbers = counts(values)
    assert len(numbers) == len(values)
    assert not np.isinf(numbers).any()


def test_instants_reads_timestamps_texts_and_nothing():
    read = instants(pd.Series([pd.Timestamp(NOW), "2026-03-08T12:00:00Z", None, "soon"], dtype=object))
    assert read[0] == read[1] == pd.Timestamp(NOW)
    assert read[2:].isna().all()
