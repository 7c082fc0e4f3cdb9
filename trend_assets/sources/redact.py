"""Keeps secrets out of everything people read: URLs, provider texts, error messages, stored requests.

Two walls: the configured secrets themselves are replaced wherever they occur, and what merely looks like a credential
(a query parameter, an Authorization value, a user:password@ part, an Apify token) is replaced too.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit, urlunsplit

from trend_assets.text import clean_text, cut

HIDDEN = "[hidden]"
TEXT_LIMIT = 500
"""Characters of foreign text in one of our messages; a provider's HTML page is not a message."""

_SHORTEST_SECRET = 6
_PARAMETER = re.compile(
    r"(?i)\b((?:access_?|refresh_?|api_?|client_?|x-)?(?:token|key|secret|password|passwd|pwd|signature|sig|auth))"
    r"(\"?\s*[=:]\s*\"?)(?!\[hidden\])[^\s\"'&;,<>)}\]]+"
)
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic|token)\s+(?!\[hidden\])[A-Za-z0-9._~+/=-]{6,}")
_USER_INFO = re.compile(r"(?<=://)[^/\s@?#]+@")
_APIFY_TOKEN = re.compile(r"apify_api_[A-Za-z0-9]+")


def redact(text: str, secrets: Iterable[str] = (), *, limit: int = TEXT_LIMIT) -> str:
    """`text` without secrets, control characters and lone surrogates, on one line, cut to `limit` characters."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN).replace(quote(secret, safe=""), HIDDEN)
    text = _APIFY_TOKEN.sub(HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\1 {HIDDEN}", text)
    text = _USER_INFO.sub(f"{HIDDEN}@", text)
    text = _PARAMETER.sub(rf"\1\2{HIDDEN}", text)
    text = " ".join(clean_text(text).split())
    return text if len(text) <= limit else cut(text, limit - 1) + "…"


def without_secrets(body: bytes, secrets: Iterable[str], *, limit: int) -> bytes:
    """The first `limit` bytes of a refused answer, kept for the person who looks into it: everything as it was, but for
    the secrets, which providers like to echo when they refuse them."""
    kept = body[: 2 * limit]  # a secret that the cut would split is replaced before the cut
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            for form in (secret, quote(secret, safe="")):
                kept = kept.replace(form.encode(), HIDDEN.encode())
    return kept[:limit]


def shown_url(url: str) -> str:
    """A URL as it may be shown: scheme, host and path, without user, query and fragment (that is where keys travel)."""
    try:
        parts = urlsplit(clean_text(url))
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return redact(urlunsplit((parts.scheme, f"{host}{port}", parts.path, "", "")), limit=200)
