"""Text hygiene: the one place through which text passes before it leaves for Postgres, logs, metadata, tags or XML."""

import re
import unicodedata

_SURROGATES = re.compile("[\ud800-\udfff]")
# C0 without tab/newline/return, DEL and C1, and the two non-characters that XML 1.0 forbids
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# bidi overrides and isolates, and the invisible tag block, can make a title read as something else
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def clean_text(text: str, *, limit: int | None = None) -> str:
    """Text that Postgres, XML, GraphQL and logs can hold: lone surrogates become U+FFFD, control characters and NUL
    are removed; cut to `limit` characters where given. Idempotent."""
    cleaned = _CONTROLS.sub("", _SURROGATES.sub("\ufffd", text))
    return cleaned if limit is None or len(cleaned) <= limit else cleaned[:limit]


def display_text(text: str, *, limit: int | None = None) -> str:
    """`clean_text` for what people read: bidi overrides and invisible tags are removed too, white space is folded."""
    return clean_text(" ".join(_BIDI.sub("", clean_text(text)).split()), limit=limit)


def plain_name(value: str, platform: str = "") -> str:
    """An id, handle or key of a person in its plain spelling: folded, without @ and without its platform."""
    name = unicodedata.normalize("NFKC", value).casefold().strip()
    if platform:
        name = name.removeprefix(f"{platform.casefold()}:").removeprefix("handle:")
    return name.removeprefix("@")
