"""Keeps secrets out of everything people read and everything that is stored: URLs, provider texts, bodies, messages.

Two walls: the configured secrets themselves are taken out in every form in which a provider may say them back (`hide`),
and what merely looks like a credential (a query parameter, an Authorization value, a user:password@ part, an Apify
token) is replaced too (`redact`).
"""

import html
import json
import re
from base64 import a85encode, b32encode, b32hexencode, b64encode, b85encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from quopri import encodestring
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from trend_assets.text import clean_text, cut

HIDDEN = "[hidden]"
TEXT_LIMIT = 500
"""Characters of foreign text in one of our messages; a provider's HTML page is not a message."""

SHORTEST_SECRET = 6
"""What is shorter is found in every other sentence."""

LONG_ENOUGH = 12
"""Characters of a piece of a secret, which an answer may hold in several fields or cut off, that are no word by
chance."""

_PARAMETER = re.compile(
    r"(?i)\b((?:access_?|refresh_?|api_?|client_?|x-)?(?:token|key|secret|password|passwd|pwd|signature|sig|auth))"
    r"(\"?\s*[=:]\s*\"?)(?!\[hidden\])[^\s\"'&;,<>)}\]]+"
)
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic|token)\s+(?!\[hidden\])[A-Za-z0-9._~+/=-]{6,}")
_USER_INFO = re.compile(r"(?<=://)[^/\s@?#]+@")
_APIFY_TOKEN = re.compile(r"apify_api_[A-Za-z0-9]+")
# between two characters: backslashes, line ends as they are or quoted, what nobody sees
_NOISE = rb"(?:\\[nrt]?|\s|\xe2\x80[\x8b-\x8d]|\xef\xbb\xbf)*"
_PERCENT = rb"%(?:25)*"
_BETWEEN, _REPEATED = re.compile(_NOISE[:-1] + b"+"), re.compile(rb"%(?:25)+")
# what two neighbours share in base64: six bits that belong to both
_SHARED = rb"[A-Za-z0-9+/_-]?"


def hide(body: bytes, secrets: Iterable[str]) -> bytes:
    """`body` without any form of any secret: as it is, in any case, quoted for addresses and for JSON (both however
    often), for HTML and for mail, in hex, in base64 (also twice), base85 and base32 (all in the middle of more, as
    user:password), over several lines, and in pieces of a long one; most of these of its reverse too."""
    forms = [form for secret in secrets for form in _forms(secret)]
    if not forms:
        return body
    lowered = body.lower()
    plain, squeezed = lowered.replace(b"\\", b""), _squeezed(lowered)
    present = [form for form in forms if form.text in plain or form.squeezed in squeezed]
    if not present:
        return body
    present.sort(key=lambda form: len(form.text), reverse=True)
    return re.sub(b"|".join(map(_pattern, present)), HIDDEN.encode(), body, flags=re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of a secret in lower case and without backslashes; whether the character before and the one behind it
    belong to it and to a neighbour; and the form as `_squeezed` leaves it."""

    text: bytes
    shares_first: bool = False
    shares_last: bool = False
    squeezed: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "squeezed", _squeezed(self.text))


def _pattern(form: _Form) -> bytes:
    """A form as it may stand in a text that was wrapped, or quoted several times, each time with more backslashes."""
    spelled = _NOISE.join(_PERCENT if byte == b"%"[0] else re.escape(bytes([byte])) for byte in form.text)
    return (_SHARED if form.shares_first else rb"\\*") + spelled + (_SHARED if form.shares_last else b"")


def _squeezed(text: bytes) -> bytes:
    """A text without what quoting and wrapping have put between its characters."""
    return _REPEATED.sub(b"%", _BETWEEN.sub(b"", text))


def hide_text(text: str, secrets: Iterable[str]) -> str:
    """`hide` for text; lone surrogates stay what they are."""
    return hide(text.encode("utf-8", "surrogatepass"), secrets).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=256)
def _forms(secret: str) -> tuple[_Form, ...]:
    if len(secret) < SHORTEST_SECRET:
        return ()
    forms: dict[bytes, _Form] = {}

    def packed(pack: Callable[[bytes], bytes], raw: bytes, *, bits: int, bytes_: int) -> list[bytes]:
        texts = []
        for before in range(bytes_):
            # whatever stands before and after it, these characters belong to the secret alone
            first, last = divmod(before * 8, bits), divmod((before + len(raw)) * 8, bits)
            own = pack(b"\0" * before + raw)[first[0] + bool(first[1]) : last[0]]
            for text in dict.fromkeys((own, own.replace(b"+", b"-").replace(b"/", b"_"))):
                forms[text.lower()] = _Form(text.lower(), bool(first[1]), bool(last[1]))
                texts.append(text)
        return texts

    for text in dict.fromkeys(cased for way in (secret, secret[::-1]) for cased in (way, way.upper(), way.lower())):
        raw = text.encode("utf-8", "surrogatepass")
        once = packed(b64encode, raw, bits=6, bytes_=3)
        as_html = html.escape(text)
        written = [
            text, quote(text, errors="replace"), quote(text, safe="", errors="replace"),
            quote_plus(text, errors="replace"), "".join(f"%{byte:02x}" for byte in raw), json.dumps(text)[1:-1],
            "".join(f"u{ord(char):04x}" for char in text), as_html, as_html.replace("&#x27;", "&#39;"),
            "".join(f"&#{ord(char)};" for char in text), "".join(f"&#x{ord(char):x};" for char in text),
            raw.hex(), raw.hex(" "), raw.hex(":"), "".join(f"x{byte:02x}" for byte in raw),
        ]  # fmt: skip
        if text == secret:
            # what programs do to a text, not what somebody does who hides it: not of its reverse too
            whole = len(text)
            sizes = {(whole + up) // number for number in range(2, whole // LONG_ENOUGH + 1) for up in (0, number - 1)}
            written += [
                "".join(f"={byte:02x}" for byte in raw), encodestring(raw, quotetabs=True).decode().replace("=\n", ""),
                "".join(f"{byte:03o}" for byte in raw), "".join(f"u{{{ord(char):x}}}" for char in text),
                *(text[at : at + size] for size in sizes for at in range(0, whole - LONG_ENOUGH + 1, size)),
            ]  # fmt: skip
            for kind in ("utf-16-le", "utf-16-be"):
                wide = text.encode(kind, "surrogatepass").lower()
                forms[wide] = _Form(wide)
            for pack in (b32encode, b32hexencode):
                packed(pack, raw, bits=5, bytes_=5)
            for packed_once in once:
                packed(b64encode, packed_once, bits=6, bytes_=3)
            # four bytes are five characters that cannot be told apart: whole groups, and all of it by itself
            for own in (raw, *(raw[before:][: (len(raw) - before) // 4 * 4] for before in range(4))):
                for spelled in (b85encode(own), a85encode(own)):
                    form = spelled.lower().replace(b"\\", b"")
                    forms[form] = _Form(form)
        for each in written:
            form = each.replace("\\", "").encode("utf-8", "surrogatepass").lower()
            forms[form] = _Form(form)
    return tuple(forms.values())


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
