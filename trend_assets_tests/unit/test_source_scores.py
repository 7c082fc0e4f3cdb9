"""The sources' own formulas: X, TikTok commerce, Amazon, trending score."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.domain.scores.positions import category_movers, position_score, rank_changes, velocity_score
from trend_assets.domain.scores.source_scores import commerce_score, trending_score, x_engagements, x_score

NOW = datetime(2026, 3, 8, 6, tzinfo=UTC)
odd = st.one_of(st.none(), st.integers(-(10**20), 10**20), st.floats(allow_nan=True, allow_infinity=True))


def test_x_engagement_is_likes_retweets_and_quotes_and_missing_parts_are_zero():
    total = x_engagements(likes=[10, None, -4], retweets=[5, None, 1], quotes=[2, None, None])
    assert total[0] == 17
    assert np.isnan(total[1])
    assert total[2] == 1


def test_x_score_is_the_ratio_to_the_account_and_one_fifth_more_when_it_is_quoted_a_lot():
    score = x_score(engagements=[300, 300], mean_others=[100, 100], quotes=[30, 31], retweets=[100, 100])
    assert score.tolist() == [3.0, pytest.approx(3.6)]


def test_an_x_account_without_other_posts_or_without_engagements_has_no_score():
    score = x_score(engagements=[300, 300], mean_others=[None, 0], quotes=[0, 0], retweets=[0, 0])
    assert np.isnan(score).all()


def test_commerce_videos_count_half_as_much_again():
    score = commerce_score(views=[200, 200], mean_others=[100, 100], is_commerce=[True, False])
    assert score.tolist() == [3.0, 2.0]


@given(engagements=odd, mean=odd, quotes=odd, retweets=odd)
def test_ratios_are_finite_or_unknown_whatever_comes(engagements, mean, quotes, retweets):
    score = x_score(engagements=[engagements], mean_others=[mean], quotes=[quotes], retweets=[retweets])
    assert not np.isinf(score).any()
    assert np.isnan(score[0]) or score[0] >= 0


def test_the_trending_score_is_velocity_times_recency_times_virality():
    score = trending_score(views_per_hour=[999.0], age_hours=[48.0], engagements=[50], views=[100])
    assert score[0] == pytest.approx(3.0 * 0.5 * 1.5)


@given(st.floats(0, 1e12), st.floats(0, 1e5), st.floats(0, 1e12), st.floats(0, 1e12))
def test_the_trending_score_grows_with_velocity_and_virality_and_falls_with_age(rate, age, engaged, more):
    base = trending_score(views_per_hour=[rate], age_hours=[age], engagements=[engaged], views=[1e6])[0]
    faster = trending_score(views_per_hour=[rate + more], age_hours=[age], engagements=[engaged], views=[1e6])[0]
    older = trending_score(views_per_hour=[rate], age_hours=[age + 24], engagements=[engaged], views=[1e6])[0]
    viral = trending_score(views_per_hour=[rate], age_hours=[age], engagements=[engaged + more], views=[1e6])[0]
    assert np.isfinite([base, faster, older, viral]).all()
    assert faster >= base >= older >= 0
    assert viral >= base


def test_a_falling_count_has_a_trending_score_of_zero():
    assert trending_score(views_per_hour=[-50.0], age_hours=[1.0], engagements=[5], views=[10])[0] == 0


def test_position_scores_run_from_one_downwards_and_never_below_zero():
    assert position_score([1, 50, 100, 250]).tolist() == [0.99, 0.5, 0.0, 0.0]
    assert np.isnan(position_score([None])[0])


def test_an_unknown_past_and_no_change_both_give_a_velocity_score_of_one():
    score = velocity_score(position=[5, 5], previous_position=[None, 5], page_change_pct=[None, None])
    assert score.tolist() == [1.0, 1.0]


def test_tenfold_climbs_are_worth_the_same_wherever_they_happen():
    high, low = velocity_score(position=[1, 10], previous_position=[10, 100], page_change_pct=[None, None])
    assert high == pytest.approx(low)
    assert high == pytest.approx(3 ** np.tanh(1))


def test_a_huge_percentage_cannot_own_the_list():
    assert velocity_score(position=[5], previous_position=[None], page_change_pct=[50_000])[0] < 3


@given(
    st.integers(1, 400), st.integers(1, 400), st.integers(1, 100), st.one_of(st.none(), st.floats(-99, 1e9)),
    st.floats(0, 1e9),
)  # fmt: skip
def test_the_velocity_score_grows_with_positions_gained_and_with_the_pages_own_figure(now, before, more, page, pct):
    score = lambda previous, change: velocity_score(  # noqa: E731
        position=[now], previous_position=[previous], page_change_pct=[change]
    )[0]
    assert score(before + more, page) >= score(before, page)
    assert 1 / 3 <= score(before, page) <= 3
    if page is not None:
        assert score(before, page + pct) >= score(before, page)


def listing(category: str, ranks: dict[str, int], *, days_ago: int = 0, **columns: object) -> list[dict[str, object]]:
    return [
        {
            "list_name": category, "external_id": asin, "list_rank": rank,
            "measured_at": pd.Timestamp(NOW - timedelta(days=days_ago)), "is_simulated": True,
            "page_rank_change_pct": None,
        } | columns
        for asin, rank in ranks.items()
    ]  # fmt: skip


def test_ranks_are_compared_inside_their_category_with_the_newest_earlier_list():
    today = pd.DataFrame(listing("Beauty", {"A": 2, "B": 9}) + listing("Health", {"A": 50}))
    before = pd.DataFrame(listing("Beauty", {"A": 8, "C": 1}, days_ago=1) + listing("Beauty", {"A": 99}, days_ago=3))
    ranks = rank_changes(today, before).set_index(["category", "external_id"])
    assert ranks.loc[("Beauty", "A"), "positions_gained"] == 6
    assert ranks.loc[("Beauty", "A"), "days_between"] == 1
    assert ranks.loc[("Beauty", "B"), "velocity_score"] == 1
    assert "No earlier position" in ranks.loc[("Health", "A"), "reason"]


def test_the_category_that_moves_most_comes_first_and_a_first_day_moves_nobody():
    today = pd.DataFrame(
        listing("Calm", {"A": 1, "B": 2}) + listing("Wild", {"C": 1, "D": 40}) + listing("First", {"E": 1})
    )
    before = pd.DataFrame(
        listing("Calm", {"A": 1, "B": 3}, days_ago=1) + listing("Wild", {"C": 30, "D": 2}, days_ago=1)
    )
    movers = category_movers(rank_changes(today, before)).set_index("category")
    assert movers["mover_rank"].to_dict() == {"Wild": 1, "Calm": 2, "First": 3}
    assert movers.loc["Wild", "biggest_mover"] == "C"
    assert pd.isna(movers.loc["First", "entered"])
    assert movers.loc["Calm", ["climbed", "fell"]].tolist() == [1, 0]
    wild = movers.loc["Wild"].to_dict()
    assert wild.pop("mean_velocity_score") == pytest.approx(
        (3 ** math.tanh(math.log10(30)) + 3 ** -math.tanh(math.log10(20))) / 2
    )
    assert wild == {
        "products": 2, "compared": 2, "entered": 0, "climbed": 1, "fell": 1, "median_positions_moved": 33.5,
        "biggest_mover": "C", "biggest_gain": 29, "mover_rank": 1, "is_simulated": True,
    }  # fmt: skip
