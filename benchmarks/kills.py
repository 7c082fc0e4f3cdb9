"""Commands, the UI's runs and Celery's workers killed at random moments; what is broken, unpaid for, hanging or left
over afterwards.

    python -m benchmarks.kills [--kills 6] [--what run backfill ui worker] [--folder DIR] [--seed 1] [--within 30]

A platform of its own, and a sandbox that charges, in `--folder`. Its tally is written after each kill: the same command
again goes on to `--kills`, so a thousand may take several nights. After each kill are counted

    half-written     partitions that hold other rows than their manifest says
    unexplained      USD that the sandbox charged and the ledger does not know, or the other way round
    left over        processes of this platform that still live five minutes after a kill: a run under way may end, and
                     meanwhile the next command is killed

and at the end of each session the same commands once more, unkilled: `hanging` when one of them does not end well, or
leaves a run in flight, a claimed slot or an attempt that is `running`. The same counts when a run whose worker was
killed or ended politely does not end well over the other worker (`worker`: needs RabbitMQ and the extra `celery`).
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg

from trend_assets.ports import listening
from trend_assets.runtime.postgres import embedded
from trend_assets.runtime.processes import die_with_parent
from trend_assets.sources.http_library import httpx
from trend_assets_tests.broker import Broker
from trend_assets_tests.e2e.graphql import Dagster

CLI = [sys.executable, "-m", "trend_assets.cli"]
NAMES = ("tiktok_trending", "x_posts")
CHAIN = " or ".join(f'key:"{layer}/{name}"' for layer in ("capture", "source") for name in NAMES)
FORCED = {"ops": {f"capture__{name}": {"config": {"force": True}} for name in NAMES}}
LATER_SECONDS = 900
LEFT_OVER_SECONDS = 300
MOMENT_SECONDS = 10
WHAT = ("run", "backfill", "ui", "worker")
RUN = [
    sys.executable, "-c",
    "import sys; from dagster._cli import main; from trend_assets.settings import get_settings\n"
    "from trend_assets.runtime.services import base_services\n"
    "with base_services(get_settings()): sys.exit(main())",
    "asset", "materialize", "-m", "trend_assets.definitions", "--select", CHAIN, "--config-json",
    json.dumps(FORCED), "--partition",
]  # fmt: skip
COUNTS = ("kills", "half-written", "unexplained USD", "left over", "hanging")


def commands(day: str) -> dict[str, list[str]]:
    """What is killed. Forced, so that money moves each time."""
    return {
        "run": ["run", "--days-before", "0", "--date", day, "--force"],
        "backfill": ["backfill", CHAIN, "--from", day, "--to", day],
    }


class Platform:
    """A state folder, and the sandbox beside it."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("TREND_ASSETS_", "DAGSTER_"))}
        with listening(0) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **keep,
            "TREND_ASSETS_STATE_DIR": str(self.state),
            "TREND_ASSETS_SANDBOX_URL": self.url,
            "PYTHONUNBUFFERED": "1",
        }

    def start(
        self, *words: str, output: int | IO = subprocess.DEVNULL, crash_at: str = "", program: Sequence[str] = CLI
    ) -> subprocess.Popen:
        """One of our commands; it kills itself at the point `crash_at`."""
        crash = {"TREND_ASSETS_TEST_CRASHES": "1", "TA_CRASH_AT": crash_at} if crash_at else {}
        return subprocess.Popen(
            [*program, *words],
            env={**self.environment, **crash},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
            text=True,
        )

    @contextlib.contextmanager
    def sandbox(self) -> Iterator[None]:
        """The provider that charges, for the length of a session."""
        process = self.start("sandbox", "--port", str(self.port))
        try:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(f"{self.url}/__sandbox", trust_env=False)
                    break
                time.sleep(0.2)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @contextlib.contextmanager
    def broker(self) -> Iterator[None]:
        """A RabbitMQ for the length of a session, where the steps of Dagster's runs wait for workers."""
        with tempfile.TemporaryDirectory(prefix="broker-") as made:
            broker = Broker(Path(made) / "broker")
            try:
                broker.start()
                self.environment |= {"CELERY_BROKER_URL": broker.url, "TREND_ASSETS_EXECUTOR": "celery"}
                yield
            finally:
                broker.close()

    def charged(self) -> float:
        """USD that this session's sandbox has charged."""
        usage = httpx.get(f"{self.url}/__sandbox/usage", trust_env=False).json()
        return sum(each.get("usd", 0.0) for each in usage["providers"].values())

    def living(self) -> dict[psutil.Process, str]:
        """Processes of this platform, the sandbox and what serves this benchmark aside."""
        mine = str(self.state)
        found = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                command = process.cmdline()
                of_here = process.environ().get("TREND_ASSETS_STATE_DIR") == mine or any(
                    mine in word for word in command
                )
                if of_here and process.pid != os.getpid() and "sandbox" not in command:
                    found[process] = " ".join(command)[:120]
        return found

    def left_over(self, since: dict[psutil.Process, float], *, seconds: float) -> list[str]:
        """What lives for LEFT_OVER_SECONDS already, each told once; waits for `seconds` at most that nothing lives."""
        deadline = time.monotonic() + seconds
        while (there := self.living()) and time.monotonic() < deadline:
            time.sleep(0.5)
        now = time.monotonic()
        for gone in since.keys() - there.keys():
            del since[gone]
        old = [each for each in there if now - since.setdefault(each, now) > LEFT_OVER_SECONDS]
        since.update(dict.fromkeys(old, float("inf")))
        return [there[each] for each in old]


def kill(platform: Platform, what: str, day: str, dice: random.Random, within: float) -> str:
    """Start `what` and kill it at a random moment; what is wrong with what should have gone on."""
    if what == "ui":
        return kill_run(platform, day, dice, within)
    if what == "worker":
        return kill_worker(platform, day, dice, within)
    process = platform.start(*commands(day)[what])
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0, within))
    finally:
        process.kill()
        process.wait()
    return ""


def kill_run(platform: Platform, day: str, dice: random.Random, within: float) -> str:
    """A collection launched in the UI; its process, or the whole UI, is killed."""
    process = platform.start("ui", "--no-api", output=subprocess.PIPE)
    assert process.stdout is not None
    try:
        address = ""
        for line in process.stdout:
            address = line.split()[-1] if line.startswith("Dagster UI") else address
            if line.startswith("Ready after"):
                break
        Dagster(address).launch(job="daily_collection", day=day)
        time.sleep(dice.uniform(0, within))
        signal_one([process, *(each for each in below(process) if "spawn_main" in told(each))], signal.SIGKILL, dice)
        time.sleep(1)
    finally:
        end([process])
    return ""


def kill_worker(platform: Platform, day: str, dice: random.Random, within: float) -> str:
    """A run over two workers, of which one, or a process that runs its steps, is killed or ended politely."""
    with tempfile.TemporaryFile("a+") as output:
        workers = [platform.start("worker", "--name", name, output=output) for name in ("left", "right")]
        run = platform.start(day, output=output, program=RUN)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(dice.uniform(0, within))
            sign = dice.choice([signal.SIGKILL, signal.SIGTERM])
            victim = signal_one([each for worker in workers for each in (worker, *below(worker))], sign, dice)
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(LATER_SECONDS)
            output.seek(0)
            said = f"{sign.name} to {victim}: the run ended with {run.returncode}: {output.read()[-3000:]}"
            return said if run.returncode != 0 else ""
        finally:
            end([*workers, run])


def below(process: subprocess.Popen) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def told(process: psutil.Process) -> str:
    """Its command; none when it has ended meanwhile."""
    with contextlib.suppress(psutil.Error):
        return str(process.cmdline())
    return ""


def signal_one(processes: Sequence[Any], sign: signal.Signals, dice: random.Random) -> str:
    chosen = dice.choice(processes)
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        chosen.send_signal(sign)
    return f"{chosen.pid} of {[each.pid for each in processes]}"


def end(processes: Sequence[subprocess.Popen]) -> None:
    """Politely; who does not go is seen by `left_over`."""
    for process in processes:
        process.terminate()
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)


def audit(platform: Platform, before: float) -> tuple[int, float]:
    """Half-written partitions, and USD that nobody can explain; an open intent explains up to what it reserved. A run
    may be under way: all rows are of one moment, and what was charged is asked before and after it."""
    charged = before + platform.charged()
    with embedded.server(platform.state) as url, psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        if not connection.execute("SELECT to_regclass('ops.partition_writes')").fetchone()[0]:
            return 0, 0.0
        half = 0
        for table, day, stored in connection.execute(
            "SELECT table_address, observed_date, stored FROM ops.partition_writes"
        ).fetchall():
            (rows,) = connection.execute(f"SELECT count(*) FROM {table} WHERE observed_date = %s", (day,)).fetchone()
            half += rows != stored
        settled, open_ = connection.execute(
            "SELECT coalesce(sum(cost_usd) FILTER (WHERE state <> 'intent'), 0)::float8, "
            "coalesce(sum(reserved_usd) FILTER (WHERE state = 'intent'), 0)::float8 FROM ops.ledger"
        ).fetchone()
    return half, round(max(0.0, charged - settled - open_, settled - before - platform.charged()), 6)


def later(platform: Platform, what: str, day: str) -> str:
    """The same command, unkilled: empty when it ends well and nothing is held, else what is wrong."""
    process = platform.start(*commands(day)[what], output=subprocess.PIPE)
    try:
        said, _ = process.communicate(timeout=LATER_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return f"{what} {day} did not end within {LATER_SECONDS} s"
    if process.returncode:
        return f"{what} {day} ended with {process.returncode}: {said[-500:]}"
    held = still_held(platform)
    return "; ".join(f"{count} {name}" for name, count in held.items() if count)


def still_held(platform: Platform) -> dict[str, int]:
    """What is held while nothing of this platform runs."""
    queries = {
        "attempts that are running": ("", "SELECT count(*) FROM ops.source_attempts WHERE outcome = 'running'"),
        "runs in flight": ("/dagster", "SELECT count(*) FROM runs WHERE status IN ('STARTED', 'CANCELING')"),
        "claimed slots": ("/dagster", "SELECT count(*) FROM concurrency_slots WHERE run_id IS NOT NULL"),
        "places in a queue": ("/dagster", "SELECT count(*) FROM pending_steps"),
    }
    held = {}
    with embedded.server(platform.state) as url:
        for name, (database, query) in queries.items():
            with psycopg.connect(url.rsplit("/", 1)[0] + database if database else url) as connection:
                held[name] = connection.execute(query).fetchone()[0]
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--what", nargs="+", choices=WHAT, default=WHAT[:3])
    parser.add_argument("--folder", type=Path, help="Default: a new one; an old one goes on where it ended.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within", type=float, default=30, help="The latest moment of a kill, seconds.")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "tally.json"
    tally = json.loads(file.read_text()) if file.exists() else {**dict.fromkeys(COUNTS, 0), "charged": 0.0, "seen": []}
    platform, before = Platform(folder), tally["charged"]
    since: dict[psutil.Process, float] = {}
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=back)).isoformat() for back in (1, 2, 3)]

    def keep() -> None:
        tally["charged"] = before + platform.charged()
        file.write_text(json.dumps(tally, indent=1))

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and so through `keep`
    with contextlib.ExitStack() as stack:
        stack.enter_context(platform.sandbox())
        stack.callback(keep)  # also what is charged when this is stopped in the middle of a kill
        if "worker" in options.what:
            platform.start(*commands(days[0])["run"]).wait()  # workers never make the tables
            stack.enter_context(platform.broker())
        while tally["kills"] < options.kills:
            dice = random.Random(f"{options.seed} {tally['kills']}")
            what, day = dice.choice(options.what), dice.choice(days)
            wrong = kill(platform, what, day, dice, options.within)
            left = platform.left_over(since, seconds=MOMENT_SECONDS)
            half, unexplained = audit(platform, before)
            tally["kills"] += 1
            tally["half-written"] = max(half, tally["half-written"])
            tally["unexplained USD"] = max(unexplained, tally["unexplained USD"])
            tally["left over"] += len(left)
            tally["hanging"] += bool(wrong)
            tally["seen"] += [f"{what} {day}: left over: {each}" for each in left] + [wrong] * bool(wrong)
            keep()
            print(f"{tally['kills']:>5} {what:<9} {day}  half-written {half}, unexplained {unexplained} USD, "
                  f"left over {len(left)}{', ' * bool(wrong)}{wrong}", flush=True)  # fmt: skip
        platform.left_over(since, seconds=LEFT_OVER_SECONDS + 1)
        left = platform.left_over(since, seconds=0)
        tally["left over"] += len(left)
        tally["seen"] += [f"at the end: left over: {each}" for each in left]
        for what in ("run", *({"backfill"} & {*options.what})):
            if wrong := later(platform, what, days[0]):
                tally["hanging"] += 1
                tally["seen"].append(wrong)
    print(f"{folder}: " + ", ".join(f"{name} {tally[name]}" for name in COUNTS))
    for each in tally["seen"]:
        print(f"  {each}")
    return int(any(tally[name] for name in COUNTS[1:]))


if __name__ == "__main__":
    sys.exit(main())
