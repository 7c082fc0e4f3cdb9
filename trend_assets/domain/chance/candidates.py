"""The scores that compete for the order of a source, as chances: learned each day from the source's own outcomes.

    own        the place by the source's own formula; ranks the sources that have one
    plain      no parameter: mean of `rising_expected` and the same-age percentile of measured rate ÷ lifetime rate
    logistic   regularised, one for items measured before and one for first appearances; its weights say what counts
    boosting   sixty small trees over the same features

Learning is forward in time: `lessons` are outcomes that were known by the end of the day, the newest first in weight
(half-life 14 days) and at most LESSONS of them, so that a day costs a day. Seeds and threads are fixed: the same
lessons give the same numbers. Which candidate ranks is decided in `champion.py`, how chances are corrected in
`calibration.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trend_assets.domain.chance.features import FEATURES, MEASURED, ONCE

Floats = NDArray[np.float64]
Candidate = Literal["own", "plain", "logistic", "boosting"]
Learner = Literal["logistic", "boosting"]
CANDIDATES: tuple[Candidate, ...] = ("own", "plain", "logistic", "boosting")
LEARNED: tuple[Learner, ...] = ("logistic", "boosting")

LESSONS = 20_000
FEWEST_LESSONS = 200
FEWEST_OF_A_KIND = 20
"""Fewer outcomes, risers or others than this teach nothing: the parameter-free order stays."""
HALF_LIFE_DAYS = 14.0
LOGISTIC_STRENGTH = 0.3  # sklearn's C: the penalty of a round number of standard deviations
TREES, LEAVES, SHRINKAGE, LEAF_ITEMS = 60, 8, 0.08, 30
BINS = 32  # with weighted lessons finding the 255 edges of a feature costs five times the trees


def plain_order(*, rising_expected: ArrayLike, rate_over_lifetime_place: ArrayLike) -> Floats:
    """The parameter-free order: the mean of both percentiles where an item was measured before and its age is known,
    else the one that is known; first appearances by what their age usually gains. NaN where neither is known."""
    expected = np.asarray(rising_expected, np.float64)
    ratio = np.asarray(rate_over_lifetime_place, np.float64)
    both = np.isfinite(expected) & np.isfinite(ratio)
    return np.where(both, (expected + ratio) / 2, np.where(np.isfinite(expected), expected, ratio))


@dataclass(frozen=True)
class Lessons:
    """Outcomes to learn from: features, whether each rose, whether it had been measured before, and its age in days
    (how long ago it was ranked)."""

    features: Floats
    rose: NDArray[np.bool_]
    measured: NDArray[np.bool_]
    days_ago: Floats

    def __len__(self) -> int:
        return len(self.rose)

    def why_too_few(self) -> str | None:
        """A sentence when nothing can be learned from them."""
        risers = int(self.rose.sum())
        if len(self) < FEWEST_LESSONS:
            return f"{len(self)} outcomes are known, {FEWEST_LESSONS} are needed."
        if min(risers, len(self) - risers) < FEWEST_OF_A_KIND:
            return f"Of {len(self)} outcomes {risers} rose; {FEWEST_OF_A_KIND} of either kind are needed."
        return None

    @property
    def weights(self) -> Floats:
        return 0.5 ** (self.days_ago / HALF_LIFE_DAYS)


@dataclass(frozen=True)
class Linear:
    """One logistic regression over standardised features; an unknown feature stands at its mean."""

    names: tuple[str, ...]
    mean: Floats
    spread: Floats
    weight: Floats
    intercept: float

    def chance(self, table: Floats) -> Floats:
        columns = table[:, [FEATURES.index(name) for name in self.names]]
        standard = np.nan_to_num((columns - self.mean) / self.spread, nan=0.0)
        # beyond 30 the chance is 1 in float64, and exp would overflow
        return 1.0 / (1.0 + np.exp(-np.clip(standard @ self.weight + self.intercept, -30.0, 30.0)))


@dataclass(frozen=True)
class Logistic:
    """One half for items measured before, one for first appearances; a half without enough lessons is left out and its
    items stand at `base`, the share of risers."""

    halves: Mapping[bool, Linear]
    base: float

    def chance(self, table: Floats, measured: NDArray[np.bool_]) -> Floats:
        said = np.full(len(table), self.base)
        for is_measured, half in self.halves.items():
            rows = measured == is_measured
            said[rows] = half.chance(table[rows])
        return said


@dataclass(frozen=True)
class Boosting:
    """Small trees; `dead` marks features that no lesson knew."""

    trees: Any
    dead: NDArray[np.bool_]

    def chance(self, table: Floats) -> Floats:
        from threadpoolctl import threadpool_limits

        if not len(table):
            return np.zeros(0)
        with threadpool_limits(1):
            return np.asarray(self.trees.predict_proba(_without(table, self.dead))[:, 1], np.float64)


def learn_logistic(lessons: Lessons) -> Logistic:
    """From `lessons` of which `why_too_few` is None."""
    from threadpoolctl import threadpool_limits

    kept = newest(lessons)
    weights = kept.weights
    with threadpool_limits(1):  # sums in one order, whatever the cores
        halves = {
            is_measured: half
            for is_measured, names in ((True, MEASURED), (False, ONCE))
            if (half := _half(kept, kept.measured == is_measured, names, weights)) is not None
        }
    return Logistic(halves, float(np.average(kept.rose, weights=weights)))


def learn_boosting(lessons: Lessons) -> Boosting:
    """From `lessons` of which `why_too_few` is None."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    kept = newest(lessons)
    dead = np.asarray(~np.isfinite(kept.features).any(axis=0), bool)
    with threadpool_limits(1):
        trees = HistGradientBoostingClassifier(
            max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=SHRINKAGE, min_samples_leaf=LEAF_ITEMS,
            l2_regularization=5.0, early_stopping=False, random_state=0,
            max_bins=BINS,
        ).fit(_without(kept.features, dead), kept.rose, sample_weight=kept.weights)  # fmt: skip
    return Boosting(trees, dead)


def newest(lessons: Lessons) -> Lessons:
    """At most LESSONS, the newest; equally old ones in the order in which they came."""
    if len(lessons) <= LESSONS:
        return lessons
    chosen = np.sort(np.argsort(lessons.days_ago, kind="stable")[:LESSONS])
    return Lessons(lessons.features[chosen], lessons.rose[chosen], lessons.measured[chosen], lessons.days_ago[chosen])


def _half(lessons: Lessons, rows: NDArray[np.bool_], names: tuple[str, ...], weights: Floats) -> Linear | None:
    from sklearn.linear_model import LogisticRegression

    rose = lessons.rose[rows]
    if min(int(rose.sum()), int((~rose).sum())) < FEWEST_OF_A_KIND:
        return None
    columns = lessons.features[rows][:, [FEATURES.index(name) for name in names]]
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, columns, 0.0).sum(axis=0) / count
    centred = np.where(known, columns - mean, 0.0)
    spread = np.sqrt((centred**2).mean(axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    fitted = LogisticRegression(C=LOGISTIC_STRENGTH, max_iter=500).fit(
        centred / spread, rose, sample_weight=weights[rows]
    )
    return Linear(names, mean, spread, fitted.coef_[0], float(fitted.intercept_[0]))


def _without(table: Floats, dead: NDArray[np.bool_]) -> Floats:
    """Features that were never known are a constant: the trees cannot bin a column without a value."""
    return table if not dead.any() else np.where(dead, 0.0, table)
