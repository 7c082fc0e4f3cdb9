"""Who ranks a source: the parameter-free order, until a learned one has won by a stated margin over stated days.

Every candidate is graded on the same past rankings, each day once, by R-precision (the share of risers in as many first
places as there were risers). A challenger takes over when, over the last DAYS graded days (at least FEWEST_DAYS), it is
better by MARGIN on the mean and on most of the days; so does the old one when it wins back. The setting can hold one.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from trend_assets.domain.chance.candidates import CANDIDATES, LEARNED, Candidate
from trend_assets.domain.chance.outcomes import best_first, lots

DAYS = 14
FEWEST_DAYS = 3
MARGIN = 0.02


@dataclass(frozen=True)
class Choice:
    """Who ranks and why, in a sentence."""

    champion: Candidate
    reason: str


def r_precision(score: ArrayLike, rose: ArrayLike, tie_break: ArrayLike) -> float:
    """The share of risers in as many first places as there are risers; NaN without any. Unknown scores come last."""
    right = np.asarray(rose, bool)
    if not right.any():
        return float("nan")
    return float(right[best_first(score, tie_break)][: int(right.sum())].mean())


def precision_by_day(pairs: pd.DataFrame) -> pd.DataFrame:
    """One row per ranking with each candidate's R-precision, NaN where a learned one did not score every item. A day is
    a ranking, or each of its captures where they carry a `moment`. `pairs`: one source's graded items with columns
    ranked_date, platform, external_id, has_risen and each candidate's raw score."""
    ranking = "moment" if "moment" in pairs else "ranked_date"
    rows = []
    tie_break = lots(pairs)
    rose = pairs["has_risen"].to_numpy(bool)
    scores = {name: pairs[name].to_numpy(np.float64, na_value=np.nan) for name in CANDIDATES}
    for day, places in pairs.groupby(ranking).indices.items():
        row: dict[str, object] = {"ranked_date": day}
        for name, score in scores.items():
            is_silent = name in LEARNED and not np.isfinite(score[places]).all()
            row[name] = np.nan if is_silent else r_precision(score[places], rose[places], tie_break[places])
        rows.append(row)
    return pd.DataFrame(rows, columns=["ranked_date", *CANDIDATES])


def choose(by_day: pd.DataFrame, *, before: Candidate, default: Candidate, held: str = "auto") -> Choice:
    """The champion after these graded days, given who ranked before. `default`: what ranks the source without learning
    (its own formula where it has one, else the plain order). `held`: the setting, `auto` or a candidate."""
    if held in CANDIDATES:
        name: Candidate = default if held == "plain" else held
        return Choice(name, f"TREND_ASSETS_CHAMPION holds {name}.")
    recent = by_day.sort_values("ranked_date").tail(DAYS)
    best, reason, lead = before, f"{before} ranks; no candidate has won.", 0.0
    for challenger in (default, *LEARNED):
        gain, wins, days = _gain(recent, challenger, before)
        if challenger != before and days >= FEWEST_DAYS and gain >= MARGIN and wins * 2 > days and gain > lead:
            best, lead = challenger, gain
            reason = (
                f"{challenger} took over from {before}: R-precision {gain:+.3f} over {days} days, better on {wins}."
            )
    return Choice(best, reason)


def _gain(recent: pd.DataFrame, name: Candidate, before: Candidate) -> tuple[float, int, int]:
    """Mean gain, days won, days compared."""
    difference = (recent[name] - recent[before]).dropna()
    return (float(difference.mean()), int((difference > 0).sum()), len(difference)) if len(difference) else (0.0, 0, 0)
