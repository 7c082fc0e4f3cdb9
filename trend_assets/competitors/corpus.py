"""The research corpus in Postgres: kept up day by day from the collected posts, searched by topic.

Both halves are set-based SQL over btree indexes, so that a corpus of a million creators answers in about a second.
Sums run over whole micro-units, never over floats: a parallel plan may add in any order and must give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from trend_assets.competitors.profiles import PROFILES
from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA
from trend_assets.warehouse.tombstones import guarded_tombstones

# more than a request may keep: size likeness reorders them before the cut
SEARCH_DEPTH = 2000
# a creator's own most used hashtags describe it; more would be noise such as #fyp
SEED_TOPICS = 12

_SEEN = """
CREATE TEMP TABLE seen_creators ON COMMIT DROP AS
SELECT DISTINCT platform, coalesce(creator_id, '@' || lower(creator_handle)) AS creator_key
FROM trends.post_snapshots
WHERE observed_date = %(day)s AND platform = ANY(%(platforms)s) AND coalesce(creator_id, creator_handle) IS NOT NULL
"""

# a median is a derived metric: views that rest only on sources whose terms forbid those do not enter it
_VIEWS = "CASE WHEN p.is_simulated OR NOT p.sources <@ %(withheld)s::text[] THEN p.views END"

_POSTS = f"""
CREATE TEMP TABLE seen_posts ON COMMIT DROP AS
SELECT s.platform, s.creator_key, p.external_id AS post_id, p.creator_id, p.creator_handle, p.creator_name,
       p.creator_followers, {_VIEWS} AS views, p.hashtags, p.sources, p.first_collected_at, p.measured_at,
       p.is_simulated
FROM seen_creators s JOIN trends.posts p ON p.platform = s.platform AND p.creator_id = s.creator_key
UNION ALL
SELECT s.platform, s.creator_key, p.external_id, p.creator_id, p.creator_handle, p.creator_name,
       p.creator_followers, {_VIEWS} AS views, p.hashtags, p.sources, p.first_collected_at, p.measured_at,
       p.is_simulated
FROM seen_creators s JOIN trends.posts p
  ON p.platform = s.platform AND p.creator_id IS NULL AND '@' || lower(p.creator_handle) = s.creator_key
"""

# profiles.profile_url for Postgres
_PROFILE_URL = "CASE {} END".format(
    " ".join(
        [
            f"WHEN n.platform = '{name}' AND n.external_id ~ '^{profiles.id}$' "
            f"THEN replace('{profiles.id_address}', '{{}}', n.external_id)"
            for name, profiles in PROFILES.items()
            if profiles.id
        ]
        + [
            f"WHEN n.platform = '{name}' AND n.handle ~* '^{profiles.handle_shape}$' "
            f"THEN replace('{profiles.address}', '{{}}', n.handle)"
            for name, profiles in PROFILES.items()
        ]
    )
)

_CREATORS = f"""
INSERT INTO competitors.corpus_creators AS held (
    platform, creator_key, external_id, handle, handle_key, name, url, bio, followers, posts, median_views,
    source_labels, first_seen_date, measured_at, is_simulated)
SELECT n.platform, n.creator_key, n.external_id, n.handle, lower(n.handle), n.name,
       {_PROFILE_URL},
       c.signature, n.followers, n.posts, n.median_views, n.source_labels, n.first_seen_date, n.measured_at,
       n.is_simulated
FROM (
    SELECT platform, creator_key, max(creator_id) AS external_id,
           (array_agg(creator_handle ORDER BY measured_at DESC, post_id)
              FILTER (WHERE creator_handle IS NOT NULL))[1] AS handle,
           (array_agg(creator_name ORDER BY measured_at DESC, post_id)
              FILTER (WHERE creator_name IS NOT NULL))[1] AS name,
           (array_agg(creator_followers ORDER BY measured_at DESC, post_id)
              FILTER (WHERE creator_followers IS NOT NULL))[1] AS followers,
           count(*) AS posts,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY views) AS median_views,
           (SELECT array_agg(DISTINCT s ORDER BY s) FROM unnest(array_agg(array_to_string(sources, ','))) AS a,
              LATERAL unnest(string_to_array(a, ',')) AS s WHERE s <> '') AS source_labels,
           min((first_collected_at AT TIME ZONE 'UTC')::date) AS first_seen_date,
           max(measured_at) AS measured_at, bool_or(is_simulated) AS is_simulated
    FROM seen_posts GROUP BY platform, creator_key
) n LEFT JOIN comets.creators c ON n.platform = '{PLATFORM_OF_SCHEMA["comets"]}' AND c.user_id = n.external_id
ON CONFLICT (platform, creator_key) DO UPDATE SET
    handle = excluded.handle, handle_key = excluded.handle_key, name = excluded.name, url = excluded.url,
    bio = excluded.bio, followers = excluded.followers, posts = excluded.posts,
    median_views = excluded.median_views, source_labels = excluded.source_labels,
    measured_at = excluded.measured_at, is_simulated = excluded.is_simulated
WHERE held.measured_at <= excluded.measured_at
  AND (held.handle, held.name, held.url, held.bio, held.followers, held.posts, held.median_views, held.source_labels,
       held.measured_at)
  IS DISTINCT FROM (excluded.handle, excluded.name, excluded.url, excluded.bio, excluded.followers, excluded.posts,
       excluded.median_views, excluded.source_labels, excluded.measured_at)
"""

_TOPICS = """
INSERT INTO competitors.corpus_topics AS held (platform, topic, creator_key, posts, first_seen_date, measured_at)
SELECT platform, topic, creator_key, count(DISTINCT post_id),
       min((first_collected_at AT TIME ZONE 'UTC')::date), max(measured_at)
FROM seen_posts, LATERAL unnest(hashtags) AS topic
WHERE topic <> ''
GROUP BY platform, topic, creator_key
ON CONFLICT (platform, topic, creator_key) DO UPDATE SET posts = excluded.posts, measured_at = excluded.measured_at
WHERE (held.posts, held.measured_at) IS DISTINCT FROM (excluded.posts, excluded.measured_at)
"""

_SEARCH = """
WITH postings AS MATERIALIZED (
    SELECT platform, topic, creator_key, posts FROM competitors.corpus_topics
    WHERE platform = ANY(%(platforms)s) AND topic = ANY(%(topics)s) AND first_seen_date <= %(day)s
), weights AS (
    SELECT topic, greatest(1, (1000000 * ln((corpus.n + 1.0) / (count(*) + 0.5)))::bigint) AS weight
    FROM postings, (SELECT count(*) AS n FROM competitors.corpus_creators) corpus GROUP BY topic, corpus.n
), scored AS (
    SELECT platform, creator_key, sum(weight)::bigint AS weight, sum(posts)::bigint AS topic_posts,
           array_agg(topic ORDER BY topic) AS matched_topics
    FROM postings JOIN weights USING (topic)
    GROUP BY platform, creator_key
    ORDER BY weight DESC, topic_posts DESC, platform, creator_key LIMIT %(depth)s
)
SELECT c.platform, c.external_id, c.handle, c.name, c.url, c.bio, c.followers, c.posts, c.median_views,
       c.source_labels, c.measured_at, c.is_simulated, s.matched_topics,
       s.weight::double precision / (SELECT sum(weight) FROM weights)::double precision AS topic_share
FROM scored s JOIN competitors.corpus_creators c USING (platform, creator_key)
ORDER BY s.weight DESC, s.topic_posts DESC, c.platform, c.creator_key
"""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many creators the day's posts have, and how many rows of the table changed."""

    creators_seen: int
    rows_written: int


def refresh_creators(
    connection: psycopg.Connection, *, day: date, platforms: list[str], withheld: Sequence[str] = ()
) -> Refreshed:
    """Bring the creators of the posts measured on `day` up to date, in one transaction.

    Cost follows the day's creators, not the history: their posts are found by the index of trends.posts on
    (platform, creator_id). From posts that only `withheld` sources have no median is computed.
    """
    return _refresh(connection, _CREATORS, day, platforms, withheld)


def refresh_topics(connection: psycopg.Connection, *, day: date, platforms: list[str]) -> Refreshed:
    """Count again under which hashtags the creators of the day's posts have posted, in one transaction."""
    return _refresh(connection, _TOPICS, day, platforms, ())


def _refresh(
    connection: psycopg.Connection, statement: str, day: date, platforms: list[str], withheld: Sequence[str]
) -> Refreshed:
    with connection.transaction(), connection.cursor() as cursor:
        guarded_tombstones(connection)
        cursor.execute(_SEEN, {"day": day, "platforms": platforms})
        seen = cursor.rowcount
        cursor.execute("ANALYZE seen_creators")
        cursor.execute(_POSTS, {"withheld": list(withheld)})
        cursor.execute(statement.encode())
        written = cursor.rowcount
        cursor.execute("DROP TABLE seen_posts, seen_creators")
    return Refreshed(seen, written)


def search(
    connection: psycopg.Connection, *, topics: list[str], platforms: list[str], day: date, depth: int = SEARCH_DEPTH
) -> list[dict[str, Any]]:
    """Corpus creators known by `day` that share topics, best first, with `topic_share` (0-1, rare topics weigh more)
    and `matched_topics`. Ties are broken by posts under the topics, then by key: the order is total."""
    if not topics or not platforms:
        return []
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_SEARCH, {"topics": sorted(topics), "platforms": sorted(platforms), "day": day, "depth": depth})
        return cursor.fetchall()


def find(
    connection: psycopg.Connection, platform: str, *, external_id: str | None, handle: str | None
) -> dict[str, Any] | None:
    """What the corpus knows of one creator, by id or else by handle (the newest bearer), None when unknown."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "SELECT * FROM competitors.corpus_creators WHERE platform = %s AND (creator_key = %s OR handle_key = %s) "
            "ORDER BY (creator_key = %s) DESC NULLS LAST, measured_at DESC, creator_key LIMIT 1",
            (platform, external_id, handle.lower() if handle else None, external_id),
        )
        return cursor.fetchone()


def topics_of(connection: psycopg.Connection, platform: str, creator_key: str, *, day: date) -> list[str]:
    """The topics that a creator uses most, at most twelve, known by `day`."""
    rows = connection.execute(
        "SELECT topic FROM competitors.corpus_topics WHERE platform = %s AND creator_key = %s "
        "AND first_seen_date <= %s ORDER BY posts DESC, topic LIMIT %s",
        (platform, creator_key, day, SEED_TOPICS),
    ).fetchall()
    return [row[0] for row in rows]
