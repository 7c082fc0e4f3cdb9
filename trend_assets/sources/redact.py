"""Keeps secrets out of everything people read and everything that is stored: URLs, provider texts, bodies, messages.

Two walls: the configured secrets themselves are taken out in every form in which a provider may say them back (`hide`),
and what merely looks like a credential (a query parameter, an Authorization value, a user:password@ part, an Apify
token) is replaced too (`redact`).
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from trend_assets.text import clean_text, cut

HIDDEN = "[hidden]"
TEXT_LIMIT = 500
"""Characters of foreign text in one of our messages; a provider's HTML page is not a message."""

SHORTEST_SECRET = 6
"""What is shorter is found in every other sentence."""

_PARAMETER = re.compile(
    r"(?i)\b((?:access_?|refresh_?|api_?|client_?|x-)?(?:token|key|secret|password|passwd|pwd|signature|sig|auth))"
    r"(\"?\s*[=:]\s*\"?)(?!\[hidden\])[^\s\"'&;,<>)}\]]+"
)
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic|token)\s+(?!\[hidden\])[A-Za-z0-9._~+/=-]{6,}")
_USER_INFO = re.compile(r"(?<=://)[^/\s@?#]+@")
_APIFY_TOKEN = re.compile(r"apify_api_[A-Za-z0-9]+")
# what two neighbours share in base64: six bits that belong to both
_SHARED = rb"[A-Za-z0-9+/_-]?"


def hide(body: bytes, secrets: Iterable[str]) -> bytes:
    """`body` without any form of any secret: as it is, in any case, quoted for addresses, for HTML and (however often)
    for JSON, in hex, in base64 (also in the middle of more, as in user:password), and each of these of its reverse."""
    lowered = body.lower().replace(b"\\", b"")
    found = [form for secret in secrets for form in _forms(secret) if form[0] in lowered]
    if not found:
        return body
    found.sort(key=lambda form: len(form[0]), reverse=True)
    return re.sub(b"|".join(_pattern(*form) for form in found), HIDDEN.encode(), body, flags=re.IGNORECASE)


def _pattern(form: bytes, shares: bool) -> bytes:
    """A form as it may stand in a text that was quoted several times, each time with more backslashes."""
    spelled = rb"\\*".join(re.escape(bytes([byte])) for byte in form)
    return _SHARED + spelled + _SHARED if shares else rb"\\*" + spelled


def hide_text(text: str, secrets: Iterable[str]) -> str:
    """`hide` for text; lone surrogates stay what they are."""
    return hide(text.encode("utf-8", "surrogatepass"), secrets).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=256)
def _forms(secret: str) -> tuple[tuple[bytes, bool], ...]:
    """The forms of a secret in lower case and without backslashes, each with whether what stands at its ends may belong
    to its neighbours too."""
    if len(secret) < SHORTEST_SECRET:
        return ()
    forms: dict[bytes, bool] = {}
    for text in dict.fromkeys(cased for way in (secret, secret[::-1]) for cased in (way, way.upper(), way.lower())):
        raw = text.encode("utf-8", "surrogatepass")
        as_html = html.escape(text)
        written = [
            text, quote(text, errors="replace"), quote(text, safe="", errors="replace"),
            quote_plus(text, errors="replace"), "".join(f"%{byte:02x}" for byte in raw), json.dumps(text)[1:-1],
            "".join(f"u{ord(char):04x}" for char in text), as_html, as_html.replace("&#x27;", "&#39;"),
            "".join(f"&#{ord(char)};" for char in text), "".join(f"&#x{ord(char):x};" for char in text),
            raw.hex(), raw.hex(" "), raw.hex(":"), "".join(f"x{byte:02x}" for byte in raw),
        ]  # fmt: skip
        forms |= {form.replace("\\", "").encode("utf-8", "surrogatepass").lower(): False for form in written}
        for before in range(3):
            # whatever stands before and after it, these characters belong to the secret alone
            packed = b64encode(b"\0" * before + raw)
            own = packed[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6].lower()
            forms |= {own: True, own.replace(b"+", b"-").replace(b"/", b"_"): True}
    return tuple(forms.items())


def redact(text: str, secrets: Iterable[str] = (), *, limit: int = TEXT_LIMIT) -> str:
    """`text` without secrets, control characters and lone surrogates, on one line, cut to `limit` characters."""
    text = hide_text(text, secrets)
    text = _APIFY_TOKEN.sub(HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\1 {HIDDEN}", text)
    text = _USER_INFO.sub(f"{HIDDEN}@", text)
    text = _PARAMETER.sub(rf"\1\2{HIDDEN}", text)
    text = " ".join(clean_text(text).split())
    return text if len(text) <= limit else cut(text, limit - 1) + "…"


def shown_url(url: str) -> str:
    """A URL as it may be shown: scheme, host and path, without user, query and fragment (that is where keys travel)."""
    try:
        parts = urlsplit(clean_text(url))
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return redact(urlunsplit((parts.scheme, f"{host}{port}", parts.path, "", "")), limit=200)
