"""How a count of an item grows: saturating life cycle, day and night, second waves, and late corrections downwards.

Closed forms in the instant, so that any past or future moment can be asked for without simulating up to it.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

HOUR = 3600.0
DAY = 86_400


@dataclass(slots=True)
class Batch:
    """Items as columns of equal length (a struct of arrays)."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, rows: Any) -> Self:
        """The chosen rows (indices or mask), as a batch of the same kind."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @classmethod
    def join(cls, batches: list[Self]) -> Self:
        """All rows of several batches, in order."""
        return cls(
            **{field.name: np.concatenate([getattr(batch, field.name) for batch in batches]) for field in fields(cls)}
        )


@dataclass(slots=True)
class Life(Batch):
    """The life cycle of items. Times in epoch seconds, `tau_hours` until about two thirds of `final` is reached,
    a wave of `wave_size` more from `wave_at` on (planted breakouts), a correction by `fix_share` at `fix_at`."""

    posted_at: np.ndarray
    final: np.ndarray
    tau_hours: np.ndarray
    phase: np.ndarray
    wave_size: np.ndarray
    wave_at: np.ndarray
    wave_tau_hours: np.ndarray
    fix_at: np.ndarray
    fix_share: np.ndarray


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
    share = 1.0 - np.exp(-((age_hours / life.tau_hours) ** 0.8))
    total = life.final * share * (1.0 + 0.05 * np.log1p(age_hours / 240.0))
    since_wave = np.maximum(instant - life.wave_at, 0.0) / HOUR
    total = total + life.wave_size * (1.0 - np.exp(-((since_wave / life.wave_tau_hours) ** 1.6)))
    total = total * np.where(instant >= life.fix_at, 1.0 - life.fix_share, 1.0)
    return np.floor(total).astype(np.int64)


def ratio_of(views: np.ndarray, rate: np.ndarray, power: float) -> np.ndarray:
    """A count that follows views (likes, comments, shares): rate × views^power, never more than views."""
    return np.minimum(np.floor(rate * np.power(views.astype(np.float64), power)), views).astype(np.int64)
