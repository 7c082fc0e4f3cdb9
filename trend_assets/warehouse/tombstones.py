"""Tombstones: keyed hashes of erased people, checked inside every write, so that an erased person stays out.

The key is TREND_ASSETS_TOMBSTONE_KEY or a file of the state folder, never in the database: who has only the database
cannot tell whom the hashes mean. Deleting a person's rows belongs to `erasure.py`.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa

from trend_assets.settings import Settings, get_settings
from trend_assets.tables.model import Table
from trend_assets.warehouse.errors import WarehouseMisconfigured

# writers hold it shared, an erasure alone: none of them can write the person after the other has looked
GUARD = "hashtextextended('trend_assets.tombstones', 0)"
KEY_FILE = "tombstone.key"
# tables without a column `platform` whose people are of one platform
PLATFORM_OF_SCHEMA = {"comets": "tiktok"}


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The hashes of erased people, and the key that made them."""

    key: bytes
    hashes: frozenset[str]

    def cover(self, platform: str, value: str) -> bool:
        """Whether this id or handle on this platform (empty: on any) belongs to an erased person."""
        return identity_hash(self.key, platform, value) in self.hashes


def identity_hash(key: bytes, platform: str, value: str) -> str:
    """HMAC-SHA256 of a platform and an id or handle, whatever its case and with or without @."""
    name = value.casefold().removeprefix("@")
    return hmac.new(key, f"{platform.casefold()}\n{name}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


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
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(partial, path)  # never over a key that another process made meanwhile
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_bytes().strip() if path.exists() else b""


def guarded_tombstones(connection: psycopg.Connection) -> Tombstones | None:
    """The tombstones to respect in this transaction, None when nobody was ever erased. An erasure waits for the end of
    the transaction. Raises WarehouseMisconfigured when the key that made them is not there."""
    connection.execute(f"SELECT pg_advisory_xact_lock_shared({GUARD})")
    rows = connection.execute("SELECT identity_hash, key_check FROM ops.tombstones").fetchall()
    if not rows:
        return None
    key = load_key(get_settings())
    if any(check != key_check(key) for _, check in rows):
        raise WarehouseMisconfigured(
            "People were erased from this database with another key, so it cannot be told whom to keep out and nothing "
            "is written: set TREND_ASSETS_TOMBSTONE_KEY to the key that was used then (or bring back tombstone.key of "
            "that state folder)."
        )
    return Tombstones(key, frozenset(digest for digest, _ in rows))


def erased_rows(tombstones: Tombstones, table: Table, arrow: pa.Table) -> np.ndarray:
    """For each row whether it belongs to an erased person, by any of the table's person columns."""
    erased = np.zeros(arrow.num_rows, dtype=bool)
    columns = [name for name in table.person_columns if name in arrow.column_names]
    if not columns or not arrow.num_rows:
        return erased
    if "platform" in arrow.column_names:
        platforms = np.asarray(arrow["platform"].to_pylist(), dtype=object)
    else:
        platforms = np.full(arrow.num_rows, PLATFORM_OF_SCHEMA.get(table.schema, ""), dtype=object)
    for name in columns:
        encoded = arrow[name].combine_chunks().dictionary_encode()
        values = encoded.dictionary.to_pylist()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        for platform in set(platforms):
            covered = [code for code, value in enumerate(values) if tombstones.cover(str(platform or ""), str(value))]
            erased |= np.isin(codes, covered) & (platforms == platform)
    return erased
