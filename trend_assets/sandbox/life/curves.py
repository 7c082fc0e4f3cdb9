"""How a count of an item grows: long-tailed life cycle, day and night, second waves, and late corrections downwards.

Closed forms in the instant, so that any past or future moment can be asked for without simulating up to it.
"""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

HOUR = 3600.0
DAY = 86_400


class Batch:
    """Items as columns of equal length (a struct of arrays): `batch.views` is a column."""

    def __init__(self, **columns: np.ndarray) -> None:
        vars(self).update(columns)

    if TYPE_CHECKING:

        def __getattr__(self, column: str) -> np.ndarray: ...

    def __len__(self) -> int:
        return len(next(iter(vars(self).values())))

    def take(self, rows: Any) -> Self:
        """The chosen rows (indices or mask), as a batch of the same kind."""
        return type(self)(**{name: column[rows] for name, column in vars(self).items()})

    @classmethod
    def join(cls, batches: list[Self]) -> Self:
        """All rows of several batches, in order."""
        return cls(**{name: np.concatenate([vars(batch)[name] for batch in batches]) for name in vars(batches[0])})


class Life(Batch):
    """Items with a life cycle: `posted_at` (times in epoch seconds) and `phase`; `tau_hours` until half of
    `final` is reached; a wave of `wave_size` more from `wave_at` on over `wave_tau_hours` (planted breakouts); a
    correction by `fix_share` at `fix_at`."""


def daylight(instant: Any, phase: Any) -> Any:
    """A clock that runs faster in the audience's evening: seconds, strictly growing (its slope is 0.55 … 1.45)."""
    day_length = DAY / (2 * np.pi)
    return (
        instant
        + 0.30 * day_length * np.sin(instant / day_length + phase)
        + 0.15 * day_length * np.sin(instant / day_length / 1.37 + 2.1 * phase)
    )


def grown(life: Life, instant: float) -> np.ndarray:
    """The count at an instant, int64; 0 before posting. Never falls, except where a correction takes effect."""
    age_hours = np.maximum(daylight(instant, life.phase) - daylight(life.posted_at, life.phase), 0.0) / HOUR
    age_hours = np.where(instant <= life.posted_at, 0.0, age_hours)
    # a long tail: growth at 24, 48, 96 and 144 h of age falls as it does on real lists; an exponential is over by then
    share = age_hours / (age_hours + life.tau_hours)
    total = life.final * share * (1.0 + 0.05 * np.log1p(age_hours / 240.0))
    since_wave = np.maximum(instant - life.wave_at, 0.0) / HOUR
    total = total + life.wave_size * (1.0 - np.exp(-((since_wave / life.wave_tau_hours) ** 1.6)))
    total = total * np.where(instant >= life.fix_at, 1.0 - life.fix_share, 1.0)
    return np.floor(total).astype(np.int64)


def ratio_of(views: np.ndarray, rate: np.ndarray, power: float) -> np.ndarray:
    """A count that follows views (likes, comments, shares): rate × views^power, never more than views."""
    return np.minimum(np.floor(rate * np.power(views.astype(np.float64), power)), views).astype(np.int64)
