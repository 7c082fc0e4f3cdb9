"""Erases a person: every row of the catalogue's tables that names them, what stored answers say of them, for good.

One transaction that no writer can slip past: a kill leaves everything as it was, a repeat finds nothing more. Keeping
them out afterwards belongs to `warehouse/tombstones.py`, the command and what lies outside the database to `erase.py`.
"""

import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

import psycopg
import zstandard
from psycopg import sql

from trend_assets.privacy.person import SEPARATOR, Matcher, Person
from trend_assets.privacy.removal import rewrite_body
from trend_assets.tables.model import Table
from trend_assets.warehouse.object_store import ObjectStoreError, stored_body
from trend_assets.warehouse.tables import PLATFORM_OF_SCHEMA, TABLES
from trend_assets.warehouse.tombstones import (
    GUARD,
    handle_columns,
    id_columns,
    identity_hash,
    key_check,
    key_columns,
    only_handle_hash,
)
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets.warehouse.writing import forget_hashes

ERASED_NOTE = "Items of an erased person were removed from this answer."
# a gap in the middle of an answer would break its parser; removing whole list items does not
_UNTOUCHED = object()


@dataclass(slots=True)
class ErasureReport:
    """What was removed: rows per table, answers that were changed or removed whole, quarantined items."""

    rows: dict[str, int] = field(default_factory=dict)
    answers_changed: int = 0
    answers_removed: int = 0
    quarantined: int = 0

    @property
    def total(self) -> int:
        return sum(self.rows.values()) + self.answers_changed + self.answers_removed + self.quarantined


def erase(warehouse: Warehouse, person: Person, *, key: bytes) -> ErasureReport:
    """Remove `person` from every table with person columns, from the stored answers and the quarantine, and leave
    tombstones made with `key`. Safe to kill and to repeat. Raises ValueError for a person without id and handle."""
    if not person.names:
        raise ValueError("Erasing needs at least one id or handle of the person.")
    if not key:
        raise ValueError("Erasing needs a key for the tombstones: an empty one would tell everybody whom they mean.")
    matcher = Matcher.of(person)
    seen = _moved_answers(warehouse, matcher)
    return warehouse.transact(
        lambda connection: _erase(connection, person, key, matcher, seen), doing="Erasing a person"
    )


def _erase(
    connection: psycopg.Connection, person: Person, key: bytes, matcher: Matcher, seen: "_Seen"
) -> ErasureReport:
    report = ErasureReport()
    connection.execute("SET LOCAL lock_timeout = '10min'")
    connection.execute(f"SELECT pg_advisory_xact_lock({GUARD})")
    _leave_tombstones(connection, person, key)
    for table in TABLES.values():
        if table.person_columns and (count := _erase_rows(connection, table, person)):
            report.rows[table.address] = count
    _erase_answers(connection, matcher, seen, report)
    _erase_kept_answers(connection, matcher, report)
    report.quarantined = _erase_quarantine(connection, matcher) + _erase_rejected_rows(connection, matcher)
    return report


def _leave_tombstones(connection: psycopg.Connection, person: Person, key: bytes) -> None:
    hashes = set()
    for platform in {person.platform, ""}:
        hashes |= {identity_hash(key, platform, name) for name in (*person.ids, *person.handles) if name}
        if not any(person.ids):
            hashes |= {only_handle_hash(key, platform, name) for name in person.handles if name}
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ops.tombstones (identity_hash, key_check, erased_at) VALUES (%s, %s, clock_timestamp()) "
            "ON CONFLICT (identity_hash) DO UPDATE SET erased_at = excluded.erased_at, key_check = excluded.key_check",
            [(digest, key_check(key)) for digest in sorted(hashes)],
        )


def _erase_rows(connection: psycopg.Connection, table: Table, person: Person) -> int:
    """Delete the rows of the person: the id decides, a handle counts where a row has no id."""
    of_one_platform = PLATFORM_OF_SCHEMA.get(table.schema, person.platform)
    if "platform" not in table.column_names and of_one_platform != person.platform:
        return 0
    ids, handles, keys = id_columns(table), handle_columns(table), key_columns(table)
    by_id = [sql.SQL("lower({}) = ANY(%(ids)s)").format(sql.Identifier(name)) for name in [*ids, *keys]]
    by_handle = [sql.SQL("lower({}) = ANY(%(handles)s)").format(sql.Identifier(name)) for name in [*handles, *keys]]
    conditions = list(by_id)
    if by_handle:
        without_id = [sql.SQL("{} IS NULL").format(sql.Identifier(name)) for name in ids] if person.ids else []
        bears = sql.SQL("({})").format(sql.SQL(" OR ").join(by_handle))
        conditions.append(sql.SQL("({})").format(sql.SQL(" AND ").join([bears, *without_id])))
    condition = sql.SQL("({})").format(sql.SQL(" OR ").join(conditions))
    if "platform" in table.column_names:
        condition = sql.SQL("{} AND lower(platform) = lower(%(platform)s)").format(condition)
    values: dict[str, Any] = {
        "ids": person.id_names, "handles": person.handle_names, "platform": person.platform
    }  # fmt: skip
    target = sql.Identifier(table.schema, table.name)
    if table.partition_column is None:
        return connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(target, condition), values).rowcount
    rows = connection.execute(
        sql.SQL("DELETE FROM {} WHERE {} RETURNING {}").format(
            target, condition, sql.Identifier(table.partition_column)
        ),
        values,
    ).fetchall()
    forget_hashes(connection, table, {day for (day,) in rows})
    return len(rows)


# --- verbatim answers -----------------------------------------------------------------------------------------------


# what is left of an answer (_UNTOUCHED: all of it), by its id and the hash of its body
_Seen = dict[tuple[str, str], Any]


def _moved_answers(warehouse: Warehouse, matcher: Matcher) -> _Seen:
    """The bodies in object storage, read before the lock: under it no writer goes on, and there may be thousands."""
    with warehouse.connect() as connection:
        away = connection.execute(
            "SELECT capture_id, body_sha256 FROM capture.answers WHERE body IS NULL ORDER BY 1"
        ).fetchall()
    seen = {}
    for capture_id, sha256 in away:
        # one that was removed meanwhile has no row that needs it; one that is lost is said below
        with contextlib.suppress(ObjectStoreError):
            seen[capture_id, sha256] = _left_of(None, capture_id, matcher)
    return seen


def _left_of(packed: bytes | None, capture_id: str, matcher: Matcher) -> Any:
    try:
        body = stored_body(packed, capture_id)
    except zstandard.ZstdError:  # damaged: nobody can use it, or say whom it names
        return None
    if not matcher.may_be_in(body.decode("utf-8", "replace")):
        return _UNTOUCHED
    rest = _without(body, matcher)
    return _UNTOUCHED if rest is body else rest


def _erase_answers(connection: psycopg.Connection, matcher: Matcher, seen: _Seen, report: ErasureReport) -> None:
    """Remove the person's items from stored JSON answers; an answer that is about them alone goes whole. What was moved
    or written since it was `seen` is read here."""
    changes: list[tuple[str, bytes | None]] = []
    notes: list[tuple[str, str]] = []
    with connection.cursor(name="answers_to_erase", binary=True) as cursor:
        cursor.itersize = 20
        cursor.execute("SELECT capture_id, body, body_sha256, request::text, note FROM capture.answers")
        for capture_id, packed, sha256, request, note in cursor:
            if note and matcher.is_in(note):
                notes.append((matcher.text(note), capture_id))
            if matcher.finds(request):
                changes.append((capture_id, None))
                continue
            known = packed is None and (capture_id, sha256) in seen
            rest = seen[capture_id, sha256] if known else _left_of(packed, capture_id, matcher)
            if rest is not _UNTOUCHED:
                changes.append((capture_id, rest))
    for note in notes:
        connection.execute("UPDATE capture.answers SET note = %s WHERE capture_id = %s", note)
    for capture_id, rest in changes:
        if rest is None:
            connection.execute("DELETE FROM capture.answers WHERE capture_id = %s", (capture_id,))
            report.answers_removed += 1
        else:
            rewrite_body(connection, capture_id, rest, note=ERASED_NOTE)
            report.answers_changed += 1


def _erase_kept_answers(connection: psycopg.Connection, matcher: Matcher, report: ErasureReport) -> None:
    """Answers that are not stored yet and name the person go whole: they are bought again without them."""
    kept = connection.execute("SELECT spool_key, body FROM capture.spool", binary=True).fetchall()
    for key, packed in kept:
        try:
            is_theirs = matcher.finds(zstandard.decompress(packed).decode("utf-8", "replace"))
        except zstandard.ZstdError:  # damaged: nobody can use it, or say whom it names
            is_theirs = True
        if is_theirs:
            connection.execute("DELETE FROM capture.spool WHERE spool_key = %s", (key,))
            report.answers_removed += 1


def _without(body: bytes, matcher: Matcher) -> bytes | None:
    """The JSON `body` without the smallest list items that mention the person; None when it is about them alone or is
    no JSON but names them, the very same object when nothing mentions them."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None if matcher.finds(body.decode("utf-8", "replace")) else body
    kept = _prune(document, matcher)
    if kept is _UNTOUCHED:
        return None
    if kept == document:
        return body
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _prune(value: Any, matcher: Matcher) -> Any:
    """`value` without list items that mention the person, _UNTOUCHED when it mentions them outside of any list."""
    if isinstance(value, list):
        return [kept for item in value if (kept := _prune(item, matcher)) is not _UNTOUCHED]
    if isinstance(value, dict):
        if any(map(matcher.is_in, value)) or any(
            matcher.is_in_member(name, item) for name, item in value.items() if isinstance(item, str)
        ):
            return _UNTOUCHED
        kept_entries = {name: _prune(item, matcher) for name, item in value.items()}
        return _UNTOUCHED if any(item is _UNTOUCHED for item in kept_entries.values()) else kept_entries
    return _UNTOUCHED if matcher.is_in(value) else value


def _erase_quarantine(connection: psycopg.Connection, matcher: Matcher) -> int:
    return connection.execute(
        "DELETE FROM ops.quarantine WHERE raw || reason ~* %(core)s AND raw || %(sep)s || reason ~* %(pattern)s",
        {"core": matcher.core, "pattern": matcher.postgres, "sep": SEPARATOR},
    ).rowcount


def _erase_rejected_rows(connection: psycopg.Connection, matcher: Matcher) -> int:
    """Rows of the user's files that were rejected keep their text; those that name the person go, also as a cell."""
    removed = 0
    with connection.cursor(name="rejected_rows") as cursor:
        cursor.execute("SELECT import_id, row_number, raw FROM imports.rejected_rows WHERE raw ~* %s", (matcher.core,))
        named = [
            (import_id, number)
            for import_id, number, raw in cursor
            if matcher.finds(raw) or any(matcher.is_in(cell.strip(" \"'")) for cell in re.split(r"[,;\t|]", raw))
        ]
    for key in named:
        removed += connection.execute(
            "DELETE FROM imports.rejected_rows WHERE import_id = %s AND row_number = %s", key
        ).rowcount
    return removed
