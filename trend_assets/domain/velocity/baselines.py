"""Baselines: what is normal for an item's own creator or list, the item itself left out.

A baseline keeps, per key, the newest known counts of its most recent items (a ring of at most RING_ITEMS). A day's
items replace their own older entries and push out the oldest, so rolling a baseline costs the day's items and not the
history; what is stored per day is the rings that changed.

    mean_others, median_others, spread_others, others        of the ring plus today's items, without the item itself

Medians and quartiles without one member come from the sorted group by index arithmetic, not by n medians: with the
member at place r removed, the k-th smallest of the rest is the k-th of the group if k < r, else the (k+1)-th.

The challenger (`age_adjusted`) puts ages and audience sizes on one scale before it compares:

    residual_i = log(1 + views_i) - level(age_i)                       level: curve `log_views` of the platform
    centre     = (n * median(residuals of others) + K * prior) / (n + K)        prior: curve `views_by_followers`
    scale²     = (n * spread² + K * population spread²) / (n + K)
    z          = (residual - centre) / scale

With thin history (n << K = 5 items) it falls back to what the followers predict (empirical Bayes shrinkage; Efron &
Morris 1975). Scores that use baselines do not belong here.
"""

from datetime import date
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.formulas import over

Floats = NDArray[np.float64]

RING_ITEMS = 30
LIST_RING_ITEMS = 300
MIN_OTHERS = 3
RANGE_SPREADS = 3.0
RANGE_FACTOR = 2.0
PRIOR_ITEMS = 5.0
QUARTILES_TO_SIGMA = 1.349  # the interquartile range of a normal sample is 1.349 standard deviations
POPULATION_SIGMA = 1.5  # log views vary by a factor of 4.5 before anything is known; used only without a curve

ENTRY_COLUMNS = ("platform", "scope", "key", "external_id", "value", "engagements", "age_bin", "measured_at")
KEY = ["platform", "scope", "key"]


def entries_of(stored: pd.DataFrame) -> pd.DataFrame:
    """Stored rings (column `entries`: external_id → [value, engagements, age_bin, epoch seconds]) as one row per
    item: ENTRY_COLUMNS."""
    rings = [entries if isinstance(entries, dict) else {} for entries in stored["entries"].tolist()]
    sizes = np.fromiter(map(len, rings), np.int64, len(rings))
    ids = list(chain.from_iterable(rings))
    values = list(chain.from_iterable(map(dict.values, rings)))
    numbers = np.array(values, dtype=np.float64).reshape(len(ids), 4)
    frame = stored.loc[:, KEY].iloc[np.repeat(np.arange(len(rings)), sizes)].reset_index(drop=True)
    frame["external_id"] = pd.Series(ids, index=frame.index, dtype=stored["key"].dtype)
    frame["value"], frame["engagements"] = numbers[:, 0], numbers[:, 1]
    frame["age_bin"] = np.nan_to_num(numbers[:, 2]).astype(np.int64)
    frame["measured_at"] = pd.to_datetime(numbers[:, 3], unit="s", utc=True)
    return frame


def pool(today: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """Today's entries and those of the stored rings, one per key and item: today's own measurement wins. `group`: the
    code of the key."""
    if today.duplicated([*KEY, "external_id"]).any():  # rare, and sorting is dear
        today = today.sort_values(["measured_at", "value", "engagements", "age_bin"])
    both = pd.concat([entries_of(stored), today], ignore_index=True)
    both = both[both["key"].notna() & both["value"].notna()]
    both = both.assign(group=both.groupby(KEY, sort=False).ngroup())
    return both.drop_duplicates(["group", "external_id"], keep="last", ignore_index=True)


def roll(pooled: pd.DataFrame, *, day: date) -> pd.DataFrame:
    """The rings after `day`: one row per key with its newest items and what they say together."""
    columns = [*KEY, "items", "mean_value", "median_value", "mean_engagements", "entries", "learned_until"]
    if pooled.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    newest_first = pooled.sort_values([*KEY, "measured_at", "external_id"], ascending=[True, True, True, False, True])
    place = newest_first.groupby(KEY, sort=False).cumcount()
    size = np.where(newest_first["scope"] == "creator", RING_ITEMS, LIST_RING_ITEMS)
    kept = newest_first[place.to_numpy() < size]
    seconds = (kept["measured_at"] - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
    entry = [
        [value, None if np.isnan(engaged) else engaged, bin_, second]
        for value, engaged, bin_, second in zip(
            kept["value"].tolist(),
            kept["engagements"].tolist(),
            kept["age_bin"].tolist(),
            seconds.tolist(),
            strict=True,
        )
    ]
    grouped = kept.groupby(KEY)
    out = grouped.agg(
        items=("value", "size"), mean_value=("value", "mean"), median_value=("value", "median"),
        mean_engagements=("engagements", "mean"),
    ).reset_index()  # fmt: skip
    codes = grouped.ngroup().to_numpy()
    rings: list[dict[str, Any]] = [{} for _ in range(len(out))]
    for code, external_id, value in zip(codes.tolist(), kept["external_id"].tolist(), entry, strict=True):
        rings[code][external_id] = value
    out["entries"] = pd.Series(rings, index=out.index, dtype=object)
    out["learned_until"] = day
    return out.loc[:, columns]


def without_itself(pooled: pd.DataFrame, column: str = "value") -> pd.DataFrame:
    """For each row of a `pool`: `others` (how many other items of its key have the column), and `mean_others`,
    `median_others`, `spread_others` (interquartile range as sigma) of those; NaN where there are none. Index kept."""
    values = pooled[column].to_numpy(np.float64)
    known = np.isfinite(values)
    group = pooled["group"].to_numpy(np.int64)
    order = np.lexsort((values, ~known, group))
    sorted_values, sorted_known = values[order], known[order]
    codes = group[order]
    size = np.bincount(codes[sorted_known], minlength=codes.max(initial=-1) + 1)
    rows = np.bincount(codes, minlength=len(size))
    start = np.r_[0, np.cumsum(rows)[:-1]][codes] if len(codes) else codes
    place = np.arange(len(codes)) - start
    count = size[codes]
    others = np.where(sorted_known, count - 1, count)
    total = np.bincount(codes[sorted_known], weights=sorted_values[sorted_known], minlength=len(size))[codes]
    removed = np.where(sorted_known, place, count)  # a row without the value removes nobody
    mean = over(total - np.where(sorted_known, sorted_values, 0.0), others)
    pick = lambda share: _order_statistic(sorted_values, start, removed, others, share)  # noqa: E731
    out = pd.DataFrame(index=pooled.index)
    for name, sorted_column in (
        ("others", others.astype(np.float64)),
        ("mean_others", mean),
        ("median_others", pick(0.5)),
        ("spread_others", (pick(0.75) - pick(0.25)) / QUARTILES_TO_SIGMA),
    ):
        unsorted = np.empty(len(order))
        unsorted[order] = sorted_column
        out[name] = unsorted
    return out


def upper_range(*, median_others: ArrayLike, spread_others: ArrayLike, others: ArrayLike) -> Floats:
    """Upper end of a creator's normal range: median of the others + 3 spreads, at least twice the median and one view.
    NaN with fewer than MIN_OTHERS others: plain medians of three posts are noise enough."""
    median = np.asarray(median_others, np.float64)
    spread = np.nan_to_num(np.asarray(spread_others, np.float64))
    limit = np.maximum(np.maximum(median + RANGE_SPREADS * spread, RANGE_FACTOR * median), 1.0)
    return np.where(np.asarray(others, np.float64) >= MIN_OTHERS, limit, np.nan)


def age_adjusted(pooled: pd.DataFrame, curves: pd.DataFrame, *, followers: ArrayLike | None = None) -> pd.DataFrame:
    """The challenger for each pooled row: `expected_log_views`, `z`, `others`. `followers`: of its creator, row by
    row, NaN where unknown."""
    platform = pooled["platform"].to_numpy(object)
    middles = pooled["age_bin"].to_numpy(np.int64) + 0.5
    level = curve_book.read(curves, "log_views", platform, middles)
    level = np.where(np.isfinite(level), level, 0.0)
    residual = np.log1p(np.maximum(pooled["value"].to_numpy(np.float64), 0.0)) - level
    stats = without_itself(pooled.assign(residual=residual), "residual")
    others = stats["others"].to_numpy(np.float64)
    audience = np.full(len(pooled), np.nan) if followers is None else np.asarray(followers, np.float64)
    size = curve_book.places(audience)
    prior = curve_book.read(curves, "views_by_followers", platform, size)
    centre_of_all = np.nanmedian(residual) if len(residual) else 0.0
    prior = np.where(np.isfinite(prior) & np.isfinite(audience), prior, centre_of_all)
    population = curve_book.read(curves, "views_by_followers", platform, size, column="spread")
    population = np.where(np.isfinite(population) & (population > 0), population, POPULATION_SIGMA)
    median = np.nan_to_num(stats["median_others"].to_numpy(np.float64))
    spread = np.nan_to_num(stats["spread_others"].to_numpy(np.float64))
    centre = (others * median + PRIOR_ITEMS * prior) / (others + PRIOR_ITEMS)
    scale = np.sqrt((others * spread**2 + PRIOR_ITEMS * population**2) / (others + PRIOR_ITEMS))
    return pd.DataFrame(
        {"expected_log_views": centre + level, "z": (residual - centre) / scale, "others": others}, index=pooled.index
    )


def _order_statistic(
    values: Floats, start: NDArray[Any], removed: NDArray[Any], others: NDArray[Any], share: float
) -> Floats:
    """The `share` quantile (linear between neighbours) of each row's group without the row's own place."""
    position = share * np.maximum(others - 1, 0)
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(others - 1, 0))
    shifted: list[Floats] = []
    for index in (low, high):
        place = start + index + (index >= removed)
        shifted.append(values[np.minimum(place, len(values) - 1)] if len(values) else values)
    return np.where(others > 0, shifted[0] + (position - low) * (shifted[1] - shifted[0]), np.nan)
