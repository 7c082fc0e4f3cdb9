"""Competitor discovery over a corpus of 1,000,000 creators: how long one request takes, and whether its bytes repeat.

    python -m benchmarks.competitors [--creators 1000000] [--runs 5]

The corpus is made in an embedded Postgres: each creator has four hashtags, half from a long tail and half from 500
common ones (the commonest are on 1 in 40 creators). Three requests, from rare to common topics, go through search,
size likeness, manual handles, community graph, and merge.
"""

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from trend_assets.competitors import discover, requests
from trend_assets.competitors.requests import Criteria
from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse.metadata import ddl

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

CREATORS = """
INSERT INTO competitors.corpus_creators (platform, creator_key, external_id, handle, handle_key, name, url, bio,
  followers, posts, median_views, source_labels, first_seen_date, measured_at, is_simulated)
SELECT (ARRAY['tiktok','youtube','instagram'])[1 + i %% 3], 'c' || i, 'c' || i, 'handle' || i, 'handle' || i,
  'Creator ' || i, 'https://example.org/' || i, 'bio', 1000 + (i * 7919::bigint) %% 900000, 1 + i %% 30,
  (i * 104729::bigint) %% 500000, ARRAY['comet_videos'], DATE '2026-01-01' + i %% 300, %s, true
FROM generate_series(1, %s) i
"""
TOPICS = """
INSERT INTO competitors.corpus_topics (platform, topic, creator_key, posts, first_seen_date, measured_at)
SELECT (ARRAY['tiktok','youtube','instagram'])[1 + i %% 3], topic, 'c' || i, 1 + i %% 9,
  DATE '2026-01-01' + i %% 300, %s
FROM generate_series(1, %s) i, LATERAL (VALUES
  ('common' || floor(500 * power(((i * 48271::bigint) %% 65521) / 65521.0, 2))::int),
  ('common' || floor(500 * power(((i * 69621::bigint) %% 65519) / 65519.0, 2))::int),
  ('tail' || (i * 16807::bigint) %% 200000), ('tail' || (i * 39373::bigint) %% 200000)) t(topic)
ON CONFLICT DO NOTHING
"""
COMMUNITY = """
INSERT INTO competitors.community_handles (user_id, identity, platform, external_id, handle, origin, shared_at)
SELECT 'user' || u, 'tiktok:id:c' || c, 'tiktok', 'c' || c, NULL, 'tracked', %s
FROM generate_series(1, 200) u, generate_series(1, 100) n, LATERAL (VALUES (3 * (u * 37 + n * n))) t(c)
ON CONFLICT DO NOTHING
"""
REQUESTS = {
    "rare topics": Criteria(topics=("tail7", "tail11", "tail13")),
    "a creator's own topics": Criteria(seed="tiktok:handle300", handles=("tiktok:handle303", "tiktok:handle306")),
    "12 common topics": Criteria(topics=tuple(f"common{n}" for n in range(12))),
}


def fill(connection: psycopg.Connection, creators: int) -> None:
    """The corpus and a community of 200 users."""
    connection.execute(CREATORS, (NOW, creators))
    connection.execute(TOPICS, (NOW, creators))
    connection.execute(COMMUNITY, (NOW,))
    connection.execute("VACUUM ANALYZE competitors.corpus_creators, competitors.corpus_topics")


def answer(connection: psycopg.Connection, request_id: str) -> bytes:
    """One request through all providers but the official APIs, as the assets do it."""
    (request,) = [r for r in requests.requests_of_day(connection, DAY) if r["request_id"] == request_id]
    rows = [
        *discover.corpus_rows(connection, request, day=DAY),
        *discover.manual_rows(connection, request, day=DAY),
        *discover.community_rows(connection, request, day=DAY),
    ]
    tracked = discover.tracked_tokens(connection, request["user_id"], day=DAY)
    return json.dumps(discover.merged(request, rows, tracked=tracked), default=str).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creators", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.server(Path(folder)) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(ddl().encode())
        began = time.perf_counter()
        fill(connection, options.creators)
        (postings,) = connection.execute("SELECT count(*) FROM competitors.corpus_topics").fetchone() or (0,)
        took = time.perf_counter() - began
        print(f"corpus: {options.creators:,} creators, {postings:,} postings, made in {took:.0f} s")
        print(f"{'request':<26}{'candidates':>11}{'best s':>9}{'median s':>10}{'worst s':>9}  same bytes")
        for name, criteria in REQUESTS.items():
            asked = requests.ask(connection, user_id="ada", criteria=criteria, day=DAY, now=NOW)
            seconds, digests, found = [], set(), 0
            for number in range(options.runs):
                # every other run in parallel plans: what is added up in another order must give the same bytes
                connection.execute(f"SET max_parallel_workers_per_gather = {2 * (number % 2)}")
                start = time.perf_counter()
                body = answer(connection, asked.request_id)
                seconds.append(time.perf_counter() - start)
                digests.add(hashlib.sha256(body).hexdigest())
                found = len(json.loads(body))
            print(
                f"{name:<26}{found:>11,}{min(seconds):>9.2f}{statistics.median(seconds):>10.2f}{max(seconds):>9.2f}"
                f"  {'yes, ' + next(iter(digests))[:12] if len(digests) == 1 else 'NO'}"
            )


if __name__ == "__main__":
    main()
