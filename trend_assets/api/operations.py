"""What a user can do, once for the JSON routes and the pages: checks, and one transaction. What is refused on the way
becomes a problem by `problems.SENTENCES`."""

import uuid
from datetime import date, timedelta
from typing import Any

import psycopg

from trend_assets.api.keys import User
from trend_assets.api.launch import LaunchFailed
from trend_assets.api.models import CollectBody, DiscoverBody, DownloadBody, ImportBody
from trend_assets.api.pages_of import decode_cursor, encode_cursor
from trend_assets.api.problems import Problem
from trend_assets.api.services import Services
from trend_assets.competitors import lists, requests
from trend_assets.competitors.requests import Criteria
from trend_assets.media import jobs
from trend_assets.media.policy import target_of
from trend_assets.sources.discovery import LISTS

COLLECT_JOB = "intraday_collection"
ASSET_JOB = "__ASSET_JOB"
COLLECT_EVERY = timedelta(minutes=1)  # per user: a collection takes longer than that anyway


def collect(using: Services, user: User, body: CollectBody) -> dict[str, Any]:
    """Launch a collection of today. Problems: 422 unknown source, 429 too soon, 503 no Dagster."""
    if unknown := sorted(set(body.sources) - set(LISTS)):
        raise Problem(422, f"{', '.join(unknown)}: no such source. There are {', '.join(sorted(LISTS))}.")
    now, asked = using.now(), f"asked for {uuid.uuid4()}"
    names = sorted(set(body.sources)) or core_sources()
    # an asset job takes any selection; the named job is the same collection that the schedule starts
    job = ASSET_JOB if body.sources else COLLECT_JOB
    assets = [f"{schema}.{name}" for name in names for schema in ("capture", "source")] if body.sources else []
    config = {"ops": {f"capture__{name}": {"config": {"force": True}} for name in names}} if body.force else {}
    with using.write() as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('api.collect ' || %s, 0))", (user.user_id,))
        _not_too_soon(connection, user, now)
        connection.execute(
            "INSERT INTO api.collections (run_id, user_id, observed_date, requested_at) VALUES (%s, %s, %s, %s)",
            (asked, user.user_id, now.date(), now),
        )
    # Dagster may take half a minute: no connection waits for it
    try:
        run_id = using.launcher.launch(job=job, day=now.date(), assets=assets, user_id=user.user_id, config=config)
    except LaunchFailed:
        with using.write() as connection:
            connection.execute("DELETE FROM api.collections WHERE run_id = %s", (asked,))
        raise
    with using.write() as connection:
        connection.execute("UPDATE api.collections SET run_id = %s WHERE run_id = %s", (run_id, asked))
    base = (using.settings.dagster_url or "").rstrip("/")
    return {
        "run_id": run_id,
        "job": "collection of chosen sources" if body.sources else COLLECT_JOB,
        "date": now.date(),
        "sources": names,
        "run_url": f"{base}/runs/{run_id}" if base else None,
    }


def core_sources() -> list[str]:
    """The sources that a collection without a choice asks."""
    return sorted(spec.name for spec in LISTS.values() if spec.tier == "core" and not spec.needs)


def discover(using: Services, user: User, body: DiscoverBody) -> dict[str, Any]:
    """Store the request and read one page of its candidates. Problems: 409 the list changed, 422, 429."""
    criteria = Criteria(
        seed=body.seed,
        topics=tuple(body.topics),
        handles=tuple(body.handles),
        platforms=tuple(body.platforms),
        providers=tuple(body.providers),
        is_daily=body.is_daily,
        shares=body.shares,
    )
    if not (criteria.seed or criteria.topics or criteria.handles):
        raise Problem(422, "Say what to look for: a seed, topics or handles.")
    now = using.now()
    day = body.date or now.date()
    after = decode_cursor(body.cursor, length=3)
    with using.write() as connection:
        asked = requests.ask(
            connection, user_id=user.user_id, criteria=criteria, day=day, now=now, repeat=body.repeat and not after
        )
        return candidates(
            connection,
            user=user,
            request_id=asked.request_id,
            day=day,
            limit=body.limit,
            after=after,
            provider=body.provider,
            min_confidence=body.min_confidence,
            problems=asked.problems,
        )


def candidates(
    connection: psycopg.Connection,
    *,
    user: User,
    request_id: str,
    day: date,
    limit: int,
    after: list[str] | None,
    provider: Any = None,
    min_confidence: Any = None,
    problems: list[str] | None = None,
) -> dict[str, Any]:
    """One page of a request's candidates, as `CandidatesPage`."""
    request = lists.request_of(connection, request_id=request_id, user_id=user.user_id)
    if request is None:
        raise Problem(404, f"You have no request {request_id}.")
    if after and (after[0] != request_id or not after[1].isdecimal() or len(after[1]) > 6):
        raise Problem(422, "This cursor belongs to another request; begin again without one.")
    page = lists.page(
        connection,
        request=request,
        day=day,
        limit=limit,
        after_rank=int(after[1]) if after else 0,
        version=after[2] if after else None,
        provider=provider,
        min_confidence=min_confidence,
    )
    following = encode_cursor(request_id, page.next_rank, page.version) if page.next_rank else None
    return {
        "request_id": request_id,
        "date": day,
        "state": page.state,
        "total": page.total,
        "items": page.candidates,
        "next_cursor": following,
        "notes": [*(problems or ()), *lists.notes(request, page.counts, page.state)],
    }


def import_candidates(using: Services, user: User, body: ImportBody) -> dict[str, list[str]]:
    """Track candidates of one of the user's requests. Problems: 404 no such request, 409 not in the list."""
    with using.write() as connection:
        request = lists.request_of(connection, request_id=body.request_id, user_id=user.user_id)
        if request is None:
            raise Problem(404, f"You have no request {body.request_id}; POST /competitors/discover makes one.")
        return lists.import_candidates(
            connection,
            user_id=user.user_id,
            request=request,
            day=body.date,
            candidate_ids=list(body.candidate_ids),
            shares=body.shares,
            now=using.now(),
        )


def submit_download(using: Services, user: User, body: DownloadBody) -> dict[str, Any]:
    """Queue a download. Problems: 403 switched off or not allowed, 429 too many open jobs."""
    target = target_of(body.url, settings=using.settings)
    with using.write() as connection:
        return jobs.submit(connection, user_id=user.user_id, target=target, caption=body.caption, now=using.now())


def media_job(using: Services, user: User, job_id: str) -> dict[str, Any]:
    """A job of the user's. Problem 404 for everybody else's: that it exists is not told either."""
    with using.write() as connection:
        job = jobs.job_of(connection, job_id=job_id, user_id=user.user_id)
    if job is None:
        raise Problem(404, f"You have no media job {job_id}.")
    return job


def _not_too_soon(connection: psycopg.Connection, user: User, now: Any) -> None:
    row = connection.execute(
        "SELECT max(requested_at) FROM api.collections WHERE user_id = %s", (user.user_id,)
    ).fetchone()
    last = row[0] if row else None
    if last is not None and now - last < COLLECT_EVERY:
        wait = max(1, round((COLLECT_EVERY - (now - last)).total_seconds()))
        raise Problem(
            429, f"You launched a collection a moment ago; again in {wait} s.", headers={"Retry-After": str(wait)}
        )
