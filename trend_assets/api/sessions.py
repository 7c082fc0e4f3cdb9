"""Sessions of the pages: a signed cookie that says who signed in, and the token that every form must carry.

The cookie is HttpOnly and SameSite=Strict; the form token is bound to it. Nothing is stored on the server.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path

from trend_assets.api.keys import User

SESSION_COOKIE = "ta_session"
SESSION_SECONDS = 12 * 3600


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


def form_token(cookie: str, *, secret: bytes) -> str:
    """The token that forms of this session carry."""
    return _sign(cookie, "form", secret)


def is_form_token(token: str, cookie: str, *, secret: bytes) -> bool:
    return hmac.compare_digest(token.encode("utf-8", "replace"), form_token(cookie, secret=secret).encode())


def _sign(text: str, purpose: str, secret: bytes) -> str:
    return hmac.new(secret, f"{purpose}:{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
