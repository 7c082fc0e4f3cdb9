"""Replay any series of snapshots forward in time: at each moment the scores, with what was known at that moment.

    for each day:  grade earlier rankings whose outcome is known ─▶ learn ─▶ score its moments with that and with curves
                   and rings of the days before ─▶ then learn from the day

Grain `day` gives what the assets store (a day is scored at its end, with the curves of that day); grain `capture` ranks
at every capture, so that hourly series can be graded an hour ahead. Grading is in
`trend_assets/domain/scoreboard/grading.py`.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal

import pandas as pd

from trend_assets.domain.chance.candidates import LESSONS
from trend_assets.domain.chance.learned import Learned, judged_worlds, learned_worlds
from trend_assets.domain.chance.meaning import HORIZON_HOURS
from trend_assets.domain.chance.outcomes import graded
from trend_assets.domain.velocity import baselines
from trend_assets.domain.velocity import curves as curve_book
from trend_assets.domain.velocity.changes import LOOKBACK_DAYS, MIN_GAP_HOURS, PAIR_HOURS, measure_changes
from trend_assets.domain.velocity.scoring import best_standing, entries_of_day
from trend_assets.domain.velocity.worlds import MICROSECOND, learn_worlds, score_worlds
from trend_assets.warehouse.reads.velocity import LESSON_DAYS

Grain = Literal["day", "capture"]
RING_COLUMNS = ("platform", "scope", "key", "entries")
# captures of one collection arrive within minutes; a new moment begins with the next half hour
MOMENT = "30min"


def replay(
    snapshots: pd.DataFrame,
    *,
    grain: Grain = "day",
    curves: pd.DataFrame | None = None,
    setting: str = "auto",
    horizon_hours: float | None = None,
) -> Iterator[pd.DataFrame]:
    """Scores (rows of `velocity.scores` plus `moment`) of each day or capture, oldest first.

    `curves`: stored rows of `velocity.curves` (with observed_date); given, they are used (those of the day before a
    capture) instead of learning again. Chances are of `horizon_hours` ahead, else of three days at grain `day` and of
    an hour at `capture`; where captures are further apart than that, nothing has an outcome and nothing is learned.
    """
    lessons = _Lessons(horizon_hours=horizon_hours or (HORIZON_HOURS if grain == "day" else 1.0), setting=setting)
    pair_hours = PAIR_HOURS if grain == "day" else MIN_GAP_HOURS
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
        moments = _moments(window, start=start, end=end, grain=grain)
        lessons.learn(rows.iloc[: at.searchsorted(pd.Timestamp(moments[-1 if grain == "day" else 0][1]))], day=day)
        by_now = lessons.of(day)
        for first, last in moments:
            known = learned if grain == "day" else before
            scored = _score(
                window, first=first, last=last, day=day, curves=known, rings=rings, learned=by_now,
                pair_hours=pair_hours,
            )  # fmt: skip
            lessons.remember(scored.assign(observed_date=day, moment=first))
            yield scored.assign(moment=first)
        book = learned
        rings = _rolled(window, rings, start=start, end=end, day=day)


class _Lessons:
    """What the assets keep in `velocity.outcomes` and `velocity.models`, in memory."""

    def __init__(self, *, horizon_hours: float, setting: str) -> None:
        self._horizon, self._setting = horizon_hours, setting
        self._waiting: list[pd.DataFrame] = []
        self._outcomes = pd.DataFrame()
        self._models = pd.DataFrame()
        self._champions: dict[tuple[str, bool], str] = {}

    def remember(self, scored: pd.DataFrame) -> None:
        """A ranking whose outcome will be known later."""
        self._waiting.append(scored)

    def learn(self, known: pd.DataFrame, *, day: date) -> None:
        """Grade what can be graded with `known`, what was measured before the day's rankings, and judge the rest."""
        behind = max(1, round(self._horizon / 24))
        ripe = [frame for frame in self._waiting if (day - frame["observed_date"].iloc[0]).days >= behind]
        self._waiting = self._waiting[len(ripe) :]
        since = [frame["measured_at"].min() for frame in ripe if len(frame)]
        fresh = known[known["measured_at"] >= min(since)] if since else known.head(0)
        grades = [graded(frame, fresh, horizon_hours=self._horizon) for frame in ripe if len(frame)]
        grades = [frame[~frame["has_left"].astype(bool)] for frame in grades if len(frame)]
        if grades:
            both = pd.concat([*grades[::-1], *([self._outcomes] if len(self._outcomes) else [])], ignore_index=True)
            order = pd.to_datetime(both["ranked_date"]).argsort(kind="stable")[::-1]
            both = both.iloc[order].groupby(["source", "is_simulated"], sort=False).head(LESSONS)
            known_on = pd.to_datetime(both["ranked_date"]) + pd.Timedelta(days=behind)
            both = both[known_on >= pd.Timestamp(day - timedelta(days=LESSON_DAYS))]
            self._outcomes = both.reset_index(drop=True)
        if len(self._outcomes):
            self._models = judged_worlds(self._outcomes, day=day, before=self._champions, setting=self._setting)
            ranking = self._models[self._models["is_champion"].astype(bool)]
            worlds = zip(ranking["source"], ranking["is_simulated"].astype(bool), strict=True)
            self._champions = dict(zip(worlds, ranking["candidate"], strict=True))

    def of(self, day: date) -> Callable[[bool, pd.DataFrame], dict[str, Learned]]:
        """What sources have learned, as `score_worlds` asks for it; the same all day."""
        kept: dict[bool, dict[str, Learned]] = {}

        def learned(simulated: bool, members: pd.DataFrame) -> dict[str, Learned]:
            if simulated not in kept:
                kept[simulated] = learned_worlds(
                    self._models, self._outcomes, members=self._outcomes if len(self._outcomes) else members,
                    is_simulated=simulated, day=day,
                )  # fmt: skip
            return kept[simulated]

        return learned


def _moments(window: pd.DataFrame, *, start: datetime, end: datetime, grain: Grain) -> list[tuple[datetime, datetime]]:
    """What is ranked together, as [first, last)."""
    if grain == "day":
        return [(start, end)]
    today = window["measured_at"][window["measured_at"] >= start]
    groups = today.groupby(today.dt.floor(MOMENT)).agg(["min", "max"])
    return [(row["min"].to_pydatetime(), row["max"].to_pydatetime() + MICROSECOND) for _, row in groups.iterrows()]


def _score(
    window: pd.DataFrame, *, first: datetime, last: datetime, day: date, curves: pd.DataFrame, rings: pd.DataFrame,
    learned: Callable[[bool, pd.DataFrame], dict[str, Learned]], pair_hours: float,
) -> pd.DataFrame:  # fmt: skip
    seen = window[window["measured_at"] < last]
    changes = measure_changes(seen, day_start=first, until=last, pair_hours=pair_hours)
    return score_worlds(
        changes=changes,
        snapshots=seen[(seen["measured_at"] >= first) | (seen["measured_at"] < pd.Timestamp(day, tz="UTC"))],
        day=day,
        rings_of=lambda entries: _wanted(rings, entries),
        curves=curves,
        commerce=pd.DataFrame(),
        ranks=pd.DataFrame({"external_id": pd.Series(dtype=object), "score": pd.Series(dtype=float)}),
        learned=learned,
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
