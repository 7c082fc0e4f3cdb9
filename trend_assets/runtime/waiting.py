"""A step that waits for its turn says so, and for whom; it does not wait for the dead.

Dagster polls a pool in silence. Here each poll that is refused looks who is ahead: what dead runs hold is taken back at
once (`reaper.py`), and of the living the waiting run's own log says who they are, so the terminal and the UI show it.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg

SAY_AGAIN_SECONDS = 60
WAITS = "trend_assets/waits_for"
"""Metadata of the events that say for whom a run waits."""


class Waiting:
    """What a process has said about its waiting steps."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], tuple[frozenset[str], float]] = {}

    def look(self, instance: "dg.DagsterInstance", pool: str, run_id: str, step: str) -> None:
        """A step was refused a slot of `pool`: free what the dead hold, and say who else is ahead."""
        from trend_assets.runtime.reaper import take_back, who

        for sentence in take_back(instance):
            say_waits(instance, run_id, step, pool, sentence)
        info = instance.event_log_storage.get_concurrency_info(pool)
        ahead = {slot.run_id for slot in info.claimed_slots} - {run_id}
        before = self._said.get((run_id, step))
        if before and before[0] == ahead and time.monotonic() < before[1] + SAY_AGAIN_SECONDS:
            return
        self._said[run_id, step] = (frozenset(ahead), time.monotonic())
        records = [record for each in sorted(ahead) if (record := instance.get_run_record_by_id(each))]
        if records:
            holders = " and ".join(who(record) for record in records)
            name = step.replace("__", ".", 1)
            say_waits(instance, run_id, step, pool, f"{name} waits for the pool {pool}, held by {holders}.")


def say_waits(instance: "dg.DagsterInstance", run_id: str, step: str | None, what: str, sentence: str) -> None:
    """Write into a run's log that it, or a step of it, waits for `what`; the terminal and the UI show it."""
    from dagster import MetadataValue

    from trend_assets.runtime.dagster_private import EngineEventData

    instance.report_engine_event(
        sentence,
        instance.get_run_by_id(run_id),
        EngineEventData(metadata={WAITS: MetadataValue.text(what)}),
        step_key=step,
    )
