"""What ranks: rising, momentum, outlier, forecast, class and place inside the source.

    rising            same-age percentile of relative growth per hour, dviews / (views + 100) / hours, inside
                      source x list x "age known", widened to the source and then the platform below 8 items
    rising_expected   the same with items measured once slotted in at the growth that items of their age usually show
                      between their first two captures (curve `first_step`); NULL until that has been learned
    momentum          views per hour x age^-1.2
    outlier           views per hour / median views of the creator's other items (at least 3 of them)
    forecast          expected views per hour from now on: measured rate x exp(curve `carry`); for an item measured
                      once views x first_step growth. What will gain most; `views_per_hour` only looks back
    breakout          (views + 72 h x forecast) / upper end of the creator's normal range (`baselines.upper_range`):
                      from 1 on the item is expected to leave the range within three days
    class             measured | new (measured once) | position (ranks only)
    heat              3/4 rising + 1/4 place of the challenger (`baselines.age_adjusted`); new: the challenger
    source_percentile mid-rank percentile of heat (or the source's own formula) inside source and class

A hundred views are added to the base of relative growth: below that a handful of views would be a rise of several
hundred percent. It decides nothing on lists of popular items (the real series start at 549 and 601).
A missing age is replaced by the time since we first saw the item, among other items of unknown age only.

All columns are NaN (never infinite) where they cannot be known, and the reason says why.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.formulas import MIN_HOURS
from trend_assets.domain.velocity.peers import percentile_within, widening_percentile

Floats = NDArray[np.float64]

PRIOR_VIEWS = 100.0
MOMENTUM_EXPONENT = -1.2  # measured on three real YouTube series
MIN_OTHER_ITEMS = 3
# the challenger won among new items and on planted breakouts and lost on rising (docs/scoreboard.md, ADR 0011):
# it takes over the first and a quarter of the rest
CHALLENGER_SHARE = 0.25
BREAKOUT_HOURS = 72.0  # the middle one of the horizons that the scoreboard grades
# a carry learned from few or odd items may not move a forecast by more than a factor of four
MAX_CARRY = float(np.log(4.0))


class RankScores(NamedTuple):
    """Per row: scores in the units above, and how many peers `rising` rests on and how wide it had to look."""

    rising: Floats
    rising_expected: Floats
    momentum: Floats
    outlier_ratio: Floats
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
    return RankScores(
        rising=rising.percentile,
        rising_expected=expected,
        momentum=momentum(views_per_hour=rate, age_hours=age),
        outlier_ratio=outlier_ratio(views_per_hour=rate, median_others=median_others, others=others),
        forecast_views_per_hour=forecast(
            measured_views_per_hour=number("measured_views_per_hour"),
            views=views,
            carry=curve_book.read(curves, "carry", platform, curve_book.age_places(age, tenure)),
            first_growth=usual,
            views_per_hour=rate,
        ),
        rising_peers=rising.peers,
        rising_level=rising.level,
    )


def relative_growth(*, delta: ArrayLike, views: ArrayLike, hours: ArrayLike) -> Floats:
    """Growth per hour relative to the views: share per hour. NaN without two captures; negative when the count fell."""
    change, size, gap = (np.asarray(column, np.float64) for column in (delta, views, hours))
    usable = np.isfinite(change) & np.isfinite(size) & (gap > 0)
    return np.where(usable, change / (np.maximum(size, 0) + PRIOR_VIEWS) / np.where(usable, gap, 1.0), np.nan)


def expected_first_growth(
    curves: pd.DataFrame, *, platform: ArrayLike, age_hours: ArrayLike, tenure_hours: ArrayLike
) -> Floats:
    """Relative growth per hour that items usually show right after they were first measured at this age."""
    learned = curve_book.read(curves, "first_step", platform, curve_book.age_places(age_hours, tenure_hours))
    return np.exp(np.minimum(learned, 0.0))


def momentum(*, views_per_hour: ArrayLike, age_hours: ArrayLike) -> Floats:
    """Views per hour x age^-1.2 (age at least 0.1 h): what will be biggest. NaN without an age or a rate."""
    age = np.maximum(np.asarray(age_hours, np.float64), MIN_HOURS)
    return np.asarray(views_per_hour, np.float64) * age**MOMENTUM_EXPONENT


def outlier_ratio(*, views_per_hour: ArrayLike, median_others: ArrayLike, others: ArrayLike) -> Floats:
    """Views per hour over the creator's median views (others only; at least one view). NaN with fewer than 3 others."""
    median = np.asarray(median_others, np.float64)
    enough = (np.asarray(others, np.float64) >= MIN_OTHER_ITEMS) & np.isfinite(median)
    return np.where(
        enough, np.asarray(views_per_hour, np.float64) / np.maximum(np.where(enough, median, 1.0), 1.0), np.nan
    )


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


def breakout_ratio(*, views: ArrayLike, forecast_views_per_hour: ArrayLike, upper_range: ArrayLike) -> Floats:
    """Expected views in three days over the upper end of the creator's normal range. NaN without a range."""
    limit = np.asarray(upper_range, np.float64)
    ahead = np.asarray(views, np.float64) + BREAKOUT_HOURS * np.maximum(
        np.asarray(forecast_views_per_hour, np.float64), 0
    )
    return np.where(np.isfinite(limit), ahead / np.where(np.isfinite(limit), np.maximum(limit, 1.0), 1.0), np.nan)


def classes(items: pd.DataFrame, *, has_position: ArrayLike) -> NDArray[np.object_]:
    """measured, new or position, per row; `has_position` marks rows of sources that only have ranks."""
    out = np.where(np.isfinite(items["delta_views"].to_numpy(np.float64, na_value=np.nan)), "measured", "new")
    return np.where(np.asarray(has_position, bool), "position", out).astype(object)


def place_within(values: ArrayLike, *, source: ArrayLike, score_class: ArrayLike) -> Floats:
    """Mid-rank percentile of each value inside its source and class; NaN where the value is."""
    return percentile_within(values, _codes(source, score_class))


def heat(*, rising: ArrayLike, challenger_place: ArrayLike, is_new: ArrayLike) -> Floats:
    """What items are ordered by inside their source, 0 to 1: measured ones by 3/4 rising + 1/4 place of the challenger
    (1/2 where it is unknown); new ones, which have no growth, by the challenger alone. NaN where that is unknown."""
    place, growth = np.asarray(challenger_place, np.float64), np.asarray(rising, np.float64)
    known = np.where(np.isfinite(place), place, 0.5)
    mixed = (1 - CHALLENGER_SHARE) * growth + CHALLENGER_SHARE * known
    return np.where(np.asarray(is_new, bool), place, mixed)


def source_percentiles(
    *, source: ArrayLike, score_class: ArrayLike, primary: ArrayLike, secondary: ArrayLike
) -> Floats:
    """Place inside source and class, 0-1, never NaN: by `primary`; rows without it stand below all that have it, in
    the order of `secondary`; rows with neither share the lowest place."""
    group = _codes(source, score_class)
    first, second = percentile_within(primary, group), percentile_within(secondary, group)
    # percentiles lie strictly between 0 and 1, so the three bands cannot overlap
    key = np.where(np.isfinite(first), 2 + first, np.where(np.isfinite(second), 1 + second, 0.0))
    return percentile_within(key, group)


def _levels(items: pd.DataFrame, *, age_known: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Peer groups, narrow to wide."""
    known = age_known.astype(int)
    columns: list[list[ArrayLike]] = [
        [items["source"], items["platform"], items["list_name"].fillna(""), known],
        [items["source"], items["platform"], known],
        [items["platform"], known],
        [items["platform"]],
    ]
    return [_codes(*parts) for parts in columns]


def _codes(*columns: ArrayLike) -> NDArray[np.int64]:
    """One code per distinct combination."""
    code = np.zeros(len(np.asarray(columns[0])), dtype=np.int64)
    for column in columns:
        part, names = pd.factorize(np.asarray(column, dtype=object), sort=False)
        code = pd.factorize(code * (len(names) + 1) + part)[0].astype(np.int64)
    return code
