"""How long what an asset's page asks for takes with a long history in Dagster's event log.

    python -m benchmarks.event_log [--events 100000] [--rounds 40]

One real materialization in a Postgres of its own, copied to that many events over 365 days and 60 assets (about what a
year leaves behind once retention has removed the chatter). Measured are Dagster's own queries behind the page:
the newest materializations, the state of all partitions, one day's history, and the events of a run.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import psycopg

from trend_assets.runtime.postgres import embedded

FIRST = date(2025, 11, 20)
DAYS = 365
ASSETS = 60
COPY = """
INSERT INTO event_logs (run_id, event, dagster_event_type, "timestamp", step_key, asset_key, partition)
SELECT md5((number / 20)::text), event, dagster_event_type, "timestamp" - number * interval '5 minutes', step_key,
       CASE WHEN mod(number, %(assets)s) = 0 THEN asset_key ELSE '["other", "' || mod(number, %(assets)s) || '"]' END,
       (%(first)s::date + mod(number / %(assets)s, %(days)s))::text
FROM event_logs, generate_series(1, %(events)s) AS number WHERE dagster_event_type = 'ASSET_MATERIALIZATION'
"""


@dg.asset(partitions_def=dg.DailyPartitionsDefinition(FIRST.isoformat()), metadata={"rows": 1})
def rows(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Something to look at."""
    return dg.MaterializeResult(metadata={"dagster/partition_row_count": 400, "note": "a sentence " * 20})


@contextmanager
def long_history(url: str, events: int) -> Iterator[tuple[dg.DagsterInstance, str]]:
    """Dagster's storage with one run and that many copies of its materialization."""
    from dagster._core.test_utils import instance_for_test

    storage = {"postgres": {"postgres_url": url.replace("postgresql://", "postgresql+psycopg2://")}}
    with instance_for_test(overrides={"storage": storage}) as instance:
        run = dg.materialize([rows], partition_key=FIRST.isoformat(), instance=instance)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(COPY, {"events": events, "assets": ASSETS, "days": DAYS, "first": FIRST})
            connection.execute("ANALYZE event_logs")
        yield instance, run.run_id


def questions(instance: dg.DagsterInstance, run_id: str) -> dict[str, Callable[[], object]]:
    """What an asset's page and a run's page ask of the event log."""
    storage = instance.event_log_storage
    day = dg.AssetRecordsFilter(asset_key=rows.key, asset_partitions=[(FIRST + timedelta(days=100)).isoformat()])
    return {
        "newest 100 materializations": lambda: instance.fetch_materializations(rows.key, limit=100),
        "state of all partitions": lambda: storage.get_materialized_partitions(rows.key),
        "newest event of each partition": lambda: storage.get_latest_storage_id_by_partition(
            rows.key, dg.DagsterEventType.ASSET_MATERIALIZATION
        ),
        "history of one day": lambda: instance.fetch_materializations(day, limit=100),
        "events of a run": lambda: instance.get_records_for_run(run_id, limit=1000),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=40)
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.server(Path(folder)) as url,
        long_history(url, chosen.events) as (instance, run_id),
    ):
        asked = questions(instance, run_id)
        print(f"{chosen.events:,} events, {chosen.rounds} rounds each")
        for name, ask in asked.items():
            took = []
            for _ in range(chosen.rounds):
                started = time.perf_counter()
                assert ask()
                took.append((time.perf_counter() - started) * 1000)
            print(f"  {name:32} p50 {np.percentile(took, 50):7.1f} ms   p95 {np.percentile(took, 95):7.1f} ms")


if __name__ == "__main__":
    main()
