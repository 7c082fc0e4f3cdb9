"""A platform of its own for benchmarks: temporary embedded Postgres, real imports, real assets, nothing left behind."""

import contextlib
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from trend_assets.warehouse.warehouse import Warehouse

SERIES = "TREND_ASSETS_BENCHMARK_SERIES"
"""Variable that names a folder of real series, each in NAME/rows.csv.gz."""


def series_file(name: str) -> Path | None:
    """A real series in the folder that the variable names, None where there is none."""
    path = Path(os.environ.get(SERIES, ""), name, "rows.csv.gz")
    return path if path.exists() else None


@contextlib.contextmanager
def platform(start_date: date) -> Iterator[Warehouse]:
    """A warehouse with all tables on a server that lives for the block; the assets of this process use it."""
    from trend_assets.defs.partitions import daily
    from trend_assets.runtime.postgres import embedded
    from trend_assets.warehouse.metadata import ddl

    with tempfile.TemporaryDirectory() as folder, embedded.server(Path(folder)) as url:
        with psycopg.connect(url) as connection:
            connection.execute(ddl().encode())
        kept = {name: os.environ.get(name) for name in ("TREND_ASSETS_DATABASE_URL", "TREND_ASSETS_START_DATE")}
        os.environ["TREND_ASSETS_DATABASE_URL"] = url
        os.environ["TREND_ASSETS_START_DATE"] = start_date.isoformat()
        daily.cache_clear()
        try:
            yield Warehouse(url)
        finally:
            for name, value in kept.items():
                os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
            daily.cache_clear()


def import_series(warehouse: Warehouse, path: Path, *, source: str, maps: Sequence[str] = ()) -> list[date]:
    """Import the file as a user would; the days it gave rows to."""
    from trend_assets.imports.importing import import_file

    report = import_file(warehouse, path, source=source, now=datetime.now(UTC), maps=maps)
    print(report.sentences()[0])
    return sorted(report.days)


def backfill(days: Sequence[date], keys: Sequence[str]) -> None:
    """Materialize the assets `schema.name` for the whole range in one run, as a backfill from the UI does."""
    import dagster as dg

    from trend_assets.definitions import defs

    wanted = {dg.AssetKey(key.split(".")) for key in keys}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        job = defs.resolve_implicit_global_asset_job_def()
        with dg.DagsterInstance.ephemeral() as instance:
            result = job.execute_in_process(
                instance=instance,
                asset_selection=sorted(wanted),
                tags={
                    "dagster/asset_partition_range_start": min(days).isoformat(),
                    "dagster/asset_partition_range_end": max(days).isoformat(),
                },
                run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
            )
    if not result.success:
        raise RuntimeError(f"The backfill of {', '.join(keys)} failed; see the error above.")
