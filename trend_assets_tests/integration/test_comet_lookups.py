"""Each creator's newest earlier numbers, looked up in Postgres: gaps, limits, a yesterday that was corrected late."""

from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pytest

from trend_assets.warehouse.reads.comets import stats_before

DAY = date(2026, 3, 10)


def at(days: int) -> datetime:
    return datetime.combine(DAY - timedelta(days=days), time(2), UTC)


def put(warehouse, address: str, days: int, users: dict[str, int], **columns) -> None:
    day = DAY - timedelta(days=days)
    common = {"observed_date": day, "user_id": list(users), "is_simulated": False}
    warehouse.write_partition(address, day, pd.DataFrame({**common, **columns}))


@pytest.fixture
def history(warehouse):
    users = {"daily": 100, "gap": 200, "long_ago": 300}
    everybody = [*users, "new"]
    warehouse.upsert(
        "comets.creators",
        pd.DataFrame(
            {
                "user_id": everybody, "first_seen": [at(90)] * 3 + [at(0)], "last_updated_at": at(1), "state": "active",
                "state_since": DAY - timedelta(days=90), "is_simulated": False,
            }
        ),
    )  # fmt: skip
    for days, user in ((1, "daily"), (2, "daily"), (9, "gap"), (20, "gap"), (61, "long_ago")):
        put(
            warehouse, "comets.creator_stats", days, {user: 0}, followers=users[user] - days, growth_followers=0,
            growth_pct=0.0, measured_by="roll_call", measured_at=at(days),
        )  # fmt: skip
    put(
        warehouse, "comets.roll_call", 0, dict.fromkeys(everybody, 0), outcome="updated", reason="Measured.",
        measured_by="roll_call", state="active", state_since=DAY, is_renamed=False, is_state_changed=False,
    )  # fmt: skip
    return warehouse


def test_the_newest_earlier_day_is_found_across_a_gap_but_not_beyond_the_limit(history):
    found = stats_before(history, DAY, look_back_days=60).set_index("user_id")
    assert found["followers"].to_dict() == {"daily": 99, "gap": 191}
    assert found["observed_date"].to_dict() == {"daily": DAY - timedelta(days=1), "gap": DAY - timedelta(days=9)}


def test_a_late_correction_of_yesterday_is_what_today_compares_with(history):
    put(
        history, "comets.creator_profiles", 1, {"daily": 0, "new": 0}, followers=[150, 7], hearts=1, videos=1,
        profile_state="active", is_suspect=False, measured_at=at(1), collected_at=at(1), capture_id="c",
    )  # fmt: skip
    found = stats_before(history, DAY, look_back_days=60).set_index("user_id")
    # whoever joined the roster today is seen for the first time, whatever was asked about them yesterday
    assert found["followers"].to_dict() == {"daily": 150, "gap": 191}
