"""How often issues are right, as readers are told it: what they gave, what came, one sentence, the same everywhere.

    rows of feed.outcomes of many issues ─▶ hit_rate ─▶ sentence, days, bins

Plain records in, so that who answers requests needs no frames. Per item it is `what_came.py`; how the order was graded
against plain rankings is `grading.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from statistics import mean, median
from typing import Any

from trend_assets.domain.chance.meaning import CONFIDENT, TOP_SHARE
from trend_assets.domain.numbers import percent
from trend_assets.text import plural

BINS = 10


@dataclass(frozen=True)
class HitRate:
    """What issues gave and what came, over `issues` issues from `since` to `until`. `items`: in them; `judged`: of
    those, measured again and graded; `came`: of those, rose. `given`, `given_came`: judged items with a chance;
    `said`: their mean chance. `confident`, `confident_came`: judged items that were given CONFIDENT or more.
    `still_to_come`: median share, of the count that risers had three days after they were first listed, that was yet
    to come when they were. `r_precision`: over all sources together, the share of risers in as many first places of
    the merged order as there were risers, mean over the issues."""

    since: date | None
    until: date | None
    issues: int
    items: int
    judged: int
    came: int
    given: int
    given_came: int
    said: float | None
    confident: int
    confident_came: int
    still_to_come: float | None
    r_precision: float | None
    is_simulated: bool

    @property
    def base_rate(self) -> float:
        """What chance gets."""
        return TOP_SHARE

    @property
    def sentence(self) -> str:
        """The rate in words, with chance beside it and since when."""
        if not self.issues:
            return "No issue is three days old yet, so nothing is known of how often it was right."
        over = f"the last {self.issues} issues" if self.issues > 1 else "the issue"
        since = f" (since {self.since:%Y-%m-%d})" if self.issues > 1 else f" of {self.since:%Y-%m-%d}"
        if not self.judged:
            return f"None of the {plural(self.items, 'item')} of {over}{since} was measured again three days later."
        chance = f"chance is {percent(self.base_rate)}"
        every = f"of the {self.judged} that were measured again {percent(self.came / self.judged)} rose"
        if not self.given:
            return f"The items of {over}{since} were given no probability yet; {every}, {chance}."
        chances = (
            f"where we had said {percent(self.said or 0.0)} on average, {percent(self.given_came / self.given)} rose"
        )
        if not self.confident:
            return f"No item of {over}{since} was given {percent(CONFIDENT)} or more; {chances}; {chance}."
        return (
            f"Of the {plural(self.confident, 'item')} that {over}{since} gave {percent(CONFIDENT)} or more, "
            f"{percent(self.confident_came / self.confident)} rose; {chances}; {chance}."
        )


def hit_rate(came: Sequence[Mapping[str, Any]]) -> HitRate:
    """The rate over rows of `feed.outcomes`, of one or many issues; unknown is None."""
    judged = [row for row in came if row["has_risen"] is not None]
    given = [row for row in judged if row["chance"] is not None]
    sure = [row for row in given if row["chance"] >= CONFIDENT]
    still = [
        row["still_to_come"]
        for row in judged
        if row["has_risen"] and row["is_first_listing"] and row["still_to_come"] is not None
    ]
    days = {row["feed_date"] for row in came}
    first = {row["feed_date"]: row["r_precision"] for row in came if row.get("r_precision") is not None}
    return HitRate(
        since=min(days, default=None),
        until=max(days, default=None),
        issues=len(days),
        items=len(came),
        judged=len(judged),
        came=_risen(judged),
        given=len(given),
        given_came=_risen(given),
        said=mean(row["chance"] for row in given) if given else None,
        confident=len(sure),
        confident_came=_risen(sure),
        still_to_come=median(still) if still else None,
        r_precision=mean(first.values()) if first else None,
        is_simulated=any(row["is_simulated"] for row in came),
    )


def by_issue(came: Sequence[Mapping[str, Any]]) -> list[HitRate]:
    """The rate of each issue, oldest first."""
    ordered = sorted(came, key=lambda row: row["feed_date"])
    return [hit_rate(list(rows)) for _, rows in groupby(ordered, key=lambda row: row["feed_date"])]


def bins(came: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """What was said beside what came true, in tenths that have items: {said, true, items}."""
    cells: dict[int, list[Mapping[str, Any]]] = {}
    for row in came:
        if row["has_risen"] is not None and row["chance"] is not None:
            cells.setdefault(min(int(row["chance"] * BINS), BINS - 1), []).append(row)
    return [
        {"said": mean(row["chance"] for row in rows), "true": _risen(rows) / len(rows), "items": len(rows)}
        for _, rows in sorted(cells.items())
    ]


def _risen(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(bool(row["has_risen"]) for row in rows)
