"""Sessions of the pages: a signed cookie that says who signed in, and the token that every form must carry.

The cookie is HttpOnly and SameSite=Strict; the form token is bound to it. Stored on the server is only which sessions
were signed out before their time, and how often a visitor failed to sign in.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path

import psycopg

from trend_assets.api.keys import User

SESSION_COOKIE = "ta_session"
SESSION_SECONDS = 12 * 3600
MOST_FAILURES, FAILURES_SECONDS = 10, 600
"""A key is pasted, not typed: who fails ten times in ten minutes is guessing."""
MOST_FAILURES_OF_ALL = 500


def session_secret(state_dir: Path) -> bytes:
    """The key that signs sessions and page cursors: made once, readable by its owner only."""
    path = state_dir / "api_session.key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        held = path.read_bytes()
        if len(held) >= 32:
            return held
        raise RuntimeError(
            f"{path} is damaged (less than 32 bytes); delete it, and everybody signs in again."
        ) from None
    secret = secrets.token_bytes(32)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
    return secret


def new_session(user: User, *, secret: bytes) -> str:
    """The cookie's value for a user who has just shown a valid key."""
    content = {"user": user.user_id, "key": user.key_id, "until": int(time.time()) + SESSION_SECONDS}
    payload = base64.urlsafe_b64encode(json.dumps(content | {"n": secrets.token_hex(8)}).encode()).decode().rstrip("=")
    return f"{payload}.{_sign(payload, 'session', secret)}"


def read_session(cookie: str, *, secret: bytes) -> User | None:
    """The user of a cookie that we signed and that has not ended, None otherwise."""
    payload, _, signature = cookie.partition(".")
    if not payload or not hmac.compare_digest(signature.encode(), _sign(payload, "session", secret).encode()):
        return None
    content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return User(content["user"], content["key"]) if content["until"] > time.time() else None


def end_session(connection: psycopg.Connection, cookie: str) -> None:
    """Sign a session out: its cookie counts for nothing from now on, in every worker."""
    connection.execute(
        "INSERT INTO api.ended_sessions (session_hash, ended_at) VALUES (%s, now()) ON CONFLICT DO NOTHING",
        (_hash(cookie),),
    )
    connection.execute(
        "DELETE FROM api.ended_sessions WHERE ended_at < now() - make_interval(secs => %s)", (SESSION_SECONDS,)
    )


def is_live(connection: psycopg.Connection, user: User, cookie: str) -> bool:
    """Whether a session was not signed out and the key that it was opened with still works."""
    row = connection.execute(
        "SELECT 1 FROM api.keys WHERE key_id = %s AND user_id = %s AND revoked_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM api.ended_sessions WHERE session_hash = %s)",
        (user.key_id, user.user_id, _hash(cookie)),
    ).fetchone()
    return row is not None


def may_sign_in(connection: psycopg.Connection, visitor: str, *, secret: bytes) -> bool:
    """Whether a visitor (its network address) has not failed too often lately, nor all visitors together."""
    row = connection.execute(
        "SELECT coalesce(sum(failures) FILTER (WHERE visitor_hash = %s), 0), coalesce(sum(failures), 0) "
        "FROM api.failed_sign_ins WHERE failed_in > now() - make_interval(secs => %s)",
        (_sign(visitor, "visitor", secret), FAILURES_SECONDS),
    ).fetchone()
    return row is None or (row[0] < MOST_FAILURES and row[1] < MOST_FAILURES_OF_ALL)


def note_failed_sign_in(connection: psycopg.Connection, visitor: str, *, secret: bytes) -> None:
    """Count a sign-in that failed, and forget those of more than an hour ago."""
    connection.execute(
        "INSERT INTO api.failed_sign_ins AS known (visitor_hash, failed_in, failures) "
        "VALUES (%s, date_trunc('minute', now()), 1) "
        "ON CONFLICT (visitor_hash, failed_in) DO UPDATE SET failures = known.failures + 1",
        (_sign(visitor, "visitor", secret),),
    )
    connection.execute("DELETE FROM api.failed_sign_ins WHERE failed_in < now() - interval '1 hour'")


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def form_token(cookie: str, *, secret: bytes) -> str:
    """The token that forms of this session carry."""
    return _sign(cookie, "form", secret)


def is_form_token(token: str, cookie: str, *, secret: bytes) -> bool:
    return hmac.compare_digest(token.encode("utf-8", "replace"), form_token(cookie, secret=secret).encode())


def _sign(text: str, purpose: str, secret: bytes) -> str:
    return hmac.new(secret, f"{purpose}:{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
