"""Growth: exact, half up, honest about gaps, drops and first sight."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.domain.comets.growth import growth, half_up

DAY = date(2026, 3, 10)


def today(followers, *, user="a", hearts=10, videos=2):
    return pd.DataFrame(
        {
            "observed_date": [DAY], "user_id": [user], "followers": pd.array([followers], dtype="Int64"),
            "hearts": pd.array([hearts], dtype="Int64"), "videos": pd.array([videos], dtype="Int64"),
        }
    )  # fmt: skip


def earlier(followers, *, days=1, user="a", hearts=7, videos=2):
    frame = today(followers, user=user, hearts=hearts, videos=videos)
    return frame.assign(observed_date=DAY - timedelta(days=days))


def row(now, before=None, **options):
    return growth(today(now), earlier(before, **options) if before is not None else earlier(1, user="b")).iloc[0]


@pytest.mark.parametrize(
    ("now", "before", "gained", "pct"),
    [
        (110, 100, 10, 10.0),
        (40, 100, -60, -60.0),
        (100, 100, 0, 0.0),
        (10_001, 1, 10_000, 1_000_000.0),
        (1_000_000, 0, 1_000_000, 0.0),
        (10**7, 5, 9_999_995, 199_999_900.0),
        (0, 100, -100, -100.0),
        (20_001, 20_000, 1, 0.01),
        (40_001, 40_000, 1, 0.0),
        (200_057, 200_000, 57, 0.03),
        (8_023, 8_000, 23, 0.29),
        (7_977, 8_000, -23, -0.29),
        (3, 2, 1, 50.0),
        (4, 3, 1, 33.33),
        (5, 3, 2, 66.67),
        (2**62, 1, 2**62 - 1, float(Decimal(2**62 - 1) * 100)),
    ],
)
def test_percent_is_exact_and_rounded_half_up(now, before, gained, pct):
    found = row(now, before)
    assert found["growth_followers"] == gained
    assert found["growth_pct"] == pct
    assert found["growth_over_days"] == 1


def test_half_a_hundredth_goes_up_where_floats_would_go_down():
    # 3 of 20,000 are exactly 0.015 %, which as a float is a little less
    assert half_up(np.array([3, -3]), np.array([20_000, 20_000]), factor=100).tolist() == [0.02, -0.02]
    assert round(3 / 20_000 * 100, 2) == 0.01


def test_first_sight_is_zero_and_says_so():
    found = row(500)
    assert (found["growth_followers"], found["growth_pct"], found["growth_note"]) == (0, 0.0, "first_sight")
    assert pd.isna(found["growth_over_days"]) and pd.isna(found["growth_per_day"]) and pd.isna(found["compared_date"])
    assert pd.isna(found["compared_followers"])


def test_growth_from_zero_has_no_percent():
    found = row(1_000_000, 0)
    assert (found["growth_followers"], found["growth_pct"], found["growth_note"]) == (1_000_000, 0.0, "from_zero")


def test_a_gap_says_over_how_many_days_and_what_that_is_per_day():
    found = row(1_000, 900, days=7)
    assert (found["growth_over_days"], found["growth_per_day"], found["growth_note"]) == (7, 14.29, "gap")
    assert found["compared_date"] == DAY - timedelta(days=7)


@pytest.mark.parametrize(
    ("now", "before", "days", "note"),
    [(40, 100, 1, "drop"), (70, 100, 1, None), (69, 100, 1, "drop"), (40, 100, 2, "gap"), (39, 100, 2, "drop")],
)
def test_a_purge_is_kept_and_flagged(now, before, days, note):
    found = row(now, before, days=days)
    assert found["followers"] == now
    assert (found["growth_note"] if note else pd.isna(found["growth_note"])) == (note or True)


def test_unknown_hearts_and_videos_have_no_growth_and_do_not_cost_the_row():
    found = growth(today(10, hearts=None, videos=5), earlier(8, videos=3)).iloc[0]
    assert pd.isna(found["growth_hearts"])
    assert found["growth_videos"] == 2


def test_a_compared_day_in_the_future_is_refused():
    with pytest.raises(ValueError, match="not earlier"):
        row(10, 8, days=-1)


def test_an_empty_day_grows_into_an_empty_frame():
    assert growth(today(1).head(0), earlier(1)).empty


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 2**63 - 1), st.one_of(st.none(), st.integers(0, 2**63 - 1)), st.integers(1, 60)),
        min_size=1,
        max_size=8,
    )
)
def test_any_counts_give_what_decimals_give(rows):
    now = pd.concat([today(count, user=str(n)) for n, (count, _, _) in enumerate(rows)])
    known = [earlier(base, user=str(n), days=days) for n, (_, base, days) in enumerate(rows) if base is not None]
    found = growth(now, pd.concat(known) if known else earlier(1, user="x"))
    assert len(found) == len(rows)
    for position, (count, base, days) in enumerate(rows):
        result = found.iloc[position]
        gained = 0 if base is None else count - base
        assert result["growth_followers"] == gained
        exact = Decimal(0) if not base else Decimal(gained) * 100 / Decimal(base)
        assert result["growth_pct"] == pytest.approx(
            float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP)), rel=1e-15, abs=1e-9
        )
        if base is not None:
            per_day = (Decimal(gained) / days).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert result["growth_per_day"] == pytest.approx(float(per_day), rel=1e-15, abs=1e-9)
