"""What Dagster's instance knows of days: what was made, by which run, and who is at work on it."""

import sys
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg
from dagster import AssetKey, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from trend_assets.defs.refresh.outdated import Attempt, Below, Update, outdated
from trend_assets.runtime.carrier import of_tags
from trend_assets.runtime.dagster_private import BulkActionsFilter, BulkActionStatus

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
    run_ids: dict[int, str] = {}
    for start in range(0, len(events), BATCH):
        some = dg.AssetRecordsFilter(asset_key=key, storage_ids=events[start : start + BATCH])
        run_ids |= {record.storage_id: record.run_id for record in instance.fetch_materializations(some, BATCH).records}
    return run_ids


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
            if _first(run) <= day <= _last(run) and (is_ours(run) or not only_ours)
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


def is_ours(run: DagsterRun) -> bool:
    """Whether a refresh launched it."""
    return LAUNCHED_BY.items() <= run.tags.items()


def _first(run: DagsterRun) -> str:
    return run.tags.get("dagster/partition") or run.tags.get(FIRST) or "~"


def _last(run: DagsterRun) -> str:
    return run.tags.get("dagster/partition") or run.tags.get(LAST) or ""


def shifted(day: str, days: int) -> str:
    """The partition so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


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
