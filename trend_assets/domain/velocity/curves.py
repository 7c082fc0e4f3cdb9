"""Curves: what is usual at an age, per platform, learned forward in time, one day at a time.

A curve is a column of bins (two per doubling of the age in hours, or of the followers), each with a robust middle, a
robust spread and an effective number of items. A day's own medians are blended into the stored curve:

    weight' = weight * 2^(-days since / HALF_LIFE_DAYS)
    middle  = (weight' * stored + n * median today) / (weight' + n)          weight = weight' + n

so that a day costs a day, whatever the history, and nothing later than the day can enter. The curves:

    relative_growth     log of relative growth per hour, by age: how fast items of an age usually grow
    first_step          the same between an item's first and second capture, by its age at the first: the forecast for
                        an item that has been measured once
    carry               log(rate now / rate before), by the age before: how a rate usually goes on
    log_views           log(1 + views), by age: the level of an age
    views_by_followers  log(1 + views) minus log_views(age), by followers: what followers predict

Ages that are unknown have bins of their own, by the time since we first saw the item.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

HALF_LIFE_DAYS = 7.0
FORGET_DAYS = 30
UNKNOWN_AGE_OFFSET = 100
BINS_PER_DOUBLING = 2
TOP_BIN = 47  # 2^23 h are 957 years: everything older shares the last bin
MIN_BIN_ITEMS = 3.0
MAD_TO_SIGMA = 1.4826  # makes the median absolute deviation of a normal sample its standard deviation

CURVE_COLUMNS = ("platform", "curve", "bin", "middle", "spread", "weight", "items_today", "learned_until")


def age_bins(age_hours: ArrayLike, tenure_hours: ArrayLike) -> Codes:
    """Bin of each age: 0 below an hour, then two per doubling; from 100 on, by tenure, where the age is unknown."""
    return np.floor(age_places(age_hours, tenure_hours)).astype(np.int64)


def age_places(age_hours: ArrayLike, tenure_hours: ArrayLike) -> Floats:
    """The exact place of each age on the scale of the bins (bin b covers b to b + 1)."""
    age, tenure = np.asarray(age_hours, np.float64), np.asarray(tenure_hours, np.float64)
    return np.where(np.isfinite(age), places(age), UNKNOWN_AGE_OFFSET + places(tenure))


def places(values: ArrayLike) -> Floats:
    """0 to 1 below 1 (0 where unknown), then 1 + 2 log2, below TOP_BIN + 1."""
    numbers = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=1e300)
    above = 1 + BINS_PER_DOUBLING * np.log2(np.maximum(numbers, 1.0))
    return np.where(numbers < 1, np.maximum(numbers, 0.0), np.minimum(above, TOP_BIN + 0.999))


def bins_of(values: ArrayLike) -> Codes:
    """Bin of each value (followers)."""
    return np.floor(places(values)).astype(np.int64)


def learn(changes: pd.DataFrame, stored: pd.DataFrame, *, day: date) -> pd.DataFrame:
    """The curves at the end of `day`: `stored` (an earlier day's curves, may be empty) blended with the day's
    `changes` (rows of `changes.measure_changes`). Returns CURVE_COLUMNS sorted by platform, curve and bin."""
    fresh = pd.concat([_medians(sample) for sample in _samples(changes, stored)], ignore_index=True)
    old = stored.loc[:, ["platform", "curve", "bin", "middle", "spread", "weight", "learned_until"]].copy()
    ages = np.array([(day - until).days for until in old["learned_until"]], dtype=np.float64)
    old["weight"] = old["weight"].to_numpy(np.float64) * 0.5 ** (ages / HALF_LIFE_DAYS)
    old = old[(ages > 0) & (ages <= FORGET_DAYS)]
    both = old.drop(columns="learned_until").merge(fresh, on=["platform", "curve", "bin"], how="outer")
    weight, count = both["weight"].fillna(0.0).to_numpy(np.float64), both["n"].fillna(0.0).to_numpy(np.float64)
    share = np.divide(count, weight + count, out=np.zeros_like(count), where=(weight + count) > 0)
    out = both.loc[:, ["platform", "curve", "bin"]].copy()
    for name in ("middle", "spread"):
        before, today = (
            both[name].fillna(0.0).to_numpy(np.float64),
            both[f"{name}_today"].fillna(0.0).to_numpy(np.float64),
        )
        out[name] = (1 - share) * before + share * today
    out["weight"] = weight + count
    out["items_today"] = count.astype(np.int64)
    out["learned_until"] = day
    return out.sort_values(["platform", "curve", "bin"], ignore_index=True)


def read(curves: pd.DataFrame, curve: str, platforms: ArrayLike, at: ArrayLike, *, column: str = "middle") -> Floats:
    """The curve's value at each platform and place (`age_places`, `places`): straight lines between the middles of bins
    that have enough items, flat beyond them; NaN for a platform of which nothing has been learned."""
    where, names = np.asarray(at, np.float64), np.asarray(platforms, dtype=object)
    out = np.full(len(where), np.nan)
    chosen = curves[(curves["curve"] == curve) & (curves["weight"] >= MIN_BIN_ITEMS)]
    for platform, rows in chosen.groupby("platform"):
        for unknown_age in (False, True):
            part = rows[(rows["bin"] >= UNKNOWN_AGE_OFFSET) == unknown_age].sort_values("bin")
            here = (names == platform) & ((where >= UNKNOWN_AGE_OFFSET) == unknown_age)
            if len(part) and here.any():
                out[here] = np.interp(where[here], part["bin"].to_numpy(float) + 0.5, part[column].to_numpy(float))
    return out


def empty() -> pd.DataFrame:
    """Curves of a platform's first day: nothing learned."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in CURVE_COLUMNS}).astype(
        {"bin": np.int64, "middle": np.float64, "spread": np.float64, "weight": np.float64}
    )


def _samples(changes: pd.DataFrame, stored: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The day's observations of every curve: platform, curve, bin, value; finite values only."""
    numbers = {
        name: changes[name].to_numpy(np.float64, na_value=np.nan)
        for name in (
            "age_hours", "tenure_hours", "hours_between", "views", "relative_growth_per_hour", "creator_followers",
            "measured_views_per_hour", "earlier_views_per_hour", "measurements",
        )
    }  # fmt: skip
    platform = changes["platform"]
    here = age_places(numbers["age_hours"], numbers["tenure_hours"])
    bins = np.floor(here).astype(np.int64)
    gap = numbers["hours_between"]
    earlier_bins = age_bins(np.maximum(numbers["age_hours"] - gap, 0), np.maximum(numbers["tenure_hours"] - gap, 0))

    def sample(curve: str, bin_codes: Codes, values: Floats, rows: NDArray[np.bool_]) -> pd.DataFrame:
        keep = rows & np.isfinite(values)
        return pd.DataFrame({"platform": platform[keep], "curve": curve, "bin": bin_codes[keep], "value": values[keep]})

    growth = numbers["relative_growth_per_hour"]
    log_growth = np.log(np.where(growth > 0, growth, np.nan))
    now, before = numbers["measured_views_per_hour"], numbers["earlier_views_per_hour"]
    carried = np.log(np.where(now > 0, now, np.nan)) - np.log(np.where(before > 0, before, np.nan))
    level = np.log1p(np.maximum(numbers["views"], 0))
    yield sample("relative_growth", bins, log_growth, np.isfinite(log_growth))
    yield sample("first_step", earlier_bins, log_growth, np.abs(numbers["tenure_hours"] - gap) < 1e-6)
    yield sample("carry", earlier_bins, carried, np.isfinite(carried))
    yield sample("log_views", bins, level, np.isfinite(level))
    above = level - read(stored, "log_views", platform.to_numpy(object), here)
    followers = numbers["creator_followers"]
    yield sample("views_by_followers", bins_of(followers), above, np.isfinite(followers))


def _medians(sample: pd.DataFrame) -> pd.DataFrame:
    """Median, MAD as sigma, and number of a day's observations per bin."""
    keys = ["platform", "curve", "bin"]
    if sample.empty:
        return pd.DataFrame({**{key: [] for key in keys}, "middle_today": [], "spread_today": [], "n": []}).astype(
            {"platform": object, "curve": object, "bin": np.int64}
        )
    middle = sample.groupby(keys)["value"].transform("median")
    deviation = (sample["value"] - middle).abs()
    out = pd.DataFrame({"middle_today": middle, "deviation": deviation}).groupby([sample[key] for key in keys])
    return (
        out.agg(middle_today=("middle_today", "first"), spread_today=("deviation", "median"), n=("deviation", "size"))
        .assign(spread_today=lambda frame: frame["spread_today"] * MAD_TO_SIGMA)
        .reset_index()
    )
