"""Numbers and times as people read them, and counts as a line of blocks. The same everywhere, without any clock."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

BLOCKS = "▁▂▃▄▅▆▇█"
SPARK_POINTS = 12


def compact(number: float | int | None) -> str:
    """1234567 as 1.2M; three digits at most; – for unknown."""
    if number is None:
        return "–"
    value = float(number)
    for limit, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        # 999,500 would round to 1000K
        if abs(value) >= limit * 0.9995:
            scaled = value / limit
            return f"{scaled:.0f}{suffix}" if abs(scaled) >= 99.95 else f"{scaled:.1f}".removesuffix(".0") + suffix
    return f"{value:,.0f}"


def percent(share: float) -> str:
    """12 %, 0.4 %, 0 %: two figures, so that rounding never turns an order round."""
    return f"{share * 100:.1f} %" if 0 < share < 0.0995 else f"{share * 100:.0f} %"


def clock(moment: datetime) -> str:
    """20 Nov, 06:00 UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%b}, {utc:%H:%M} UTC"


def long_date(day: date) -> str:
    """Friday, 20 November 2026."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def hours(value: float) -> str:
    """Hours as 40 min, 5 h or 3 days."""
    if value < 1:
        return f"{value * 60:.0f} min"
    return f"{value:.0f} h" if value < 48 else f"{value / 24:.0f} days"


def usd(value: float | None) -> str | None:
    """A price with as many places as it needs: $0.0003, $1.25."""
    if value is None:
        return None
    if value == 0:
        return "$0"
    return f"${value:.2f}" if value >= 1 else f"${value:.3f}" if value >= 0.01 else f"${value:.4f}"


def thinned(series: Sequence[float], points: int = SPARK_POINTS) -> list[float]:
    """At most `points` values, evenly picked, first and last kept."""
    if len(series) <= points:
        return list(series)
    step = (len(series) - 1) / (points - 1)
    return [series[round(i * step)] for i in range(points)]


def levels(series: Sequence[float], top: int, *, from_zero: bool = False) -> list[int]:
    """Each value as a whole level 1..top between the smallest (or zero) and the largest; a flat line lies in the
    middle. Bars of counts stand on zero: 5.0M to 5.4M must not look like a take-off."""
    if not series:
        return []
    low, high = min(series), max(series)
    if high <= low:
        return [(top + 1) // 2] * len(series)
    low = min(low, 0.0) if from_zero else low
    return [1 + round((value - low) / (high - low) * (top - 1)) for value in series]


def spark(series: Sequence[float], *, from_zero: bool = False) -> str:
    """The series as a line of block characters; empty for fewer than two values."""
    if len(series) < 2:
        return ""
    return "".join(BLOCKS[level - 1] for level in levels(thinned(series), len(BLOCKS), from_zero=from_zero))


def missing(value: Any) -> bool:
    """NULL as pandas may hold it: None, NaN, NA or NaT."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in ("<NA>", "NaT")
