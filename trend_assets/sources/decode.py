"""JSON from outside, decoded or refused with one of our errors; never a crash, never NaN.

What the fields mean belongs to the parsers of the providers.
"""

import json
from typing import Any

from trend_assets.sources.errors import NotJson
from trend_assets.sources.redact import redact


class _Refused(ValueError):
    """Something the standard decoder would let through."""


def _refuse_constant(name: str) -> Any:
    raise _Refused(f"it holds {name}, which JSON does not have")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: dict[str, Any] = {}
        for name, value in pairs:
            # the same value twice is sloppy but says one thing; two values say two, and we do not choose
            if name in seen and seen[name] != value:
                raise _Refused(f"it names {redact(name, limit=60)!r} twice with different values")
            seen[name] = value
    return members


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique)


def decode_json(body: bytes, *, what: str, provider: str = "", status: int | None = None) -> Any:
    """The value of a UTF-8 JSON body; a byte order mark is accepted. Lone surrogates stay (text is cleaned when it is
    read). Raises NotJson naming `what` and the reason for anything else: HTML, cut off, NaN or Infinity, one name with
    two values, a number of thousands of digits, nesting beyond the interpreter's limit."""
    try:
        return _decoder.decode(body.decode("utf-8-sig"))
    except _Refused as error:
        reason = str(error)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except RecursionError:
        reason = "it is nested too deep"
    except json.JSONDecodeError as error:
        reason = _shape_of(body) or f"{error.msg} at character {error.pos} of {len(body)} bytes"
    except ValueError as error:  # an integer of more digits than the interpreter converts
        reason = redact(str(error), limit=120)
    raise NotJson(f"{what} is not usable JSON: {reason}.", provider=provider, status=status)


def _shape_of(body: bytes) -> str:
    start = body[:512].lstrip().lower()
    if not start:
        return "the body is empty"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        return "it is an HTML page"
    return ""
