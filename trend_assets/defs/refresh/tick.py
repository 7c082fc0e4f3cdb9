"""What was updated is refreshed: one run per day for all that lies below, once nothing is on its way to that day.

    materializations since the last tick ─▶ days that wait ─(nobody is at work on it, or it is late)─▶ a run per day

The *day* is judged, not the asset: `outdated` says which tables of a day are older than what they are made of. Nothing
is remembered of who caused what, so a tick that is missed or repeated, a daemon that was down and a run that somebody
else made meanwhile all end in the same comparison (docs/adr/0021). Collecting does not belong here: it costs money.
"""

import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
from dagster import AssetKey, DagsterInstance

from trend_assets.defs.refresh.outdated import Below, outdated
from trend_assets.defs.refresh.stored import (
    FIRST,
    LAST,
    LAUNCHED_BY,
    AtWork,
    Known,
    is_ours,
    newest_event,
    newest_of_days,
    shifted,
)

LATE_SECONDS = 45 * 60
"""After this long a day is made without what is still on its way, so that a source that hangs costs only itself. Real
collections take minutes; Dagster ends a run after an hour (MAX_RUNTIME)."""


@dataclass
class Waiting:
    """A day to be looked at since a time: for updates newer than event `after`. `is_launched`: a run of ours was asked
    for, and the day has not been found up to date yet."""

    since: float
    after: int
    is_launched: bool = False


@dataclass
class Cursor:
    """Up to which event the tick before has looked, and the days that wait. A few bytes per day: every tick stores it.

    A sensor without a cursor looks at everything there is, so that what was collected before is followed as well."""

    after: int = 0
    days: dict[str, Waiting] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> "Cursor":
        if not text:
            return cls()
        data = json.loads(text)
        return cls(data["after"], {day: Waiting(*each) for day, each in data["days"].items()})

    def text(self) -> str:
        days = {day: (each.since, each.after, each.is_launched) for day, each in sorted(self.days.items())}
        return json.dumps({"after": self.after, "days": days})


@dataclass(frozen=True)
class Tick:
    """What a tick asks for, what it remembers, and what it says when it asks for nothing."""

    requests: list[dg.RunRequest]
    cursor: Cursor
    says: str


def tick(
    text: str | None,
    instance: DagsterInstance,
    below: Below,
    *,
    now: float,
    has_partition: Callable[[str], bool] = lambda day: True,
) -> Tick:
    """Look at the days that were updated and ask for a run for each on which nobody is at work any more."""
    cursor = Cursor.parse(text)
    newest = newest_event(instance, {*below.inputs, *below.order})
    updated = [key for key, event in newest.items() if event > cursor.after and key in below.inputs]
    for day in (day for key in updated for day in newest_of_days(instance, key, after=cursor.after) if _is_day(day)):
        # the day after grows from it
        for each in (day, *filter(has_partition, [shifted(day, 1)])):
            cursor.days.setdefault(each, Waiting(now, cursor.after))
    cursor.after = max(cursor.after, *newest.values(), 0)
    if not cursor.days:
        return Tick([], cursor, "Nothing was updated.")
    late = {day for day, each in cursor.days.items() if now - each.since > LATE_SECONDS}
    unknown = {day for day in cursor.days if not has_partition(day)}
    for day in late & unknown:
        del cursor.days[day]
    waiting_for, chosen = _judged(instance, below, cursor, AtWork.of(instance), late=late, unknown=unknown)
    for day in chosen:
        cursor.days[day] = Waiting(now, cursor.after, is_launched=True)
    requests = [_request(days, keys, cursor) for days, keys in _ranges(chosen)]
    waits = "; ".join(f"{day} waits for {', '.join(sorted(set(names)))}" for day, names in sorted(waiting_for.items()))
    return Tick(requests, cursor, f"{waits}." if waits else "All that was updated is followed.")


def _judged(
    instance: DagsterInstance, below: Below, cursor: Cursor, at_work: AtWork, *, late: Set[str], unknown: Set[str]
) -> tuple[dict[str, list[str]], dict[str, tuple[AssetKey, ...]]]:
    """Which days are held, by whom, and what to make of the others. A day that is up to date leaves the cursor.

    `unknown` days have no partition: an import has just moved the first one back, and the code that is loaded here does
    not know it yet. They wait for that; what still has none when it is late lies before the first partition.

    A day follows the one before: its growth is looked at once that one is up to date, and what is made of both is made
    of the day before first, unless it is the same, which is one run.
    """
    waiting_for = {
        day: ["its partition"]
        if day in unknown
        else at_work.on(day, only_ours=day in late) or at_work.on(shifted(day, -1), only_ours=True)
        for day in cursor.days
    }
    free = [day for day in sorted(cursor.days) if not waiting_for[day]]
    known = Known.of(instance, below, free, after=min((cursor.days[day].after for day in free), default=0))
    chosen: dict[str, tuple[AssetKey, ...]] = {}
    postponed: set[str] = set()
    for day in free:
        waiting, before = cursor.days[day], shifted(day, -1)
        updated = known.updates(day, after=waiting.after)
        makers = known.makers(updated)
        if day not in late and (names := at_work.going_on(makers)):
            waiting_for[day] = names
            continue
        newest = known.newest(day)
        if waiting.is_launched and not (len(makers) == len(updated) and all(map(is_ours, makers))):
            # updated by somebody else while our run was under way, which may have read what was there before
            newest = {key: min(event, waiting.after) for key, event in newest.items()}
        grown = {} if before in cursor.days else known.updates(before, after=waiting.after)
        if keys := outdated(below, updated, grown, newest, known.attempts):
            if before in postponed or chosen.get(before, keys) != keys:
                postponed.add(day)
            else:
                chosen[day] = keys
        elif before not in cursor.days:
            del cursor.days[day]
    return {day: names for day, names in waiting_for.items() if names}, chosen


def _request(days: list[str], keys: tuple[AssetKey, ...], cursor: Cursor) -> dg.RunRequest:
    """One run. Its key is what it follows, so that a tick that is repeated asks for no second one."""
    span = {FIRST: days[0], LAST: days[-1]} if len(days) > 1 else {}
    return dg.RunRequest(
        run_key=f"{days[0]} to {days[-1]} after {cursor.after}",
        partition_key=None if span else days[0],
        asset_selection=list(keys),
        tags={**LAUNCHED_BY, **span},
    )


def _ranges(chosen: Mapping[str, tuple[AssetKey, ...]]) -> list[tuple[list[str], tuple[AssetKey, ...]]]:
    """Days in a row of which the same is made: each such row is one run."""
    ranges: list[tuple[list[str], tuple[AssetKey, ...]]] = []
    for day, keys in sorted(chosen.items()):
        if ranges and ranges[-1][1] == keys and shifted(ranges[-1][0][-1], 1) == day:
            ranges[-1][0].append(day)
        else:
            ranges.append(([day], keys))
    return ranges


def _is_day(partition: str) -> bool:
    try:
        return date.fromisoformat(partition).isoformat() == partition
    except ValueError:
        return False
