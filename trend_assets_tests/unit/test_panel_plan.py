"""The panel: uncertain ranks first, within the budget, for seven days after an item was last worth it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.velocity.panel import PlatformBudget, plan, worth

NOW = datetime(2026, 3, 8, tzinfo=UTC)
BUDGETS = {"tiktok": PlatformBudget(items=2, usd_per_item=0.004), "youtube": PlatformBudget(items=50, usd_per_item=0.0)}


def item(external_id: str, percentile: float, *, platform: str = "tiktok", days: float = 1.0, **columns: object):
    return {
        "platform": platform, "external_id": external_id, "url": f"https://example.com/{external_id}",
        "percentile": percentile, "score_class": "measured", "chance": None, "entry_age_hours": 5.0,
        "is_in_issue": False,
        "last_measured_at": pd.Timestamp(NOW - timedelta(days=days)),
        "last_worth_at": pd.Timestamp(NOW - timedelta(days=days)),
        "is_measured_today": False, "is_simulated": True,
    } | columns  # fmt: skip


def planned(*items: dict[str, object]) -> pd.DataFrame:
    return plan(pd.DataFrame(list(items)), now=NOW, budgets=BUDGETS)


def test_uncertain_ranks_come_before_settled_ones():
    rows = planned(item("settled", 0.2), item("unsure", 0.9), item("top", 0.999))
    assert rows["external_id"].tolist() == ["unsure", "top", "settled"]


def test_money_goes_first_to_late_first_sights_then_to_open_chances_then_to_issues_that_wait_for_their_grade():
    rows = planned(
        item("unsure", 0.9), item("issued", 0.99, is_in_issue=True), item("open", 0.99, chance=0.5),
        item("late", 0.2, score_class="new", entry_age_hours=90.0), item("late before", 0.1, entry_age_hours=90.0),
        item("settled", 0.99, chance=0.9),
    )  # fmt: skip
    assert rows["external_id"].tolist()[:4] == ["late", "open", "issued", "unsure"]
    assert rows["reason"].tolist()[:2] == [
        "First seen late for its age: such items rise most often.",
        "Its chance is open.",
    ]


def test_no_more_is_chosen_than_the_budget_covers():
    rows = planned(*[item(str(number), 0.9) for number in range(5)])
    assert rows["is_chosen"].sum() == 2
    assert rows.loc[~rows["is_chosen"], "reason"].str.contains("budget").all()
    assert rows.loc[rows["is_chosen"], "expected_cost_usd"].sum() == 0.008


def test_each_platform_has_its_own_budget():
    rows = planned(*[item(str(number), 0.9) for number in range(3)], item("video", 0.1, platform="youtube"))
    assert rows.groupby("platform")["is_chosen"].sum().to_dict() == {"tiktok": 2, "youtube": 1}


def test_items_are_followed_for_seven_days_after_they_were_last_worth_it():
    rows = planned(item("old", 0.9, days=7.1), item("fresh", 0.9, days=6.9))
    assert rows["external_id"].tolist() == ["fresh"]


def test_an_item_that_its_list_measured_today_costs_nothing_and_takes_no_place():
    rows = planned(item("listed", 0.9, is_measured_today=True), item("a", 0.9), item("b", 0.9)).set_index("external_id")
    assert not rows.loc["listed", "is_chosen"]
    assert rows.loc[["a", "b"], "is_chosen"].all()


def test_a_tiktok_item_without_an_address_is_not_asked_for():
    rows = planned(item("lost", 0.9, url=None), item("a", 0.9), item("b", 0.9)).set_index("external_id")
    assert "address" in rows.loc["lost", "reason"]
    assert rows.loc[["a", "b"], "is_chosen"].all()


def test_other_platforms_and_an_empty_past_give_no_plan():
    assert planned(item("a", 0.9, platform="x")).empty
    assert plan(pd.DataFrame([item("a", 0.9)]).iloc[:0], now=NOW, budgets=BUDGETS).empty


@given(st.floats(0, 1), st.booleans(), st.floats(0, 200), st.floats(0, 7))
def test_worth_is_between_zero_and_one_and_grows_with_the_time_since_the_last_measurement(place, is_new, hours, days):
    one = worth(percentile=[place], is_new=[is_new], hours_since_measured=[hours], days_since_worth=[days])[0]
    later = worth(percentile=[place], is_new=[is_new], hours_since_measured=[hours + 5], days_since_worth=[days])[0]
    assert 0 <= one <= later <= 1
    assert np.isfinite(one)
