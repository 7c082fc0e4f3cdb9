"""What the plain formulas give, worked out by hand, at their limits and where something is unknown; the same whatever
carries the numbers: a list of what a provider sent, floats, or a column of objects as a database's answer makes it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trend_assets.domain.chance.calibration import never_certain
from trend_assets.domain.chance.candidates import plain_order
from trend_assets.domain.chance.champion import r_precision
from trend_assets.domain.chance.features import log_ratio, logit
from trend_assets.domain.chance.outcomes import best_first, growth, place_among_nearest, rose
from trend_assets.domain.feed.rules import prior_chance
from trend_assets.domain.scores.positions import position_score, velocity_score
from trend_assets.domain.scores.source_scores import commerce_score, trending_score, x_engagements, x_score
from trend_assets.domain.velocity.baselines import upper_range
from trend_assets.domain.velocity.changes import rounding_step
from trend_assets.domain.velocity.curves import age_bins, age_places, places
from trend_assets.domain.velocity.formulas import acceleration, measured_velocity, over
from trend_assets.domain.velocity.panel import worth
from trend_assets.domain.velocity.peers import percentile_within, same_age_percentile, widening_percentile
from trend_assets.domain.velocity.ranking import forecast, leap, range_ratio, relative_growth

NaN = math.nan
HALF, TWICE = math.log(0.5), math.log(2.0)
TENFOLD = 3 ** math.tanh(1)

FORMULAS: dict[str, tuple[Callable[..., Any], dict[str, list[Any]], list[float]]] = {
    "6/3, 6/0.5; by nothing, by less and of the unknown: unknown": (
        over, {"above": [6, 6, 6, 6, None], "below": [3, 0.5, 0, -2, 3]}, [2, 12, NaN, NaN, NaN]),
    "(30-10)/2 h, (10-30)/4 h, one capture, no time between": (
        measured_velocity, {"count": [30, 10, 5, 5], "previous_count": [10, 30, None, 1], "hours": [2, 4, 1, 0]},
        [10, -5, NaN, NaN]),
    "(10-4)/((2+4)/2 h)": (
        acceleration, {"velocity": [10, 10], "earlier_velocity": [4, None], "hours": [2, 2], "earlier_hours": [4, 4]},
        [2, NaN]),
    "half an hour, 1 h, 2 h = 1+2x1; unknown ages by tenure: 4 h = 100+1+2x2, none = 100": (
        age_places, {"age_hours": [0.5, 1, 2, None, None], "tenure_hours": [9, 9, 9, 4, None]}, [0.5, 1, 3, 105, 100]),
    "the bins of 1.9 h (1+2x0.93) and of 15 min": (
        age_bins, {"age_hours": [1.9, None], "tenure_hours": [None, 0.25]}, [2, 100]),
    "unknown and negative at 0, 4 at 1+2x2, all beyond 2^23 in one bin": (
        places, {"values": [None, -1, 0.25, 4, 2**40]}, [0, 0, 0.25, 5, 47.999]),
    "10+3x5, twice 10, at least a view, too few others": (
        upper_range, {"median_others": [10, 10, 0.2, 10], "spread_others": [5, None, 0, 5], "others": [3, 3, 3, 2]},
        [25, 20, 1, NaN]),
    "50/(100+100)/0.5 h, -30/(200+100)/1 h, a negative count as none: 50/100/1 h": (
        relative_growth,
        {"delta": [50, -30, 50, None, 5], "views": [100, 200, -9, 9, None], "hours": [0.5, 1, 1, 1, 1]},
        [0.5, -0.1, 0.5, NaN, NaN]),
    "10/4, a median below a view as one, two others are too few": (
        leap, {"views_per_hour": [10, 10, 3, 9], "median_others": [4, 0.5, 2, None], "others": [3, 3, 2, 3]},
        [2.5, 10, NaN, NaN]),
    "8 halved, kept, at most four times; once: 1000x0.01, else half of 6": (
        forecast,
        {"measured_views_per_hour": [8, 8, 8, None, None], "carry": [HALF, None, 9, 0, 0],
         "views": [1, 1, 1, 1000, 1000], "first_growth": [1, 1, 1, 0.01, None], "views_per_hour": [6, 6, 6, 6, 6]},
        [4, 8, 32, 10, 3]),
    "(28+72x1)/50, a fall forecasts nothing: 28/7, no range": (
        range_ratio, {"views": [28, 28, 28], "forecast_views_per_hour": [1, -5, 1], "upper_range": [50, 7, None]},
        [2, 4, NaN]),
    "ln(0.5/0.5), the ends at ln(1/99) and ln(99)": (
        logit, {"share": [0.5, 0.001, 1, None]}, [0, -math.log(99), math.log(99), NaN]),
    "ln(2/1), within e^-6 and e^6": (
        log_ratio, {"over": [2, 0, 10**9, 5, None], "under": [1, 1, 1, 0, 1]}, [TWICE, -6, 6, NaN, NaN]),
    "(0.4+0.8)/2, else the one that is known": (
        plain_order,
        {"rising_expected": [0.4, 0.4, None, None], "rate_over_lifetime_place": [0.8, None, 0.8, None]},
        [0.6, 0.4, 0.8, NaN]),
    "(150-100)/100, (3-0)/at least 1": (growth, {"ahead": [150, 3, None], "views": [100, 0, 5]}, [0.5, 3, NaN]),
    "the best two of eleven known, whom nobody equals": (
        rose, {"place": [None, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}, [0] * 10 + [1] * 2),
    "what all share is nobody's": (rose, {"place": [4, 4, 4, None]}, [0, 0, 0, 0]),
    "the higher first, equals by lot, the unknown last": (
        best_first, {"score": [None, 2, 5, 2], "lot": [1, 9, 1, 3]}, [2, 3, 1, 0]),
    "of two risers one is among the first two": (
        r_precision, {"score": [3, None, 2, 1], "rose": [1, 1, 0, 0], "tie_break": [0, 0, 0, 0]}, [0.5]),
    "no riser, no precision": (r_precision, {"score": [3], "rose": [0], "tie_break": [0]}, [NaN]),
    "no chance is nought or one": (never_certain, {"chance": [0, 0.5, 1, None]}, [0.005, 0.5, 0.995, NaN]),
    "(100-1)/100, never below nothing": (position_score, {"position": [1, 100, 150, None]}, [0.99, 0, 0, NaN]),
    "tenfold up, tenfold down, the page's +900 % alone, both: ln 10 and ln 1, nothing known, no place 0": (
        velocity_score,
        {"position": [10, 100, 5, 10, 5, 5, 0], "previous_position": [100, 10, None, 100, None, 0, 5],
         "page_change_pct": [None, None, 900, 0, -100, None, None]},
        [TENFOLD, 1 / TENFOLD, TENFOLD, 3 ** math.tanh(0.5), 1, 1, 1]),
    "10+5+2; what is negative is none, what is all unknown is unknown": (
        x_engagements, {"likes": [10, -4, None], "retweets": [5, 1, None], "quotes": [2, None, None]}, [17, 1, NaN]),
    "300/100; 31 quotes of 100 retweets are more than 0.3: x 1.2; quoted once, never shared": (
        x_score,
        {"engagements": [300, 300, 300, 300], "mean_others": [100, 100, 100, None], "quotes": [30, 31, 1, 1],
         "retweets": [100, 100, None, 1]},
        [3, 3.6, 3.6, NaN]),
    "200/100, x 1.5 for commerce": (
        commerce_score, {"views": [200, 200, -5], "mean_others": [100, 100, 5], "is_commerce": [0, 1, 0]}, [2, 3, 0]),
    "lg 1000 x half after 48 h x (1 + 50/100); at most twofold, nothing gained, no views, not born yet": (
        trending_score,
        {"views_per_hour": [999, 999, -9, 999, 999], "age_hours": [48, 0, 0, 0, -5], "engagements": [50, 900, 1, 9, -9],
         "views": [100, 100, 100, 0, 100]},
        [2.25, 6, 0, 3, 3]),
    "1 x 1/2 x 1; 1 x 1/2 x 1/2; just measured; 4p(1-p) of p = 1/(1+e)": (
        worth,
        {"percentile": [None, 0.9, 0.1, 0.75, 1, 1], "is_new": [0, 0, 1, 0, 0, 0],
         "hours_since_measured": [24, 24, -1, 10**6, None, 1],
         "days_since_worth": [-1, 3, 0, 0, 1, None]},
        [0.5, 0.25, 0, 4 * math.e / (1 + math.e) ** 2, NaN, NaN]),
    "lowest of 3: (1.5-0.5)/3 for two equals, (3-0.5)/3 above": (
        percentile_within, {"values": [3, None, 1, 1], "groups": [0, 0, 0, 0]}, [2.5 / 3, NaN, 1 / 3, 1 / 3]),
    "alone in a group": (percentile_within, {"values": [3, 7], "groups": [1, 0]}, [0.5, 0.5]),
    "few of a group are compared whatever their age; nothing known": (
        same_age_percentile, {"values": [5, None, 9], "ages": [1, 1, None], "groups": [2, 2, 2]}, [0.25, NaN, 0.75]),
    "nothing known": (same_age_percentile, {"values": [None], "ages": [1], "groups": [1]}, [NaN]),
    "no value at all": (percentile_within, {"values": [None], "groups": [1]}, [NaN]),
    "among the next by age, itself included": (
        place_among_nearest, {"values": [1, None, 3, 2], "ages": [5, 5, None, 6], "lot": [0, 1, 2, 3]},
        [0.5 / 3, NaN, 2.5 / 3, 1.5 / 3]),
    "nobody seen again": (place_among_nearest, {"values": [None], "ages": [1], "lot": [0]}, [NaN]),
}  # fmt: skip
CARRIERS: dict[str, Callable[[list[Any]], Any]] = {
    "a list": list,
    "floats": lambda values: np.array(values, dtype=np.float64),
    "objects": lambda values: np.array(values, dtype=object),
    "a column": lambda values: pd.Series(values, dtype=np.float64),
}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("case", FORMULAS)
def test_a_formula_gives_what_is_worked_out_by_hand_whatever_carries_its_numbers(case: str, carrier: str) -> None:
    formula, given, expected = FORMULAS[case]
    found = np.atleast_1d(formula(**{name: CARRIERS[carrier](values) for name, values in given.items()}))
    assert np.asarray(found, np.float64).tolist() == pytest.approx(expected, nan_ok=True)


def test_the_step_of_two_rounded_counts_is_the_largest_that_divides_both() -> None:
    pairs = np.array([(12_800, 12_700), (3e9, 2e9), (2e10, 1e10), (150, 100), (0, 0), (100, 0), (90, 80)], np.float64)
    assert rounding_step(*pairs.T).tolist() == [100, 1e9, 1e9, 0, 0, 100, 0]


def test_a_short_list_is_drawn_to_the_middle_as_if_eight_more_stood_there() -> None:
    # (8 x place + 8 x 0.5) / 16: 0.25 halfway to 0.5, the middle, and 0.75, five sixths of the way from 0.5 to 0.8
    assert prior_chance([0, 0.5, 1], 8).tolist() == pytest.approx([0.045, 0.07, 0.07 + 5 / 6 * 0.05])


def test_peers_are_looked_for_in_the_narrowest_group_that_has_eight() -> None:
    values, near, wide = [*range(8), 1, None], [1] * 8 + [2, 2], [0] * 10
    found = widening_percentile(values, [1] * 10, [near, wide])
    assert found.level.tolist() == [0] * 8 + [1, 0] and found.peers.tolist() == [8] * 8 + [9, 0]
    # of the nine known one is below, itself and its equal share the next two: (2.5 - 0.5) / 9
    assert found.percentile.tolist()[6:] == pytest.approx([6.5 / 8, 7.5 / 8, 2 / 9, NaN], nan_ok=True)
    found = widening_percentile(values[:7], [1] * 7, [near[:7], wide[:7]])
    assert found.level.tolist() == [1] * 7, "seven are too few, and the widest is taken as it is"
