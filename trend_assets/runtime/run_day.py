"""`trend-assets run`: one day of the whole graph in this process, with progress, ending with the top of the feed.

Each day is collected by the same job that the schedule starts; what lies below the captures is then materialized over
the whole range in one run. What an asset does is the asset's business.
"""

import threading
import time
import warnings
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from trend_assets.runtime.services import base_services
from trend_assets.runtime.state import state_dir
from trend_assets.settings import Settings, get_settings
from trend_assets.text import display_text

if TYPE_CHECKING:
    import dagster as dg

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
POLL_SECONDS = 0.15


def run_day(day: date, *, days_before: int, force: bool = False) -> int:
    """Collect `days_before` days and `day`, materialize everything below, print the result. Exit code: 0 when the day
    has a feed, also when some source failed; 1 when it has none."""
    console = Console(highlight=False)
    started = time.monotonic()
    with base_services(get_settings()) as services:
        settings = get_settings()
        ready = time.monotonic()
        if services.sandbox_url:
            console.print("[yellow]Simulated data[/]: providers without a key are answered by the bundled sandbox.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problems = _materialize(console, settings, day, days_before, force)
        worked = time.monotonic()
        code = _show(console, settings, day)
        for problem in problems:
            console.print(f"[red]•[/] {problem}")
        console.print(
            f"[dim]{worked - started:.1f} s: {ready - started:.1f} s to start Postgres and the sandbox, "
            f"{worked - ready:.1f} s for the graph. Next: make ui[/]"
        )
        return code


def _materialize(console: Console, settings: Settings, day: date, days_before: int, force: bool) -> list[str]:
    import dagster as dg

    from trend_assets.definitions import defs
    from trend_assets.defs.schedules import downstream_selection

    days = [day - timedelta(days=back) for back in range(days_before, -1, -1)]
    days = [each for each in days if each >= settings.start_date]
    problems: list[str] = []
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<46}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with dg.DagsterInstance.get() as instance, Progress(*columns, console=console) as progress:
        for each in days:
            for name, what in (("daily_collection", "collect"), ("roll_call", "roll call")):
                job = defs.resolve_job_def(name)
                config = dict(QUIET)
                if force and each == day and name == "daily_collection":
                    config["ops"] = {
                        node: {"config": {"force": True}}
                        for node in job.graph.node_dict
                        if node.startswith("capture__")
                    }
                problems += _execute(
                    progress, instance, job, f"{each} {what}", config=config, partition_key=each.isoformat()
                )
        everything = defs.resolve_implicit_global_asset_job_def()
        graph = defs.resolve_asset_graph()
        keys = downstream_selection.resolve(graph)
        tags = {
            "dagster/asset_partition_range_start": days[0].isoformat(),
            "dagster/asset_partition_range_end": days[-1].isoformat(),
        }
        problems += _execute(
            progress,
            instance,
            everything,
            f"{days[0]} to {days[-1]} scores and feed",
            config=dict(QUIET),
            tags=tags,
            asset_selection=sorted(keys),
        )
    return problems


def _execute(
    progress: Progress,
    instance: "dg.DagsterInstance",
    job: "dg.JobDefinition",
    title: str,
    *,
    config: dict[str, Any],
    **options: Any,
) -> list[str]:
    """Run a job in this process while a second thread reads its events into the progress bar; the failures' sentences."""
    from dagster._core.utils import make_new_run_id

    selection: Sequence[Any] | None = options.get("asset_selection")
    steps = len(selection) if selection is not None else len(job.graph.node_dict)
    task = progress.add_task(title, total=steps)
    run_id = make_new_run_id()
    failures: list[str] = []
    done = threading.Event()

    def follow() -> None:
        cursor = None
        while True:
            last_round = done.is_set()
            connection = instance.get_records_for_run(run_id, cursor=cursor)
            cursor = connection.cursor
            for record in connection.records:
                event = record.event_log_entry.dagster_event
                if event is None:
                    continue
                if event.event_type_value == "STEP_START":
                    name = str(event.step_key).replace("__", ".")
                    progress.update(task, description=f"{title.split()[0]} {display_text(name, limit=34)}")
                elif event.event_type_value in ("STEP_SUCCESS", "STEP_SKIPPED"):
                    progress.advance(task)
                elif event.event_type_value == "STEP_FAILURE":
                    progress.advance(task)
                    failures.append(f"{title}: {str(event.step_key).replace('__', '.')}: {_reason(event)}")
            if last_round and not connection.has_more:
                return
            time.sleep(POLL_SECONDS)

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    try:
        job.execute_in_process(instance=instance, run_config=config, raise_on_error=False, run_id=run_id, **options)
    finally:
        done.set()
        follower.join(timeout=30)
    progress.update(task, description=title, completed=steps)
    return failures


def _reason(event: Any) -> str:
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return display_text(data.user_failure_data.description, limit=400)
    return display_text(data.error.message if data.error else "no reason was given", limit=400)


def _show(console: Console, settings: Settings, day: date) -> int:
    from trend_assets.operations.show import feed_top, save_issue, source_lines
    from trend_assets.runtime.database import running_database_url
    from trend_assets.warehouse.warehouse import Warehouse

    warehouse = Warehouse(running_database_url(settings))
    console.print(f"\n[bold]Sources of {day}[/]")
    for line in source_lines(warehouse, day):
        console.print("  " + line, markup=False)
    items = feed_top(warehouse, day)
    if not items:
        console.print(f"\n[red]There is no feed for {day}.[/] The reasons are above.")
        return 1
    console.print(f"\n[bold]Top of the feed of {day}[/]")
    for line in items:
        console.print("  " + line, markup=False)
    for path in save_issue(warehouse, day, state_dir(settings) / "issues"):
        console.print(f"  {path}", markup=False)
    return 0
