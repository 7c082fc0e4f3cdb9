"""What is known of an item at the end of a day that tells whether it will rise: unitless numbers, nothing later.

    rows of a day's scores ─▶ features: one row of numbers per item, NaN where unknown

Everything is a share, a percentile among items of the same age, or the logarithm of a ratio, so that what was learned
on a list of small items holds on one of large items. How the numbers are learned from belongs to `candidates.py`.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MEASURED = (
    "age", "entry_age", "rising", "rate_over_lifetime", "rate_over_lifetime_place", "growth", "growth_goes_on",
    "acceleration", "place", "over_usual", "usual_z", "size_place", "likes_place", "comments_place", "gap", "captures",
)  # fmt: skip
"""What is known of an item that was measured before."""
ONCE = (
    "entry_age", "expected", "growth_goes_on", "place", "over_usual", "usual_z", "size_place", "likes_place",
    "comments_place",
)  # fmt: skip
"""What a first appearance tells."""
FEATURES = tuple(dict.fromkeys((*MEASURED, *ONCE)))

MEANING = {
    "age": "age, log hours",
    "entry_age": "age when we first saw it, log hours",
    "rising": "same-age percentile of relative growth",
    "expected": "same-age percentile of the growth that a first appearance usually shows",
    "rate_over_lifetime": "measured rate over the mean rate since posting, log",
    "rate_over_lifetime_place": "same-age percentile of that",
    "growth": "relative growth per hour, log",
    "growth_goes_on": "same-age percentile of the forecast relative growth",
    "acceleration": "rate now over the rate before, log",
    "place": "place in its list, share of the list's length",
    "over_usual": "views over the median of the creator's others, log",
    "usual_z": "how far above what the creator's others had at this age, spreads",
    "size_place": "same-age percentile of the count",
    "likes_place": "same-age percentile of likes per view",
    "comments_place": "same-age percentile of comments per view",
    "gap": "hours between the two captures, log",
    "captures": "number of captures, log",
}
"""Each feature in words, as the model's table and the UI show it."""

SMALLEST = 1e-6
LOG_LIMIT = 6.0
Z_LIMIT = 5.0
PLACE_LIMIT = 0.01


def features(rows: pd.DataFrame) -> Floats:
    """One row of FEATURES per row of `rows`, in their order; NaN where unknown, never infinite.

    `rows`: scored rows of one day with the columns of `velocity.scores` and of its parts (`PARTS_NEEDED`)."""
    number = lambda name: rows[name].to_numpy(np.float64, na_value=np.nan)  # noqa: E731
    age, tenure = number("age_hours"), number("tenure_hours")
    views, gap = number("views"), number("hours_between")
    measured = np.isfinite(number("delta_views"))
    rate = np.where(measured, number("views_per_hour"), np.nan)
    lifetime = number("lifetime_views_per_hour")
    columns = {
        "age": np.log1p(age),
        "entry_age": np.log1p(np.maximum(age - tenure, 0.0)),
        "rising": logit(number("rising")),
        "expected": logit(number("rising_expected")),
        "rate_over_lifetime": log_ratio(rate, lifetime),
        "rate_over_lifetime_place": logit(number("rate_over_lifetime_place")),
        "growth": np.log(np.maximum(number("relative_growth_per_hour"), SMALLEST)),
        "growth_goes_on": logit(number("forecast_place")),
        "acceleration": log_ratio(rate, number("earlier_views_per_hour")),
        "place": number("list_share"),
        "over_usual": log_ratio(views, number("median_others")),
        "usual_z": np.clip(number("challenger_z"), -Z_LIMIT, Z_LIMIT),
        "size_place": number("size_place"),
        "likes_place": number("likes_place"),
        "comments_place": number("comments_place"),
        "gap": np.log1p(gap),
        "captures": np.log1p(number("measurements")),
    }
    table = np.column_stack([columns[name] for name in FEATURES])
    table[~np.isfinite(table)] = np.nan
    once_only = [FEATURES.index(name) for name in FEATURES if name not in ONCE]
    table[np.ix_(~measured, once_only)] = np.nan
    return table


PARTS_NEEDED = (
    "tenure_hours", "lifetime_views_per_hour", "rate_over_lifetime_place", "forecast_place", "list_share", "size_place",
    "likes_place", "comments_place", "relative_growth_per_hour", "earlier_views_per_hour", "median_others",
    "measurements",
)  # fmt: skip
"""Parts of a scored row that features are made of, besides the columns of `velocity.scores`."""
COLUMNS_NEEDED = (
    *PARTS_NEEDED, "age_hours", "views", "delta_views", "hours_between", "views_per_hour", "rising", "rising_expected",
    "challenger_z",
)  # fmt: skip
"""All that features are made of."""


def logit(share: ArrayLike) -> Floats:
    """log(p / (1 - p)), with the ends held at one in a hundred."""
    place = np.clip(np.asarray(share, np.float64), PLACE_LIMIT, 1 - PLACE_LIMIT)
    return np.log(place / (1 - place))


def log_ratio(over: ArrayLike, under: ArrayLike) -> Floats:
    """log(over / under) within e^-6 and e^6; NaN where either is unknown or `under` is not positive."""
    top, bottom = np.asarray(over, np.float64), np.asarray(under, np.float64)
    ratio = np.log(np.maximum(top, SMALLEST)) - np.log(np.where(bottom > 0, bottom, np.nan))
    return np.clip(ratio, -LOG_LIMIT, LOG_LIMIT)
