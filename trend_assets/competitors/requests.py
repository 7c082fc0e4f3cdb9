"""Requests to find competitors: what a user asks, stored so that a sensor picks it up and any day can repeat it.

The id of a request is a hash of user and criteria: asking the same again is the same request, asked once more for
that day. Finding the candidates lives in `discover.py`.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from trend_assets.competitors import corpus
from trend_assets.competitors.merging import PROVIDERS, CompetitorProvider
from trend_assets.competitors.profiles import (
    PROFILE_PLATFORMS,
    Profile,
    ProfilePlatform,
    UnknownProfile,
    identity_tokens,
    recognise,
)
from trend_assets.text import display_text, hashtag_key
from trend_assets.warehouse.connection import insert
from trend_assets.warehouse.tombstones import ErasedPerson, require_not_erased

REQUESTS_PER_DAY = 100  # per user: each may cost YouTube searches, of which there are 100 a day for everybody


class TooManyRequests(Exception):
    """The user has used up today's number of requests; the message says how many there are."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked: competitors of `seed` (handle or URL), creators of `topics`, and the user's own `handles`.

    `topics` are hashtags or words; empty platforms and providers mean all. `shares` lets the user's handles enter
    the community graph, without the user's name.
    """

    seed: str | None = None
    topics: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    platforms: tuple[ProfilePlatform, ...] = ()
    providers: tuple[CompetitorProvider, ...] = ()
    is_daily: bool = False
    shares: bool = False

    def canonical(self) -> "Criteria":
        """The same criteria in one spelling: sorted, without repeats, hashtags without # and in lower case."""
        return Criteria(
            seed=display_text(self.seed) or None if self.seed else None,
            topics=tuple(sorted({topic for given in self.topics if (topic := clean_topic(given))})),
            handles=tuple(sorted({handle for given in self.handles if (handle := display_text(given, limit=500))})),
            platforms=tuple(sorted(set(self.platforms or PROFILE_PLATFORMS))),
            providers=tuple(sorted(set(self.providers or PROVIDERS))),
            is_daily=self.is_daily,
            shares=self.shares,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored request and the day it was asked for."""

    request_id: str
    day: date
    problems: list[str] = field(default_factory=list)


def clean_topic(text: str) -> str:
    """A topic as the corpus spells it: lower case, without #, one space between words."""
    return hashtag_key(display_text(text))


def request_id(user_id: str, criteria: Criteria) -> str:
    """Hash of user and canonical criteria; whether it is repeated daily or shared does not make it another request."""
    criteria = criteria.canonical()
    content = [user_id, criteria.seed, criteria.topics, criteria.handles, criteria.platforms, criteria.providers]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()[:24]


def ask(
    connection: psycopg.Connection, *, user_id: str, criteria: Criteria, day: date, now: datetime, repeat: bool = False
) -> Asked:
    """Store a request and ask it for `day`; with `repeat`, also when that day has been answered already.

    Raises UnknownProfile when the seed cannot be recognised, ErasedPerson when it may not be kept, and TooManyRequests
    over the day's limit. A handle that cannot be recognised is kept with its reason.
    """
    criteria = criteria.canonical()
    identifier = request_id(user_id, criteria)
    platform = criteria.platforms[0] if len(criteria.platforms) == 1 else None
    seed = recognise(criteria.seed, platform=platform) if criteria.seed else None
    with connection.transaction():
        _limit(connection, user_id, identifier, now)
        if seed is not None:
            seed = _with_id(connection, seed)
            require_not_erased(connection, seed.platform, external_id=seed.external_id, handle=seed.handle)
        row = {
            "request_id": identifier, "user_id": user_id, "platforms": list(criteria.platforms),
            "providers": list(criteria.providers), "topics": list(criteria.topics),
            **{f"seed_{name}": getattr(seed, name, None) for name in ("platform", "identity", "handle", "external_id")},
            "is_daily": criteria.is_daily, "created_at": now,
        }  # fmt: skip
        changed = ("is_daily", "seed_identity", "seed_external_id")
        insert(connection, "competitors.requests", row, on_conflict=_renewing("request_id", *changed))
        problems = _store_handles(connection, identifier, user_id, criteria, platform, now)
        if criteria.shares and seed is not None:
            share(connection, user_id=user_id, profiles=[seed], origin="seed", now=now)
        connection.execute(
            "INSERT INTO competitors.request_days AS held (request_id, observed_date, asked_at) VALUES (%s, %s, %s) "
            "ON CONFLICT (request_id, observed_date) DO UPDATE SET asked_at = excluded.asked_at, answered_at = NULL "
            "WHERE %s",
            (identifier, day, now, repeat),
        )
    return Asked(identifier, day, problems)


def share(connection: psycopg.Connection, *, user_id: str, profiles: list[Profile], origin: str, now: datetime) -> None:
    """Let the community graph know that this user holds these handles; repeats change nothing."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO competitors.community_handles (user_id, identity, platform, external_id, handle, name, url, "
            "origin, shared_at) VALUES (%s, %s, %s, %s, %s, NULL, %s, %s, %s) ON CONFLICT DO NOTHING",
            [(user_id, p.identity, p.platform, p.external_id, p.handle, p.url, origin, now) for p in profiles],
        )


def enqueue_daily(connection: psycopg.Connection, *, today: date, now: datetime) -> int:
    """Ask today for every request that is repeated daily and was not asked today yet; how many those are."""
    return connection.execute(
        "INSERT INTO competitors.request_days (request_id, observed_date, asked_at) "
        "SELECT request_id, %s, %s FROM competitors.requests WHERE is_daily ON CONFLICT DO NOTHING",
        (today, now),
    ).rowcount


def open_days(connection: psycopg.Connection) -> list[tuple[date, datetime, int]]:
    """Days with unanswered requests: day, newest ask, how many; oldest day first."""
    return connection.execute(
        "SELECT observed_date, max(asked_at), count(*) FROM competitors.request_days WHERE answered_at IS NULL "
        "GROUP BY observed_date ORDER BY observed_date"
    ).fetchall()


def requests_of_day(connection: psycopg.Connection, day: date) -> list[dict[str, Any]]:
    """The requests that `day` answers, in the order of their ids: asked for that day, or daily since before it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "SELECT r.* FROM competitors.requests r WHERE EXISTS (SELECT FROM competitors.request_days d "
            "WHERE d.request_id = r.request_id AND d.observed_date = %(day)s) "
            "OR (r.is_daily AND (r.created_at AT TIME ZONE 'UTC')::date <= %(day)s) ORDER BY r.request_id",
            {"day": day},
        )
        return cursor.fetchall()


def mark_answered(connection: psycopg.Connection, *, day: date, request_ids: list[str], asked_before: datetime) -> None:
    """Close the queue's entries of these requests that were asked before the computation began."""
    connection.execute(
        "INSERT INTO competitors.request_days AS held (request_id, observed_date, asked_at, answered_at) "
        "SELECT id, %(day)s, %(before)s, now() FROM unnest(%(ids)s::text[]) AS id "
        "ON CONFLICT (request_id, observed_date) DO UPDATE SET answered_at = now() "
        "WHERE held.asked_at <= %(before)s",
        {"day": day, "ids": request_ids, "before": asked_before},
    )


def end_of(day: date) -> datetime:
    """The first moment after a UTC day: nothing later is known to that day's partition."""
    return datetime.fromtimestamp((day.toordinal() + 1 - date(1970, 1, 1).toordinal()) * 86_400, UTC)


def _limit(connection: psycopg.Connection, user_id: str, identifier: str, now: datetime) -> None:
    (asked,) = connection.execute(
        "SELECT count(*) FROM competitors.request_days d JOIN competitors.requests r USING (request_id) "
        "WHERE r.user_id = %s AND r.request_id <> %s AND d.asked_at > %s - interval '24 hours'",
        (user_id, identifier, now),
    ).fetchone() or (0,)
    if asked >= REQUESTS_PER_DAY:
        raise TooManyRequests(
            f"{asked} requests were asked within 24 hours, the most a user may ask is {REQUESTS_PER_DAY}; try later."
        )


def _with_id(connection: psycopg.Connection, profile: Profile) -> Profile:
    """The profile with its stable id, where the corpus knows who bears the handle."""
    if profile.external_id:
        return profile
    known = corpus.find(connection, profile.platform, external_id=None, handle=profile.handle)
    if known is None or known["external_id"] is None:
        return profile
    return Profile(profile.platform, external_id=known["external_id"], handle=profile.handle)


def _store_handles(
    connection: psycopg.Connection,
    identifier: str,
    user_id: str,
    criteria: Criteria,
    platform: ProfilePlatform | None,
    now: datetime,
) -> list[str]:
    problems = []
    recognised: list[Profile] = []
    for given in criteria.handles:
        profile, problem = None, None
        try:
            profile = _with_id(connection, recognise(given, platform=platform))
            require_not_erased(connection, profile.platform, external_id=profile.external_id, handle=profile.handle)
            recognised.append(profile)
        except ErasedPerson as error:
            problems.append(str(error))
            continue  # not even what was given may be kept
        except UnknownProfile as error:
            problem = str(error)
            problems.append(problem)
        row = {
            "request_id": identifier, "given": given, "user_id": user_id, "problem": problem, "added_at": now,
            **{name: getattr(profile, name, None) for name in ("platform", "identity", "external_id", "handle", "url")},
        }  # fmt: skip
        on_conflict = _renewing("request_id, given", "external_id", "identity")
        insert(connection, "competitors.manual_seeds", row, on_conflict=on_conflict)
    if criteria.shares and recognised:
        share(connection, user_id=user_id, profiles=recognised, origin="seed", now=now)
    return problems


def _renewing(key: str, *columns: str) -> str:
    return f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns)}"


def seed_tokens(request: dict[str, Any]) -> list[str]:
    """Identity tokens of the request's seed, empty without one."""
    if not request["seed_platform"]:
        return []
    return identity_tokens(
        request["seed_platform"], external_id=request["seed_external_id"], handle=request["seed_handle"]
    )
