"""Grades of rankings: precision at 10 and 20, R-precision, average precision, lift over chance, Spearman, survivors.

One moment's ranking at a time, so that no day counts more than another; a summary is the mean over moments, with a 95 %
interval from drawing whole days again: the rankings of a day are alike, days less so. Items are graded in three groups:
all that were measured again, those of them `seen` before the ranking, and for *rose* all that were ranked, with those
that left counted as not rising (`with_leavers`). Equal scores are ordered by a hash of the item's id (an arbitrary but
repeatable order that favours nobody), missing scores come last. What is right is `outcomes.py`; the scores that compete
are `contestants.py`.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.chance.outcomes import SMALLEST_GROUP, best_first, lots
from trend_assets.domain.scoreboard.outcomes import LABELS, Label, right

Floats = NDArray[np.float64]

GRADE_COLUMNS = ("precision_at_10", "precision_at_20", "r_precision", "average_precision", "lift", "spearman")
# with fewer graded items a tenth is less than two: the figures would be coin tosses
MIN_SURVIVORS = SMALLEST_GROUP
WITH_LEAVERS = "with_leavers"
INTERVALS = ("precision_at_10", "precision_at_20", "r_precision")
RESAMPLES = 1_000


def grade(
    score: Floats, is_right: NDArray[np.bool_], outcome: Floats, tie_break: NDArray[np.uint64]
) -> dict[str, float]:
    """GRADE_COLUMNS for one ranking of graded items (all four arrays row by row). NaN where a figure has no meaning:
    nothing was right, or all scores (or outcomes) are equal for Spearman."""
    known = np.nan_to_num(np.asarray(score, np.float64), nan=-np.inf)
    hits = np.asarray(is_right, bool)[best_first(score, tie_break)]
    total = int(hits.sum())
    if not total:
        return dict.fromkeys(GRADE_COLUMNS, float("nan"))
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    at_10 = float(hits[:10].mean())
    return {
        "precision_at_10": at_10,
        "precision_at_20": float(hits[:20].mean()),
        "r_precision": float(hits[:total].mean()),
        "average_precision": float(precision[hits].mean()),
        "lift": at_10 / (total / len(hits)),
        "spearman": spearman(known, np.asarray(outcome, np.float64)),
    }


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation; ties share their mean rank, minus infinity is the lowest rank. NaN when either is constant."""
    ranks = [pd.Series(values).rank().to_numpy(np.float64) for values in (one, other)]
    spreads = [column.std() for column in ranks]
    if min(spreads) == 0 or len(one) < 2:
        return float("nan")
    centred = [column - column.mean() for column in ranks]
    return float(np.clip((centred[0] * centred[1]).mean() / (spreads[0] * spreads[1]), -1.0, 1.0))


def grade_moment(
    ranked: pd.DataFrame, ahead: Floats, contestants: Mapping[str, Floats], *, labels: Sequence[Label] = LABELS
) -> pd.DataFrame:
    """One moment's ranking graded: one row per label, group of items (all, seen, with_leavers) and contestant.

    `ranked`: platform, external_id, views, delta_views, age_hours, tenure_hours, median_others, spread_others, others.
    `ahead`: views at the horizon, NaN for those that did not survive. Columns: label, items, score, ranked, survivors,
    positives, survivors_share and GRADE_COLUMNS; a label with too few graded items gives no row.
    """
    return pd.DataFrame(_grades(ranked, ahead, contestants, labels=labels))


def _grades(
    ranked: pd.DataFrame, ahead: Floats, contestants: Mapping[str, Floats], *, labels: Sequence[Label]
) -> Iterator[dict[str, object]]:
    tie_break = lots(ranked)
    seen = np.isfinite(ranked["delta_views"].to_numpy(np.float64, na_value=np.nan))
    counted = np.isfinite(ranked["views"].to_numpy(np.float64, na_value=np.nan))
    alive = np.isfinite(ahead)
    every = np.ones(len(ranked), bool)
    for items, group in (("all", every), ("seen", seen), (WITH_LEAVERS, counted)):
        candidates = np.flatnonzero(group & alive)
        for label in labels if items != WITH_LEAVERS else [label for label in labels if label == "rose"]:
            is_right, outcome = right(label, ranked.iloc[candidates], ahead[candidates], tie_break[candidates])
            graded = np.isfinite(outcome)
            rows = candidates[graded]
            if len(rows) < MIN_SURVIVORS:
                continue
            positive, value = np.zeros(len(ranked), bool), np.full(len(ranked), np.nan)
            positive[rows], value[rows] = is_right[graded], outcome[graded]
            judged = np.flatnonzero(group) if items == WITH_LEAVERS else rows
            # who left has no growth to be ordered by
            known = np.zeros(len(judged)) if items == WITH_LEAVERS else value[judged]
            for name, score in contestants.items():
                yield {
                    "label": label,
                    "items": items,
                    "score": name,
                    "ranked": int(group.sum()),
                    "survivors": len(judged),
                    "positives": int(positive.sum()),
                    "survivors_share": len(candidates) / int(group.sum()),
                    **grade(score[judged], positive[judged], known, tie_break[judged]),
                }


def summarise(
    grades: pd.DataFrame, *, by: Sequence[str] = ("horizon_hours", "label", "items", "score"), day: str = "ranked_date"
) -> pd.DataFrame:
    """Means over moments (each counts once), with the number of moments, the base rate (right ones per graded) and
    `<figure>_low`, `<figure>_high` of INTERVALS: 95 % over the days in column `day`, NaN with a single day."""
    grouped = grades.assign(base_rate=grades["positives"] / grades["survivors"]).groupby(list(by))
    means = grouped[[*GRADE_COLUMNS, "base_rate", "survivors_share", "survivors"]].mean()
    ends = [
        [
            end
            for figure in INTERVALS
            for end in interval_by_day(group[figure].to_numpy(np.float64), group[day].tolist())
        ]
        for _, group in grouped
    ]
    names = [f"{figure}_{end}" for figure in INTERVALS for end in ("low", "high")]
    return means.assign(moments=grouped.size()).join(pd.DataFrame(ends, index=means.index, columns=names)).reset_index()


def interval_by_day(values: Floats, days: Sequence[object]) -> tuple[float, float]:
    """95 % interval of the mean of known values: whole days drawn again, with a fixed seed. NaN with fewer than two."""
    rows = pd.DataFrame({"value": values, "day": days}).dropna()
    by_day = rows.groupby("day")["value"].agg(["sum", "count"]).to_numpy(np.float64)
    if len(by_day) < 2:
        return float("nan"), float("nan")
    equal = np.full(len(by_day), 1 / len(by_day))
    drawn = np.random.default_rng(0).multinomial(len(by_day), equal, size=RESAMPLES) @ by_day
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return float(low), float(high)
