"""What was updated is refreshed: one run per day for all that lies below, once nothing is on its way to that day.

    materializations since the last tick ─▶ days that wait ─(nobody is at work on it, or it is late)─▶ a run per day

The *day* is judged, not the asset: `outdated` says which tables of a day are older than what they are made of. Nothing
is remembered of who caused what, so a tick that is missed or repeated, a daemon that was down and a run that somebody
else made meanwhile all end in the same comparison (docs/adr/0021). Collecting does not belong here: it costs money.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import dagster as dg
from dagster import AssetKey, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from trend_assets.defs.partitions import daily
from trend_assets.runtime.carrier import of_tags
from trend_assets.runtime.dagster_private import BulkActionsFilter, BulkActionStatus

LATE_SECONDS = 45 * 60
"""After this long a day is made without what is still on its way, so that a source that hangs costs only itself. Real
collections take minutes; Dagster ends a run after an hour (MAX_RUNTIME)."""

LAUNCHED_BY = {"launched_by": "automation"}
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
BATCH = 1000
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


# --- pure: what is outdated -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Below:
    """The assets that are refreshed, in order, and what each reads: of the same day, and of the day before as well."""

    order: tuple[AssetKey, ...]
    same_day: Mapping[AssetKey, frozenset[AssetKey]]
    day_before: Mapping[AssetKey, frozenset[AssetKey]]

    @classmethod
    def of(cls, graph: Any, targets: Iterable[AssetKey]) -> "Below":
        """From the graph's edges; an edge to earlier days only is lineage and no reason to refresh."""
        chosen = set(targets)
        order = tuple(key for key in graph.toposorted_asset_keys if key in chosen)
        same, before = {}, {}
        for key in order:
            node = graph.get(key)
            offsets = {parent: _offsets(node.partition_mappings.get(parent)) for parent in node.parent_keys - {key}}
            same[key] = frozenset(parent for parent, (_, end) in offsets.items() if end == 0)
            before[key] = frozenset(parent for parent, (start, end) in offsets.items() if start < 0 and end == 0)
        return cls(order, same, before)

    @property
    def inputs(self) -> frozenset[AssetKey]:
        """Everything that is read: an update of it is a reason to look at the day."""
        return frozenset().union(*self.same_day.values())


def _offsets(mapping: dg.PartitionMapping | None) -> tuple[int, int]:
    return (mapping.start_offset, mapping.end_offset) if isinstance(mapping, dg.TimeWindowPartitionMapping) else (0, 0)


@dataclass(frozen=True)
class Update:
    """The newest materialization of an asset's day: its event and the run that made it ("": a report without a run)."""

    event: int
    run_id: str


@dataclass(frozen=True)
class Attempt:
    """What a failed run set out to make, and which of it failed."""

    planned: frozenset[AssetKey] = frozenset()
    failed: frozenset[AssetKey] = frozenset()


def outdated(
    below: Below,
    updated: Mapping[AssetKey, Update],
    updated_before: Mapping[AssetKey, Update],
    newest: Mapping[AssetKey, int],
    attempts: Mapping[str, Attempt],
) -> tuple[AssetKey, ...]:
    """The assets of a day to be made again, in order: those older than an update of an input, and all below them.

    `updated` are updates of the day; `updated_before` those of the day before, which refresh what exists and make
    nothing; `newest` are the events of what exists. Not wanted is what failed in the very run that made the update, nor
    what that run left out because of it: they have seen the update, and only another is a reason to try again. A
    source's rows that failed hold nothing up.
    """
    wanted: dict[AssetKey, None] = {}
    stopped: set[AssetKey] = set()
    for key in below.order:
        own = newest.get(key, 0)
        causes = [updated[parent] for parent in below.same_day[key] if parent in updated]
        if own:
            causes += [updated_before[parent] for parent in below.day_before[key] if parent in updated_before]
        tried = [attempts.get(cause.run_id, Attempt()) for cause in causes if cause.event > own]
        has_failed = bool(tried) and all(key in attempt.failed for attempt in tried)
        is_left_out = (
            bool(tried) and bool(below.same_day[key] & stopped) and all(key in attempt.planned for attempt in tried)
        )
        if has_failed or is_left_out:
            if below.same_day[key] & set(below.order):
                stopped.add(key)
        elif tried or below.same_day[key] & wanted.keys():
            wanted[key] = None
    return tuple(wanted)


# --- what is remembered between ticks -------------------------------------------------------------------------------


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


# --- what the instance knows ----------------------------------------------------------------------------------------


def newest_event(instance: DagsterInstance, keys: Iterable[AssetKey]) -> dict[AssetKey, int]:
    """The newest materialization of each asset, whatever its day."""
    return {
        record.asset_entry.asset_key: record.asset_entry.last_materialization_storage_id or 0
        for record in instance.get_asset_records(list(keys))
    }


def newest_of_days(
    instance: DagsterInstance, key: AssetKey, *, days: Iterable[str] = (), after: int | None = None
) -> Mapping[str, int]:
    """The newest materialization of each day of an asset: of these days, or of all that have one after an event."""
    return instance.event_log_storage.get_latest_storage_id_by_partition(
        key, dg.DagsterEventType.ASSET_MATERIALIZATION, partitions=set(days) or None, after_cursor=after
    )


def runs_of_events(instance: DagsterInstance, key: AssetKey, events: list[int]) -> dict[int, str]:
    """Which run made each of these materializations of an asset."""
    found: dict[int, str] = {}
    for start in range(0, len(events), BATCH):
        some = dg.AssetRecordsFilter(asset_key=key, storage_ids=events[start : start + BATCH])
        found |= {record.storage_id: record.run_id for record in instance.fetch_materializations(some, BATCH).records}
    return found


def attempt_of(instance: DagsterInstance, run_id: str, keys: Iterable[AssetKey]) -> Attempt:
    """What a failed run set out to make and which of it failed, from its events."""
    of_step = {"__".join(key.path): key for key in keys}
    planned, failed = set(), set()
    wanted = {dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED, dg.DagsterEventType.STEP_FAILURE}
    for entry in instance.all_logs(run_id, of_type=wanted):
        event = entry.get_dagster_event()
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED and event.asset_key:
            planned.add(event.asset_key)
        elif event.step_key in of_step:
            failed.add(of_step[event.step_key])
    return Attempt(frozenset(planned), frozenset(failed))


@dataclass(frozen=True)
class AtWork:
    """Who may still update a day: runs that have not ended, and backfills and commands that go on after a run of them.

    A run of a process that was killed stays unfinished in Dagster until somebody ends it: it is not at work. A run that
    has ended while its process lives is one of several of a command, which may be about to make what lies below; when
    the command has ended, well or not, what it left is followed.
    """

    runs: Mapping[str, DagsterRun]
    backfills: frozenset[str]

    @classmethod
    def of(cls, instance: DagsterInstance) -> "AtWork":
        backfills = instance.get_backfills(filters=BulkActionsFilter(statuses=[BulkActionStatus.REQUESTED]))
        runs = instance.get_runs(RunsFilter(statuses=UNFINISHED))
        return cls(
            {run.run_id: run for run in runs if _process(run) != "dead"},
            frozenset(each.backfill_id for each in backfills),
        )

    def on(self, day: str, *, only_ours: bool = False) -> list[str]:
        """The runs on this day, named for people."""
        return [
            _named(run)
            for run in self.runs.values()
            if _first(run) <= day <= _last(run) and (_is_ours(run) or not only_ours)
        ]

    def going_on(self, runs: Iterable[DagsterRun]) -> list[str]:
        """Those of these runs, which have updated the day, that go on: themselves, or as a part of something."""
        return [
            _named(run)
            for run in runs
            if run.run_id in self.runs
            or run.tags.get("dagster/backfill") in self.backfills
            or (run.is_finished and _process(run) == "alive")
        ]


def _process(run: DagsterRun) -> str:
    """What is seen of the process that carries a run."""
    carrier = of_tags(run.tags)
    return carrier.state() if carrier else "out of sight"


def _named(run: DagsterRun) -> str:
    return f"{run.job_name} {run.run_id[:8]}"


def _is_ours(run: DagsterRun) -> bool:
    return LAUNCHED_BY.items() <= run.tags.items()


def _first(run: DagsterRun) -> str:
    return run.tags.get("dagster/partition") or run.tags.get(FIRST) or "~"


def _last(run: DagsterRun) -> str:
    return run.tags.get("dagster/partition") or run.tags.get(LAST) or ""


# --- the tick -------------------------------------------------------------------------------------------------------


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
    for key, event in newest.items():
        if event > cursor.after and key in below.inputs:
            for day in filter(_is_day, newest_of_days(instance, key, after=cursor.after)):
                for each in (day, *filter(has_partition, [shifted(day, 1)])):
                    cursor.days.setdefault(each, Waiting(now, cursor.after))
    cursor.after = max(cursor.after, *newest.values(), 0)
    if not cursor.days:
        return Tick([], cursor, "Nothing was updated.")
    late = {day for day, each in cursor.days.items() if now - each.since > LATE_SECONDS}
    unknown = {day for day in cursor.days if not has_partition(day)}
    for day in late & unknown:
        del cursor.days[day]
    held, chosen = _judged(instance, below, cursor, AtWork.of(instance), late=late, unknown=unknown)
    for day in chosen:
        cursor.days[day] = Waiting(now, cursor.after, is_launched=True)
    requests = [_request(days, keys, cursor) for days, keys in _ranges(chosen)]
    waits = "; ".join(f"{day} waits for {', '.join(sorted(set(names)))}" for day, names in sorted(held.items()))
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
    held = {
        day: ["its partition"]
        if day in unknown
        else at_work.on(day, only_ours=day in late) or at_work.on(shifted(day, -1), only_ours=True)
        for day in cursor.days
    }
    free = [day for day in sorted(cursor.days) if not held[day]]
    known = Known.of(instance, below, free, after=min((cursor.days[day].after for day in free), default=0))
    chosen: dict[str, tuple[AssetKey, ...]] = {}
    postponed: set[str] = set()
    for day in free:
        waiting, before = cursor.days[day], shifted(day, -1)
        updated = known.updates(day, after=waiting.after)
        makers = known.makers(updated)
        if day not in late and (names := at_work.going_on(makers)):
            held[day] = names
            continue
        newest = known.newest(day)
        if waiting.is_launched and not (len(makers) == len(updated) and all(map(_is_ours, makers))):
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
    return {day: names for day, names in held.items() if names}, chosen


@dataclass(frozen=True)
class Known:
    """What is stored of the days that are judged and of those before them, read once per tick."""

    inputs: frozenset[AssetKey]
    events: Mapping[AssetKey, Mapping[str, int]]
    run_ids: Mapping[int, str]
    runs: Mapping[str, DagsterRun]
    attempts: Mapping[str, Attempt]

    @classmethod
    def of(cls, instance: DagsterInstance, below: Below, days: list[str], *, after: int) -> "Known":
        """`after`: who made older events is of no interest."""
        if not days:
            return cls(frozenset(), {}, {}, {}, {})
        looked_at = {*days, *(shifted(day, -1) for day in days)}
        events = {key: newest_of_days(instance, key, days=looked_at) for key in {*below.order, *below.inputs}}
        run_ids: dict[int, str] = {}
        for key in below.inputs:
            run_ids |= runs_of_events(instance, key, [event for event in events[key].values() if event > after])
        ids = sorted({*run_ids.values()} - {""})
        runs = {run.run_id: run for run in instance.get_runs(RunsFilter(run_ids=ids))} if ids else {}
        failed = [run_id for run_id, run in runs.items() if run.status == DagsterRunStatus.FAILURE]
        attempts = {run_id: attempt_of(instance, run_id, below.order) for run_id in failed}
        return cls(below.inputs, events, run_ids, runs, attempts)

    def newest(self, day: str) -> dict[AssetKey, int]:
        """The newest materialization of each asset of a day."""
        return {key: days[day] for key, days in self.events.items() if day in days}

    def updates(self, day: str, *, after: int) -> dict[AssetKey, Update]:
        """The inputs of a day that are newer than an event."""
        return {
            key: Update(event, self.run_ids.get(event, ""))
            for key, event in self.newest(day).items()
            if key in self.inputs and event > after
        }

    def makers(self, updates: Mapping[AssetKey, Update]) -> list[DagsterRun]:
        """The run of each update; reports without a run have none."""
        return [self.runs[each.run_id] for each in updates.values() if each.run_id in self.runs]


def is_whole(instance: DagsterInstance, below: Below, day: str, needed: Set[AssetKey]) -> bool:
    """Whether nothing that is needed of a day is missing, and nothing below is older than what it is made of."""
    known = Known.of(instance, below, [day], after=sys.maxsize)
    newest = known.newest(day)
    others = [key for key in needed if key not in known.events]
    return (
        needed & known.events.keys() <= newest.keys()
        and all(newest_of_days(instance, key, days=[day]) for key in others)
        and not outdated(below, known.updates(day, after=0), {}, newest, {})
    )


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
    found: list[tuple[list[str], tuple[AssetKey, ...]]] = []
    for day, keys in sorted(chosen.items()):
        if found and found[-1][1] == keys and shifted(found[-1][0][-1], 1) == day:
            found[-1][0].append(day)
        else:
            found.append(([day], keys))
    return found


def _is_day(partition: str) -> bool:
    try:
        return date.fromisoformat(partition).isoformat() == partition
    except ValueError:
        return False


def shifted(day: str, days: int) -> str:
    """The partition so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def refresh_sensor(job: Any, targets: dg.AssetSelection) -> dg.SensorDefinition:
    """The sensor that refreshes `targets` by runs of `job`."""

    @dg.sensor(
        name="refresh",
        job=job,
        minimum_interval_seconds=5,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Refreshes whatever lies below updated captures and tables, one run per day. Never collects: it "
        "costs nothing.",
    )
    def refresh(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        assert context.repository_def
        graph = context.repository_def.asset_graph
        done = tick(
            context.cursor,
            context.instance,
            Below.of(graph, targets.resolve(graph)),
            now=time.time(),
            has_partition=daily().has_partition_key,
        )
        return dg.SensorResult(
            run_requests=done.requests,
            cursor=done.cursor.text(),
            skip_reason=None if done.requests else dg.SkipReason(done.says),
        )

    return refresh
