"""Full text search under 20 concurrent readers: GET /search over 1,000,000 posts.

    python -m benchmarks.search [--posts 1000000] [--seconds 10] [--readers 20] [--folder F]

Two API workers, Postgres and the readers (wrk) share this machine. A post has a title of 6 words and a caption of 14,
drawn so that the n-th word of 100,000 is 1/n as frequent as the first (as in every language), two hashtags, a handle,
and every twentieth a Chinese caption. No query is asked twice (each has a filter that keeps
all), so none comes from the cache of answers.
"""

import argparse
import os
import random
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from benchmarks.api import NEWEST, WORKERS, measure
from trend_assets.runtime.postgres import embedded
from trend_assets.warehouse import schema

WORDS = 100_000
SYLLABLES = [consonant + vowel for vowel in "aeiou" for consonant in "bcdfghjklmnpqrstvwyz"]
HAN = "天地人美容教程容易今天手工制作方法史莱姆玩具小猫可爱厨房美食旅行日记健身音乐舞蹈新年快乐"

POSTS = """
INSERT INTO trends.posts (platform, external_id, kind, title, description, language, creator_id, creator_handle,
  creator_name, creator_followers, url, hashtags, posted_at, views, first_collected_at, first_source, last_collected_at,
  measured_at, sources, is_simulated)
SELECT (ARRAY['tiktok','youtube','x','reddit','amazon'])[1 + i %% 5], 'p' || i, 'video',
  (SELECT string_agg(pg_temp.word(g), ' ') FROM generate_series(1, 6 + i - i) g),
  CASE WHEN i %% 20 = 0 THEN (SELECT string_agg(substr(%(han)s, 1 + (random() * 40)::int + (g - g)::int, 2), '')
                             FROM generate_series(1, 12 + i - i) g)
       ELSE (SELECT string_agg(pg_temp.word(g), ' ') FROM generate_series(1, 14 + i - i) g) END,
  (ARRAY['en','de','es',NULL])[1 + i %% 4], 'c' || i %% 50000, pg_temp.word(i) || '.' || pg_temp.word(i), NULL,
  i %% 90000, 'https://example.org/' || i, ARRAY[pg_temp.word(i), pg_temp.word(i) || 'tok'], at, i %% 1000003, at,
  'tiktok_trending', at, at, '{tiktok_trending}', true
FROM generate_series(%(first)s::bigint, %(last)s::bigint) i,
  LATERAL (SELECT %(newest)s::timestamptz - i * interval '31 seconds' AS at) t
"""


def word(rank: int) -> str:
    """The word of a rank: the same here and in the database."""
    parts = []
    rank += len(SYLLABLES)
    while rank:
        rank, at = divmod(rank, len(SYLLABLES))
        parts.append(SYLLABLES[at])
    return "".join(parts)


def fill(connection: psycopg.Connection, posts: int) -> None:
    connection.execute("CREATE TEMP TABLE vocabulary (rank int PRIMARY KEY, word text)")
    with connection.cursor().copy("COPY vocabulary FROM STDIN") as copy:
        for rank in range(1, WORDS + 1):
            copy.write_row((rank, word(rank)))
    connection.execute(
        "CREATE FUNCTION pg_temp.word(bigint) RETURNS text LANGUAGE plpgsql VOLATILE AS "
        f"'DECLARE r int := floor(exp(random() * ln({WORDS}))); BEGIN "
        "RETURN (SELECT word FROM vocabulary WHERE rank = r); END'"
    )
    connection.execute("DROP INDEX trends.posts_search_idx")
    connection.execute("SELECT setseed(0.5)")
    step = 50_000
    for first in range(0, posts, step):
        values = {"first": first, "last": min(posts, first + step) - 1, "newest": NEWEST, "han": HAN}
        connection.execute(POSTS, values)
    connection.execute("CREATE INDEX posts_search_idx ON trends.posts USING gin (search)")
    connection.execute("VACUUM ANALYZE trends.posts")
    connection.execute("CHECKPOINT")


def scenes(count: int) -> dict[str, list[str]]:
    """The searches of each kind."""
    rng = random.Random(7)

    def rank() -> int:
        return int(WORDS ** rng.random())

    def ask(q: str, **more: object) -> str:
        return "/search?" + urlencode({"q": q, "limit": 25, **more})

    found = {
        "one word, as frequent as in texts": [ask(word(rank()), max_followers=90_000 + n) for n in range(count)],
        "two words": [ask(f"{word(rank())} {word(rank())}", max_followers=90_000 + n) for n in range(count)],
        "a rare word": [ask(word(rng.randrange(WORDS // 10, WORDS)), max_followers=90_000 + n) for n in range(count)],
        "part of a handle": [ask(word(rng.randrange(500, WORDS))[1:6], max_followers=90_000 + n) for n in range(count)],
        "Chinese": [ask(HAN[(at := rng.randrange(38)) : at + 2], max_followers=90_000 + n) for n in range(count)],
        "with filters": [
            ask(word(rank()), platform=rng.choice(("tiktok", "youtube", "x")), language="de", max_followers=90_000 + n)
            for n in range(count)
        ],
    }
    everything = [path for paths in found.values() for path in paths]
    return {**found, "all of these": rng.sample(everything, count)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keep the filled database here, and use it again")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk makes the requests and is not installed: apt-get install wrk")
    with (
        tempfile.TemporaryDirectory() as name,
        embedded.server(folder := options.folder or Path(name)) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        schema.update(url)
        if connection.execute("SELECT NOT EXISTS (SELECT FROM trends.posts)").fetchone() == (True,):
            fill(connection, options.posts)
        (table, index), = connection.execute(
            "SELECT pg_size_pretty(pg_table_size('trends.posts')), "
            "pg_size_pretty(pg_relation_size('trends.posts_search_idx'))"
        ).fetchall()  # fmt: skip
        print(f"{options.posts:,} posts: the table has {table}, the index of words {index}")
        print(f"{options.readers} readers, {WORKERS} workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        measure(url, folder, scenes(20_000), readers=options.readers, seconds=options.seconds, warm=50)


if __name__ == "__main__":
    main()
