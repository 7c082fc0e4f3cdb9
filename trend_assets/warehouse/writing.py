"""Writes of whole partitions and state rows, each in the transaction of its caller.

    lock (table, day) ──▶ token older? refuse ──▶ hash equal? nothing ──▶ load the rows ──▶ quarantine ──▶ manifest

Values and order of the rows belong to `rows.py`, the statements that load them to `loading.py`, connections and
retries to `warehouse.py`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from trend_assets.tables.model import Table
from trend_assets.text import clean_text
from trend_assets.warehouse.connection import only_row
from trend_assets.warehouse.errors import SchemaRefused, StaleWriter
from trend_assets.warehouse.loading import load_partition, merge_rows
from trend_assets.warehouse.rows import RAW_LIMIT, Judged, Prepared, SetAside
from trend_assets.warehouse.schema import refused_tables
from trend_assets.warehouse.tombstones import erased_rows, guarded_tombstones

# begins the mark of a frame that had a key twice: there the order of the rows decides what is stored
ORDERED = "in order "


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write did: rows now `stored` in the partition (or given, for an upsert), and the difference it made.

    A partition that was replaced whole, because most of it differed, counts as deleted and inserted. `unchanged` says
    that the stored rows were the same already. `set_aside` counts rows that could not be stored
    (they are in ops.quarantine, with values that were set to NULL), `repeats` rows that were given twice.
    """

    stored: int
    inserted: int
    updated: int
    deleted: int
    unchanged: bool
    content_hash: str
    set_aside: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A row of ops.quarantine without its place."""

    reason: str
    raw: str
    capture_id: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A row of ops.partition_writes: what the newest write of a partition was."""

    token: int
    content_hash: str
    stored: int
    received: int | None
    deduplicated: int
    quarantined: int
    frame_hash: str | None


@dataclass(frozen=True)
class PartitionWrite:
    """Everything that one attempt wants a partition to hold, and what it tells of where that came from."""

    table: Table
    day: date
    given: Judged
    token: int
    run_id: str
    received: int | None
    deduplicated: int
    quarantined: Sequence[QuarantineRow]

    def mark(self, content_hash: str, *, ordered: bool) -> str:
        """Equal when a rerun brings the same rows (`ordered`: in the same order) with the same account of them, and
        `content_hash` is still that of the stored rows (a purge or an erasure changes it)."""
        rows = self.given.in_order if ordered else self.given.any_order
        account = repr((self.received, self.deduplicated, self.quarantined))
        return ORDERED * ordered + hashlib.sha256(f"{content_hash} {rows} {account}".encode()).hexdigest()

    def is_repeat_of(self, before: "Manifest") -> bool:
        """Whether this is the write that `before` tells of, once more."""
        return before.frame_hash == self.mark(
            before.content_hash, ordered=(before.frame_hash or "").startswith(ORDERED)
        )


def lock_partition(connection: psycopg.Connection, table: Table, day: date | None) -> None:
    """Hold the partition (or the whole state table) until the transaction ends; writers of it wait here."""
    name = f"{table.address} {day}" if day else table.address
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


def replace_partition(connection: psycopg.Connection, write: PartitionWrite) -> WriteReport:
    """Make the partition hold exactly what `write` brings. Raises StaleWriter when a newer attempt was here already,
    SchemaRefused for a source's table that could not follow its declaration."""
    table, day = write.table, write.day
    if table.schema == "source" and (refused := refused_tables(connection).get(table.address)):
        raise SchemaRefused(refused)
    lock_partition(connection, table, day)
    before = read_manifest(connection, table, day)
    if before and before.token > write.token:
        raise StaleWriter(
            f"{table.address} of {day} was written by a newer attempt (token {before.token}, this one has "
            f"{write.token}): this older one changed nothing. Look at the newer run."
        )
    if before and write.is_repeat_of(before):
        after = replace(before, token=write.token)
        inserted = updated = deleted = 0
    else:
        after, (inserted, updated, deleted) = _replace_rows(connection, write, before)
    if after != before:
        _write_manifest(connection, table, day, after, write.run_id)
    return WriteReport(
        stored=after.stored,
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        unchanged=not (inserted or updated or deleted),
        content_hash=after.content_hash,
        set_aside=after.quarantined - len(write.quarantined),
        repeats=after.deduplicated - write.deduplicated,
    )


def _replace_rows(
    connection: psycopg.Connection, write: PartitionWrite, before: Manifest | None
) -> tuple[Manifest, tuple[int, int, int]]:
    """Load the rows unless the stored ones are the same; the new manifest, and inserted, updated, deleted rows."""
    prepared = without_erased_people(connection, write.table, write.given.prepared)
    difference = (0, 0, 0)
    if before is None or before.content_hash != prepared.content_hash:
        difference = load_partition(connection, write.table, write.day, prepared.arrow)
    has_repeats = prepared.repeats > 0 or len(prepared.set_aside) > len(write.given.set_aside)
    aside = [*write.quarantined, *map(quarantine_row, prepared.set_aside)]
    _replace_quarantine(connection, write.table, write.day, aside)
    manifest = Manifest(
        token=write.token,
        content_hash=prepared.content_hash,
        stored=prepared.arrow.num_rows,
        received=write.received,
        deduplicated=write.deduplicated + prepared.repeats,
        quarantined=len(write.quarantined) + prepared.rows_set_aside,
        frame_hash=write.mark(prepared.content_hash, ordered=has_repeats),
    )
    return manifest, difference


def upsert_rows(connection: psycopg.Connection, table: Table, prepared: Prepared) -> WriteReport:
    """Insert or update the rows of `prepared` in a state table."""
    lock_partition(connection, table, None)
    prepared = without_erased_people(connection, table, prepared)
    if prepared.set_aside:
        rows = [quarantine_row(item) for item in prepared.set_aside]
        _append_quarantine(connection, table, datetime.now(UTC).date(), rows)
    inserted, updated = merge_rows(connection, table, prepared.arrow)
    return WriteReport(
        stored=prepared.arrow.num_rows,
        inserted=inserted,
        updated=updated,
        deleted=0,
        unchanged=not (inserted or updated),
        content_hash=prepared.content_hash,
        set_aside=prepared.rows_set_aside,
        repeats=prepared.repeats,
    )


def without_erased_people(connection: psycopg.Connection, table: Table, prepared: Prepared) -> Prepared:
    """`prepared` without rows of people that were erased; an erasure waits until this transaction ends."""
    if not table.person_columns or (tombstones := guarded_tombstones(connection)) is None:
        return prepared
    erased = erased_rows(tombstones, table, prepared.arrow)
    if not erased.any():
        return prepared
    # nothing of the person is kept, only that something was left out
    left_out = [SetAside(f"The row of {table.address} belongs to an erased person.", "", None, is_row=True)]
    return Prepared(
        arrow=prepared.arrow.filter(pa.array(~erased)),
        set_aside=[*prepared.set_aside, *left_out * int(erased.sum())],
        repeats=prepared.repeats,
    )


def read_manifest(connection: psycopg.Connection, table: Table, day: date) -> Manifest | None:
    row = connection.execute(
        "SELECT token, content_hash, stored, received, deduplicated, quarantined, frame_hash FROM ops.partition_writes "
        "WHERE table_address = %s AND observed_date = %s",
        (table.address, day),
    ).fetchone()
    return Manifest(*row) if row else None


def _write_manifest(connection: psycopg.Connection, table: Table, day: date, manifest: Manifest, run_id: str) -> None:
    connection.execute(
        "INSERT INTO ops.partition_writes (table_address, observed_date, token, content_hash, frame_hash, stored, "
        "received, deduplicated, quarantined, run_id, written_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp()) "
        "ON CONFLICT (table_address, observed_date) DO UPDATE SET token = EXCLUDED.token, "
        "content_hash = EXCLUDED.content_hash, frame_hash = EXCLUDED.frame_hash, stored = EXCLUDED.stored, "
        "received = EXCLUDED.received, deduplicated = EXCLUDED.deduplicated, quarantined = EXCLUDED.quarantined, "
        "run_id = EXCLUDED.run_id, written_at = EXCLUDED.written_at",
        (table.address, day, manifest.token, manifest.content_hash, manifest.frame_hash, manifest.stored,
         manifest.received, manifest.deduplicated, manifest.quarantined, run_id or None),
    )  # fmt: skip


def forget_hashes(connection: psycopg.Connection, table: Table, days: Iterable[date]) -> None:
    """Bring the manifests of partitions that lost rows up to date, so that their next write is not taken for equal."""
    target, partition = sql.Identifier(table.schema, table.name), sql.Identifier(table.partition_column or "")
    connection.execute(
        sql.SQL(
            "UPDATE ops.partition_writes w SET content_hash = '', "
            "stored = (SELECT count(*) FROM {} t WHERE t.{} = w.observed_date) "
            "WHERE table_address = %s AND observed_date = ANY(%s)"
        ).format(target, partition),
        (table.address, list(days)),
    )


def _replace_quarantine(
    connection: psycopg.Connection, table: Table, day: date, quarantine: Sequence[QuarantineRow]
) -> None:
    place = (table.address, day)
    stored = connection.execute(
        "SELECT reason, raw, capture_id FROM ops.quarantine WHERE table_address = %s AND observed_date = %s "
        "ORDER BY position",
        place,
    ).fetchall()
    if [QuarantineRow(*row) for row in stored] == list(quarantine):
        return
    connection.execute("DELETE FROM ops.quarantine WHERE table_address = %s AND observed_date = %s", place)
    _add_quarantine(connection, table, day, quarantine, first_position=0)


def _append_quarantine(connection: psycopg.Connection, table: Table, day: date, rows: Iterable[QuarantineRow]) -> None:
    """Add rows after those that are there; the caller holds the table."""
    (first,) = only_row(
        connection,
        "SELECT coalesce(max(position) + 1, 0) FROM ops.quarantine WHERE table_address = %s AND observed_date = %s",
        (table.address, day),
    )
    _add_quarantine(connection, table, day, rows, first_position=first)


def _add_quarantine(
    connection: psycopg.Connection, table: Table, day: date, rows: Iterable[QuarantineRow], *, first_position: int
) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ops.quarantine (table_address, observed_date, position, reason, raw, capture_id, "
            "quarantined_at) VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp())",
            [
                (table.address, day, first_position + number, row.reason, row.raw, row.capture_id)
                for number, row in enumerate(rows)
            ],
        )


def quarantine_row(item: Any) -> QuarantineRow:
    """A quarantined item of a parser or of `rows.py` as it is stored: clean and cut."""
    return QuarantineRow(
        clean_text(str(item.reason), limit=2_000),
        clean_text(str(item.raw), limit=RAW_LIMIT),
        getattr(item, "capture_id", None) or None,
    )
