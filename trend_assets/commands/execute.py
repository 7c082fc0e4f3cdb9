"""Execute assets in this process, each event of the run shown in a progress bar as it is stored."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from trend_assets.runtime.waiting import WAITS
from trend_assets.sources.errors import OUTCOME
from trend_assets.text import display_text
from trend_assets.warehouse.errors import database_error, explain

if TYPE_CHECKING:
    import dagster as dg

REASON_LIMIT = 600
"""Characters: a next step stands at the end of a reason."""
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


@contextlib.contextmanager
def opened_instance(console: Console) -> Iterator["dg.DagsterInstance"]:
    """Dagster's instance, after what dead runs still hold was taken back; each of them is said."""
    import dagster as dg

    from trend_assets.runtime.reaper import take_back

    with dg.DagsterInstance.get() as instance:
        for sentence in take_back(instance):
            console.print(sentence, style="yellow", markup=False)
        yield instance


def print_failures(console: Console, outcome: "Outcome") -> None:
    """Print what did not work, the sources first, and what to do."""
    for sentence in (*outcome.sources, *outcome.problems):
        console.print(f"• {sentence}", style="red", markup=False)
    if outcome.sources or outcome.problems:
        console.print("The same command tries again what failed; what was answered is not paid again.")


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
            f"{first} lies before {start}, the earliest partition there can be (TREND_ASSETS_START_DATE, where set, "
            "says where they begin)."
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


@dataclass
class Outcome:
    """How runs of this command went, in sentences for people."""

    problems: list[str] = field(default_factory=list)
    """Tables that could not be written, and runs that failed as a whole."""
    sources: list[str] = field(default_factory=list)
    """Sources that did not answer: the day is made without them."""
    made: set[tuple[str, str]] = field(default_factory=set)
    """Address and day of every table that was written."""
    broken: bool = False
    """A run failed as a whole: what it was to bring is not there to build upon."""

    def add(self, other: "Outcome") -> None:
        """Take another run's outcome in."""
        self.problems += other.problems
        self.sources += other.sources
        self.made |= other.made
        self.broken |= other.broken


def execute(
    progress: Progress,
    instance: "dg.DagsterInstance",
    job: "dg.JobDefinition",
    title: str,
    *,
    config: Mapping[str, Any] | None = None,
    **options: Any,
) -> Outcome:
    """Run `job` in this process; `options` are those of `execute_in_process`.

    Ctrl-C ends the step at hand and raises KeyboardInterrupt, where Dagster alone would go on with the next job. When
    Dagster cannot go on itself, because its database is gone or full, that is a WarehouseError. However it ends, the
    run is over and holds nothing.
    """
    from trend_assets.runtime.dagster_private import make_new_run_id

    selection: Sequence[Any] | None = options.get("asset_selection")
    steps = len(selection) if selection is not None else len(job.graph.node_dict)
    task = progress.add_task(title, total=steps)
    run_id = make_new_run_id()
    outcome = Outcome()
    interrupted = False

    def show(entry: "dg.EventLogEntry") -> None:
        nonlocal interrupted
        if event := entry.dagster_event:
            _show_event(progress, task, title, event, outcome)
            interrupted = interrupted or _was_interrupted(event)
            if interrupted and event.event_type_value == "STEP_UP_FOR_RETRY":
                # a retry policy takes Ctrl-C for one more failure to try again
                raise KeyboardInterrupt

    instance.add_event_listener(run_id, show)
    try:
        job.execute_in_process(
            instance=instance, run_config={**QUIET, **(config or {})}, raise_on_error=False, run_id=run_id, **options
        )
    except BaseException as error:
        _leave(instance, run_id)
        if isinstance(error, Exception) and database_error(error):
            raise explain(error, doing=f"{title}: the run") from error
        raise
    if interrupted:
        _leave(instance, run_id)
        raise KeyboardInterrupt
    progress.update(task, description=title, completed=steps)
    return outcome


def _leave(instance: "dg.DagsterInstance", run_id: str) -> None:
    """End the run in Dagster's eyes, as far as its database lets us; else the next command does it (`reaper.py`)."""
    with contextlib.suppress(Exception):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_canceled(run, "The command that carried this run was stopped.")
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)


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


def _show_event(progress: Progress, task: Any, title: str, event: Any, outcome: Outcome) -> None:
    step = str(event.step_key).replace("__", ".")
    kind = event.event_type_value
    if kind == "STEP_START":
        progress.update(task, description=f"{title.split()[0]} {display_text(step, limit=34)}")
    elif kind in ("STEP_SUCCESS", "STEP_SKIPPED"):
        progress.advance(task)
    elif kind == "STEP_FAILURE":
        progress.advance(task)
        failure = event.step_failure_data.user_failure_data
        of_a_source = failure is not None and OUTCOME in failure.metadata
        (outcome.sources if of_a_source else outcome.problems).append(f"{title}: {step}: {_reason(event)}")
    elif kind == "ASSET_MATERIALIZATION":
        outcome.made.add((".".join(event.asset_key.path), str(event.partition)))
    elif kind == "PIPELINE_FAILURE" and not ((data := event.job_failure_data) and data.first_step_failure_event):
        # otherwise it says only that steps have failed, which is said already
        outcome.broken = True
        reason = reason_of(data.error) if data and data.error else display_text(event.message)
        outcome.problems.append(f"{title}: the run failed: {reason}")
    elif kind == "ENGINE_EVENT" and WAITS in (event.engine_event_data.metadata or {}):
        progress.console.print(event.message, style="yellow", markup=False)


def _reason(event: Any) -> str:
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return display_text(data.user_failure_data.description, limit=REASON_LIMIT)
    return reason_of(data.error)


def reason_of(error: Any) -> str:
    """The reason in Dagster's record of an error: our own sentence, the outermost that there is, else the cause of all.

    A sentence of ours stands above what the driver said, whose text is for us and not for people.
    """
    if error is None:
        return "no reason was given"
    while error.cause is not None and not error.message.startswith("trend_assets."):
        error = error.cause
    text = error.message
    if text.startswith("trend_assets."):
        text = text.partition(": ")[2]
    return display_text(text, limit=REASON_LIMIT)
