"""Which tables of a day are older than what they are made of. Pure: what is stored is read in `stored.py`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster import AssetKey


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
