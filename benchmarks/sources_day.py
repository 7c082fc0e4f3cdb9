"""All eight sources of a day against the sandbox: capture, ledger, storing, typing and writing; and the day again.

    python -m benchmarks.sources_day

The sandbox is a process of its own at zero latency, Postgres an embedded one, sizes the default settings; sources run
side by side as the captures do (trending keywords first, then their video search). Printed per source: seconds, calls,
rows, USD (simulated). Claim: the whole day in less than 15 s wall on 2 cores; the second round makes no call.
"""

import os
import resource
import tempfile
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg

from trend_assets.capture.collect import collect_source
from trend_assets.capture.session import stored_answers
from trend_assets.capture.typed_rows import typed_rows
from trend_assets.runtime.postgres import embedded
from trend_assets.sandbox import process
from trend_assets.settings import Settings
from trend_assets.sources.discovery import LISTS
from trend_assets.warehouse.metadata import ddl
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse

LIMIT_SECONDS = 15


class Day:
    """One round over all sources, for the day of `now` or an earlier one."""

    def __init__(self, warehouse: Warehouse, settings: Settings, now: datetime, day: date | None = None) -> None:
        self.warehouse, self.settings, self.now, self.day = warehouse, settings, now, day or now.date()
        self.lines: dict[str, dict[str, Any]] = {}

    def source(self, name: str, **inputs: Any) -> list[Any]:
        """Collect, type and write one source; its rows' first column for whoever needs it."""
        spec, day = LISTS[name], self.day
        start = time.monotonic()
        collected = collect_source(
            self.warehouse, spec, day=day, now=self.now, settings=self.settings, run_id="benchmark",
            collection_id="benchmark", inputs=inputs,
        )  # fmt: skip
        table = TABLES[spec.table]
        typed = typed_rows(table, stored_answers(self.warehouse, name, day), spec.parse, day=day)
        self.warehouse.write_partition(table.address, day, typed.frame, received=typed.received)
        self.lines[name] = {
            "seconds": time.monotonic() - start, "calls": collected.calls, "rows": len(typed.frame),
            "usd": collected.cost_usd, "aside": len(typed.quarantined),
        }  # fmt: skip
        return typed.frame["keyword"].tolist() if name == "trending_keywords" else []

    def run(self) -> float:
        """All sources side by side; seconds."""
        start = time.monotonic()

        def comets() -> None:
            self.source("comet_videos", keywords=self.source("trending_keywords"))

        others = [name for name in LISTS if name not in ("trending_keywords", "comet_videos")]
        threads = [threading.Thread(target=comets), *(threading.Thread(target=self.source, args=[n]) for n in others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - start

    def show(self, title: str, seconds: float) -> None:
        print(f"\n{title}: {seconds:.1f} s wall")
        print(f"{'source':20}{'seconds':>9}{'calls':>7}{'rows':>7}{'set aside':>11}{'USD':>9}")
        for name, line in self.lines.items():
            print(
                f"{name:20}{line['seconds']:>9.1f}{line['calls']:>7}{line['rows']:>7}{line['aside']:>11}{line['usd']:>9.3f}"
            )


def main() -> None:
    now = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.server(Path(folder)) as url,
        process.running(Path(folder)) as sandbox_url,
    ):
        with psycopg.connect(url) as connection:
            connection.execute(ddl().encode())
        settings = Settings(_env_file=None, sandbox="on", sandbox_url=sandbox_url)
        warehouse = Warehouse(url)
        first = Day(warehouse, settings, now)
        seconds = first.run()
        first.show("A day from the sandbox", seconds)
        again = Day(warehouse, settings, now)
        again.show("The same day again, replayed", again.run())
        calls = sum(line["calls"] for line in again.lines.values())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(
            f"\n{os.cpu_count()} cores; peak memory of this process {peak:.0f} MB; calls of the second round: {calls}"
        )
        verdict = "met" if seconds < LIMIT_SECONDS and len(first.lines) == len(LISTS) and calls == 0 else "NOT met"
        print(f"Claim of less than {LIMIT_SECONDS} s and no call on replay: {verdict}.")


if __name__ == "__main__":
    main()
