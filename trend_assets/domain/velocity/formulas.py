"""The named formulas of velocity: engagements per hour since posting, measured change between captures.

Plain arrays in, plain arrays out; every function is elementwise, so row order cannot matter, and none knows the wall
clock: "now" is always the capture's own time. Pairing the captures of one item (`changes.py`) does not belong here.

    engagement velocity  = (likes + comments + shares) / max(hours since posted, 0.1)       engagements per hour
    measured velocity    = (count2 - count1) / (t2 - t1)                                     counts per hour
    acceleration         = (velocity12 - velocity01) / ((t2 - t0) / 2)                       counts per hour²

The divisor of the acceleration is the distance between the middles of the two intervals: a mean rate belongs to the
middle of its interval (central difference for unequal steps).
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MIN_HOURS = 0.1  # six minutes; a younger post would divide by next to nothing
SECONDS_PER_HOUR = 3600.0
MAX_COUNT = 9.2e18  # just under 2^63: what a bigint can hold, so that sums of three stay finite in float64


class EngagementVelocity(NamedTuple):
    """Per item: `per_hour` (always finite, 2 decimals), `is_clamped` where a negative or impossible count was read as
    0, and `has_posted_at` False where the velocity is 0.0 for want of a posting time."""

    per_hour: Floats
    is_clamped: NDArray[np.bool_]
    has_posted_at: NDArray[np.bool_]


def counts(values: ArrayLike) -> Floats:
    """Counts as float64; what is not a number (None, "", NaN, infinity, text, over 2^63) becomes NaN. Sign is kept."""
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        numbers = np.array(values, dtype=np.float64)
    else:
        numbers = np.array(pd.to_numeric(pd.Series(_column(values), dtype=object), errors="coerce"), dtype=np.float64)
    numbers[~np.isfinite(numbers) | (np.abs(numbers) > MAX_COUNT)] = np.nan
    return numbers


def instants(values: Any) -> pd.Series:
    """Times as UTC timestamps, NaT where missing or unreadable. Text may end in `Z` or an offset; without one it is
    UTC."""
    series = values if isinstance(values, pd.Series) else pd.Series(_column(values))
    series = series.reset_index(drop=True)
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return series.dt.tz_convert("UTC")
    return pd.to_datetime(series.astype(object), utc=True, errors="coerce", format="ISO8601")


def over(above: ArrayLike, below: ArrayLike) -> Floats:
    """`above` / `below`; NaN where either is unknown or `below` is not positive."""
    divisor = np.asarray(below, np.float64)
    return np.asarray(above, np.float64) / np.where(divisor > 0, divisor, np.nan)


def hours_between(earlier: Any, later: Any) -> Floats:
    """Hours from `earlier` to `later`, NaN where either is missing; negative when they are the wrong way round."""
    return np.asarray((instants(later) - instants(earlier)).dt.total_seconds() / SECONDS_PER_HOUR, dtype=np.float64)


def engagement_velocity(
    *, likes: ArrayLike, comments: ArrayLike, shares: ArrayLike, posted_at: Any, measured_at: Any
) -> EngagementVelocity:
    """Missing counts count as 0, negative ones are clamped to 0 and reported, a missing `posted_at` gives 0.0; a
    `posted_at` in the future counts as the least age, 0.1 h. Never NaN, never infinite."""
    parts = [counts(column) for column in (likes, comments, shares)]
    clamped = np.logical_or.reduce([part < 0 for part in parts])
    engagements = np.sum([np.nan_to_num(np.maximum(part, 0.0), nan=0.0) for part in parts], axis=0)
    hours = hours_between(posted_at, measured_at)
    known = np.isfinite(hours)
    per_hour = np.where(known, engagements / np.maximum(hours, MIN_HOURS), 0.0)
    return EngagementVelocity(np.asarray(np.round(per_hour, 2), dtype=np.float64), clamped, known)


def measured_velocity(*, count: ArrayLike, previous_count: ArrayLike, hours: ArrayLike) -> Floats:
    """Counts gained per hour between two captures. NaN with one capture, a missing count, or no time between
    them. Negative when the platform took counts back."""
    return over(counts(count) - counts(previous_count), hours)


def acceleration(
    *, velocity: ArrayLike, earlier_velocity: ArrayLike, hours: ArrayLike, earlier_hours: ArrayLike
) -> Floats:
    """Change of velocity per hour over three captures; `hours` and `earlier_hours` are the two intervals' lengths.
    NaN where one of the velocities is."""
    middle_distance = (np.asarray(hours, np.float64) + np.asarray(earlier_hours, np.float64)) / 2
    return over(np.asarray(velocity, np.float64) - np.asarray(earlier_velocity, np.float64), middle_distance)


def _column(values: Any) -> Any:
    """One value is a column of one row."""
    if isinstance(values, str) or not hasattr(values, "__len__"):
        return [values]
    return values
