"""The HTTP API under 50 concurrent readers: p50 and p95 of GET /trends and /feed, as the history grows.

    python -m benchmarks.api [--posts 10000 100000 1000000] [--seconds 6] [--readers 50]

Two API workers, Postgres and the readers share this machine. Readers are keep-alive connections of one asyncio
process; each sends its next request as soon as its answer is there. `popular` are 60 pages that readers share (what a
newsletter's readers do, answered from the cache); `all different` never asks the same page twice, so that each is a
query on the index.
"""

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg

from trend_assets.api.pages_of import encode_cursor
from trend_assets.runtime.processes import free_port
from trend_assets.warehouse import embedded
from trend_assets.warehouse.ddl import ddl

NEWEST = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
PLATFORMS = ("tiktok", "youtube", "x", "reddit", "amazon")
PER_COLLECTION = 500

POSTS = """
INSERT INTO trends.posts (platform, external_id, kind, title, description, creator_id, creator_handle, creator_name,
  creator_followers, url, hashtags, duration_seconds, posted_at, views, likes, comments, shares, first_collected_at,
  first_source, last_collected_at, measured_at, sources, is_simulated)
SELECT (ARRAY['tiktok','youtube','x','reddit','amazon'])[1 + i %% 5], 'p' || i, 'video', 'Title of post ' || i,
  repeat('words of a caption ', 12), 'c' || i %% 50000, 'creator' || i %% 50000, 'Creator ' || i %% 50000,
  20000 + i %% 9999,
  'https://example.org/video/' || i, ARRAY['slime','asmr','satisfying'], 20 + i %% 40, at - interval '9 hours',
  i %% 1000003, i %% 10007, i %% 1009, i %% 503, at, 'tiktok_trending', at, at, ARRAY['tiktok_trending'], true
FROM generate_series(%(first)s::bigint, %(last)s::bigint) i,
  LATERAL (SELECT %(newest)s::timestamptz - make_interval(mins => (i / %(per)s)::int) AS at) t
"""
ISSUE = """
INSERT INTO feed.issues (observed_date, issue_id, title, subject, as_of, item_count, is_quiet, sources_succeeded,
  sources_failed, html, markdown, json_feed, atom, csv, parquet, content_hash, is_simulated)
VALUES (%s, 'urn:uuid:1', 'T', 'S', %s, 50, false, '{}', '[]', repeat('<p>item</p>', 6000), repeat('- item ', 3000),
  '{"items":[]}', repeat('<entry/>', 4000), 'a', '', 'h', true)
"""


def grow(connection: psycopg.Connection, have: int, want: int) -> None:
    """Add older posts until there are `want`."""
    connection.execute(POSTS, {"first": have, "last": want - 1, "newest": NEWEST, "per": PER_COLLECTION})
    connection.execute("VACUUM ANALYZE trends.posts")


def popular(rng: random.Random, _posts: int) -> str:
    """One of 60 pages that everybody looks at."""
    number = rng.randrange(60)
    return f"/trends?platform={PLATFORMS[number % 5]}&limit={(20, 50, 100)[number // 5 % 3]}" + (
        f"&cursor={cursor_at(number * 7)}" if number >= 30 else ""
    )


def all_different(rng: random.Random, posts: int) -> str:
    """A page anywhere in the history, with a limit and position nobody else asks for."""
    limit, position = rng.randrange(20, 60), rng.randrange(posts)
    chosen = rng.choice(["", *(f"&platform={name}" for name in PLATFORMS)])
    return f"/trends?limit={limit}&cursor={cursor_at(position)}{chosen}"


def feed(rng: random.Random, _posts: int) -> str:
    """The day's issue in one of its formats."""
    return f"/feed/{DAY}?format={rng.choice(['html', 'json', 'md', 'atom'])}"


SCENES = {"/trends popular": popular, "/trends all different": all_different, "/feed": feed}


def cursor_at(position: int) -> str:
    at = NEWEST - timedelta(minutes=position // PER_COLLECTION)
    return encode_cursor(at.isoformat(), PLATFORMS[position % 5], f"p{position}")


@contextmanager
def api(url: str, folder: Path):
    """`trend-assets api` with two workers on a free port."""
    port = free_port(8000)
    environment = os.environ | {
        "TREND_ASSETS_DATABASE_URL": url,
        "TREND_ASSETS_STATE_DIR": str(folder),
        "TREND_ASSETS_API_WORKERS": "2",
    }
    code = (
        "from pathlib import Path\nfrom trend_assets.api.serve import serve\n"
        "from trend_assets.settings import get_settings\n"
        f"serve(get_settings(), database_url={url!r}, state_dir=Path({str(folder)!r}), port={port})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=folder)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                asyncio.run(read_once(port, "/health"))
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(30)


async def read_once(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await exchange(reader, writer, path)
    writer.close()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head[9:12])


async def load(port: int, scene, posts: int, *, readers: int, seconds: float) -> tuple[list[float], int]:
    """Latencies (ms) of all answers, and how many were not 200."""
    latencies: list[float] = []
    bad = 0
    until = time.perf_counter() + seconds

    async def reader_loop(number: int) -> None:
        nonlocal bad
        rng = random.Random(number)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            path = scene(rng, posts)
            began = time.perf_counter()
            bad += await exchange(reader, writer, path) != 200
            latencies.append((time.perf_counter() - began) * 1000)
        writer.close()

    await asyncio.gather(*(reader_loop(number) for number in range(readers)))
    return latencies, bad


def main() -> None:
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--readers", type=int, default=50)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.server(Path(folder)) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(ddl().encode())
        connection.execute(ISSUE, (DAY, NEWEST))
        print(
            f"{options.readers} readers, 2 workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
        )
        print(f"{'posts':>10}  {'reads':<24}{'per second':>11}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'not 200':>9}")
        have = 0
        with api(url, Path(folder)) as port:
            for posts in options.posts:
                grow(connection, have, posts)
                have = posts
                for name, scene in SCENES.items():
                    uvloop.run(load(port, scene, posts, readers=options.readers, seconds=1))  # warm
                    found, bad = uvloop.run(load(port, scene, posts, readers=options.readers, seconds=options.seconds))
                    cuts = statistics.quantiles(found, n=100)
                    rate = len(found) / options.seconds
                    shown = "".join(f"{cuts[n]:>9.1f}" for n in (49, 94, 98))
                    print(f"{posts:>10,}  {name:<24}{rate:>11,.0f}{shown}{bad:>9}")


if __name__ == "__main__":
    main()
