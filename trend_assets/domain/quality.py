"""When a day's data looks odd, as verdicts with a sentence: against the weeks before, never against a fixed truth.

Pure functions on numbers; where they come from and what a failed verdict does is the caller's business.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from trend_assets.text import plural

MIN_HISTORY = 3
"""Days of history before anything is called unusual."""


@dataclass(frozen=True)
class Verdict:
    """Whether it looks as usual, and the sentence that says why."""

    passed: bool
    sentence: str


def volume_verdict(rows: int, before: Sequence[int], *, factor: float = 2.5, slack: int = 10) -> Verdict:
    """Rows of a day against the median of the days before: unusual when more than `factor` times away from it and more
    than `slack` rows."""
    if len(before) < MIN_HISTORY:
        return Verdict(True, f"{plural(rows, 'row')}; only {plural(len(before), 'earlier day')} to compare with.")
    usual = median(before)
    is_unusual = abs(rows - usual) > slack and not usual / factor <= rows <= usual * factor
    return Verdict(
        not is_unusual, f"{plural(rows, 'row')}; the median of {plural(len(before), 'earlier day')} is {usual:g}."
    )


def share_verdict(name: str, share: float | None, before: Sequence[float], *, tolerance: float = 0.2) -> Verdict:
    """A share (0-1) of a day against the mean of the days before: unusual when further than `tolerance` from it."""
    if share is None:
        return Verdict(True, f"{name}: nothing to measure.")
    if len(before) < MIN_HISTORY:
        return Verdict(True, f"{name} is {share:.0%}; only {plural(len(before), 'earlier day')} to compare with.")
    usual = sum(before) / len(before)
    return Verdict(
        abs(share - usual) <= tolerance,
        f"{name} is {share:.0%}; the mean of {plural(len(before), 'earlier day')} is {usual:.0%}.",
    )


def frozen_verdict(pairs: int, unchanged: int, *, least_pairs: int = 20, most: float = 0.9) -> Verdict:
    """Counts that do not move: odd when of at least `least_pairs` items measured twice more than `most` are unchanged.
    A provider that serves yesterday's cache looks like this."""
    if pairs < least_pairs:
        return Verdict(True, f"Only {plural(pairs, 'item')} measured twice.")
    return Verdict(unchanged / pairs <= most, f"{unchanged} of {pairs} items measured twice have the same counts.")


def price_verdict(price: float | None, before: Sequence[float], *, factor: float = 2.0) -> Verdict:
    """USD per item against the median of the days before: odd when more than `factor` times as dear."""
    if price is None or len(before) < MIN_HISTORY:
        return Verdict(True, "Not enough priced days to compare with.")
    usual = median(before)
    return Verdict(price <= usual * factor or usual == 0, f"{price:.6f} USD per item; usually {usual:.6f} USD.")


def newest_due_day(now_date: date, hour: int, *, deadline_hour: int) -> date:
    """The newest partition that must exist: today's from the deadline on (UTC hour), yesterday's before."""
    return now_date if hour >= deadline_hour else now_date - timedelta(days=1)


def holes(present: Collection[date], *, first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both included, that are not `present`."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if day not in present]


def worst(verdicts: Mapping[str, Verdict]) -> Verdict:
    """One verdict for many: failed when one is, with the failed sentences first."""
    failed = [f"{name}: {verdict.sentence}" for name, verdict in verdicts.items() if not verdict.passed]
    if failed:
        return Verdict(False, " ".join(failed))
    return Verdict(True, " ".join(f"{name}: {verdict.sentence}" for name, verdict in list(verdicts.items())[:10]))
