"""A year of everything below the captures backfilled: what a day costs at the beginning and at the end, and Dagster's
share of it.

    python -m benchmarks.backfill [--days 365] [--fresh-every 30] [--alone 10]

A platform of its own in a temporary folder, with its own Postgres and Dagster's storage in it. Every `--fresh-every`
days all sources are collected from the sandbox, in its default sizes; the days between get the same answers again under
their own dates. Then every table below the captures is built for all days in one run, as the assets' policy says
(`single_run`), and once more for the last `--alone` days with a run per day. In one process and one executor, so that
the policies are what differs; a daemon adds a process per run, five seconds each.

    work of a day      from one partition's fencing token to the next, summed over the assets
    overhead           the run's time beyond that: planning, events, checks
"""

import argparse
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from trend_assets.commands.execute import QUIET, days_between, range_tags
from trend_assets.settings import get_settings
from trend_assets.warehouse.warehouse import Warehouse

# the answers of one day, and the attempts that brought them, again under later dates
REPEATED = ("capture.answers", "ops.source_attempts")
REPEAT = """
INSERT INTO {table} ({names})
SELECT {values} FROM {table} a, generate_series(1, %(last)s::int) AS later WHERE a.observed_date = %(day)s
"""
SHIFTED = {
    "capture_id": "gen_random_uuid()::text",
    "attempt_id": "gen_random_uuid()::text",
    "observed_date": "a.observed_date + later",
    "collection_id": "a.collection_id || later",
    **{
        name: f"a.{name} + make_interval(days => later)"
        for name in ("collected_at", "fetched_at", "started_at", "finished_at")
    },
}


def collect(warehouse: Warehouse, days: Sequence[date], *, fresh_every: int) -> None:
    """Stored answers for all `days`: from the sandbox on some of them, repeated on the others."""
    from benchmarks.sources_day import Day
    from trend_assets.warehouse.tables import TABLES

    statements = []
    for address in REPEATED:
        names = TABLES[address].column_names
        values = ", ".join(SHIFTED.get(name, f"a.{name}") for name in names)
        statements.append(REPEAT.format(table=address, names=", ".join(names), values=values))
    for number in range(0, len(days), fresh_every):
        Day(warehouse, get_settings(), datetime.now(UTC), day=days[number]).run()
        later = min(fresh_every, len(days) - number) - 1
        with warehouse.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode(), {"day": days[number], "last": later})
    with warehouse.connect() as connection:
        # collecting has typed the rows too; here that belongs to the backfill
        for address in sorted({table.address for table in TABLES.values() if table.schema == "source"}):
            connection.execute(f"TRUNCATE {address}".encode())
        connection.execute("DELETE FROM ops.partition_writes")
        connection.execute("VACUUM ANALYZE capture.answers")


class Marks:
    """The moments (epoch s) at which partitions were begun: each takes its fencing token then."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def __enter__(self) -> "Marks":
        self.original = original = Warehouse.next_token

        def marked(warehouse: Warehouse) -> int:
            self.at.append(time.time())
            return original(warehouse)

        Warehouse.next_token = marked  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Warehouse.next_token = self.original  # type: ignore[method-assign]


class Run:
    """One run of `keys` over `days`: its wall seconds and, per asset, the seconds of each day but the last."""

    def __init__(self, instance: Any, keys: Sequence[Any], days: Sequence[date]) -> None:
        from trend_assets.definitions import defs

        job = defs.resolve_implicit_global_asset_job_def()
        tags = range_tags(days)
        started = time.time()
        with Marks() as marks:
            result = job.execute_in_process(
                instance=instance, asset_selection=list(keys), run_config=QUIET, raise_on_error=False, tags=tags
            )
        self.wall = time.time() - started
        if not result.success:
            failed = [
                f"{event.step_key}: {event.step_failure_data.error_display_string}"
                for event in result.all_events
                if event.is_step_failure
            ]
            raise RuntimeError("These steps failed: " + "\n".join(failed))
        starts: dict[str, float] = {}
        ends: dict[str, float] = {}
        for entry in instance.all_logs(result.run_id):
            if entry.dagster_event and entry.dagster_event.event_type_value in ("STEP_START", "STEP_SUCCESS"):
                kept = starts if entry.dagster_event.event_type_value == "STEP_START" else ends
                kept[str(entry.step_key)] = entry.timestamp
        self.seconds: dict[str, list[float]] = {}
        self.step_seconds = {step: ends[step] - start for step, start in starts.items()}
        for step, start in starts.items():
            mine = [at for at in marks.at if start <= at <= ends[step]]
            if len(mine) == len(days):
                self.seconds[step] = [later - at for at, later in pairwise(mine)]

    def per_day(self) -> list[float]:
        """Seconds of work of each day but the last, over all assets."""
        return [sum(day) for day in zip(*self.seconds.values(), strict=True)]


def below_captures() -> list[Any]:
    """Every asset that is made from the captures, with a partition per day."""
    import dagster as dg

    from trend_assets.definitions import defs

    graph = defs.resolve_asset_graph()
    captures = dg.AssetSelection.groups("captures").resolve(graph)
    below = dg.AssetSelection.keys(*captures).downstream().resolve(graph) - captures
    return sorted(key for key in below & graph.materializable_asset_keys if graph.get(key).partitions_def)


def measure(warehouse: Warehouse, days: Sequence[date], *, fresh_every: int, alone: int) -> None:
    import dagster as dg

    started = time.monotonic()
    collect(warehouse, days, fresh_every=fresh_every)
    print(f"{len(days)} days of captures made in {time.monotonic() - started:.0f} s", flush=True)
    keys = below_captures()
    with dg.DagsterInstance.get() as instance:
        whole = Run(instance, keys, days)
        each = [Run(instance, keys, [day]) for day in days[-alone:]]
    work = whole.per_day()
    tenth = max(len(work) // 10, 1)
    first, last = sum(work[:tenth]) / tenth, sum(work[-tenth:]) / tenth
    all_work = sum(work) / len(work) * len(days)
    partitions = len(days) * len(whole.seconds)
    print(f"{len(days)} days x {len(keys)} assets in one run: {whole.wall:.0f} s, {whole.wall / len(days):.2f} s a day")
    print(f"  work of a day: first tenth {first:.2f} s, last tenth {last:.2f} s, ratio {last / first:.2f}")
    print(
        f"  overhead beyond the work: {(whole.wall - all_work) / len(days):.2f} s a day, "
        f"{(whole.wall - all_work) / partitions * 1000:.0f} ms per asset and day"
    )
    print(f"  {'asset':40}{'s a day, first tenth':>22}{'last tenth':>12}{'step s':>9}")
    for step, seconds in sorted(whole.seconds.items(), key=lambda item: -sum(item[1])):
        begin, end = sum(seconds[:tenth]) / tenth, sum(seconds[-tenth:]) / tenth
        print(f"  {step:40}{begin:>22.3f}{end:>12.3f}{whole.step_seconds[step]:>9.1f}")
    if each:
        mean = sum(run.wall for run in each) / len(each)
        print(
            f"a run per day (mean of the last {len(each)}, tables written already): {mean:.2f} s a day, so "
            f"{mean * len(days):.0f} s for {len(days)} days"
        )
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--days", type=int, default=365)
    options.add_argument("--fresh-every", type=int, default=30)
    options.add_argument("--alone", type=int, default=10)
    chosen = options.parse_args()
    last = datetime.now(UTC).date() - timedelta(days=1)
    days = days_between(last - timedelta(days=chosen.days - 1), last)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ["TREND_ASSETS_STATE_DIR"] = folder
        os.environ["TREND_ASSETS_START_DATE"] = days[0].isoformat()
        from trend_assets.runtime.services import base_services

        with base_services(get_settings()) as services:
            warehouse = Warehouse(services.databases.data_url)
            measure(warehouse, days, fresh_every=chosen.fresh_every, alone=chosen.alone)


if __name__ == "__main__":
    main()
