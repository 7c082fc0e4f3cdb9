"""How much of a provider's allowed rate the shared pacing uses, and whether one request is ever too early.

    python -m benchmarks.pacing [--seconds 12]

A server with 300 ms latency allows 10 requests in any second and answers 429 above that, as it arrives there. First one
process with 6 threads, then two processes with 4 threads each, go through the TikHub client and the pacing in Postgres;
a plain sleep of 0.1 s per thread and no pacing at all stand beside them. Claim: at least 97 % of the rate, not one 429.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from pathlib import Path

RATE = 10
LATENCY_SECONDS = 0.3
BODY = b'{"code": 200, "data": {"search_item_list": [], "has_more": 0}}'

WORKER = """
import sys, threading, time
from dataclasses import replace
from trend_assets.settings import Settings
from trend_assets.sources.clients import connection_for
from trend_assets.sources.http import Limits
from trend_assets.sources.errors import SourceError
from trend_assets.sources.providers.tikhub import calls
from trend_assets.sources.providers.tikhub.client import TikHubClient
from trend_assets.capture.pacing import Pacer
from trend_assets.warehouse.warehouse import Warehouse
database, url, how, threads, seconds = sys.argv[1:6]
settings = Settings(_env_file=None, tikhub_api_key="benchmark-key", tikhub_url=url, rate_per_second_tikhub=10)
pacer = Pacer(Warehouse(database), "tikhub", settings)
paces = {"paced": pacer.wait, "sleep": lambda: time.sleep(0.1 * int(threads)), "unpaced": None}
connection = connection_for("tikhub", settings, pacing=paces[how])
client = TikHubClient(replace(connection, limits=Limits(attempts=1)))
print("ready", flush=True)
sys.stdin.readline()
until = time.monotonic() + float(seconds)
def work(number):
    turn = 0
    while time.monotonic() < until:
        turn += 1
        try:
            client.execute(calls.video_search(f"{number} {turn}"))
        except SourceError:
            pass
workers = [threading.Thread(target=work, args=(number,)) for number in range(int(threads))]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
"""


class Provider:
    """Answers after 300 ms; counts arrivals, and refuses what exceeds the rate in the second before it."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self.refused = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            received = b""
            while True:
                chunk = connection.recv(65_536)
                if not chunk:
                    return
                received += chunk
                if b"\r\n\r\n" not in received:
                    continue
                received = b""
                now = time.monotonic()
                with self._lock:
                    recent = len(self.arrivals) - bisect_left(self.arrivals, now - 1.0)
                    is_refused = recent >= RATE
                    self.refused += is_refused
                    if not is_refused:
                        self.arrivals.append(now)
                time.sleep(LATENCY_SECONDS)
                status, body = (b"429 Too Many", b"{}") if is_refused else (b"200 OK", BODY)
                connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))


def measure(database: str, how: str, *, processes: int, threads: int, seconds: float) -> tuple[float, int]:
    """Share of the allowed rate that was used, and refused requests."""
    provider = Provider()
    command = [sys.executable, "-c", WORKER, database, provider.url, how, str(threads), str(seconds)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.wait()
    span = provider.arrivals[-1] - provider.arrivals[0]
    return (len(provider.arrivals) - 1) / span / RATE, provider.refused


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=12)
    seconds = options.parse_args().seconds
    from trend_assets.runtime.postgres import embedded
    from trend_assets.warehouse.metadata import ddl

    with tempfile.TemporaryDirectory() as folder, embedded.server(Path(folder)) as url:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(ddl().encode())
        print(f"{RATE} requests a second allowed, {LATENCY_SECONDS * 1000:.0f} ms latency, {seconds:g} s each")
        print(f"{'':44}{'of the rate':>12}{'429s':>8}")
        for name, how, processes, threads in (
            ("paced, one process, 6 threads", "paced", 1, 6),
            ("paced, two processes, 4 threads each", "paced", 2, 4),
            ("a sleep per thread, two processes, 4 threads", "sleep", 2, 4),
            ("unpaced, one process, 6 threads", "unpaced", 1, 6),
        ):
            used, refused = measure(url, how, processes=processes, threads=threads, seconds=seconds)
            print(f"{name:44}{used:>12.1%}{refused:>8}")
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores:
        print(
            f"Load {load:.0f} on {cores} cores: a start that waits for a core arrives late. Repeat on a quiet machine."
        )


if __name__ == "__main__":
    main()
