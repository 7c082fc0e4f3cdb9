"""A running UI learns of an earlier first day: its code server is started again, between runs.

Partitions are fixed when code is loaded. Webserver and daemon notice a new code server by themselves.
"""

import time
from collections.abc import Callable

from trend_assets.runtime.first_day import first_day
from trend_assets.runtime.processes import Child

LOOK_SECONDS = 5


class Reloader:
    """What one code server has loaded. Make it before the server starts, then `reload_if_due` again and again."""

    def __init__(self, code_server: Child, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server, self._clock = code_server, clock
        self._loaded = first_day()
        self._due = clock()

    def reload_if_due(self, say: Callable[[str], None]) -> None:
        """Start the server again when the first day has moved and no run of it would be cut off."""
        if self._clock() < self._due:
            return
        self._due = self._clock() + LOOK_SECONDS
        day = first_day()
        if day >= self._loaded or _carries_runs():
            return
        self._server.stop()
        self._server.start()
        self._loaded = day
        say(f"The partitions begin on {day} now; the code was loaded again.")


def _carries_runs() -> bool:
    """Whether a run is in flight in a process of the code server; runs of other commands are not."""
    import dagster as dg

    from trend_assets.runtime.dagster_private import GRPC_INFO_TAG, IN_PROGRESS_RUN_STATUSES

    with dg.DagsterInstance.get() as instance:
        # queued ones wait for the server (dagster.yaml, run_coordinator)
        runs = instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS_RUN_STATUSES))
        return any(GRPC_INFO_TAG in run.tags for run in runs)
