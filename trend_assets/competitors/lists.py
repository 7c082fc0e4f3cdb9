"""Reading a request's merged candidates page by page, and importing them into the tracked roster."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from trend_assets.competitors.merging import TIERS, CompetitorProvider, ConfidenceTier
from trend_assets.competitors.profiles import Profile
from trend_assets.competitors.requests import share
from trend_assets.warehouse.connection import only_row
from trend_assets.warehouse.tombstones import require_not_erased

COLUMNS = """c.rank, c.candidate_id, c.platform, c.external_id, c.handle, c.name, c.url, c.bio, c.followers, c.posts,
  c.median_views, c.matched_topics, c.match_score, c.evidence, c.source_labels, c.identity_tokens, c.providers,
  c.source_count, c.confidence_tier, c.metric_coverage, c.fusion_bonus, c.score, c.is_simulated"""
MOST_TRACKED = 10_000  # per user


class ListChanged(Exception):
    """The list was computed again between two pages; the message says so."""


class NothingToImport(Exception):
    """A candidate is not in the list, or the roster is full; the message says which."""


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """One page: the candidates, whether there are more, the state of the request, and the list's version."""

    candidates: list[dict[str, Any]]
    next_rank: int | None
    total: int
    state: str
    version: str
    counts: dict[str, int]


def page(
    connection: psycopg.Connection,
    *,
    request: dict[str, Any],
    day: date,
    limit: int,
    after_rank: int = 0,
    version: str | None = None,
    provider: CompetitorProvider | None = None,
    min_confidence: ConfidenceTier | None = None,
) -> CandidatePage:
    """The candidates after `after_rank` that pass the filters; `total` counts all that pass.

    `version` is the one that the page before said: raises ListChanged when the list is another one by now, so that a
    reader never sees a candidate twice or misses one. State is `queued` until the day was computed for the first time,
    `refreshing` while it is computed again, else `ready`.
    """
    allowed = list(TIERS[TIERS.index(min_confidence) :]) if min_confidence else list(TIERS)
    parameters = {
        "request": request["request_id"],
        "user": request["user_id"],
        "day": day,
        "provider": provider,
        "tiers": allowed,
        "after": after_rank,
        "limit": limit + 1,
    }
    chosen = "(%(provider)s::text IS NULL OR %(provider)s = ANY(c.providers)) AND c.confidence_tier = ANY(%(tiers)s)"
    with connection.cursor(row_factory=dict_row) as cursor:
        head = cursor.execute(
            f"""SELECT coalesce(md5(string_agg(c.candidate_id || ':' || c.score, ',' ORDER BY c.rank)), '') AS version,
                  count(*) AS found, count(*) FILTER (WHERE {chosen}) AS total,
                  EXISTS (SELECT FROM competitors.request_days d WHERE d.request_id = %(request)s
                          AND d.observed_date = %(day)s AND d.answered_at IS NULL) AS is_waiting
                FROM competitors.candidates c WHERE c.request_id = %(request)s AND c.observed_date = %(day)s""",
            parameters,
        ).fetchone()
        assert head is not None
        if version and version != head["version"]:
            raise ListChanged("The list was computed again since the page before; begin again without the cursor.")
        rows = cursor.execute(
            f"""SELECT {COLUMNS}, EXISTS (SELECT FROM competitors.tracked t WHERE t.user_id = %(user)s
                  AND t.identity_tokens && c.identity_tokens) AS already_tracked
                FROM competitors.candidates c
                WHERE c.request_id = %(request)s AND c.observed_date = %(day)s AND c.rank > %(after)s AND {chosen}
                ORDER BY c.rank LIMIT %(limit)s""",
            parameters,
        ).fetchall()
        counts = {
            row["provider"]: row["n"]
            for row in cursor.execute(
                "SELECT p AS provider, count(*) AS n FROM competitors.candidates c, unnest(c.providers) AS p "
                "WHERE c.request_id = %(request)s AND c.observed_date = %(day)s GROUP BY p ORDER BY p",
                parameters,
            ).fetchall()
        }
    waiting = head["is_waiting"]
    state = "ready" if not waiting else "refreshing" if head["found"] else "queued"
    return CandidatePage(
        candidates=rows[:limit],
        next_rank=rows[limit - 1]["rank"] if len(rows) > limit else None,
        total=head["total"],
        state=state,
        version=head["version"],
        counts=counts,
    )


def notes(request: dict[str, Any], counts: dict[str, int], state: str) -> list[str]:
    """Why a provider that was asked has found nobody, in sentences; nothing while the answer is still out."""
    if state == "queued":
        return ["The request waits for its run; Dagster's sensor competitor_requests starts it within half a minute."]
    why = {
        "official_api": "official_api found nobody: YouTube is searched by topic, and Instagram only confirms handles "
        "that another provider names.",
        "research_corpus": "research_corpus found nobody: no collected creator posts under these topics.",
        "manual_url_seed": "manual_url_seed found nobody: no handle or URL of these platforms was given.",
        "community_graph": "community_graph found nobody: no other user shares these creators.",
    }
    return [why[provider] for provider in request["providers"] if not counts.get(provider)]


def request_of(connection: psycopg.Connection, *, request_id: str, user_id: str) -> dict[str, Any] | None:
    """A user's own request, None when there is none by that id or it is somebody else's."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT * FROM competitors.requests WHERE request_id = %s AND user_id = %s", (request_id, user_id)
        ).fetchone()


def requests_of_user(connection: psycopg.Connection, *, user_id: str, limit: int = 50) -> list[dict[str, Any]]:
    """A user's requests with the newest day each was asked for, newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT r.*, d.observed_date, d.answered_at FROM competitors.requests r JOIN LATERAL ("
            "  SELECT observed_date, answered_at, asked_at FROM competitors.request_days d "
            "  WHERE d.request_id = r.request_id ORDER BY observed_date DESC LIMIT 1) d ON true "
            "WHERE r.user_id = %s ORDER BY d.asked_at DESC, r.request_id LIMIT %s",
            (user_id, limit),
        ).fetchall()


def import_candidates(
    connection: psycopg.Connection,
    *,
    user_id: str,
    request: dict[str, Any],
    day: date,
    candidate_ids: list[str],
    shares: bool,
    now: datetime,
) -> dict[str, list[str]]:
    """Track candidates: {imported, already_tracked} candidate ids, each in the order given. All or nothing.

    Raises NothingToImport when an id is not among the request's candidates of that day.
    """
    wanted = list(dict.fromkeys(candidate_ids))
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"SELECT {COLUMNS} FROM competitors.candidates c "
            "WHERE c.request_id = %s AND c.observed_date = %s AND c.candidate_id = ANY(%s)",
            (request["request_id"], day, wanted),
        ).fetchall()
        listed = {row["candidate_id"]: row for row in rows}
        if missing := [identifier for identifier in wanted if identifier not in listed]:
            raise NothingToImport(
                f"{', '.join(missing[:5])}: no such candidate in this request's list of {day}; ask for the list again."
            )
        for row in rows:
            require_not_erased(connection, row["platform"], external_id=row["external_id"], handle=row["handle"])
        # one import of a user at a time, so that the limit and the check for what is tracked hold
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('competitors.tracked ' || %s, 0))", (user_id,))
        (before,) = only_row(connection, "SELECT count(*) FROM competitors.tracked WHERE user_id = %s", (user_id,))
        outcome: dict[str, list[str]] = {"imported": [], "already_tracked": []}
        for identifier in wanted:
            outcome[
                "imported" if _track(cursor, user_id, request, listed[identifier], now) else "already_tracked"
            ].append(identifier)
        if before + len(outcome["imported"]) > MOST_TRACKED:
            raise NothingToImport(f"A user tracks {MOST_TRACKED:,} creators at most; remove some first.")
        if shares:
            profiles = [
                Profile(row["platform"], external_id=row["external_id"], handle=row["handle"])
                for identifier in outcome["imported"]
                if (row := listed[identifier])["external_id"] or row["handle"]
            ]
            share(connection, user_id=user_id, profiles=profiles, origin="tracked", now=now)
    return outcome


def tracked_of_user(connection: psycopg.Connection, *, user_id: str, limit: int = 200) -> list[dict[str, Any]]:
    """What a user tracks, newest import first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT candidate_id, platform, external_id, handle, name, url, followers, confidence_tier, imported_at, "
            "is_simulated FROM competitors.tracked WHERE user_id = %s ORDER BY imported_at DESC, candidate_id LIMIT %s",
            (user_id, limit),
        ).fetchall()


def _track(
    cursor: psycopg.Cursor[dict[str, Any]], user_id: str, request: dict[str, Any], row: dict[str, Any], now: datetime
) -> bool:
    cursor.execute(
        "INSERT INTO competitors.tracked (user_id, candidate_id, identity, identity_tokens, platform, external_id, "
        "handle, name, url, followers, confidence_tier, request_id, imported_at, is_simulated) "
        "SELECT %(user)s, %(candidate_id)s, %(identity)s, %(identity_tokens)s, %(platform)s, %(external_id)s, "
        "%(handle)s, %(name)s, %(url)s, %(followers)s, %(confidence_tier)s, %(request)s, %(now)s, %(is_simulated)s "
        "WHERE NOT EXISTS (SELECT FROM competitors.tracked t WHERE t.user_id = %(user)s "
        "AND t.identity_tokens && %(identity_tokens)s::text[]) ON CONFLICT DO NOTHING",
        row | {"user": user_id, "identity": _strongest(row), "request": request["request_id"], "now": now},
    )
    return cursor.rowcount == 1


def _strongest(row: dict[str, Any]) -> str:
    order = (":id:", ":handle:", ":url:")
    return min(
        row["identity_tokens"], key=lambda token: (next(i for i, kind in enumerate(order) if kind in token), token)
    )
