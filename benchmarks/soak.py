"""`trend-assets ui` at its daily work: what each of its processes grows by.

    python -m benchmarks.soak [--minutes 30] [--warm 8] [--folder DIR]

A platform of its own on the sandbox: the UI, daemon, code server, API and Postgres as `make ui` starts them after
`make run`. Every five minutes two sources of the day are asked anew, and sensors make its feed and issue of that; a
reader asks for pages of the API and of Dagster every second. Memory is what a process has for itself (USS: its part of
what it shares depends on whoever else runs), the median of the minute after the warm-up against the last one;
short-lived workers are left out. Postgres is one line, and is not judged: it fills its cache up to its setting.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.kills import FORCED, Platform
from trend_assets.sources.http_library import httpx
from trend_assets_tests.e2e.graphql import Dagster

POSTGRES = "Postgres"
PAGES = ("ui/start", "ui/feed", "ui/sources", "trends", "feed/latest")
COLLECTED_EVERY = 5
"""minutes"""


def role(process: psutil.Process) -> str:
    """What this process is, for people: the words of its command that tell."""
    if process.name() == "postgres":
        return POSTGRES
    words = process.cmdline()
    told = [word.rsplit("/", 1)[-1] for word in words if not word.startswith("-")][:4]
    return f"{' '.join(told)[:60]} ({process.pid})"


def sizes(root: psutil.Process) -> dict[str, float]:
    """MB of every process below `root` and of itself."""
    found: dict[str, float] = defaultdict(float)
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.Error):
            found[role(process)] += process.memory_full_info().uss / 2**20
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--warm", type=float, default=8)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    platform = Platform(options.folder or Path(tempfile.mkdtemp(prefix="soak-")))
    today = datetime.now(UTC).date().isoformat()
    with platform.sandbox():
        platform.start("run").wait()
        process = platform.start("ui", output=subprocess.PIPE)
        assert process.stdout is not None
        addresses = []
        for line in process.stdout:
            print(line.rstrip(), flush=True)
            addresses += [word for word in line.split() if word.startswith("http://")]
            if line.startswith("Ready after"):
                break
        else:
            raise SystemExit("The UI ended before it was ready; its last words are above.")
        dagster, api = Dagster(addresses[0]), addresses[1]
        seen: dict[str, dict[float, float]] = defaultdict(dict)
        runs: list[str] = []
        answers: Counter[int] = Counter()
        root, started = psutil.Process(process.pid), time.monotonic()
        while (minute := (time.monotonic() - started) / 60) < options.minutes:
            if minute >= len(runs) * COLLECTED_EVERY:
                runs.append(dagster.launch(job="daily_collection", day=today, config=FORCED))
            for address in (addresses[0], *(f"{api}/{page}" for page in PAGES)):
                with suppress(httpx.HTTPError):
                    answers[httpx.get(address, trust_env=False, timeout=20).status_code] += 1
            for name, size in sizes(root).items():
                seen[name][minute] = size
            time.sleep(1)
        ends = Counter(dagster.run(run)["status"] for run in runs)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
    worst = 0.0
    for name, by_minute in sorted(seen.items()):
        first = [size for minute, size in by_minute.items() if options.warm <= minute < options.warm + 1]
        last = [size for minute, size in by_minute.items() if minute >= options.minutes - 1]
        if first and last:
            before, after = statistics.median(first), statistics.median(last)
            worst = max(worst, after / before - 1) if name != POSTGRES else worst
            print(f"{name:70} {before:7.1f} MB  {after:7.1f} MB  {after / before - 1:+.1%}")
    print(f"Collections: {dict(ends)}; pages: {dict(answers)}")
    print(f"Grown most: {worst:+.1%} in {options.minutes - options.warm:.0f} minutes")
    return int(worst > 0.05)


if __name__ == "__main__":
    sys.exit(main())
