"""API keys: made once, shown once, stored as a hash, checked in constant time.

A key reads `ta_<key_id>_<secret>`; the key_id finds the row, the hash of the whole key proves it.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from trend_assets.text import display_text

_KEY = re.compile(r"ta_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


@dataclass(frozen=True, slots=True)
class User:
    """Who is asking."""

    user_id: str
    key_id: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `key` is shown once and is not stored anywhere."""

    key: str
    key_id: str
    user_id: str


class BadUserName(ValueError):
    """The user's name cannot be used; the message says what can."""


def create_api_key(connection: psycopg.Connection, *, user: str, label: str = "") -> NewKey:
    """Make a key for `user` and store its hash. Raises BadUserName."""
    if not _USER.fullmatch(user):
        raise BadUserName(
            "A user's name is 1 to 64 letters, digits or any of . _ - @, and begins with a letter or digit."
        )
    key_id = secrets.token_hex(6)
    key = f"ta_{key_id}_{secrets.token_urlsafe(32)}"
    connection.execute(
        "INSERT INTO api.keys (key_id, user_id, key_hash, label, created_at) VALUES (%s, %s, %s, %s, %s)",
        (key_id, user, _hash(key), display_text(label, limit=200) or None, datetime.now(UTC)),
    )
    return NewKey(key, key_id, user)


def revoke_api_key(connection: psycopg.Connection, *, key_id: str) -> bool:
    """Withdraw a key; False when there is no such key or it was withdrawn before."""
    statement = "UPDATE api.keys SET revoked_at = now() WHERE key_id = %s AND revoked_at IS NULL"
    return connection.execute(statement, (key_id,)).rowcount == 1


def check_key(connection: psycopg.Connection, key: str) -> User | None:
    """The user of a key that works, None otherwise."""
    found = _KEY.fullmatch(key)
    if not found:
        return None
    row = connection.execute(
        "SELECT user_id, key_hash FROM api.keys WHERE key_id = %s AND revoked_at IS NULL", (found[1],)
    ).fetchone()
    # compare in every case: how long an answer takes says nothing about which key ids exist
    held_user, held_hash = row or ("", _hash(""))
    return User(held_user, found[1]) if hmac.compare_digest(held_hash, _hash(key)) and row else None


def looks_like_a_key(text: str) -> bool:
    return bool(_KEY.fullmatch(text))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
