"""`trend-assets run`: one day of the whole graph in this process, with progress, ending with the top of the feed.

Each day is collected by the same jobs that the schedules start; what lies below the captures is then materialized over
the whole range in one run. A day before that is whole already is left as it is. What an asset does is the asset's
business.
"""

import time
import warnings
from collections.abc import Set
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from rich.console import Console

from trend_assets.commands.execute import (
    Outcome,
    execute,
    opened_instance,
    own_console,
    partitions_between,
    print_failures,
    progress_bar,
    range_tags,
)
from trend_assets.runtime.first_day import EARLIEST, reach_back
from trend_assets.runtime.services import base_services
from trend_assets.runtime.state import state_dir
from trend_assets.settings import Settings, get_settings

if TYPE_CHECKING:
    import dagster as dg

NEEDED_FROM_BEFORE = ("sources", "comets", "trends", "velocity")
"""Groups whose earlier days the day's feed rests on, and with them what they are made of (imported rows); the rest is
made for the day alone."""
REPORT, ITEMS, ISSUES = "feed.source_report", "feed.items", "feed.issues"


def run_day(day: date, *, days_before: int, force: bool = False) -> int:
    """Collect `days_before` days and `day`, materialize everything below, print the result.

    Exit code: 0 when every table was written and the day has a feed of this run, also when a source did not answer (it
    is among the sources with its reason); 1 when a table could not be written or a run failed.
    """
    console = own_console()
    started = time.monotonic()
    first, today = day - timedelta(days=days_before), datetime.now(UTC).date()
    partitions_between(first, day, start=EARLIEST, today=today)
    with base_services(get_settings()) as services:
        settings = get_settings()
        start = reach_back(first)
        days = partitions_between(min(max(first, start), day), day, start=start, today=today)
        ready = time.monotonic()
        if services.sandbox_url:
            console.print("[yellow]Simulated data[/]: providers without a key are answered by the bundled sandbox.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = _materialize(console, days, force)
        worked = time.monotonic()
        _show(console, settings, day, outcome)
        print_failures(console, outcome)
        console.print(
            f"[dim]{worked - started:.1f} s: {ready - started:.1f} s to start Postgres and the sandbox, "
            f"{worked - ready:.1f} s for the graph. Next: make ui[/]"
        )
        return 1 if outcome.problems else 0


def _materialize(console: Console, days: list[date], force: bool) -> Outcome:
    from trend_assets.definitions import defs
    from trend_assets.defs.refresh.outdated import Below
    from trend_assets.defs.refresh.stored import is_whole

    day, graph = days[-1], defs.resolve_asset_graph()
    outcome = Outcome()
    collections = {name: defs.resolve_job_def(name) for name in ("daily_collection", "roll_call")}
    measured, rest = in_two_parts(graph)
    collected = [key for job in collections.values() for key in job.asset_layer.selected_asset_keys]
    needed = measured | set(collected)
    with opened_instance(console) as instance, progress_bar(console) as progress:
        while days[0] < day and is_whole(instance, Below.of(graph, measured), days[0].isoformat(), needed):
            days = days[1:]
        for each, (job, what) in product(days, zip(collections.values(), ("collect", "roll call"), strict=True)):
            config = _asks_again(job) if force and each == day else {}
            outcome.add(
                execute(progress, instance, job, f"{each} {what}", config=config, partition_key=each.isoformat())
            )
            if outcome.broken:
                # what a run that failed as a whole was to bring is not there: nothing is built from it
                return outcome
        job = defs.resolve_implicit_global_asset_job_def()
        one_day = {"partition_key": day.isoformat()}
        span, of_all = (f"{days[0]} to {day}", {"tags": range_tags(days)}) if days[1:] else (f"{day}", one_day)
        for title, keys, options in ((f"{span}: counts and scores", measured, of_all), (f"{day}: feed", rest, one_day)):
            outcome.add(execute(progress, instance, job, title, asset_selection=sorted(keys), **options))
            if outcome.broken:
                return outcome
    return outcome


def _asks_again(job: "dg.JobDefinition") -> dict[str, Any]:
    """The configuration with which a job's captures ask although they have answers."""
    captures = [node for node in job.graph.node_dict if node.startswith("capture__")]
    return {"ops": {node: {"config": {"force": True}} for node in captures}}


def in_two_parts(graph: Any) -> "tuple[Set[dg.AssetKey], Set[dg.AssetKey]]":
    """What lies below the collections: what is made of all days, with everything it reads, and the rest."""
    import dagster as dg

    from trend_assets.defs.schedules import downstream_selection

    below = downstream_selection.resolve(graph)
    measured = below & dg.AssetSelection.groups(*NEEDED_FROM_BEFORE).upstream().resolve(graph)
    return measured, below - measured


def _show(console: Console, settings: Settings, day: date, outcome: Outcome) -> None:
    """The day as it is stored; what this run did not make is said to be older, and is not written out again."""
    from trend_assets.commands.show import feed_top, made_at, source_lines
    from trend_assets.newsletters.rendering.issue_files import FOLDER, save_issue
    from trend_assets.runtime.database import running_database_url
    from trend_assets.warehouse.warehouse import Warehouse

    warehouse = Warehouse(running_database_url(settings))
    if (REPORT, day.isoformat()) in outcome.made:
        console.print(f"\n[bold]Sources of {day}[/]")
        for line in source_lines(warehouse, day):
            console.print("  " + line, markup=False)
    if all((table, day.isoformat()) in outcome.made for table in (ITEMS, ISSUES)):
        console.print(f"\n[bold]Top of the feed of {day}[/]")
        for line in feed_top(warehouse, day):
            console.print("  " + line, markup=False)
        console.print("\n[bold]The rendered issue[/]")
        for path in save_issue(warehouse, day, state_dir(settings) / FOLDER):
            console.print(f"  {path}", markup=False)
    elif made := made_at(warehouse, ITEMS, day):
        console.print(
            f"\n[red]This run made no feed of {day}.[/] The one that is stored is older: of {made:%Y-%m-%d %H:%M} UTC."
        )
    else:
        console.print(f"\n[red]There is no feed of {day}.[/]")
