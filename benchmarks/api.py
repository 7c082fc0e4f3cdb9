"""The HTTP API under 50 concurrent readers: GET /trends and /feed, with a short and a long history.

    python -m benchmarks.api [--days 30 360 1080] [--per-day 2778] [--seconds 6] [--readers 50]
    python -m benchmarks.api --pages .trend_assets --readers 20      the pages that a reader opens, after `make run`

Two API workers, Postgres and the readers share this machine; wrk (`apt-get install wrk`) makes the requests, on
keep-alive connections, each sending its next request as soon as its answer is there. Every day has the same posts, so
360 days are 1,000,000; those of the last 30 days are live, older ones archived, all have scores. Pages hold 50 posts.

    shared     60 pages that all readers ask (a newsletter's readers): answered from the cache
    unshared   no page is asked twice: each is a query at a place of its own, deep ones among them

CPU per request is what the processes used, so it can be compared when others use the machine too: the whole of it,
readers included, is what two cores divide by.
"""

import argparse
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import psutil
import psycopg

from trend_assets.api import shared_reads
from trend_assets.api.pages_of import encode_cursor
from trend_assets.api.reading import Reader
from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.metadata import ddl

NEWEST = datetime(2026, 11, 20, 18, tzinfo=UTC)
PLATFORMS = ("tiktok", "youtube", "x", "reddit", "amazon")
LIVE_DAYS = 30
WORKERS = 2

POSTS = """
INSERT INTO trends.posts (platform, external_id, kind, title, description, language, creator_id, creator_handle,
  creator_name, creator_followers, url, hashtags, sound, duration_seconds, posted_at, views, likes, comments, shares,
  first_collected_at, first_source, last_collected_at, measured_at, sources, archived_at, is_simulated)
SELECT platform, 'p' || i, 'video', 'Title of post ' || i, repeat('words of a caption ', 12), 'en', 'c' || i %% 50000,
  'creator' || i %% 50000, 'Creator ' || i %% 50000, 20000 + i %% 9999, 'https://example.org/video/' || i,
  ARRAY['slime','asmr','satisfying'], 'original sound', 20 + i %% 40, at - interval '9 hours', i %% 1000003, i %% 10007,
  i %% 1009, i %% 503, at, source, at, at, ARRAY[source],
  CASE WHEN i / %(per_day)s >= %(live_days)s THEN at + make_interval(days => %(live_days)s) END, true
FROM generate_series(%(first)s::bigint, %(last)s::bigint) i, LATERAL (SELECT
  %(newest)s::timestamptz - make_interval(days => (i / %(per_day)s)::int, secs => (i %% %(per_day)s) / 10 * 10) AS at,
  (ARRAY['tiktok','youtube','x','reddit','amazon'])[1 + i %% 5] AS platform,
  (ARRAY['tiktok_trending','youtube_shorts','x_posts','reddit_posts','amazon_positions'])[1 + i %% 5] AS source) t
"""
SCORES = """
INSERT INTO velocity.scores (observed_date, source, platform, external_id, measured_at, score_class, source_percentile,
  engagement_velocity, views_per_hour, rising, parts, is_simulated)
SELECT (last_collected_at AT TIME ZONE 'UTC')::date, first_source, platform, external_id, measured_at, 'measured',
  random(), 12.25, 33.5, random(), '[]', true
FROM trends.posts WHERE substr(external_id, 2)::bigint >= %(first)s
"""
ISSUES = """
WITH days AS (
  SELECT (%(newest)s::timestamptz AT TIME ZONE 'UTC')::date - d AS day FROM generate_series(0, %(days)s - 1) d
), issues AS (
  INSERT INTO feed.issues (observed_date, newsletter, issue_id, title, subject, as_of, item_count, is_quiet,
    sources_succeeded, sources_failed, content_hash, is_simulated)
  SELECT day, 'rising', 'urn:uuid:' || day, 'T', 'S', %(newest)s, 12, false, '{}', '[]', 'h', true FROM days
  ON CONFLICT DO NOTHING
)
INSERT INTO feed.issue_forms (observed_date, newsletter, format, media_type, body, content_hash, is_simulated)
SELECT day, 'rising', format, 'text/plain', string_agg(opens || md5(day::text || n) || closes, ''), 'h', true
FROM days,
  (VALUES ('html', '<p>item ', '</p>', 500), ('txt', '- ', '', 200), ('md', '- item ', '', 200),
    ('json', '"', '"', 600), ('atom', '<entry>', '</entry>', 400), ('csv', 'a', ',', 200)
  ) AS forms (format, opens, closes, size), LATERAL generate_series(1, size) n
GROUP BY day, format
ON CONFLICT DO NOTHING
"""
WRK = """
local paths, n = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
function request() n = n + 1; return wrk.format("GET", paths[n % #paths + 1]) end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %f %f %f %d\\n", summary.requests, latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
end
"""


def grow(connection: psycopg.Connection, have: int, want: int, *, per_day: int) -> None:
    """Add older days until there are `want`."""
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'trends' AND tablename = 'posts' "
        "AND indexname NOT LIKE '%pkey'"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX trends."{name}"'.encode())
    values = {"first": have * per_day, "last": want * per_day - 1, "newest": NEWEST, "per_day": per_day}
    connection.execute(POSTS, values | {"live_days": LIVE_DAYS})
    connection.execute(SCORES, {"first": have * per_day})
    connection.execute(ISSUES, {"newest": NEWEST, "days": want})
    for _, definition in indexes:
        connection.execute(definition.encode())
    for table in (b"trends.posts", b"velocity.scores", b"feed.issues", b"feed.issue_forms"):
        connection.execute(b"VACUUM ANALYZE " + table)
    connection.execute("CHECKPOINT")


def cursor_at(position: int, per_day: int) -> str:
    at = NEWEST - timedelta(days=position // per_day, seconds=position % per_day // 10 * 10)
    return encode_cursor(at.isoformat(), PLATFORMS[position % 5], f"p{position}")


def scenes(days: int, per_day: int) -> dict[str, list[str]]:
    """The pages of each kind of reading."""
    rng = random.Random(1)
    live = min(days, LIVE_DAYS) * per_day

    def deep(count: int, reach: int, extra: str = "") -> list[str]:
        places = rng.sample(range(reach), min(count, reach))
        return [f"/trends?cursor={cursor_at(place, per_day)}{extra}" for place in places]

    newest = NEWEST.date()
    shared = [f"/trends?platform={PLATFORMS[n % 5]}&limit={(20, 50, 100)[n // 5 % 3]}" for n in range(30)]
    found = {
        "/trends shared": shared + deep(30, 500),
        "/trends unshared": deep(40_000, live),
        "/trends unshared, platform": [
            f"{path}&platform={PLATFORMS[n % 5]}" for n, path in enumerate(deep(40_000, live))
        ],
        "/trends unshared, archived": deep(40_000, days * per_day, "&archived=true"),
        "/feed shared": [f"/feed/{newest}?format={form}" for form in ("html", "json", "md", "atom")],
        "/feed every day, every format": [
            f"/feed/{newest - timedelta(days=n)}?format={form}"
            for n in range(days)
            for form in ("html", "json", "md", "atom")
        ],
    }
    for paths in found.values():
        rng.shuffle(paths)
    return found


@contextmanager
def warehouse() -> Iterator[tuple[Path, str, psycopg.Connection]]:
    """Our tables, empty, on a server of its own; wrk is there."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk makes the requests and is not installed: apt-get install wrk")
    with (
        tempfile.TemporaryDirectory() as name,
        embedded.server(Path(name)) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(ddl().encode())
        yield Path(name), url, connection


@contextmanager
def api(url: str, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """`trend-assets api` with two workers on a free port, once both listen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "TREND_ASSETS_DATABASE_URL": url,
        "TREND_ASSETS_STATE_DIR": str(folder),
        "TREND_ASSETS_API_WORKERS": str(WORKERS),
    }
    code = (
        "from pathlib import Path\nfrom trend_assets.api.serve import serve\n"
        "from trend_assets.settings import get_settings\n"
        f"serve(get_settings(), database_url={url!r}, state_dir=Path({str(folder)!r}), port={port})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=folder)
    try:
        deadline = time.monotonic() + 120
        while listening(server := psutil.Process(process.pid), port) < WORKERS:
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("The API's workers did not come up within two minutes.")
            time.sleep(0.2)
        yield port, server
    finally:
        process.terminate()
        process.wait(30)


def listening(server: psutil.Process, port: int) -> int:
    return sum(
        any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in child.net_connections("tcp"))
        for child in server.children()
    )


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of a process and its children that live."""
    return sum(sum(p.cpu_times()[:2]) for p in (process, *process.children(recursive=True)))


def children_seconds() -> float:
    """CPU time of our children that have ended: wrk's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def load(port: int, paths: list[str], folder: Path, *, readers: int, seconds: int) -> list[float]:
    """wrk's counts: requests, p50, p95, p99 (ms), requests that failed."""
    (folder / "paths.txt").write_text("\n".join(paths) + "\n")
    (folder / "load.lua").write_text(WRK)
    command = ["wrk", "-t1", f"-c{readers}", f"-d{seconds}s", "--timeout", "30s", "-s", str(folder / "load.lua")]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        env=os.environ | {"PATHS": str(folder / "paths.txt")},
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in said.stdout.splitlines() if line.startswith("RESULT"))
    return [float(value) for value in line.split()[1:]]


def plan_of(url: str, days: int, per_day: int) -> str:
    """How Postgres reads a page in the middle of the live posts: the nodes that touch tables, and rows thrown away."""
    place = min(days, LIVE_DAYS) * per_day // 2
    at = NEWEST - timedelta(days=place // per_day)
    values = {"limit": 50, "at": at, "after_platform": "x", "after_id": "p", "platform": "x"}
    with Reader(url, leaves_no_index=True) as reader:
        statement = shared_reads.trends_statement(of_platform=False, after=True, archived=False)
        (found,) = reader.value(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    shown = []

    def walk(node: dict) -> None:
        if "Relation Name" in node:
            thrown = node.get("Rows Removed by Filter", 0)
            rows = node["Actual Rows"] * node["Actual Loops"]
            shown.append(f"{node['Node Type']} on {node['Relation Name']}: {rows:.0f} rows, {thrown} thrown away")
        for child in node.get("Plans", ()):
            walk(child)

    walk(found["Plan"])
    return "; ".join(shown)


def pages(connection: psycopg.Connection) -> dict[str, list[str]]:
    """The pages that a reader opens, up to a hundred of a kind."""

    def names(select: str) -> list[str]:
        found = connection.execute(f"SELECT DISTINCT {select} LIMIT 100".encode()).fetchall()
        return [quote(name, safe=":") for (name,) in found]

    hashtags = names("tag FROM trends.posts, unnest(hashtags) AS tag")
    return {
        "start": ["/ui/start"],
        "feed": ["/ui/feed"],
        "a story": [f"/ui/about/story/{name}" for name in names("story_id FROM feed.stories")],
        "a creator": [
            f"/ui/about/creator/{name}"
            for name in names("platform || ':' || creator_id FROM trends.posts WHERE creator_id IS NOT NULL")
        ],
        "a hashtag": [f"/ui/about/hashtag/{name}" for name in hashtags],
        "creators": ["/ui/creators"],
        "sources": ["/ui/sources"],
        "a source": [f"/ui/about/source/{name}" for name in names("first_source FROM trends.posts")],
        "scoreboard": ["/ui/scoreboard"],
        "search": [f"/ui/search?q={name}" for name in hashtags],
    }


def measure(
    url: str, folder: Path, scenes: dict[str, list[str]], *, readers: int, seconds: int, warm: int | None = None
) -> None:
    """Each scene's speed, and the CPU of all who take part. `warm`: how many of its paths come before and not again;
    None: all of them come twice."""
    postmaster = psutil.Process(int((folder / "postgres/data/postmaster.pid").read_text().split()[0]))
    print(
        f"{'':<36}{'per second':>11}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'failed':>8}{'kB':>7}"
        f"{'CPU ms each: API':>18}{'Postgres':>10}{'readers':>9}{'load':>7}"
    )
    with api(url, folder) as (port, server):
        for scene, paths in scenes.items():
            with urlopen(f"http://127.0.0.1:{port}{paths[0]}") as answer:
                size = len(answer.read()) / 1000
            load(port, paths[:warm], folder, readers=readers, seconds=1)
            before = cpu_seconds(server), cpu_seconds(postmaster), children_seconds()
            count, *cuts, failed = load(port, paths[warm or 0 :], folder, readers=readers, seconds=seconds)
            after = cpu_seconds(server), cpu_seconds(postmaster), children_seconds()
            used = "".join(
                f"{(b - a) / count * 1000:>{width}.2f}" for a, b, width in zip(before, after, (18, 10, 9), strict=True)
            )
            shown = "".join(f"{value:>9.1f}" for value in cuts)
            print(
                f"{scene:<36}{count / seconds:>11,.0f}{shown}{failed:>8.0f}{size:>7.0f}{used}"
                f"{os.getloadavg()[0]:>7.1f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, nargs="+", default=[30, 360])
    parser.add_argument("--per-day", type=int, default=2778)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--pages", type=Path, metavar="FOLDER", help="instead: the pages of a folder that a run filled")
    options = parser.parse_args()
    print(f"{options.readers} readers, {WORKERS} workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if options.pages:
        folder = options.pages.resolve()
        with embedded.server(folder) as url, psycopg.connect(url, autocommit=True) as connection:
            found = pages(connection)
            measure(url, folder, found, readers=options.readers, seconds=options.seconds)
        return
    with warehouse() as (folder, url, connection):
        have = 0
        for days in options.days:
            grow(connection, have, days, per_day=options.per_day)
            have = days
            print(f"\n{days} days, {days * options.per_day:,} posts. {plan_of(url, days, options.per_day)}")
            found = scenes(days, options.per_day)
            measure(url, folder, found, readers=options.readers, seconds=options.seconds)


if __name__ == "__main__":
    main()
