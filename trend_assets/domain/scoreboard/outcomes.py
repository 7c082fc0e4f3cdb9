"""What really happened after a ranking, and what counts as right.

A ranked item's count at the horizon is interpolated (straight in the logarithm) between the captures around that
moment, at most `max_gap` apart; a capture that is early by less than a tenth of the horizon is taken as it is. An item
without one did not survive: it is not graded, and the share of those that did is reported beside every figure.

    rose            growth since the ranking, in the top tenth by its percentile among survivors of the same age
    most_new_views  new views, in the top tenth
    left_range      above its creator's normal range (median of the others + 3 spreads, at least twice the median) at
                    the horizon, among items that were inside it when ranked; needs 3 others to be graded

Labels look at the future on purpose; nothing here may be used by a score.
"""

from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.velocity.baselines import upper_range
from trend_assets.domain.velocity.formulas import SECONDS_PER_HOUR, counts
from trend_assets.domain.velocity.peers import percentile_within, same_age_percentile

Floats = NDArray[np.float64]
Label = Literal["rose", "most_new_views", "left_range"]
LABELS: tuple[Label, ...] = get_args(Label)

TOP_SHARE = 0.1
EARLY_SHARE = 0.1


def default_max_gap(horizon_hours: float) -> float:
    """How far apart the captures around the horizon may be: the horizon plus a missed day, three steps when hourly."""
    return horizon_hours + 24.0 if horizon_hours >= 24 else 3.0 * horizon_hours


def views_ahead(
    ranked: pd.DataFrame, snapshots: pd.DataFrame, *, horizon_hours: float, max_gap_hours: float | None = None
) -> Floats:
    """The counted views of each row of `ranked` (platform, external_id, measured_at) `horizon_hours` later; NaN for
    items that did not survive. `snapshots`: rows of `trends.post_snapshots`."""
    gap_limit = default_max_gap(horizon_hours) if max_gap_hours is None else max_gap_hours
    series = _counted_series(snapshots)
    wanted = ranked.loc[:, ["platform", "external_id", "measured_at"]].reset_index(drop=True)
    wanted["row"] = np.arange(len(wanted))
    wanted["at"] = wanted["measured_at"] + pd.Timedelta(hours=horizon_hours)
    wanted = wanted.sort_values("at", kind="stable")
    by = ["platform", "external_id"]
    before = pd.merge_asof(wanted, series, left_on="at", right_on="seen_at", by=by, direction="backward")
    after = pd.merge_asof(wanted, series, left_on="at", right_on="seen_at", by=by, direction="forward")
    hours = lambda later, former: (later - former).dt.total_seconds().to_numpy(np.float64) / SECONDS_PER_HOUR  # noqa: E731
    gap, since = hours(after["seen_at"], before["seen_at"]), hours(before["at"], before["seen_at"])
    share = np.divide(since, gap, out=np.zeros(len(gap)), where=np.nan_to_num(gap) > 0)
    low, high = np.log1p(before["count"].to_numpy(np.float64)), np.log1p(after["count"].to_numpy(np.float64))
    between = np.expm1(low * (1 - share) + high * share)
    early = (since <= EARLY_SHARE * horizon_hours) & (before["seen_at"] > before["measured_at"]).to_numpy(bool)
    found = np.where(gap <= gap_limit, between, np.where(early, before["count"].to_numpy(np.float64), np.nan))
    out = np.full(len(ranked), np.nan)
    out[wanted["row"].to_numpy()] = found
    return out


def right(label: Label, ranked: pd.DataFrame, ahead: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """For one moment's survivors (rows whose `ahead` is known): which rows the label calls right, and the outcome
    behind it, by which rows are ordered for Spearman. Rows that cannot be graded have a NaN outcome."""
    views = ranked["views"].to_numpy(np.float64, na_value=np.nan)
    if label == "left_range":
        limit = upper_range(
            median_others=ranked["median_others"].to_numpy(np.float64, na_value=np.nan),
            spread_others=ranked["spread_others"].to_numpy(np.float64, na_value=np.nan),
            others=ranked["others"].to_numpy(np.float64, na_value=np.nan),
        )
        graded = np.isfinite(limit) & (views <= limit) & np.isfinite(ahead)
        outcome = np.where(graded, ahead / np.maximum(limit, 1.0), np.nan)
        return graded & (ahead > limit), outcome
    if label == "most_new_views":
        outcome = ahead - views
    else:
        growth = (ahead - views) / np.maximum(views, 1.0)
        age = ranked["age_hours"].to_numpy(np.float64, na_value=np.nan)
        known = np.isfinite(age)
        clock = np.where(known, age, ranked["tenure_hours"].to_numpy(np.float64, na_value=np.nan))
        outcome = same_age_percentile(growth, clock, known.astype(np.int64))
    return top_tenth(outcome), outcome


def top_tenth(outcome: Floats) -> NDArray[np.bool_]:
    """The highest tenth of the known outcomes, rounded up: of 82 items 9 (a tenth of ten or fewer is one)."""
    known = int(np.isfinite(outcome).sum())
    place = percentile_within(outcome, np.zeros(len(outcome), dtype=np.int64))
    return np.nan_to_num(place, nan=0.0) > 1 - np.ceil(TOP_SHARE * known) / max(known, 1)


def _counted_series(snapshots: pd.DataFrame) -> pd.DataFrame:
    """One count per item and time: views, or likes of an item that never shows views; sorted by time."""
    rows = snapshots.loc[:, ["platform", "external_id", "measured_at"]].copy()
    views, likes = counts(snapshots["views"]), counts(snapshots["likes"])
    rows["views"], rows["likes"] = np.where(views < 0, np.nan, views), np.where(likes < 0, np.nan, likes)
    has_views = rows.groupby(["platform", "external_id"])["views"].transform("max").notna()
    rows["count"] = rows["views"].where(has_views, rows["likes"])
    rows = rows[rows["count"].notna()]
    series = rows.groupby(["platform", "external_id", "measured_at"])["count"].max().reset_index()
    return series.rename(columns={"measured_at": "seen_at"}).sort_values("seen_at", kind="stable", ignore_index=True)
