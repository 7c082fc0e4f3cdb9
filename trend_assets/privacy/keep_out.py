"""Keeping erased people out of what users write themselves: requests, imports, media jobs.

Partitions are guarded in `writing.py`. A transaction that calls this holds off an erasure until it has ended, so that
nobody comes back between the look and the write.
"""

import psycopg

from trend_assets.warehouse.tombstones import guarded_tombstones


class ErasedPerson(ValueError):
    """Somebody asked for a creator who had themselves erased; the message says so without naming them."""


def require_not_erased(
    connection: psycopg.Connection, platform: str, *, external_id: str | None, handle: str | None
) -> None:
    """Raise ErasedPerson when this is an erased person; the id decides where there is one (see `tombstones.py`). Call
    inside the transaction that writes."""
    tombstones = guarded_tombstones(connection)
    if tombstones is not None and tombstones.cover(platform, external_id, handle):
        raise ErasedPerson("This creator asked to be forgotten; nothing about them is collected or kept here.")


def hold_off_erasure(connection: psycopg.Connection) -> None:
    """Let an erasure wait for the end of this transaction, which writes what it has read of others' posts."""
    guarded_tombstones(connection)
