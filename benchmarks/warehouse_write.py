"""Writing a partition over an existing one: this platform's writer beside what people use instead.

    python -m benchmarks.warehouse_write [--rows 100000 1000000] [--repeats 3] [--dlt] [--url URL]

Every way makes one day's partition of `comets.creator_stats` (a key and one further index) hold the frame, over
an equally large stored one, in one transaction: ours, `DataFrame.to_sql`, psql's `\\copy` of a ready-made file (both
after a DELETE) and, with --dlt and dlt installed in this environment, dlt's merge in its variants. All in one run on
one server, turn by turn; ratios of medians count. Without --url an embedded server in a temporary folder is used.
"""

import argparse
import contextlib
import datetime as dt
import importlib.util
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
import psutil
import psycopg

from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.frames import csv_of
from trend_assets.warehouse.metadata import ddl
from trend_assets.warehouse.rows import prepare
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse

ADDRESS = "comets.creator_stats"
DAY = dt.date(2026, 11, 20)
NOW = pd.Timestamp("2026-11-20 06:00", tz="UTC")


def frame_of(rows: int, *, turn: int) -> pd.DataFrame:
    """A day's numbers of `rows` creators in no particular order; each turn has grown counts, keys stay."""
    random = np.random.default_rng(7)
    ids = random.permutation(rows)
    followers = random.integers(10_000, 100_000, rows) + turn
    growth = followers % 1_000
    return pd.DataFrame(
        {
            "observed_date": pd.Series([DAY] * rows, dtype=object),
            "user_id": pd.Series(ids + 6_800_000_000_000_000_000).astype("str"),
            "handle": pd.Series(np.char.add("handle_", ids.astype(str))).astype("str"),
            "followers": pd.Series(followers, dtype="Int64"),
            "hearts": pd.Series(followers * 9, dtype="Int64").mask(ids % 7 == 0),
            "videos": pd.Series(followers % 300, dtype="Int64"),
            "growth_followers": pd.Series(growth, dtype="Int64"),
            "growth_pct": growth / 100,
            "growth_over_days": pd.Series(np.ones(rows, dtype="int64"), dtype="Int64"),
            "growth_per_day": growth / 1.0,
            "compared_date": pd.Series([DAY - dt.timedelta(days=1)] * rows, dtype=object),
            "compared_followers": pd.Series(followers - growth, dtype="Int64"),
            "source_trend": pd.Series(np.char.add("keyword ", (ids % 50).astype(str))).astype("str"),
            "measured_by": pd.Series(["roll_call"] * rows).astype("str"),
            "measured_at": pd.Series([NOW] * rows),
            "is_simulated": pd.Series([True] * rows, dtype="boolean"),
        }
    )


class PeakMemory:
    """The most memory (MB) that this process used in a `with` block beyond what it used before."""

    def __enter__(self) -> "PeakMemory":
        self.process, self.done = psutil.Process(), threading.Event()
        self.before = self.peak = self.process.memory_info().rss
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()
        return self

    def _watch(self) -> None:
        while not self.done.wait(0.02):
            self.peak = max(self.peak, self.process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.watcher.join()
        self.megabytes = (self.peak - self.before) / 1e6


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def with_to_sql(url: str, frame: pd.DataFrame) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM comets.creator_stats WHERE observed_date = :day"), {"day": DAY})
        frame.to_sql("creator_stats", connection, schema="comets", if_exists="append", index=False)
    engine.dispose()


def with_psql(url: str, file: Path, columns: list[str]) -> None:
    script = (
        f"BEGIN;\nDELETE FROM comets.creator_stats WHERE observed_date = '{DAY}';\n"
        f"\\copy comets.creator_stats ({', '.join(columns)}) FROM '{file}' WITH (FORMAT csv)\nCOMMIT;\n"
    )
    parts = urlsplit(url)
    environment = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", parts.hostname or "", "-p", str(parts.port),
               "-U", parts.username or "", "-d", parts.path[1:]]  # fmt: skip
    subprocess.run(command, input=script, text=True, check=True, env=environment)


class DltWay(NamedTuple):
    """One way to merge the frame with dlt. A DataFrame with the default strategy is what its documentation shows; lists
    of dicts are what its sources yield. Its table has no index of its own; `is_indexed` gives it our key and index."""

    strategy: str = "delete-insert"
    file_format: str | None = None
    as_dicts: bool = False
    is_indexed: bool = False


DLT_WAYS = {
    "dlt merge, DataFrame": DltWay(),
    "dlt merge, DataFrame, upsert": DltWay("upsert"),
    "dlt merge, DataFrame, with our indexes": DltWay(is_indexed=True),
    "dlt merge, DataFrame, parquet by ADBC": DltWay(file_format="parquet"),
    "dlt merge, list of dicts": DltWay(as_dicts=True),
}


def with_dlt(url: str, data: object, folder: Path, way: DltWay) -> None:
    import dlt

    name = f"dlt_{'_'.join(str(part).lower().replace('-', '_') for part in way)}"
    pipeline = dlt.pipeline(
        name, destination=dlt.destinations.postgres(url), dataset_name=name, pipelines_dir=str(folder / name)
    )
    key = list(TABLES[ADDRESS].key)
    rows = dlt.resource(
        data,
        name="creator_stats",
        write_disposition={"disposition": "merge", "strategy": way.strategy},
        primary_key=key,
    )
    chosen = {"loader_file_format": way.file_format} if way.file_format else {}
    is_first = pipeline.first_run
    pipeline.run(rows, **chosen).raise_on_failed_jobs()
    if is_first and way.is_indexed:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"ALTER TABLE {name}.creator_stats ADD PRIMARY KEY ({', '.join(key)})")
            connection.execute(f"CREATE INDEX ON {name}.creator_stats ({', '.join(reversed(key))})")


def as_dicts(frame: pd.DataFrame) -> list[dict[str, object]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def time_dlt(
    url: str, frame: pd.DataFrame, first: pd.DataFrame | None, folder: Path, *, slow_too: bool
) -> dict[str, float]:
    """Seconds of each way of dlt; with `first` that is loaded before, so that there is something to merge into."""
    found = {}
    for title, way in DLT_WAYS.items():
        if way.as_dicts and not slow_too:
            continue
        if way.file_format == "parquet" and importlib.util.find_spec("adbc_driver_postgresql") is None:
            continue
        data: object = as_dicts(frame) if way.as_dicts else frame
        if first is not None:
            with_dlt(url, as_dicts(first) if way.as_dicts else first, folder, way)
        found[title] = seconds(lambda data=data, way=way: with_dlt(url, data, folder, way))
    return found


def drop_dlt_schemas(url: str) -> None:
    """Each number of rows begins without what another has loaded."""
    with psycopg.connect(url, autocommit=True) as connection:
        for (name,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dlt%'").fetchall():
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')


def compare(url: str, rows: int, *, repeats: int, to_sql_repeats: int, use_dlt: bool, folder: Path) -> None:
    """Every way in turn, `repeats` times, and the table of medians."""
    warehouse = Warehouse(url)
    times: dict[str, list[float]] = {}
    first_frame = frame_of(rows, turn=0)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE comets.creator_stats, ops.partition_writes")
    first = seconds(lambda: warehouse.write_partition(ADDRESS, DAY, first_frame))
    memory = 0.0
    drop_dlt_schemas(url)
    psql = shutil.which("psql")
    for turn in range(1, repeats + 1):
        frame = frame_of(rows, turn=turn)
        with PeakMemory() as peak:
            times.setdefault("ours, every row changed", []).append(
                seconds(lambda frame=frame: warehouse.write_partition(ADDRESS, DAY, frame))
            )
        memory = max(memory, peak.megabytes)
        shuffled = frame.sample(frac=1, random_state=turn)
        times.setdefault("ours, nothing changed, same order", []).append(
            seconds(lambda frame=frame: warehouse.write_partition(ADDRESS, DAY, frame))
        )
        times.setdefault("ours, nothing changed, other order", []).append(
            seconds(lambda frame=shuffled: warehouse.write_partition(ADDRESS, DAY, frame))
        )
        tenth = frame.copy()
        tenth.loc[tenth.index % 10 == 0, "followers"] += 1000
        times.setdefault("ours, every tenth row changed", []).append(
            seconds(lambda frame=tenth: warehouse.write_partition(ADDRESS, DAY, frame))
        )
        if psql:
            file = folder / f"ready-{turn}.csv"
            arrow = prepare(TABLES[ADDRESS], frame, day=DAY).arrow
            file.write_bytes(csv_of(arrow))
            times.setdefault("psql \\copy of a ready-made file", []).append(
                seconds(lambda file=file, arrow=arrow: with_psql(url, file, arrow.column_names))
            )
            file.unlink()
        for driver in ("psycopg2", "psycopg"):
            if turn <= to_sql_repeats:
                other = url.replace("postgresql://", f"postgresql+{driver}://", 1)
                times.setdefault(f"DataFrame.to_sql ({driver})", []).append(
                    seconds(lambda frame=frame, other=other: with_to_sql(other, frame))
                )
        if use_dlt:
            loaded_before = first_frame if turn == 1 else None
            found = time_dlt(url, frame, loaded_before, folder / str(rows), slow_too=turn <= to_sql_repeats)
            for way, measured in found.items():
                times.setdefault(way, []).append(measured)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE ops.partition_writes SET content_hash = ''")
            connection.execute("VACUUM ANALYZE comets.creator_stats")
    ours = statistics.median(times["ours, every row changed"])
    print(f"\n{rows:,} rows, medians of {repeats}; first write {first:.2f} s, peak memory of a rewrite {memory:.0f} MB")
    print(f"{'way':38} {'s':>8} {'÷ ours':>8} {'÷ first':>8}")
    for way, measured in times.items():
        median = statistics.median(measured)
        print(f"{way:38} {median:8.2f} {median / ours:8.2f} {median / first:8.2f}")
    if not psql:
        print("psql is not installed, so \\copy was left out.")
    if not use_dlt:
        print("dlt was left out: install it in a throw-away environment and give --dlt.")
    sys.stdout.flush()


@contextlib.contextmanager
def a_server(url: str | None, folder: Path) -> Iterator[str]:
    if url:
        yield url
        return
    with embedded.server(folder / "state") as own:
        yield own


def main() -> None:
    """Run the comparison for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--to-sql-repeats", type=int, default=1, help="it is slow, as are dlt's dicts; psycopg2 is SQLAlchemy's default"
    )
    parser.add_argument("--dlt", action="store_true")
    parser.add_argument("--url")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warehouse write ") as name, a_server(options.url, Path(name)) as url:
        with psycopg.connect(url) as connection:
            connection.execute(ddl().encode())
        for rows in options.rows:
            compare(
                url,
                rows,
                repeats=options.repeats,
                to_sql_repeats=options.to_sql_repeats,
                use_dlt=options.dlt,
                folder=Path(name),
            )
    print(f"largest memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
