"""What a day's growth costs with a short and with a long history behind it, and in how much memory.

    python -m benchmarks.growth [--creators 100000] [--history 30 360] [--repeats 5] [--skipped 0.03]

For each length of history a database holds one row per creator and day (a few per cent of the creators miss each day),
everybody in the roster, and the profiles of the last days. Measured, turn by turn between the databases: looking up
everybody's newest earlier day and computing the growth. The claim is the ratio of the medians.

A row and its two index entries take about 220 bytes: 1,000,000 creators need 6.6 GB for 30 days and 80 GB for 360.
"""

import argparse
import resource
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg

from trend_assets.domain.comets.growth import LOOK_BACK_DAYS, growth
from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.metadata import ddl
from trend_assets.warehouse.reads.comets import stats_before
from trend_assets.warehouse.warehouse import Warehouse

LAST = date(2026, 11, 20)
SHARE = "('x' || substr(md5(n || ' ' || back), 1, 6))::bit(24)::int / 16777216.0"

FILL = f"""
INSERT INTO comets.creator_stats (observed_date, user_id, followers, hearts, videos, growth_followers, growth_pct,
    measured_by, measured_at, is_simulated)
SELECT %(last)s::date - back, 'u' || n, 10000 + n %% 90000 + (%(days)s - back) * 7, 5, 5, 7, 0.07, 'roll_call',
    %(last)s::date - back + time '02:00', true
FROM generate_series(%(days)s, 1, -1) AS back, generate_series(1, %(creators)s) AS n
WHERE {SHARE} >= %(skipped)s
"""
PROFILE_DAYS = 3
PROFILES = f"""
INSERT INTO comets.creator_profiles (observed_date, user_id, handle, followers, hearts, videos, profile_state,
    is_suspect, measured_at, collected_at, capture_id, is_simulated)
SELECT %(last)s::date - back, 'u' || n, 'h' || n, 10000 + n %% 90000 + (%(days)s - back) * 7, 5, 5, 'active', false,
    %(last)s::date - back + time '02:00', %(last)s::date - back + time '02:00', 'x', true
FROM generate_series({PROFILE_DAYS}, 1, -1) AS back, generate_series(1, %(creators)s) AS n
WHERE {SHARE} >= %(skipped)s
"""
CREATORS = """
INSERT INTO comets.creators (user_id, first_seen, last_updated_at, state, state_since, is_simulated)
SELECT 'u' || n, %(last)s::date - %(days)s, %(last)s, 'active', %(last)s::date - %(days)s, true
FROM generate_series(1, %(creators)s) AS n
"""
ROLL = """
INSERT INTO comets.roll_call (observed_date, user_id, outcome, reason, measured_by, state, state_since, is_renamed,
    is_state_changed, is_simulated)
SELECT %(last)s, 'u' || n, 'updated', 'x', 'roll_call', 'active', %(last)s, false, false, true
FROM generate_series(1, %(creators)s) AS n
"""


def filled(server: str, *, days: int, creators: int, skipped: float) -> Warehouse:
    """A database with that history; its indexes are made after the rows, and nothing of it outlives a crash."""
    name = f"history_{days}"
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in (
            "synchronous_commit = off",
            "fsync = off",
            "autovacuum = off",
            "maintenance_work_mem = '512MB'",
        ):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE {name}")
    url = f"{server.rsplit('/', 1)[0]}/{name}"
    values = {"last": LAST, "days": days, "creators": creators, "skipped": skipped}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ddl().encode())
        connection.execute("ALTER TABLE comets.creator_stats SET UNLOGGED")
        indexes = connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = 'comets.creator_stats'::regclass ORDER BY indisprimary"
        ).fetchall()
        connection.execute("ALTER TABLE comets.creator_stats DROP CONSTRAINT creator_stats_pkey")
        for index, _ in indexes[:-1]:
            connection.execute(f"DROP INDEX {index}")
        connection.execute(FILL, values)
        for _, definition in indexes:
            connection.execute(definition)
        for statement in (PROFILES, CREATORS, ROLL):
            connection.execute(statement, values)
        connection.execute("VACUUM ANALYZE")
    return Warehouse(url)


def one_day(warehouse: Warehouse, today: pd.DataFrame) -> tuple[float, float, int]:
    """Seconds of looking up, seconds of computing, rows with an earlier day."""
    start = time.perf_counter()
    earlier = stats_before(warehouse, LAST, look_back_days=LOOK_BACK_DAYS)
    looked_up = time.perf_counter()
    grown = growth(today, earlier)
    return looked_up - start, time.perf_counter() - looked_up, int(grown["compared_date"].notna().sum())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=100_000)
    options.add_argument("--history", type=int, nargs="+", default=[30, 360])
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--skipped", type=float, default=0.03)
    chosen = options.parse_args()
    today = pd.DataFrame(
        {
            "observed_date": LAST,
            "user_id": [f"u{number}" for number in range(1, chosen.creators + 1)],
            "followers": pd.array([20_000] * chosen.creators, dtype="Int64"),
            "hearts": pd.array([6] * chosen.creators, dtype="Int64"),
            "videos": pd.array([6] * chosen.creators, dtype="Int64"),
        }
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as folder, embedded.server(Path(folder)) as server:
        houses = {
            days: filled(server, days=days, creators=chosen.creators, skipped=chosen.skipped) for days in chosen.history
        }
        times: dict[int, list[tuple[float, float, int]]] = {days: [] for days in houses}
        for turn in range(chosen.repeats + 1):
            for days, warehouse in houses.items():
                measured = one_day(warehouse, today)
                if turn:
                    times[days].append(measured)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{chosen.creators:,} creators, {chosen.skipped:.0%} of them missing on any day; medians of {chosen.repeats}")
    print(f"{'history':>8} {'look-up s':>10} {'growth s':>9} {'together':>9} {'found':>9}")
    totals = []
    for days, measured in times.items():
        parts = [statistics.median(values) for values in zip(*measured, strict=True)]
        totals.append(statistics.median(look_up + compute for look_up, compute, _ in measured))
        print(f"{days:>8} {parts[0]:10.2f} {parts[1]:9.2f} {totals[-1]:9.2f} {int(parts[2]):>9,}")
    if len(totals) > 1:
        print(f"longest over shortest history: {totals[-1] / totals[0]:.2f}")
    print(f"peak memory: {peak:.0f} MB, {peak - before:.0f} MB beyond imports and the day's own rows")


if __name__ == "__main__":
    main()
