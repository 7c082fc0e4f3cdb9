"""The life of a media download job, as rows: every change of state is one guarded UPDATE.

    queued ──claim──▶ downloading ──▶ processing ──▶ completed
       ▲                  │               │
       └──── retry ◀──────┴── fail ◀──────┘ ──▶ failed (for good)

An attempt is fenced by its number: a process that was given up for dead cannot finish an attempt that is not its own.
What is downloaded and how belongs to `download.py`.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from trend_assets.media.policy import Target
from trend_assets.text import display_text
from trend_assets.warehouse.connection import insert, only_row
from trend_assets.warehouse.tombstones import require_not_erased

JobState = Literal["queued", "downloading", "processing", "completed", "failed"]
ErrorKind = Literal["refused", "expired", "too_large", "wrong_type", "timeout", "unavailable", "crashed"]
OPEN_STATES = ("queued", "downloading", "processing")
# waiting cannot heal a refusal, an expired address, a size or a type
FINAL_KINDS: frozenset[ErrorKind] = frozenset({"refused", "expired", "too_large", "wrong_type"})
MAX_ATTEMPTS = 3
MOST_OPEN_JOBS = 20  # per user: a queue of hours is a mistake, not a wish
RETRY_SECONDS = (30, 120)  # before the second and the third attempt
STALE_SECONDS = 120  # a live attempt says so every few seconds; two minutes of silence is a dead process


class TooManyJobs(Exception):
    """The user has as many open jobs as allowed; the message says how many."""


class AttemptLost(Exception):
    """This attempt is no longer the job's: it was given up as stale, or erased. Nothing may be written for it."""


def submit(
    connection: psycopg.Connection, *, user_id: str, target: Target, caption: str | None, now: datetime
) -> dict[str, Any]:
    """A new queued job. Raises TooManyJobs."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        require_not_erased(connection, target.platform, external_id=None, handle=target.creator_handle)
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('media.jobs ' || %s, 0))", (user_id,))
        (open_jobs,) = only_row(
            connection,
            "SELECT count(*) FROM media.download_jobs WHERE user_id = %s AND state = ANY(%s)",
            (user_id, list(OPEN_STATES)),
        )
        if open_jobs >= MOST_OPEN_JOBS:
            raise TooManyJobs(
                f"{open_jobs} of your media jobs are not finished yet, the most allowed; wait for one to end."
            )
        job = {
            "job_id": str(uuid.uuid4()), "user_id": user_id, "url": target.url, "platform": target.platform,
            "caption": display_text(caption, limit=5000) if caption else None, "state": "queued", "attempts": 0,
            "max_attempts": MAX_ATTEMPTS, "created_at": now, "not_before": now, "is_simulated": target.is_simulated,
            "creator_handle": target.creator_handle,
        }  # fmt: skip
        row = insert(cursor, "media.download_jobs", job, on_conflict="RETURNING *").fetchone()
    assert row is not None
    return row


def job_of(connection: psycopg.Connection, *, job_id: str, user_id: str) -> dict[str, Any] | None:
    """A user's own job with its asset and audit; None when there is none by that id or it is somebody else's."""
    with connection.cursor(row_factory=dict_row) as cursor:
        job = cursor.execute(
            "SELECT * FROM media.download_jobs WHERE job_id = %s AND user_id = %s", (job_id, user_id)
        ).fetchone()
        if job is None:
            return None
        asset = cursor.execute("SELECT * FROM media.assets WHERE sha256 = %s", (job["sha256"],)).fetchone()
        audit = cursor.execute("SELECT * FROM media.audits WHERE job_id = %s", (job_id,)).fetchone()
    return job | {"asset": asset, "audit": audit}


def jobs_of_user(connection: psycopg.Connection, *, user_id: str, limit: int = 50) -> list[dict[str, Any]]:
    """A user's jobs, newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT * FROM media.download_jobs WHERE user_id = %s ORDER BY created_at DESC, job_id LIMIT %s",
            (user_id, limit),
        ).fetchall()


def due(connection: psycopg.Connection, *, now: datetime, limit: int = 20) -> list[tuple[str, int]]:
    """Jobs whose next attempt may start: (job id, number of that attempt), oldest first."""
    return connection.execute(
        "SELECT job_id, attempts + 1 FROM media.download_jobs WHERE state = 'queued' AND not_before <= %s "
        "ORDER BY created_at, job_id LIMIT %s",
        (now, limit),
    ).fetchall()


def claim(
    connection: psycopg.Connection, *, job_id: str, attempt: int, run_id: str, now: datetime
) -> dict[str, Any] | None:
    """Start an attempt: queued → downloading. None when the job does not wait for this attempt."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "UPDATE media.download_jobs SET state = 'downloading', attempts = %s, run_id = %s, started_at = %s, "
            "heartbeat_at = %s, error = NULL, error_kind = NULL "
            "WHERE job_id = %s AND state = 'queued' AND attempts = %s - 1 RETURNING *",
            (attempt, run_id, now, now, job_id, attempt),
        ).fetchone()


def heartbeat(
    connection: psycopg.Connection, *, job_id: str, attempt: int, state: JobState | None = None, now: datetime
) -> None:
    """Say that the attempt lives, and which step it is at. Raises AttemptLost."""
    _update(
        connection,
        "UPDATE media.download_jobs SET state = coalesce(%s, state), heartbeat_at = %s "
        "WHERE job_id = %s AND attempts = %s AND state IN ('downloading', 'processing')",
        (state, now, job_id, attempt),
    )


def complete(connection: psycopg.Connection, *, job_id: str, attempt: int, sha256: str, now: datetime) -> None:
    """processing → completed. Raises AttemptLost. Call inside the transaction that stores asset and audit."""
    _update(
        connection,
        "UPDATE media.download_jobs SET state = 'completed', sha256 = %s, heartbeat_at = %s, finished_at = %s "
        "WHERE job_id = %s AND attempts = %s AND state = 'processing'",
        (sha256, now, now, job_id, attempt),
    )


def fail(
    connection: psycopg.Connection, *, job_id: str, attempt: int, kind: ErrorKind, error: str, now: datetime
) -> JobState | None:
    """End an attempt that failed: queued again where waiting can heal it and tries are left, else failed.
    Returns the new state, None when the attempt was not the job's any more."""
    row = connection.execute(
        """UPDATE media.download_jobs SET error = %(error)s, error_kind = %(kind)s,
             state = CASE WHEN %(final)s OR attempts >= max_attempts THEN 'failed' ELSE 'queued' END,
             finished_at = CASE WHEN %(final)s OR attempts >= max_attempts THEN %(now)s::timestamptz END,
             not_before = %(retry)s
           WHERE job_id = %(job)s AND attempts = %(attempt)s AND state IN ('downloading', 'processing')
           RETURNING state""",
        {
            "job": job_id,
            "attempt": attempt,
            "kind": kind,
            "error": display_text(error, limit=1000),
            "final": kind in FINAL_KINDS,
            "now": now,
            "retry": now + timedelta(seconds=RETRY_SECONDS[min(attempt, len(RETRY_SECONDS)) - 1]),
        },
    ).fetchone()
    return row[0] if row else None


def recover_stale(connection: psycopg.Connection, *, now: datetime) -> list[tuple[str, JobState]]:
    """Give up attempts that have been silent too long, as after a crash: (job id, new state) of each."""
    silent = connection.execute(
        "SELECT job_id, attempts FROM media.download_jobs WHERE state IN ('downloading', 'processing') "
        "AND heartbeat_at < %s ORDER BY job_id",
        (now - timedelta(seconds=STALE_SECONDS),),
    ).fetchall()
    recovered: list[tuple[str, JobState]] = []
    for job_id, attempt in silent:
        state = fail(
            connection,
            job_id=job_id,
            attempt=attempt,
            kind="crashed",
            error=f"Attempt {attempt} gave no sign of life for {STALE_SECONDS} seconds; its process must have ended.",
            now=now,
        )
        if state:
            recovered.append((job_id, state))
    return recovered


def _update(connection: psycopg.Connection, sql: str, parameters: tuple[Any, ...]) -> None:
    if connection.execute(sql.encode(), parameters).rowcount != 1:
        raise AttemptLost("This attempt was given up: it had been silent too long, or its job was erased.")
