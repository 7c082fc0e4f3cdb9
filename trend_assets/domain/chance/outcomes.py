"""What became of ranked items: growth until the horizon, its place among items of the same age, and whether it rose.

An item **rose** when its growth stands in the top tenth of the percentiles among the NEAREST items next to it in age
(an age decile is so wide that its youngest win). Its count at the horizon is that of the nearest capture within a third
of the horizon: captures 18 to 25 hours apart grade every item that was seen again. An item without one has left: no
outcome; a line of its own counts leavers as not rising. Nothing here may be used by a score of the same day.

    a day's scores + what was measured since ─▶ graded: one row per ranked item, a lesson for the days after
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.chance.features import FEATURES, PARTS_NEEDED, features
from trend_assets.domain.chance.meaning import HORIZON_HOURS, TOP_SHARE
from trend_assets.domain.velocity.formulas import counts
from trend_assets.domain.velocity.peers import percentile_within
from trend_assets.tables.catalogue import columns_of

Floats = NDArray[np.float64]

NEAREST = 40
CAPTURE_SHARE = 1 / 3
SMALLEST_GROUP = 20
"""So many items with an outcome make a ranking gradable."""
SAMPLE = 2_000
"""Rows that are kept of a source's day: a fixed choice by the items' names, enough to learn a day from."""

OUTCOME_COLUMNS = columns_of("velocity.outcomes")


def graded(
    scores: pd.DataFrame,
    snapshots: pd.DataFrame,
    *,
    horizon_hours: float = HORIZON_HOURS,
    chosen: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What became of the rows of a day's `velocity.scores` (columns OUTCOME_COLUMNS): at most SAMPLE per source and
    world, else those of `chosen` (source, platform, external_id); each source's place and rise judged among all its
    items that were seen again. A ranking with fewer than SMALLEST_GROUP of those gives no rows. `snapshots`: what was
    measured since, as far as is known."""
    rows = with_parts(scores[scores["views"].notna()].reset_index(drop=True), PARTS_NEEDED)
    if rows.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in OUTCOME_COLUMNS})
    ahead = count_at_horizon(rows, snapshots, horizon_hours=horizon_hours)
    grown = growth(ahead, rows["views"].to_numpy(np.float64))
    place, up = np.full(len(rows), np.nan), np.zeros(len(rows), bool)
    keep = np.zeros(len(rows), bool)
    lot = lots(rows)
    by_age = clock(rows)
    for here in rows.groupby(["source", "is_simulated"]).indices.values():
        if np.isfinite(grown[here]).sum() < SMALLEST_GROUP:
            continue
        place[here] = place_among_nearest(grown[here], by_age[here], lot[here])
        up[here] = rose(place[here])
        keep[here[np.argsort(lot[here])[:SAMPLE]] if chosen is None else here] = True
    if chosen is not None:
        wanted = pd.MultiIndex.from_frame(chosen.loc[:, ["source", "platform", "external_id"]])
        keep &= pd.MultiIndex.from_frame(rows.loc[:, wanted.names]).isin(wanted)
    table = np.round(features(rows[keep]), 4)
    rows = rows.assign(
        ranked_date=rows["observed_date"], is_measured_before=rows["delta_views"].notna(), views_ahead=ahead,
        growth=grown, age_place=place, has_risen=pd.Series(up, dtype="boolean").where(np.isfinite(place)),
        has_left=~np.isfinite(place),
    )[keep].reset_index(drop=True)  # fmt: skip
    known = [
        {name: value for name, value in zip(FEATURES, row, strict=True) if value == value} for row in table.tolist()
    ]
    rows["features"] = pd.Series(known, index=rows.index, dtype=object)
    return rows.loc[:, [*OUTCOME_COLUMNS, *(["moment"] if "moment" in rows else [])]]


def with_parts(scores: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """`velocity.scores` rows with some of their parts as columns of their own."""
    parts = [value if isinstance(value, Mapping) else {} for value in scores["parts"]]
    wide = {name: [part.get(name) for part in parts] for name in names}
    columns = pd.DataFrame(wide, index=scores.index, dtype=object).astype(np.float64)
    return pd.concat([scores.drop(columns=["parts", *(set(names) & set(scores))]), columns], axis=1)


def count_at_horizon(ranked: pd.DataFrame, snapshots: pd.DataFrame, *, horizon_hours: float = HORIZON_HOURS) -> Floats:
    """The count of each ranked row (platform, external_id, measured_at) in the capture nearest to `horizon_hours`
    later, within a third of the horizon and after the ranking; NaN for those that left. `snapshots`: rows of
    `trends.post_snapshots`; what is counted is views, or likes of an item that never shows views."""
    series = counted_series(snapshots)
    wanted = ranked.loc[:, ["platform", "external_id", "measured_at"]].reset_index(drop=True)
    wanted["row"] = np.arange(len(wanted))
    wanted["at"] = wanted["measured_at"] + pd.Timedelta(hours=horizon_hours)
    nearest = pd.merge_asof(
        wanted.sort_values("at"), series, left_on="at", right_on="seen_at",
        by=["platform", "external_id"], direction="nearest",
        tolerance=pd.Timedelta(hours=horizon_hours * CAPTURE_SHARE),
    )  # fmt: skip
    later = (nearest["seen_at"] > nearest["measured_at"]).to_numpy(bool)
    out = np.full(len(ranked), np.nan)
    out[nearest["row"].to_numpy()] = np.where(later, nearest["count"].to_numpy(np.float64), np.nan)
    return out


def counted_series(snapshots: pd.DataFrame) -> pd.DataFrame:
    """One count per item and time (seen_at, count), sorted by time; negative counts and a zero after a positive count
    are a provider's "not known" and are left out."""
    rows = snapshots.loc[:, ["platform", "external_id", "measured_at"]].copy()
    views, likes = counts(snapshots["views"]), counts(snapshots["likes"])
    rows["views"], rows["likes"] = np.where(views < 0, np.nan, views), np.where(likes < 0, np.nan, likes)
    item = ["platform", "external_id"]
    has_views = rows.groupby(item)["views"].transform("max").notna()
    rows["count"] = rows["views"].where(has_views, rows["likes"])
    rows = rows[rows["count"].notna()]
    series = rows.groupby([*item, "measured_at"])["count"].max().reset_index()
    series = series.rename(columns={"measured_at": "seen_at"})
    reached = series.groupby(item)["count"].cummax()
    series = series[(series["count"] > 0) | (reached == 0)]
    return series.sort_values("seen_at", ignore_index=True)


def growth(ahead: ArrayLike, views: ArrayLike) -> Floats:
    """Relative growth until the horizon: gained over the count when ranked (at least 1)."""
    base = np.asarray(views, np.float64)
    return (np.asarray(ahead, np.float64) - base) / np.maximum(base, 1.0)


def place_among_nearest(values: ArrayLike, ages: ArrayLike, lot: ArrayLike, *, nearest: int = NEAREST) -> Floats:
    """Mid-rank percentile of each value among the `nearest` rows next to it in age (itself included); NaN stays NaN and
    is nobody's neighbour. Unknown ages stand behind the known ones. Rows of one age share their neighbours, and are all
    among them; more than `nearest` of one age (a source that says none, on its first day) have no others. Which part of
    them is still near enough to rows of another age is decided by `lot` (`lots`): neither by the order of the rows nor
    by the value, which would show the next older item only the worst of them."""
    value = np.asarray(values, np.float64)
    out = np.full(len(value), np.nan)
    known = np.flatnonzero(np.isfinite(value))
    if not len(known):
        return out
    age = np.nan_to_num(np.asarray(ages, np.float64)[known], nan=np.inf, posinf=np.inf)
    order = np.lexsort((np.asarray(lot)[known], age))
    ordered = value[known][order]
    width = min(nearest, len(ordered))
    windows = sliding_window_view(ordered, width)
    _, first, alike, count = np.unique(age[order], return_index=True, return_inverse=True, return_counts=True)
    start = np.clip((first + count // 2)[alike] - width // 2, 0, len(ordered) - width)
    place = np.empty(len(ordered))
    for begin in range(0, len(ordered), 50_000):  # bounds the memory of the comparisons
        rows = slice(begin, begin + 50_000)
        window, own = windows[start[rows]], ordered[rows, None]
        place[rows] = ((window < own).sum(axis=1) + 0.5 * (window == own).sum(axis=1)) / width
    crowd = count[alike] > nearest
    if crowd.any():
        place = np.where(crowd, percentile_within(ordered, alike), place)
    out[known[order]] = place
    return out


def clock(rows: pd.DataFrame) -> Floats:
    """What orders items by age: the age, and behind all ages the time since first sight where the age is unknown."""
    age = rows["age_hours"].to_numpy(np.float64, na_value=np.nan)
    tenure = rows["tenure_hours"].to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(age), age, 1e9 + np.nan_to_num(tenure))


def rose(place: ArrayLike) -> NDArray[np.bool_]:
    """The highest tenth of the known places, rounded up; what many share (all counts equal) is nobody's."""
    value = np.asarray(place, np.float64)
    known = int(np.isfinite(value).sum())
    among = percentile_within(value, np.zeros(len(value), dtype=np.int64))
    return np.nan_to_num(among, nan=0.0) > 1 - np.ceil(TOP_SHARE * known) / max(known, 1)


def best_first(score: ArrayLike, lot: ArrayLike) -> NDArray[np.intp]:
    """The rows by score, unknown ones last, equals by their lot."""
    return np.lexsort((np.asarray(lot), -np.nan_to_num(np.asarray(score, np.float64), nan=-np.inf)))


def lots(posts: pd.DataFrame) -> NDArray[np.uint64]:
    """A number per post that decides between equals: drawn from its platform and id, the same in every run."""
    named = posts["platform"].astype(str) + "|" + posts["external_id"].astype(str)
    return pd.util.hash_array(named.to_numpy(object))
