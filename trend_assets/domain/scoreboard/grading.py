"""Grades of rankings: precision at 10 and 20, R-precision, average precision, lift over chance, Spearman, survivors.

One moment's ranking at a time, so that no day counts more than another; a summary is the mean over moments. Equal
scores are ordered by a hash of the item's id (an arbitrary but repeatable order that favours nobody), missing scores
come last. What is right is `outcomes.py`; the scores that compete are `contestants.py`.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trend_assets.domain.scoreboard.outcomes import LABELS, Label, right

Floats = NDArray[np.float64]

GRADE_COLUMNS = ("precision_at_10", "precision_at_20", "r_precision", "average_precision", "lift", "spearman")
# with fewer graded items a tenth is less than two: the figures would be coin tosses
MIN_SURVIVORS = 20


def grade(
    score: Floats, is_right: NDArray[np.bool_], outcome: Floats, tie_break: NDArray[np.uint64]
) -> dict[str, float]:
    """GRADE_COLUMNS for one ranking of graded items (all four arrays row by row). NaN where a figure has no meaning:
    nothing was right, or all scores (or outcomes) are equal for Spearman."""
    known = np.nan_to_num(np.asarray(score, np.float64), nan=-np.inf)
    order = np.lexsort((tie_break, -known))
    hits = np.asarray(is_right, bool)[order]
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
    """One moment's ranking graded: one row per label, group of items (all, seen) and contestant.

    `ranked`: platform, external_id, views, delta_views, age_hours, tenure_hours, median_others, spread_others, others.
    `ahead`: views at the horizon, NaN for those that did not survive. Columns: label, items, score, ranked, survivors,
    positives, survivors_share and GRADE_COLUMNS; a label with too few graded items gives no row.
    """
    return pd.DataFrame(_grades(ranked, ahead, contestants, labels=labels))


def _grades(
    ranked: pd.DataFrame, ahead: Floats, contestants: Mapping[str, Floats], *, labels: Sequence[Label]
) -> Iterator[dict[str, object]]:
    tie_break = pd.util.hash_array(
        (ranked["platform"].astype(str) + "|" + ranked["external_id"].astype(str)).to_numpy(object)
    )
    seen = np.isfinite(ranked["delta_views"].to_numpy(np.float64, na_value=np.nan))
    alive = np.isfinite(ahead)
    for items, group in (("all", np.ones(len(ranked), bool)), ("seen", seen)):
        candidates = np.flatnonzero(group & alive)
        for label in labels:
            is_right, outcome = right(label, ranked.iloc[candidates], ahead[candidates])
            graded = np.isfinite(outcome)
            rows = candidates[graded]
            if len(rows) < MIN_SURVIVORS:
                continue
            for name, score in contestants.items():
                yield {
                    "label": label,
                    "items": items,
                    "score": name,
                    "ranked": int(group.sum()),
                    "survivors": len(rows),
                    "positives": int(is_right[graded].sum()),
                    "survivors_share": len(candidates) / int(group.sum()),
                    **grade(score[rows], is_right[graded], outcome[graded], tie_break[rows]),
                }


def summarise(
    grades: pd.DataFrame, *, by: Sequence[str] = ("horizon_hours", "label", "items", "score")
) -> pd.DataFrame:
    """Means over moments (each counts once), with the number of moments and the base rate (right ones per graded)."""
    grouped = grades.assign(base_rate=grades["positives"] / grades["survivors"]).groupby(list(by), sort=True)
    means = grouped[[*GRADE_COLUMNS, "base_rate", "survivors_share", "survivors"]].mean()
    return means.assign(moments=grouped.size()).reset_index()
