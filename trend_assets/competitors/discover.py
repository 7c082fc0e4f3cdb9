"""A day's discovery: for every request of the day, what each provider has, and the merged list.

Reads Postgres, decides with `competitors/merging.py`; the assets of `defs/competitors` are thin shells over it.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from trend_assets.competitors import corpus, providers
from trend_assets.competitors.merging import MAX_CANDIDATES, Row, merge, row_tokens
from trend_assets.competitors.profiles import PROFILES
from trend_assets.competitors.requests import end_of, seed_tokens
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

Request = dict[str, Any]
# the user's own creators that anchor the community graph, newest first
MAX_ANCHORS = 200
# YouTube gives every key 100 searches a day; a request may spend three of them
QUERIES_PER_REQUEST = 3


def search_topics(connection: psycopg.Connection, request: Request, *, day: date) -> list[str]:
    """What is searched for: the topics asked for, else those that the seed itself uses most."""
    if request["topics"] or not request["seed_platform"]:
        return list(request["topics"])
    seed = _seed(connection, request)
    return corpus.topics_of(connection, seed["platform"], seed["creator_key"], day=day) if seed else []


def channel_queries(connection: psycopg.Connection, request: Request, *, day: date) -> list[str]:
    """The channel searches that this request asks, none when no platform with such a search, or no
    official API, was asked."""
    if not _of(request, "search") or "official_api" not in request["providers"]:
        return []
    return search_topics(connection, request, day=day)[:QUERIES_PER_REQUEST]


def handles_to_look_up(connection: psycopg.Connection, request: Request, *, day: date) -> list[str]:
    """The handles (lower case) to look up where an API knows profiles but cannot search (Instagram): the user's own and
    the best of the corpus and the community."""
    asked = _of(request, "handles")
    if not asked or "official_api" not in request["providers"]:
        return []
    rows = [
        *manual_rows(connection, request, day=day),
        *corpus_rows(connection, request | {"platforms": asked}, day=day, limit=25),
        *community_rows(connection, request, day=day)[:25],
    ]
    handles = (row["handle"] for row in rows if row["platform"] in asked and row.get("handle"))
    return list(dict.fromkeys(handle.lower() for handle in handles if handle))[:50]


def _of(request: Request, way: str) -> list[str]:
    return [name for name in request["platforms"] if PROFILES[name].official_api == way]


def corpus_rows(
    connection: psycopg.Connection, request: Request, *, day: date, limit: int = MAX_CANDIDATES
) -> list[Row]:
    """Creators of the research corpus that share topics with the request."""
    topics = search_topics(connection, request, day=day)
    seed = _seed(connection, request)
    creators = corpus.search(connection, topics=topics, platforms=request["platforms"], day=day)
    return providers.from_corpus(
        creators, topics=topics, seed_followers=seed["followers"] if seed else None, limit=limit
    )


def manual_rows(connection: psycopg.Connection, request: Request, *, day: date) -> list[Row]:
    """The recognised handles and URLs of the request, with what the corpus knows of them."""
    with connection.cursor(row_factory=dict_row) as cursor:
        seeds = cursor.execute(
            "SELECT s.given, s.platform, s.identity, coalesce(s.external_id, c.external_id) AS external_id, "
            "coalesce(c.handle, s.handle) AS handle, s.url, c.name, c.bio, c.followers, c.posts, c.median_views, "
            "c.measured_at, coalesce(c.is_simulated, false) AS is_simulated "
            "FROM competitors.manual_seeds s LEFT JOIN LATERAL (SELECT * FROM competitors.corpus_creators k "
            "  WHERE k.platform = s.platform AND k.first_seen_date <= %(day)s "
            "    AND (k.creator_key = s.external_id OR (s.external_id IS NULL AND k.handle_key = lower(s.handle))) "
            "  ORDER BY k.measured_at DESC, k.creator_key LIMIT 1) c ON true "
            "WHERE s.request_id = %(request)s AND s.identity IS NOT NULL AND s.platform = ANY(%(platforms)s) "
            "ORDER BY s.given",
            {"day": day, "request": request["request_id"], "platforms": request["platforms"]},
        ).fetchall()
    return providers.from_manual_seeds(seeds)


def community_rows(connection: psycopg.Connection, request: Request, *, day: date) -> list[Row]:
    """Handles that other users share together with the seed, or with what this user tracks and gave."""
    anchors = seed_tokens(request)
    single = bool(anchors)
    if not anchors:
        anchors = [
            row[0]
            for row in connection.execute(
                "SELECT identity FROM (SELECT identity, imported_at AS at FROM competitors.tracked "
                "WHERE user_id = %(user)s AND imported_at < %(end)s UNION SELECT identity, added_at "
                "FROM competitors.manual_seeds WHERE request_id = %(request)s AND identity IS NOT NULL) own "
                "GROUP BY identity ORDER BY max(at) DESC, identity LIMIT %(limit)s",
                {
                    "user": request["user_id"],
                    "request": request["request_id"],
                    "end": end_of(day),
                    "limit": MAX_ANCHORS,
                },
            ).fetchall()
        ]
    if not anchors:
        return []
    with connection.cursor(row_factory=dict_row) as cursor:
        handles = cursor.execute(
            "WITH anchor_users AS (SELECT DISTINCT user_id FROM competitors.community_handles "
            "  WHERE identity = ANY(%(anchors)s) AND user_id <> %(user)s AND shared_at < %(end)s), "
            "shared AS (SELECT h.identity, count(*) AS co_users, min(h.platform) AS platform, "
            "  max(h.external_id) AS external_id, max(h.handle) AS handle, max(h.name) AS name, max(h.url) AS url "
            "  FROM competitors.community_handles h JOIN anchor_users USING (user_id) "
            "  WHERE h.platform = ANY(%(platforms)s) AND h.identity <> ALL(%(anchors)s) AND h.shared_at < %(end)s "
            "  GROUP BY h.identity ORDER BY co_users DESC, h.identity LIMIT %(limit)s) "
            "SELECT s.*, (SELECT count(*) FROM anchor_users) AS anchor_users, false AS is_simulated, "
            "  (SELECT count(*) FROM competitors.community_handles h WHERE h.identity = s.identity "
            "   AND h.user_id <> %(user)s AND h.shared_at < %(end)s) AS users "
            "FROM shared s ORDER BY s.co_users DESC, s.identity",
            {
                "anchors": anchors,
                "user": request["user_id"],
                "end": end_of(day),
                "platforms": request["platforms"],
                "limit": MAX_CANDIDATES,
            },
        ).fetchall()
    return providers.from_community(handles, anchors=1 if single else len(anchors))


def merged(request: Request, rows: Iterable[Row], *, tracked: Iterable[str]) -> list[dict[str, Any]]:
    """The request's merged and ranked candidates; the seed itself is left out."""
    return merge(rows, exclude=seed_tokens(request), tracked=tracked)


def tracked_tokens(connection: psycopg.Connection, user_id: str, *, day: date) -> set[str]:
    """All identity tokens of what a user tracked by the end of `day`."""
    rows = connection.execute(
        "SELECT DISTINCT unnest(identity_tokens) FROM competitors.tracked WHERE user_id = %s AND imported_at < %s",
        (user_id, end_of(day)),
    ).fetchall()
    return {row[0] for row in rows}


def provider_frame(address: str, rows_of_requests: Sequence[tuple[str, Row]], *, day: date) -> "pd.DataFrame":
    """Rows of one provider (request id, row) as the frame of its table; one row per request and identity."""
    import pandas as pd

    best: dict[tuple[str, str], dict[str, Any]] = {}
    for request_id, row in rows_of_requests:
        identity = row_tokens(row)[0]
        known = best.get((request_id, identity))
        if known is None or row["match_score"] > known["match_score"]:
            best[request_id, identity] = {
                **{name: value for name, value in row.items() if name != "provider"},
                "observed_date": day,
                "request_id": request_id,
                "identity": identity,
            }
    return pd.DataFrame(list(best.values()), columns=TABLES[address].column_names)


def _seed(connection: psycopg.Connection, request: Request) -> dict[str, Any] | None:
    if not request["seed_platform"]:
        return None
    return corpus.find(
        connection, request["seed_platform"], external_id=request["seed_external_id"], handle=request["seed_handle"]
    )
