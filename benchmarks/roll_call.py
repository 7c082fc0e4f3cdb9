"""How close the roll call comes to the provider's limit, and what one at a time with a sleep would take.

    python -m benchmarks.roll_call [--creators 600] [--slow 60]

A sandbox answers after 300 ms, allows 10 requests in a second and answers 429 above that. Measured is the whole path:
ledger, shared pacing in Postgres, client, verbatim answers stored. The plain way asks one creator after the other and
sleeps 0.1 s between; it is measured on fewer creators and scaled. Claim: within 3 % of creators / 10 s, not one 429.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from trend_assets.capture.pacing import Pacer
from trend_assets.capture.session import CaptureSession
from trend_assets.runtime.postgres import embedded
from trend_assets.settings import Settings
from trend_assets.sources.clients import client_for, context_for
from trend_assets.sources.creator_profiles.collect import collect as collect_creator_profiles
from trend_assets.sources.discovery import the
from trend_assets.sources.http_library import httpx
from trend_assets.sources.providers.tikhub import calls
from trend_assets.warehouse.metadata import ddl
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets_tests.sandbox_server import sandbox_server

RATE = 10.0
LATENCY_SECONDS = 0.3


def uids(count: int) -> list[str]:
    """Creators of the simulated world."""
    from trend_assets.sandbox.world import world_of

    known = [str(uid) for uid in world_of(7).creators.uid]
    return [known[number % len(known)] if number < len(known) else f"7{number:018}" for number in range(count)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=600)
    options.add_argument("--slow", type=int, default=60, help="creators for the plain way")
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.server(Path(folder)) as server,
        sandbox_server(latency_seconds=LATENCY_SECONDS, rate_limits={"tikhub": RATE}) as sandbox,
    ):
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(ddl().encode())
        warehouse = Warehouse(server)
        settings = Settings(_env_file=None, sandbox="on", sandbox_url=sandbox.url, rate_per_second_tikhub=RATE)
        now = datetime.now(UTC)
        limit = chosen.creators / RATE
        with Pacer(warehouse, "tikhub", settings) as pacer:
            client = client_for("tikhub", settings, pacing=pacer.wait, now=now)
            session = CaptureSession(
                warehouse, source="creator_profiles", day=now.date(), provider="tikhub", execute=client.execute,
                settings=settings, now=now, collection_id="benchmark",
            )  # fmt: skip
            wanted = [{"user_id": uid} for uid in uids(chosen.creators)]
            start = time.perf_counter()
            report = collect_creator_profiles(
                session.obtain,
                context_for(the("profiles"), settings, day=now.date(), now=now, inputs={"creators": wanted}),
            )
            seconds = time.perf_counter() - start
            again = time.perf_counter()
            replay = CaptureSession(
                warehouse, source="creator_profiles", day=now.date(), provider="tikhub", execute=client.execute,
                settings=settings, now=now, collection_id="again",
            )  # fmt: skip
            collect_creator_profiles(
                replay.obtain,
                context_for(the("profiles"), settings, day=now.date(), now=now, inputs={"creators": wanted}),
            )
            again = time.perf_counter() - again
            client.close()
        plain = client_for("tikhub", settings, now=now)
        start = time.perf_counter()
        for uid in uids(chosen.slow):
            plain.execute(calls.user_profile(user_id=uid))
            time.sleep(1 / RATE)
        slow = (time.perf_counter() - start) * chosen.creators / chosen.slow
        plain.close()
        log = httpx.get(f"{sandbox.url}/__sandbox/log", params={"provider": "tikhub", "limit": 10_000}).text
    print(f"{chosen.creators} creators, limit {RATE:.0f}/s, {1000 * LATENCY_SECONDS:.0f} ms latency")
    print(f"the limit's own time       {limit:8.1f} s")
    print(f"the roll call              {seconds:8.1f} s  {seconds / limit - 1:+.1%}  answered {session.calls}")
    print(f"one at a time with a sleep {slow:8.1f} s  {slow / limit - 1:+.1%}  ({chosen.slow} creators, scaled)")
    print(f"again, replayed            {again:8.1f} s  {replay.calls} calls, {replay.replayed} replayed")
    refused = log.count('"status": 429') + log.count('"status":429')
    print(f"refused with 429: {refused}; problems: {len(report.problems)} {report.problems[:2] or ''}")


if __name__ == "__main__":
    main()
