"""Chances that mean what they say: a candidate's past statements beside what came of them, later in time.

    past pairs (raw chance said on a day, whether it rose, known later) ─▶ isotonic steps ─▶ chance

Every pair was said before its outcome was known by a model that had not seen it, so the correction is honest. It is
monotone and never changes an order. No chance is 0 or 1: as many outcomes as there are can only say so much.

Isotonic regression makes its last step of the few pairs that happened to come true together: of three of three it says
certainty, and in the first weeks that was most of what was called likely. So each step is drawn to the one below it,
the least that a monotone chance can be there, as if DRAWN_BY of its pairs had come out like that one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.chance.meaning import CONFIDENT, TOP_SHARE

Floats = NDArray[np.float64]

FEWEST_PAIRS = 200
FEWEST_RISERS = 20
DRAWN_BY = 1 / TOP_SHARE
"""Pairs: where nothing is known so many hold one riser."""
SURE = 0.005
"""No chance is nearer to 0 or 1 than this."""
BINS = 10


@dataclass(frozen=True)
class Calibration:
    """Isotonic steps: raw chances and what came true there, both rising."""

    raw: Floats
    true: Floats

    def __call__(self, raw: ArrayLike) -> Floats:
        """The corrected chances; NaN stays NaN."""
        values = np.asarray(raw, np.float64)
        return np.where(np.isfinite(values), never_certain(np.interp(values, self.raw, self.true)), np.nan)


def never_certain(chance: ArrayLike) -> Floats:
    """A chance that is never 0 or 1."""
    return np.clip(np.asarray(chance, np.float64), SURE, 1 - SURE)


def calibrate(raw: ArrayLike, rose: ArrayLike) -> Calibration | None:
    """The correction from past pairs; None while they are too few."""
    from scipy.optimize import isotonic_regression

    chances, rises = np.asarray(raw, np.float64), np.asarray(rose, bool)
    usable = np.isfinite(chances)
    chances, rises = chances[usable], rises[usable]
    if len(chances) < FEWEST_PAIRS or rises.sum() < FEWEST_RISERS:
        return None
    order = np.argsort(chances)
    values, first, size = np.unique(chances[order], return_index=True, return_counts=True)
    share = np.add.reduceat(rises[order].astype(np.float64), first) / size
    fitted = isotonic_regression(share, weights=size)
    starts = fitted.blocks[:-1]
    true, pairs = fitted.x[starts], np.add.reduceat(size, starts)
    for step in range(1, len(true)):
        true[step] = (pairs[step] * true[step] + DRAWN_BY * true[step - 1]) / (pairs[step] + DRAWN_BY)
    ends = np.unique(np.r_[starts, fitted.blocks[1:] - 1])
    return Calibration(values[ends], np.repeat(true, np.diff(fitted.blocks))[ends])


@dataclass(frozen=True)
class Reliability:
    """How honest chances were: the mean gap between said and true over ten bins, each weighed by its items; what came
    true of what was called likely; the bins for the plot."""

    pairs: int
    error: float
    confident: int
    confident_true: float
    bins: list[dict[str, float]]


def reliability(chance: ArrayLike, rose: ArrayLike) -> Reliability:
    """Of past pairs; NaN where there are none."""
    chances, rises = np.asarray(chance, np.float64), np.asarray(rose, bool)
    usable = np.isfinite(chances)
    chances, rises = chances[usable], rises[usable]
    cell = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    bins = [
        {"said": float(chances[cell == place].mean()), "true": float(rises[cell == place].mean()),
         "items": int((cell == place).sum())}
        for place in np.unique(cell)
    ]  # fmt: skip
    error = (
        sum(abs(each["said"] - each["true"]) * each["items"] for each in bins) / len(chances) if bins else float("nan")
    )
    sure = chances >= CONFIDENT
    true = float(rises[sure].mean()) if sure.any() else float("nan")
    return Reliability(len(chances), error, int(sure.sum()), true, bins)
