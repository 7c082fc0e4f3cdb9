"""Which captures of a post are compared, and what odd series give."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.domain.velocity.changes import CHANGE_COLUMNS, measure_changes, unchanged_shares
from trend_assets_tests.unit.velocity_series import DAY, END, NOON, series, snapshot

NUMBERS = [
    "age_hours", "tenure_hours", "views", "delta_views", "hours_between", "measured_views_per_hour", "views_per_hour",
    "relative_growth_per_hour", "acceleration", "engagement_velocity", "growth_since_previous_day",
]  # fmt: skip


def changes_of(*rows: dict[str, object]) -> pd.DataFrame:
    return measure_changes(series(*rows), day_start=DAY, until=END)


def test_the_velocity_is_measured_between_the_two_newest_captures_over_true_hours():
    row = changes_of(snapshot("a", 0, 1700), snapshot("a", 31, 1000), snapshot("a", 60, 900)).iloc[0]
    assert row["delta_views"] == 700
    assert row["hours_between"] == 31
    assert row["measured_views_per_hour"] == row["views_per_hour"] == 700 / 31
    assert row["previous_measured_at"] == NOON - timedelta(hours=31)


def test_acceleration_needs_three_captures():
    row = changes_of(snapshot("a", 0, 1001), snapshot("a", 10, 801), snapshot("a", 20, 701)).iloc[0]
    assert row["acceleration"] == (20 - 10) / 10
    assert np.isnan(changes_of(snapshot("a", 0, 1001), snapshot("a", 10, 801)).iloc[0]["acceleration"])


def test_a_capture_at_least_twelve_hours_older_is_preferred_and_the_oldest_stands_in_for_it():
    near, far = snapshot("a", 1, 1690), snapshot("a", 13, 1400)
    assert changes_of(snapshot("a", 0, 1700), near, far, snapshot("a", 30, 900)).iloc[0]["hours_between"] == 13
    assert changes_of(snapshot("a", 0, 1700), near, snapshot("a", 9, 1500)).iloc[0]["hours_between"] == 9


def test_a_count_that_does_not_move_within_six_hours_may_be_the_providers_cache_and_is_no_growth():
    row = changes_of(snapshot("a", 0, 1701), snapshot("a", 0.55, 1701)).iloc[0]
    assert np.isnan(row["delta_views"])
    assert "cache" in row["reason"] and "Measured once" not in row["reason"]
    older = changes_of(snapshot("a", 0, 1701), snapshot("a", 0.55, 1701), snapshot("a", 5, 1601)).iloc[0]
    assert (older["delta_views"], older["hours_between"]) == (100, 5)
    still = changes_of(snapshot("a", 0, 1701), snapshot("a", 7, 1701)).iloc[0]
    assert still["delta_views"] == 0
    nothing = changes_of(snapshot("a", 0, 0), snapshot("a", 1, 0)).iloc[0]
    assert nothing["delta_views"] == 0


def test_the_share_of_counts_that_did_not_move_is_told_per_source():
    rows = [snapshot(f"a{n}", 0, 1000 + (n == 0)) for n in range(4)] + [snapshot(f"a{n}", 0.5, 1000) for n in range(4)]
    told = unchanged_shares(series(*rows), day_start=DAY, until=END).iloc[0]
    assert (told["pairs"], told["share"]) == (4, 0.75)
    far = [snapshot("b", 0, 1000), snapshot("b", 24, 1000)]
    assert unchanged_shares(series(*far), day_start=DAY, until=END).empty


def test_a_capture_of_more_than_eight_days_before_is_not_compared():
    row = changes_of(snapshot("a", 0, 1001), snapshot("a", 8 * 24 + 1, 11)).iloc[0]
    assert np.isnan(row["delta_views"])
    assert "Measured once" in row["reason"]


def test_a_capture_of_exactly_eight_days_before_is_still_compared():
    row = changes_of(snapshot("a", 12, 1001), snapshot("a", 12 + 8 * 24, 11)).iloc[0]
    assert (row["delta_views"], row["hours_between"]) == (990, 192)


def test_a_missed_day_is_bridged_with_the_true_hours():
    assert changes_of(snapshot("a", 0, 1001), snapshot("a", 72, 281)).iloc[0]["measured_views_per_hour"] == 10.0


def test_two_sources_minutes_apart_are_not_a_velocity():
    row = changes_of(
        snapshot("a", 0, 1003), snapshot("a", 0.1, 1001, source="comet_videos"), snapshot("a", 24, 763)
    ).iloc[0]
    assert row["hours_between"] == 24


def test_a_post_measured_once_has_the_mean_rate_since_posting_and_says_that_it_is_no_growth():
    row = changes_of(snapshot("a", 0, 6001)).iloc[0]
    assert np.isnan(row["measured_views_per_hour"])
    assert row["views_per_hour"] == 6001 / 60
    assert "no growth yet" in row["reason"]


def test_a_count_that_fell_is_kept_as_measured_with_a_reason():
    row = changes_of(snapshot("a", 0, 901), snapshot("a", 10, 1001)).iloc[0]
    assert row["delta_views"] == -100
    assert row["measured_views_per_hour"] == -10
    assert "fell" in row["reason"]


@pytest.mark.parametrize(
    ("counts", "delta", "hours"),
    [
        # (hours before, count): what the newest is compared with, on either side of each limit
        ([(0.5, 1_601)], 100, 0.5), ([(0.49, 1_601)], np.nan, np.nan),
        ([(6, 1_701)], 0, 6), ([(5.9, 1_701)], np.nan, np.nan), ([(5.9, 1_701), (7, 1_701)], 0, 7),
        ([(12, 1_401), (30, 901)], 300, 12), ([(11.9, 1_401), (30, 901)], 800, 30),
        ([(192, 901)], 800, 192), ([(192.1, 901)], np.nan, np.nan),
        ([(1, 0)], 1_701, 1), ([(1, 1)], 1_700, 1), ([(1, 1_701), (2, 0)], 1_701, 2), ([(1, 0), (2, 1)], 1_700, 2),
    ],
)  # fmt: skip
def test_a_capture_is_compared_with_at_its_limits_and_not_beyond(counts, delta, hours):
    row = changes_of(snapshot("a", 0, 1_701), *(snapshot("a", *each) for each in counts)).iloc[0]
    assert row[["delta_views", "hours_between"]].tolist() == pytest.approx([delta, hours], nan_ok=True)


@pytest.mark.parametrize(
    ("counts", "hours"),
    [
        # 12,800 moved by two hundreds is believed at 13 h; by one at 24 h, else the oldest is taken
        ([(13, 12_600), (23, 12_000)], 13), ([(13, 12_700), (23, 12_500)], 23), ([(24, 12_700), (48, 12_000)], 24),
        ([(23.9, 12_700), (48, 12_000)], 48), ([(13, 12_750), (23, 12_000)], 13),
    ],
)  # fmt: skip
def test_rounded_counts_are_believed_from_two_steps_or_a_day_on(counts, hours):
    row = changes_of(snapshot("a", 0, 12_800), *(snapshot("a", *each) for each in counts)).iloc[0]
    assert row["hours_between"] == hours


def test_an_hour_ahead_is_a_wrong_clock_and_more_is_no_posting_time():
    ahead = [changes_of(snapshot("a", 0, 9, posted_at=NOON + timedelta(minutes=m))).iloc[0] for m in (60, 61)]
    assert ahead[0]["age_hours"] == 0.0 and np.isnan(ahead[1]["age_hours"])


def test_a_zero_after_a_single_view_is_unknown_too():
    row = changes_of(snapshot("a", 0, 0), snapshot("a", 24, 1)).iloc[0]
    assert np.isnan(row["views"]) and "zero after a positive count" in row["reason"]


def test_a_zero_after_a_positive_count_is_read_as_unknown():
    row = changes_of(snapshot("a", 0, 0), snapshot("a", 24, 1001)).iloc[0]
    assert np.isnan(row["views"])
    assert "zero after a positive count" in row["reason"]


def test_a_missing_count_is_unknown_and_never_zero():
    row = changes_of(snapshot("a", 0, None), snapshot("a", 24, 1001)).iloc[0]
    assert np.isnan(row["views"])
    assert np.isnan(row["views_per_hour"])
    assert "no count" in row["reason"]


def test_a_negative_count_is_unknown_and_reported():
    row = changes_of(snapshot("a", 0, -5), snapshot("a", 24, 1001)).iloc[0]
    assert np.isnan(row["views"])
    assert row["is_clamped"]
    assert "negative count" in row["reason"]


def test_a_missing_posting_time_leaves_the_age_unknown_and_the_measured_growth_intact():
    row = changes_of(snapshot("a", 0, 1301, posted_at=None), snapshot("a", 24, 1061, posted_at=None)).iloc[0]
    assert np.isnan(row["age_hours"])
    assert row["engagement_velocity"] == 0.0
    assert row["measured_views_per_hour"] == 10.0
    assert "age unknown" in row["reason"]


def test_a_posting_time_in_the_future_is_no_age_but_a_clock_minutes_wrong_is():
    far = changes_of(snapshot("a", 0, 1001, posted_at=NOON + timedelta(days=3))).iloc[0]
    near = changes_of(snapshot("a", 0, 1001, posted_at=NOON + timedelta(minutes=30))).iloc[0]
    assert np.isnan(far["age_hours"])
    assert "future" in far["reason"]
    assert near["age_hours"] == 0.0


def test_rounded_counts_are_compared_with_an_older_capture_until_they_have_moved_two_steps():
    rows = [snapshot("a", 0, 12_900), snapshot("a", 6, 12_800), snapshot("a", 12, 12_700)]
    assert changes_of(*rows).iloc[0]["hours_between"] == 12
    apart = [snapshot("a", 0, 12_900), snapshot("a", 13, 12_800), snapshot("a", 20, 12_700)]
    assert changes_of(*apart).iloc[0]["hours_between"] == 20
    unrounded = [snapshot("a", 0, 12_903), snapshot("a", 13, 12_811), snapshot("a", 20, 12_702)]
    assert changes_of(*unrounded).iloc[0]["hours_between"] == 13


def test_rounded_counts_that_do_not_move_in_a_day_are_believed():
    row = changes_of(snapshot("a", 0, 12_800), snapshot("a", 24, 12_800), snapshot("a", 48, 12_800)).iloc[0]
    assert row["hours_between"] == 24
    assert row["measured_views_per_hour"] == 0
    assert "rounded" in row["reason"]


def test_likes_stand_in_where_a_platform_shows_no_views():
    row = changes_of(snapshot("a", 0, None, likes=551), snapshot("a", 10, None, likes=451)).iloc[0]
    assert row["counted"] == "likes"
    assert row["measured_views_per_hour"] == 10


def test_growth_since_the_previous_day_looks_past_captures_of_the_same_day():
    captures = series(snapshot("a", 0, 1301), snapshot("a", 6, 1201), snapshot("a", 20, 1001))
    row = measure_changes(captures, day_start=DAY, until=END, pair_hours=0.5).iloc[0]
    assert row["delta_views"] == 100
    assert row["growth_since_previous_day"] == 300
    assert row["hours_since_previous_day"] == 20


def test_what_was_measured_after_the_moment_is_not_known():
    rows = series(snapshot("a", 0, 1001), snapshot("a", 24, 501), snapshot("a", -24, 99_999))
    assert measure_changes(rows, day_start=DAY, until=END).iloc[0]["views"] == 1001


def test_a_post_that_was_not_measured_on_the_day_has_no_row():
    assert changes_of(snapshot("a", 24, 1001)).empty


def test_no_snapshots_give_no_rows_with_the_right_columns():
    empty = series(snapshot("a", 0, 1)).iloc[:0]
    assert list(measure_changes(empty, day_start=DAY, until=END).columns) == CHANGE_COLUMNS


IN_THREE_DAYS = NOON + timedelta(days=3)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("a", 0, 1701), ("a", 24, 1601)], None),
        ([("a", 0, 1701)], "Measured once within 8 days: no growth yet."),
        ([("a", 0, 0), ("a", 24, 1601)], "A zero after a positive count: read as unknown."),
        ([("a", 0, None), ("a", 24, 1601)], "The newest measurement has no count."),
        ([("a", 0, None), ("a", 24, None)], "The newest measurement has no count."),
        (
            [("a", 0, 1701), ("a", 1, 1701)],
            "The same count twice within 6 hours may be the provider's cache: no growth yet.",
        ),
        ([("a", 0, 1601), ("a", 24, 1701)], "The count fell since the capture before."),
        (
            [("a", 0, 1701, {"posted_at": IN_THREE_DAYS}), ("a", 24, 1601, {"posted_at": IN_THREE_DAYS})],
            "The posting time lies in the future: age unknown.",
        ),
        (
            [("a", 0, 1701, {"posted_at": None}), ("a", 24, 1601, {"posted_at": None})],
            "No posting time: age unknown.",
        ),
        ([("a", 0, 1701, {"likes": -1}), ("a", 24, 1601)], "A negative count was read as 0."),
        ([("a", 0, 12_900), ("a", 24, 12_600)], "The counts are rounded."),
        ([("a", 0, None, {"likes": 551}), ("a", 24, None, {"likes": 451})], "Likes stand in for views."),
        (
            [("a", 0, 400, {"posted_at": None}), ("a", 24, 700, {"posted_at": None})],
            "The count fell since the capture before. No posting time: age unknown. The counts are rounded.",
        ),
    ],
)
def test_a_weak_or_missing_number_is_explained_in_these_words(rows, reason):
    given_rows = [snapshot(*row[:3], **(row[3] if len(row) > 3 else {})) for row in rows]
    assert changes_of(*given_rows).iloc[0]["reason"] == reason


def test_every_column_of_a_row_is_told():
    """Three captures, twenty hours apart, of a post of sixty hours."""
    who = {"creator_id": "c", "creator_handle": "h", "creator_followers": 9.0}
    rows = [
        snapshot("a", 0, 1701, likes=61, comments=31, shares=11, quotes=7, **who),
        snapshot("a", 20, 1301, likes=41, comments=21, shares=1, quotes=5, **who),
        snapshot("a", 40, 1101, likes=31, comments=11, shares=0, quotes=3, **who),
    ]
    row = changes_of(*rows).iloc[0].to_dict()
    assert row == {
        "platform": "tiktok", "external_id": "a", "creator_key": "c", "creator_id": "c", "creator_handle": "h",
        "creator_followers": 9.0, "posted_at": DAY - timedelta(days=2), "measured_at": NOON,
        "previous_measured_at": NOON - timedelta(hours=20), "first_measured_at": NOON - timedelta(hours=40),
        "measurements": 3, "counted": "views", "age_hours": 60.0, "tenure_hours": 40.0, "views": 1701.0, "likes": 61.0,
        "comments": 31.0, "shares": 11.0, "quotes": 7.0, "delta_views": 400.0, "hours_between": 20.0,
        "measured_views_per_hour": 20.0, "earlier_views_per_hour": 10.0, "earlier_hours_between": 20.0,
        "views_per_hour": 20.0, "relative_growth_per_hour": 20 / 1701, "acceleration": 0.5, "likes_per_hour": 1.0,
        "comments_per_hour": 0.5, "shares_per_hour": 0.5, "growth_since_previous_day": 400.0,
        "hours_since_previous_day": 20.0, "rounding_step": 0.0, "is_clamped": False, "reason": None,
        "engagement_velocity": round((61 + 31 + 11) / 60, 2), "is_simulated": False,
    }  # fmt: skip


measurement = st.builds(
    snapshot,
    st.sampled_from(["a", "b", "c"]),
    st.floats(-36, 240),
    st.one_of(st.none(), st.integers(-10, 10**15)),
    likes=st.one_of(st.none(), st.integers(-3, 10**12)),
    posted_at=st.one_of(st.none(), st.just(DAY - timedelta(days=1)), st.just(NOON + timedelta(days=9))),
    source=st.sampled_from(["tiktok_trending", "comet_videos"]),
)


def test_two_rows_of_one_moment_that_disagree_give_the_same_answer_in_either_order():
    one = snapshot("a", 0, 10, posted_at=DAY - timedelta(days=1))
    other = snapshot("a", 0, 10, posted_at=NOON + timedelta(days=9))
    pd.testing.assert_frame_equal(changes_of(one, other), changes_of(other, one))


@settings(max_examples=30)
@given(st.lists(measurement, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_every_number_is_finite_or_unknown_with_a_reason_and_the_order_of_rows_does_not_matter(rows, random):
    changes = changes_of(*rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(changes, changes_of(*shuffled))
    values = changes[NUMBERS].to_numpy("float64")
    assert not np.isinf(values).any()
    unmeasured = changes["delta_views"].isna()
    assert changes.loc[unmeasured, "reason"].notna().all()
