"""What ranks: rising, rate over lifetime, leap, range, forecast, class and place inside the source.

    rising            same-age percentile of relative growth per hour, dviews / (views + 100) / hours, inside
                      source x list x "age known", widened to the source and then the platform below 8 items
    rising_expected   the same with items measured once slotted in at the growth that items of their age usually show
                      between their first two captures (curve `first_step`); NULL until that has been learned
    rate_over_lifetime_place  same-age percentile of the measured rate over the mean rate since posting
    leap              views per hour / median views of the creator's other items (at least 3 of them)
    forecast          expected views per hour from now on: measured rate x exp(curve `carry`); for an item measured
                      once views x first_step growth. What will gain most; `views_per_hour` only looks back
    range             (views + 72 h x forecast) / upper end of the creator's normal range (`baselines.upper_range`):
                      from 1 on the item is expected to leave the range within three days
    growth_over_usual relative growth per hour over what items of its age usually show (curve `relative_growth`)
    class             measured | new (measured once) | position (ranks only)
    source_percentile mid-rank percentile of the score that ranks the source (`domain/chance`) inside the source,
                      items measured once among all others

A hundred views are added to the base of relative growth: below that a handful of views would be a rise of several
hundred percent. It decides nothing on lists of popular items (the real series start at 549 and 601).
A missing age is replaced by the time since we first saw the item, among other items of unknown age only.

All columns are NaN (never infinite) where they cannot be known, and the reason says why.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.formulas import MIN_HOURS, over
from trend_assets.domain.velocity.peers import percentile_within, same_age_percentile, widening_percentile

Floats = NDArray[np.float64]

PRIOR_VIEWS = 100.0
MIN_OTHER_ITEMS = 3
RANGE_HOURS = 72.0  # the middle one of the horizons that the scoreboard grades
# a carry learned from few or odd items may not move a forecast by more than a factor of four
MAX_CARRY = float(np.log(4.0))


class RankScores(NamedTuple):
    """Per row: scores in the units above, and how many peers `rising` rests on and how wide it had to look."""

    rising: Floats
    rising_expected: Floats
    lifetime_views_per_hour: Floats
    rate_over_lifetime_place: Floats
    growth_over_usual: Floats
    leap: Floats
    forecast_views_per_hour: Floats
    rising_peers: NDArray[np.int64]
    rising_level: NDArray[np.int64]


LEVEL_NAMES = ("list", "source", "platform", "platform, age known or not")


def rank_scores(
    items: pd.DataFrame, curves: pd.DataFrame, *, median_others: ArrayLike, others: ArrayLike
) -> RankScores:
    """Scores of every row of `items` (columns of `changes.measure_changes` plus `source` and `list_name`).

    `curves`: what had been learned by the end of the day (`curves.learn`, may be empty). `median_others`, `others`:
    the median views of the creator's other items and how many there are, row by row.
    """
    number = lambda name: items[name].to_numpy(np.float64, na_value=np.nan)  # noqa: E731
    views, delta, gap = number("views"), number("delta_views"), number("hours_between")
    age, tenure = number("age_hours"), number("tenure_hours")
    platform = items["platform"].to_numpy(object)
    measured = np.isfinite(delta)
    growth = relative_growth(delta=delta, views=views, hours=gap)
    usual = expected_first_growth(curves, platform=platform, age_hours=age, tenure_hours=tenure)
    slotted = np.where(measured, growth, np.where(np.isfinite(views), usual, np.nan))
    clock = np.where(np.isfinite(age), age, tenure)
    levels = _levels(items, age_known=np.isfinite(age))
    rising = widening_percentile(growth, clock, levels)
    expected = widening_percentile(slotted, clock, levels).percentile
    rate = number("views_per_hour")
    lifetime = views / np.maximum(age, MIN_HOURS)
    ratio = np.where(measured, over(rate, lifetime), np.nan)
    ages = curve_book.age_places(age, tenure)
    usual_growth = np.exp(curve_book.read(curves, "relative_growth", platform, ages))
    relative = number("relative_growth_per_hour")
    return RankScores(
        rising=rising.percentile,
        rising_expected=expected,
        lifetime_views_per_hour=lifetime,
        rate_over_lifetime_place=widening_percentile(ratio, clock, levels).percentile,
        growth_over_usual=over(relative, usual_growth),
        leap=leap(views_per_hour=rate, median_others=median_others, others=others),
        forecast_views_per_hour=forecast(
            measured_views_per_hour=number("measured_views_per_hour"),
            views=views,
            carry=curve_book.read(curves, "carry", platform, ages),
            first_growth=usual,
            views_per_hour=rate,
        ),
        rising_peers=rising.peers,
        rising_level=rising.level,
    )


def relative_growth(*, delta: ArrayLike, views: ArrayLike, hours: ArrayLike) -> Floats:
    """Growth per hour relative to the views: share per hour. NaN without two captures; negative when the count fell."""
    return over(np.asarray(delta, np.float64) / (np.maximum(np.asarray(views, np.float64), 0) + PRIOR_VIEWS), hours)


def expected_first_growth(
    curves: pd.DataFrame, *, platform: ArrayLike, age_hours: ArrayLike, tenure_hours: ArrayLike
) -> Floats:
    """Relative growth per hour that items usually show right after they were first measured at this age."""
    learned = curve_book.read(curves, "first_step", platform, curve_book.age_places(age_hours, tenure_hours))
    return np.exp(np.minimum(learned, 0.0))


def leap(*, views_per_hour: ArrayLike, median_others: ArrayLike, others: ArrayLike) -> Floats:
    """Views per hour over the creator's median views (others only; at least one view). NaN with fewer than 3 others."""
    above = np.asarray(views_per_hour, np.float64) / np.maximum(np.asarray(median_others, np.float64), 1.0)
    return np.where(np.asarray(others, np.float64) >= MIN_OTHER_ITEMS, above, np.nan)


def forecast(
    *,
    measured_views_per_hour: ArrayLike,
    views: ArrayLike,
    carry: ArrayLike,
    first_growth: ArrayLike,
    views_per_hour: ArrayLike,
) -> Floats:
    """Expected views per hour from now on. Measured: the rate times what rates of that age usually keep (`carry`, log
    ratio, at most a factor of four). Measured once: views x usual first growth; before that has been learned half the
    mean rate since posting (views that grow like the square root of time run at half their mean rate)."""
    measured = np.asarray(measured_views_per_hour, np.float64)
    kept = np.exp(np.clip(np.nan_to_num(np.asarray(carry, np.float64)), -MAX_CARRY, MAX_CARRY))
    once = np.asarray(views, np.float64) * np.asarray(first_growth, np.float64)
    once = np.where(np.isfinite(once), once, np.asarray(views_per_hour, np.float64) / 2)
    return np.where(np.isfinite(measured), measured * kept, once)


def range_ratio(*, views: ArrayLike, forecast_views_per_hour: ArrayLike, upper_range: ArrayLike) -> Floats:
    """Expected views in three days over the upper end of the creator's normal range (`baselines.upper_range`, at least
    a view). NaN without a range."""
    ahead = np.asarray(views, np.float64) + RANGE_HOURS * np.maximum(np.asarray(forecast_views_per_hour, np.float64), 0)
    return ahead / np.asarray(upper_range, np.float64)


def classes(items: pd.DataFrame, *, has_position: ArrayLike) -> NDArray[np.object_]:
    """measured, new or position, per row; `has_position` marks rows of sources that only have ranks."""
    out = np.where(np.isfinite(items["delta_views"].to_numpy(np.float64, na_value=np.nan)), "measured", "new")
    return np.where(np.asarray(has_position, bool), "position", out).astype(object)


def source_percentiles(*, source: pd.Series, primary: ArrayLike, secondary: ArrayLike) -> Floats:
    """Place inside the source, 0-1, never NaN: by `primary`; rows without it stand below all that have it, in the
    order of `secondary`; rows with neither share the lowest place."""
    group = _codes(source)
    first, second = percentile_within(primary, group), percentile_within(secondary, group)
    # percentiles lie strictly between 0 and 1, so the three bands cannot overlap
    key = np.where(np.isfinite(first), 2 + first, np.where(np.isfinite(second), 1 + second, 0.0))
    return percentile_within(key, group)


def places_among_peers(items: pd.DataFrame, forecast_views_per_hour: ArrayLike) -> dict[str, Floats]:
    """Where an item stands in its source among items of about its age, in what its features are made of: size,
    forecast growth, likes and comments per view; and its place in its list as a share of the list's length."""
    number = lambda name: items[name].to_numpy(np.float64, na_value=np.nan)  # noqa: E731
    views, age = number("views"), number("age_hours")
    known = np.isfinite(age)
    clock, group = np.where(known, age, number("tenure_hours")), _codes(items["source"], known)
    shows_views = (items["counted"] == "views").to_numpy(bool)
    compared = {
        "forecast_place": np.asarray(forecast_views_per_hour, np.float64) / (np.maximum(views, 0) + PRIOR_VIEWS),
        "size_place": views,
        "likes_place": np.where(shows_views, number("likes") / np.maximum(views, 1.0), np.nan),
        "comments_place": number("comments") / np.maximum(views, 1.0),
    }
    places = {name: same_age_percentile(values, clock, group) for name, values in compared.items()}
    rank = items["list_rank"].astype(np.float64)
    longest = rank.groupby(_codes(items["source"], items["list_name"])).transform("max")
    return places | {"list_share": (rank / longest).to_numpy(np.float64, na_value=np.nan)}


def _levels(items: pd.DataFrame, *, age_known: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Peer groups, narrow to wide."""
    platform = _codes(items["platform"])
    of_known = _codes(platform, age_known)
    source = _codes(items["source"], of_known)
    return [_codes(items["list_name"], source), source, of_known, platform]


def _codes(*columns: pd.Series | NDArray[Any]) -> NDArray[np.int64]:
    """One code per distinct combination; unknown is a value like any other."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        part, names = pd.factorize(column)
        code = pd.factorize(code * (len(names) + 1) + part)[0]
    return code
