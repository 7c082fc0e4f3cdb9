"""Execute assets in this process, each event of the run shown in a progress bar as it is stored."""

import io
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from trend_assets.text import display_text

if TYPE_CHECKING:
    import dagster as dg

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class NothingToRun(ValueError):
    """What was asked for has no partition or no asset; the message says why, and what can be asked for."""


def own_console() -> Console:
    """The terminal, whatever becomes of `sys.stdout`: a run sends what its steps print to a file, by descriptor."""
    try:
        terminal = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding, errors="replace")
    except (io.UnsupportedOperation, OSError):
        return Console(highlight=False, soft_wrap=True)
    return Console(highlight=False, soft_wrap=True, file=terminal)


def progress_bar(console: Console) -> Progress:
    """The bar that `execute` writes to."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<48}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def days_between(first: date, last: date) -> list[date]:
    """All days from `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def partitions_between(first: date, last: date, *, start: date, today: date) -> list[date]:
    """All days from `first` to `last`, both included. Raises NothingToRun when there is none, or when one has no
    partition: those reach from `start` to `today`."""
    if last < first:
        raise NothingToRun(f"{first} to {last} holds no day: the first day comes first.")
    if first < start:
        raise NothingToRun(
            f"{first} lies before the first partition, {start}; set TREND_ASSETS_START_DATE={first} to go further back."
        )
    if last > today:
        raise NothingToRun(f"{last} lies in the future; the newest partition is {today} (UTC).")
    return days_between(first, last)


def range_tags(days: Sequence[date]) -> dict[str, str]:
    """Run tags that make one run of all days from the first to the last."""
    return {
        "dagster/asset_partition_range_start": days[0].isoformat(),
        "dagster/asset_partition_range_end": days[-1].isoformat(),
    }


def execute(
    progress: Progress,
    instance: "dg.DagsterInstance",
    job: "dg.JobDefinition",
    title: str,
    *,
    config: Mapping[str, Any] | None = None,
    **options: Any,
) -> list[str]:
    """Run `job` in this process; `options` are those of `execute_in_process`. The sentences of steps that failed.

    Ctrl-C ends the step at hand and raises KeyboardInterrupt, where Dagster alone would go on with the next job.
    """
    from dagster._core.utils import make_new_run_id

    selection: Sequence[Any] | None = options.get("asset_selection")
    steps = len(selection) if selection is not None else len(job.graph.node_dict)
    task = progress.add_task(title, total=steps)
    run_id = make_new_run_id()
    failures: list[str] = []
    interrupted = False

    def show(entry: "dg.EventLogEntry") -> None:
        nonlocal interrupted
        if event := entry.dagster_event:
            _show_event(progress, task, title, event, failures)
            interrupted = interrupted or _was_interrupted(event)
            if interrupted and event.event_type_value == "STEP_UP_FOR_RETRY":
                # a retry policy takes Ctrl-C for one more failure to try again
                raise KeyboardInterrupt

    instance.add_event_listener(run_id, show)
    job.execute_in_process(
        instance=instance, run_config={**QUIET, **(config or {})}, raise_on_error=False, run_id=run_id, **options
    )
    if interrupted:
        raise KeyboardInterrupt
    progress.update(task, description=title, completed=steps)
    return failures


def _was_interrupted(event: Any) -> bool:
    """Whether a step ended because somebody pressed Ctrl-C."""
    if event.event_type_value == "STEP_FAILURE":
        error = event.step_failure_data.error
    elif event.event_type_value == "STEP_UP_FOR_RETRY":
        error = event.step_retry_data.error
    else:
        return False
    while error is not None:
        if error.cls_name in ("KeyboardInterrupt", "DagsterExecutionInterruptedError"):
            return True
        error = error.cause
    return False


def _show_event(progress: Progress, task: Any, title: str, event: Any, failures: list[str]) -> None:
    step = str(event.step_key).replace("__", ".")
    if event.event_type_value == "STEP_START":
        progress.update(task, description=f"{title.split()[0]} {display_text(step, limit=34)}")
    elif event.event_type_value in ("STEP_SUCCESS", "STEP_SKIPPED"):
        progress.advance(task)
    elif event.event_type_value == "STEP_FAILURE":
        progress.advance(task)
        failures.append(f"{title}: {step}: {_reason(event)}")


def _reason(event: Any) -> str:
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return display_text(data.user_failure_data.description, limit=400)
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return display_text(error.message if error else "no reason was given", limit=400)
