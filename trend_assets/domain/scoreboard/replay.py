"""Replay any series of snapshots forward in time: at each moment the scores, with what was known at that moment.

    for each day:  score its moments with curves and rings of the days before ─▶ then learn from the day

Grain `day` gives what the assets store (a day is scored at its end, with the curves of that day); grain `capture` ranks
at every capture, so that hourly series can be graded an hour ahead. Grading is in `grading.py`.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

import pandas as pd

from trend_assets.domain.velocity import baselines
from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.changes import LOOKBACK_DAYS, measure_changes
from trend_assets.domain.velocity.scoring import best_standing, entries_of_day
from trend_assets.domain.velocity.worlds import MICROSECOND, learn_worlds, score_worlds

Grain = Literal["day", "capture"]
RING_COLUMNS = ("platform", "scope", "key", "entries")
# captures of one collection arrive within minutes; a new moment begins with the next half hour
MOMENT = "30min"


def replay(
    snapshots: pd.DataFrame, *, grain: Grain = "day", curves: pd.DataFrame | None = None
) -> Iterator[pd.DataFrame]:
    """Scores (rows of `velocity.scores` plus `moment`) of each day or capture, oldest first.

    `curves`: stored rows of `velocity.curves` (with observed_date); given, they are used (those of the day before a
    capture) instead of learning again.
    """
    rows = snapshots.sort_values("measured_at", kind="stable", ignore_index=True)
    at = rows["measured_at"]
    book = curve_book.empty().assign(is_simulated=False)
    rings = pd.DataFrame({name: pd.Series(dtype=object) for name in RING_COLUMNS})
    for day in sorted(at.dt.date.unique()):
        start = pd.Timestamp(day, tz="UTC").to_pydatetime()
        end = start + timedelta(days=1)
        window = rows.iloc[
            at.searchsorted(pd.Timestamp(start) - pd.Timedelta(days=LOOKBACK_DAYS)) : at.searchsorted(pd.Timestamp(end))
        ]
        learned = (
            _learned(curves, day) if curves is not None else learn_worlds(window, book, day_start=start, until=end)
        )
        before = _learned(curves, day - timedelta(days=1)) if curves is not None else book
        for first, last in _moments(window, start=start, end=end, grain=grain):
            known = learned if grain == "day" else before
            yield _score(window, first=first, last=last, day=day, curves=known, rings=rings).assign(moment=first)
        book = learned
        rings = _rolled(window, rings, start=start, end=end, day=day)


def _moments(window: pd.DataFrame, *, start: datetime, end: datetime, grain: Grain) -> list[tuple[datetime, datetime]]:
    """What is ranked together, as [first, last)."""
    if grain == "day":
        return [(start, end)]
    today = window["measured_at"][window["measured_at"] >= start]
    groups = today.groupby(today.dt.floor(MOMENT)).agg(["min", "max"])
    return [(row["min"].to_pydatetime(), row["max"].to_pydatetime() + MICROSECOND) for _, row in groups.iterrows()]


def _score(
    window: pd.DataFrame, *, first: datetime, last: datetime, day: date, curves: pd.DataFrame, rings: pd.DataFrame
) -> pd.DataFrame:
    seen = window[window["measured_at"] < last]
    changes = measure_changes(seen, day_start=first, until=last)
    return score_worlds(
        changes=changes,
        snapshots=seen[(seen["measured_at"] >= first) | (seen["measured_at"] < pd.Timestamp(day, tz="UTC"))],
        day=day,
        rings_of=lambda entries: _wanted(rings, entries),
        curves=curves,
        commerce=pd.DataFrame(),
        ranks=pd.DataFrame({"external_id": pd.Series(dtype=object), "score": pd.Series(dtype=float)}),
    )


def _rolled(window: pd.DataFrame, rings: pd.DataFrame, *, start: datetime, end: datetime, day: date) -> pd.DataFrame:
    """The newest ring of every key after the day."""
    today = window[window["measured_at"] >= start]
    entries = entries_of_day(measure_changes(window, day_start=start, until=end), best_standing(today))
    fresh = baselines.roll(baselines.pool(entries, _wanted(rings, entries)), day=day)
    both = pd.concat([rings, fresh.loc[:, list(RING_COLUMNS)]], ignore_index=True)
    return both.drop_duplicates(["platform", "scope", "key"], keep="last", ignore_index=True)


def _wanted(rings: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    keys = entries.loc[:, ["platform", "scope", "key"]].drop_duplicates()
    return rings.merge(keys, on=["platform", "scope", "key"]) if len(rings) else rings


def _learned(curves: pd.DataFrame, day: date) -> pd.DataFrame:
    """Stored curves of the newest day up to `day`."""
    past = curves[curves["observed_date"] <= day]
    return (
        past[past["observed_date"] == past["observed_date"].max()]
        if len(past)
        else curve_book.empty().assign(is_simulated=False)
    )
