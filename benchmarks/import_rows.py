"""How long a large file takes to import and to become partitions, and whether memory stays bounded.

    python -m benchmarks.import_rows [--rows 100000 1000000] [--days 60]

A CSV with ten columns and rows of all days mixed is imported into an embedded Postgres in a process of its own per
size; then every day is built from its stored parts, as the asset does. Printed: wall and CPU seconds of our process,
rows per CPU second, and its peak memory. The claim is the last line: ten times the rows, the same memory to import.
"""

import argparse
import csv
import multiprocessing
import random
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg

from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.metadata import ddl

FIRST = date(2026, 1, 1)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
HEADER = ["id", "seen", "caption", "creator", "name", "posted", "plays", "hearts", "comments", "tags"]


def write_file(path: Path, *, rows: int, days: int) -> None:
    """Rows of all days mixed, the hardest order: every day's part is open all the time."""
    numbers = random.Random(7)
    with path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEADER)
        for number in range(rows):
            day = FIRST + timedelta(days=numbers.randrange(days))
            views = numbers.randrange(10**7)
            writer.writerow(
                [
                    7_000_000_000_000_000_000 + number, day.isoformat(), f"A caption, number {number} #one #two",
                    f"creator{number % 5000}", f"Name {number % 5000}", f"{day.isoformat()}T07:30:00Z", views,
                    views // 20, views // 300, "one|two|three",
                ]
            )  # fmt: skip


def measure(url: str, path: Path, days: int, results) -> None:
    """Import and build in this process; puts (step, wall s, CPU s, peak MB) into `results`."""
    from trend_assets.capture.session import stored_answers
    from trend_assets.capture.typed_rows import typed_rows
    from trend_assets.imports import store
    from trend_assets.imports.importing import import_file
    from trend_assets.imports.rows import parse_import
    from trend_assets.warehouse.tables import TABLES
    from trend_assets.warehouse.warehouse import Warehouse

    maps = ["external_id=id,measured_at=seen,description=caption,creator_handle=creator,creator_name=name",
            "posted_at=posted,views=plays,likes=hearts,comments=comments,hashtags=tags,platform:=tiktok"]  # fmt: skip
    warehouse = Warehouse(url)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def import_all() -> None:
        report = import_file(warehouse, path, source="bench", now=NOW, maps=maps)
        assert report.rejected == 0

    def build_all() -> None:
        for day in (FIRST + timedelta(days=number) for number in range(days)):
            typed = typed_rows(
                TABLES["source.imported_posts"], stored_answers(warehouse, store.SOURCE, day), parse_import, day=day
            )
            warehouse.write_partition("source.imported_posts", day, typed.frame, received=typed.received)

    for step, work in (("import", import_all), ("build", build_all)):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        results.put((step, time.perf_counter() - wall, time.process_time() - cpu, peak, base))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    arguments.add_argument("--days", type=int, default=60)
    given = arguments.parse_args()
    peaks: dict[int, float] = {}
    print("rows        file MB   step     wall s   CPU s   rows per CPU s   peak MB (idle MB)")
    with tempfile.TemporaryDirectory() as folder, embedded.server(Path(folder) / "server") as server:
        for rows in given.rows:
            path = Path(folder) / f"rows_{rows}.csv"
            write_file(path, rows=rows, days=given.days)
            name = f"bench_{rows}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            url = f"{server.rsplit('/', 1)[0]}/{name}"
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(ddl().encode())
            spawn = multiprocessing.get_context("spawn")
            results = spawn.Queue()
            process = spawn.Process(target=measure, args=(url, path, given.days, results))
            process.start()
            for _ in range(2):
                step, wall, cpu, peak, base = results.get(timeout=1800)
                size = path.stat().st_size / 1e6
                print(
                    f"{rows:9,}   {size:7.1f}   {step:6}   {wall:6.1f}   {cpu:5.1f}   {rows / cpu:14,.0f}"
                    f"   {peak:7.0f} ({base:.0f})"
                )
                if step == "import":
                    peaks[rows] = peak
            process.join()
            path.unlink()
    if len(peaks) > 1:
        low, high = min(peaks), max(peaks)
        print(f"{high:,} over {low:,} rows: peak memory of the import ×{peaks[high] / peaks[low]:.2f}")


if __name__ == "__main__":
    main()
