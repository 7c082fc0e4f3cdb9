"""Tombstones: keyed hashes of erased people, checked inside every write, so that an erased person stays out.

The id decides. A row with an id is an erased person's when the id is, for good. Handles are given up and taken by
others: one keeps out only rows without an id, and for HANDLE_DAYS. Where no id was known when the person was erased,
their handle keeps out every row for that long.

The key is TREND_ASSETS_TOMBSTONE_KEY or a file of the state folder, never in the database: who has only the database
cannot tell whom the hashes mean. Deleting a person's rows belongs to `erasure.py`.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from trend_assets.settings import Settings, get_settings
from trend_assets.tables.model import Table
from trend_assets.text import plain_name
from trend_assets.warehouse.errors import WarehouseMisconfigured
from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# writers hold it shared, an erasure alone: none of them can write the person after the other has looked
GUARD = "hashtextextended('trend_assets.tombstones', 0)"
KEY_FILE = "tombstone.key"
HANDLE_DAYS = 180
"""How long a handle keeps its erased bearer out. A given-up handle is free for others within a month on most platforms,
and lists without ids are old posts; half a year later the bearer is more likely somebody else."""
KEY_COLUMNS = frozenset({"creator_key", "key"})


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The hashes of erased people, those of them that still hold for handles, and the key that made them."""

    key: bytes
    hashes: frozenset[str]
    recent: frozenset[str]

    def cover_id(self, platform: str, value: str) -> bool:
        """Whether this id on this platform (empty: on any) belongs to an erased person."""
        return identity_hash(self.key, platform, value) in self.hashes

    def cover_handle(self, platform: str, value: str) -> bool:
        """Whether this handle belonged to somebody who was erased in the last HANDLE_DAYS."""
        return identity_hash(self.key, platform, value) in self.recent

    def cover_anybody(self, platform: str, value: str) -> bool:
        """The same of somebody whose id was not known: whoever bears the handle now may be them."""
        return only_handle_hash(self.key, platform, value) in self.recent

    def cover(self, platform: str, external_id: str | None, handle: str | None) -> bool:
        """Whether somebody with this id and handle (None: unknown) is an erased person."""
        if external_id and self.cover_id(platform, external_id):
            return True
        if not handle:
            return False
        return self.cover_anybody(platform, handle) or (not external_id and self.cover_handle(platform, handle))


def identity_hash(key: bytes, platform: str, value: str) -> str:
    """HMAC-SHA256 of a platform and an id or handle, whatever its spelling and with or without @."""
    name = plain_name(value, platform)
    return hmac.new(key, f"{platform.casefold()}\n{name}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def only_handle_hash(key: bytes, platform: str, handle: str) -> str:
    """The hash of a handle whose bearer's id was not known."""
    return identity_hash(key, platform, f"{plain_name(handle, platform)}\nno id known")


def key_check(key: bytes) -> str:
    """A short mark of the key, stored beside each hash."""
    return hmac.new(key, b"trend_assets", hashlib.sha256).hexdigest()[:16]


def load_key(settings: Settings, *, create: bool = False) -> bytes:
    """The configured key, else that of the state folder, made there with `create`; empty where there is none."""
    if settings.tombstone_key:
        return settings.tombstone_key.get_secret_value().encode()
    path = Path(settings.state_dir).expanduser() / KEY_FILE
    if create and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f"{KEY_FILE}.{os.getpid()}")
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
            with contextlib.suppress(FileExistsError):
                os.link(partial, path)  # never over a key that another process made meanwhile
        finally:
            partial.unlink(missing_ok=True)
    return path.read_bytes().strip() if path.exists() else b""


def guarded_tombstones(connection: psycopg.Connection) -> Tombstones | None:
    """The tombstones to respect in this transaction, None when nobody was ever erased. An erasure waits for the end of
    the transaction. Raises WarehouseMisconfigured when the key that made them is not there."""
    connection.execute(f"SELECT pg_advisory_xact_lock_shared({GUARD})")
    rows = connection.execute(
        "SELECT identity_hash, key_check, erased_at > now() - make_interval(days => %s) FROM ops.tombstones",
        (HANDLE_DAYS,),
    ).fetchall()
    if not rows:
        return None
    key = load_key(get_settings())
    if any(check != key_check(key) for _, check, _ in rows):
        raise WarehouseMisconfigured(
            "People were erased from this database with another key, so it cannot be told whom to keep out and nothing "
            "is written: set TREND_ASSETS_TOMBSTONE_KEY to the key that was used then (or bring back tombstone.key of "
            "that state folder)."
        )
    return Tombstones(
        key, frozenset(digest for digest, _, _ in rows), frozenset(digest for digest, _, is_recent in rows if is_recent)
    )


class ErasedPerson(ValueError):
    """Somebody asked for a creator who had themselves erased; the message says so without naming them."""


def require_not_erased(
    connection: psycopg.Connection, platform: str, *, external_id: str | None, handle: str | None
) -> None:
    """Raise ErasedPerson when a request, an import or a media job is about an erased person; the id decides where there
    is one. Called inside the transaction that writes, it holds off an erasure until that has ended, so that nobody
    comes back between the look and the write. Partitions are guarded in `writing.py`."""
    tombstones = guarded_tombstones(connection)
    if tombstones is not None and tombstones.cover(platform, external_id, handle):
        raise ErasedPerson("This creator asked to be forgotten; nothing about them is collected or kept here.")


def id_columns(table: Table) -> list[str]:
    """The table's columns of ids of people."""
    return [name for name in table.person_columns if "handle" not in name and name not in KEY_COLUMNS]


def handle_columns(table: Table) -> list[str]:
    """Its columns of handles."""
    return [name for name in table.person_columns if "handle" in name]


def key_columns(table: Table) -> list[str]:
    """Its columns that hold the id, else the handle."""
    return [name for name in table.person_columns if name in KEY_COLUMNS]


def erased_rows(tombstones: Tombstones, table: Table, arrow: "pa.Table") -> "np.ndarray":
    """For each row whether it belongs to an erased person."""
    import numpy as np

    present = set(arrow.column_names)
    ids, handles, keys = (
        [name for name in columns(table) if name in present] for columns in (id_columns, handle_columns, key_columns)
    )
    erased = np.zeros(arrow.num_rows, dtype=bool)
    if not (ids or handles or keys) or not arrow.num_rows:
        return erased
    if "platform" in present:
        platforms = np.asarray(arrow["platform"].to_pylist(), dtype=object)
    else:
        platforms = np.full(arrow.num_rows, PLATFORM_OF_SCHEMA.get(table.schema, ""), dtype=object)
    has_id = np.zeros(arrow.num_rows, dtype=bool)
    for name in ids:
        has_id |= arrow[name].is_valid().to_numpy()
    for name in [*ids, *keys]:
        erased |= _covered(tombstones.cover_id, arrow[name], platforms)
    for name in [*handles, *keys]:
        erased |= _covered(tombstones.cover_anybody, arrow[name], platforms)
        erased |= _covered(tombstones.cover_handle, arrow[name], platforms) & ~has_id
    return erased


def _covered(cover: Callable[[str, str], bool], column: "pa.ChunkedArray", platforms: "np.ndarray") -> "np.ndarray":
    """For each row whether `cover` says so of its platform and value; every value is asked once."""
    import numpy as np

    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    covered = np.zeros(len(codes), dtype=bool)
    for platform in set(platforms):
        erased = [code for code, value in enumerate(values) if cover(str(platform or ""), str(value))]
        if erased:
            covered |= np.isin(codes, erased) & (platforms == platform)
    return covered
