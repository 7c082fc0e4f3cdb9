"""What a day costs in `trends.post_snapshots` and `trends.posts`, with a short and with a long history behind it.

    python -m benchmarks.trends_day [--history 30 360] [--posts 2000] [--repeats 7]

For each length of history a database is filled with that many days (each post lives five days, in one list of one
source), then one further day is built again and again, turn by turn between the databases. The claim is the ratio of
the medians: the cost of a day does not grow with the history. Beside the times: buffers read, which no neighbour on the
machine disturbs.
"""

import argparse
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import psycopg

from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.metadata import ddl
from trend_assets.warehouse.posts import refresh_posts, snapshot_rows
from trend_assets.warehouse.warehouse import Warehouse

LAST = date(2026, 11, 20)

FILL = """
INSERT INTO source.reddit_posts (observed_date, platform, external_id, kind, title, creator_handle, url, likes,
    comments, list_name, list_rank, measured_at, collected_at, capture_id, is_simulated)
SELECT day, 'reddit', 'p' || number, 'post', 'Title of post ' || number, 'creator' || number %% 500,
    'https://www.reddit.com/comments/p' || number, 100 + (day - born) * 50, 10, 'all', 1 + number %% 100,
    day + time '12:00' AT TIME ZONE 'UTC', day + time '12:00' AT TIME ZONE 'UTC', 'c' || day, true
FROM (
    SELECT number, %(first)s::date + (number / (%(posts)s / 5))::integer AS born
    FROM generate_series(0, %(days)s * (%(posts)s / 5) - 1) AS number
) AS posts, LATERAL (SELECT born + age AS day FROM generate_series(0, 4) AS age) AS days
WHERE day <= %(last)s
"""


def filled(server: str, *, days: int, posts: int) -> Warehouse:
    """A database with `days` days of history before LAST, all of them built."""
    name = f"history_{days}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = f"{server.rsplit('/', 1)[0]}/{name}"
    first = LAST - timedelta(days=days)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ddl().encode())
        connection.execute(FILL, {"first": first, "last": LAST, "days": days + 1, "posts": posts})
        connection.execute("ANALYZE")
    warehouse = Warehouse(url)
    for back in range(days, 0, -1):
        build(warehouse, LAST - timedelta(days=back))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return warehouse


def build(warehouse: Warehouse, day: date) -> tuple[float, float]:
    """Seconds for the snapshots and for the posts of a day."""
    begin = time.perf_counter()
    warehouse.write_partition("trends.post_snapshots", day, warehouse.query(snapshot_rows(), {"day": day}))
    middle = time.perf_counter()
    warehouse.transact(lambda connection: refresh_posts(connection, day, archive_after_days=30), doing="Refreshing")
    return middle - begin, time.perf_counter() - middle


def touched_blocks(warehouse: Warehouse) -> int:
    """Blocks of tables and indexes of schema trends that the server has looked at since the statistics began."""
    with warehouse.connect() as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit) FROM pg_statio_user_tables "
            "WHERE schemaname IN ('trends', 'source')"
        ).fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--history", type=int, nargs="+", default=[30, 360], help="days of history, one per database"
    )
    arguments.add_argument("--posts", type=int, default=2000, help="posts of a day")
    arguments.add_argument("--repeats", type=int, default=7)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, embedded.server(Path(folder)) as server:
        warehouses = {days: filled(server, days=days, posts=given.posts) for days in given.history}
        times: dict[int, list[tuple[float, float]]] = {days: [] for days in warehouses}
        blocks = dict.fromkeys(warehouses, 0)
        for _ in range(given.repeats):
            for days, warehouse in warehouses.items():
                with warehouse.connect() as connection:
                    connection.execute("DELETE FROM trends.post_snapshots WHERE observed_date = %s", (LAST,))
                    connection.execute("DELETE FROM ops.partition_writes WHERE observed_date = %s", (LAST,))
                    connection.execute("DELETE FROM trends.posts WHERE first_collected_at >= %s", (LAST,))
                before = touched_blocks(warehouse)
                times[days].append(build(warehouse, LAST))
                blocks[days] = touched_blocks(warehouse) - before
        print(f"{given.posts} posts a day, {given.repeats} repeats, medians")
        print("history   posts stored   snapshots s   posts s   blocks touched")
        first = given.history[0]
        for days, warehouse in warehouses.items():
            stored = warehouse.query("SELECT count(*) FROM trends.posts").iloc[0, 0]
            snapshots, posts = (statistics.median(column) for column in zip(*times[days], strict=True))
            print(f"{days:5} d   {stored:12,}   {snapshots:11.3f}   {posts:7.3f}   {blocks[days]:14,}")
        totals = {days: statistics.median(sum(pair) for pair in times[days]) for days in warehouses}
        for days in given.history[1:]:
            print(
                f"{days} d over {first} d: time ×{totals[days] / totals[first]:.2f}, "
                f"blocks ×{blocks[days] / blocks[first]:.2f}"
            )


if __name__ == "__main__":
    main()
