"""Keyset pages: a cursor says after which row the next page begins, so that page 1,000 costs what page 1 costs."""

import base64
import binascii
import contextlib
import json
from datetime import datetime
from typing import Any

from trend_assets.api.problems import Problem

# what a cursor may hold: enough for a key of a few short texts, far from what could hurt
_LONGEST = 2000
NOT_OURS = "This cursor was not made by this server; begin again without one."


def encode_cursor(*values: Any) -> str:
    """The values of the last row's key as an opaque text."""
    content = json.dumps([str(value) if value is not None else None for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *, length: int) -> list[str] | None:
    """The values of a cursor, None without one; a problem 422 for what we did not make."""
    if cursor is None:
        return None
    with contextlib.suppress(ValueError, binascii.Error, RecursionError):
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        fits = len(cursor) <= _LONGEST and isinstance(values, list) and len(values) == length
        if fits and all(isinstance(value, str) and "\x00" not in value for value in values):
            "".join(values).encode()  # a lone surrogate cannot be sent to Postgres
            return values
    raise Problem(422, NOT_OURS)


def cursor_moment(text: str) -> datetime:
    """A moment out of a cursor; a problem 422 for anything else."""
    with contextlib.suppress(ValueError):
        if (moment := datetime.fromisoformat(text)).tzinfo is not None:
            return moment
    raise Problem(422, NOT_OURS)
