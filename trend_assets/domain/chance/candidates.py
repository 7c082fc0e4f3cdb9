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
from trend_assets.text import plural

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
BINS = 32
"""Into how many steps the trees cut a feature; 255 cost five times as much and find hardly more."""


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
            known = f"{plural(len(self), 'outcome')} {'is' if len(self) == 1 else 'are'} known"
            return f"{known}, {FEWEST_LESSONS} are needed."
        if min(risers, len(self) - risers) < FEWEST_OF_A_KIND:
            return f"Of {plural(len(self), 'outcome')} {risers} rose; {FEWEST_OF_A_KIND} of either kind are needed."
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

    def chance(self, columns: Floats) -> Floats:
        """Per row of the features `names`."""
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
        chances = np.full(len(table), self.base)
        for is_measured, half in self.halves.items():
            rows = measured == is_measured
            chances[rows] = half.chance(_columns(table[rows], half.names))
        return chances


@dataclass(frozen=True)
class Boosting:
    """Small trees over features in steps; `edges` are those of each feature, None for one that no lesson knew."""

    trees: Any
    edges: tuple[Floats | None, ...]

    def chance(self, table: Floats) -> Floats:
        from threadpoolctl import threadpool_limits

        if not len(table):
            return np.zeros(0)
        with threadpool_limits(1):
            return np.asarray(self.trees.predict_proba(_in_steps(table, self.edges))[:, 1], np.float64)


def learn_logistic(lessons: Lessons) -> Logistic:
    """From `lessons` of which `why_too_few` is None."""
    kept = newest(lessons)
    weights = kept.weights
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
    weights = kept.weights
    edges = tuple(_edges(column, weights) for column in kept.features.T)
    with threadpool_limits(1):
        trees = HistGradientBoostingClassifier(
            max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=SHRINKAGE, min_samples_leaf=LEAF_ITEMS,
            l2_regularization=5.0, early_stopping=False, random_state=0,
            max_bins=BINS,
        ).fit(_in_steps(kept.features, edges), kept.rose, sample_weight=weights)  # fmt: skip
    return Boosting(trees, edges)


def newest(lessons: Lessons) -> Lessons:
    """At most LESSONS, the newest; equally old ones in the order in which they came."""
    if len(lessons) <= LESSONS:
        return lessons
    chosen = np.sort(np.argsort(lessons.days_ago, kind="stable")[:LESSONS])
    return Lessons(lessons.features[chosen], lessons.rose[chosen], lessons.measured[chosen], lessons.days_ago[chosen])


def _half(lessons: Lessons, rows: NDArray[np.bool_], names: tuple[str, ...], weights: Floats) -> Linear | None:
    rose = lessons.rose[rows]
    if min(int(rose.sum()), int((~rose).sum())) < FEWEST_OF_A_KIND:
        return None
    return fit_linear(names, _columns(lessons.features[rows], names), rose, weights=weights[rows])


def _columns(table: Floats, names: tuple[str, ...]) -> Floats:
    return table[:, [FEATURES.index(name) for name in names]]


def fit_linear(
    names: tuple[str, ...], columns: Floats, positive: NDArray[np.bool_], *, weights: Floats | None = None
) -> Linear:
    """A regularised logistic regression of `positive` on the features `names`, standardised; NaN is unknown."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, columns, 0.0).sum(axis=0) / count
    centred = np.where(known, columns - mean, 0.0)
    spread = np.sqrt((centred**2).mean(axis=0))
    spread = np.where(spread > 1e-9, spread, 1.0)  # what is left of equal values by rounding is no spread
    with threadpool_limits(1):  # sums in one order, whatever the cores
        fitted = LogisticRegression(C=LOGISTIC_STRENGTH, max_iter=500).fit(
            centred / spread, positive, sample_weight=weights
        )
    return Linear(names, mean, spread, fitted.coef_[0], float(fitted.intercept_[0]))


def _edges(column: Floats, weights: Floats) -> Floats | None:
    """Where a feature is cut so that each of BINS steps has about the same weight of lessons; between all its values
    where these are few. None for a feature that no lesson knew.

    These are the edges that scikit-learn finds (averaged inverted distribution), which sorts the lessons anew for each
    of them: that cost more than the trees. Given the steps instead of the values it has nothing left to cut."""
    known = np.flatnonzero(np.isfinite(column))
    if not len(known):
        return None
    known = known[np.argsort(column[known], kind="stable")]
    value = column[known]
    distinct = value[np.r_[True, value[1:] != value[:-1]]]
    if len(distinct) <= BINS:
        return (distinct[1:] + distinct[:-1]) / 2
    below = np.cumsum(weights[known])
    wanted = np.linspace(0, 100, BINS + 1)[1:-1] / 100 * below[-1]
    at = np.minimum(np.searchsorted(below, wanted), len(value) - 1)
    between = (value[at] + value[np.minimum(at + 1, len(value) - 1)]) / 2
    return np.unique(np.where(below[at] - wanted > np.finfo(np.float64).eps, value[at], between))


def _in_steps(table: Floats, edges: tuple[Floats | None, ...]) -> Floats:
    """Each feature as the number of its step, NaN where unknown; a feature that no lesson knew is a constant, since the
    trees take no column without a value."""
    steps = np.zeros(table.shape)
    for place, ends in enumerate(edges):
        if ends is not None:
            column = np.ascontiguousarray(table[:, place])
            steps[:, place] = np.where(np.isnan(column), np.nan, np.searchsorted(ends, column))
    return steps
