"""Erases a person: every row of the catalogue's tables that names them, what stored answers say of them, for good.

One transaction that no writer can slip past: a kill leaves everything as it was, a repeat finds nothing more. Keeping
them out afterwards belongs to `tombstones.py`, the command and files outside the database to `operations/`.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import zstandard
from psycopg import sql

from trend_assets.tables.model import Table
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.tombstones import GUARD, PLATFORM_OF_SCHEMA, identity_hash, key_check
from trend_assets.warehouse.warehouse import Warehouse

ERASED_NOTE = "Items of an erased person were removed from this answer."
# a gap in the middle of an answer would break its parser; removing whole list items does not
_UNTOUCHED = object()


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to erase: the platform, their ids there, and every handle they are known to have had."""

    platform: str
    ids: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Every spelling under which a person column may hold them, in lower case."""
        plain = {name.casefold().removeprefix("@") for name in (*self.ids, *self.handles) if name}
        return sorted({*plain, *(f"@{name}" for name in plain), *(f"{self.platform}:{name}" for name in plain)})


@dataclass(slots=True)
class ErasureReport:
    """What was removed: rows per table, answers that were changed or removed whole, quarantined items."""

    rows: dict[str, int] = field(default_factory=dict)
    answers_changed: int = 0
    answers_removed: int = 0

    @property
    def total(self) -> int:
        return sum(self.rows.values()) + self.answers_changed + self.answers_removed


def erase(warehouse: Warehouse, person: Person, *, key: bytes) -> ErasureReport:
    """Remove `person` from every table with person columns, from the stored answers and the quarantine, and leave
    tombstones made with `key`. Safe to kill and to repeat. Raises ValueError for a person without id and handle."""
    if not person.names:
        raise ValueError("Erasing needs at least one id or handle of the person.")
    if not key:
        raise ValueError("Erasing needs a key for the tombstones: an empty one would tell everybody whom they mean.")
    return warehouse.transact(lambda connection: _erase(connection, person, key), doing="Erasing a person")


def _erase(connection: psycopg.Connection, person: Person, key: bytes) -> ErasureReport:
    report = ErasureReport()
    connection.execute("SET LOCAL lock_timeout = '10min'")
    connection.execute(f"SELECT pg_advisory_xact_lock({GUARD})")
    for name in {name.casefold().removeprefix("@") for name in (*person.ids, *person.handles) if name}:
        for platform in {person.platform, ""}:
            connection.execute(
                "INSERT INTO ops.tombstones (identity_hash, key_check, erased_at) VALUES (%s, %s, clock_timestamp()) "
                "ON CONFLICT DO NOTHING",
                (identity_hash(key, platform, name), key_check(key)),
            )
    for table in TABLES.values():
        if table.person_columns and (count := _erase_rows(connection, table, person)):
            report.rows[table.address] = count
    _erase_answers(connection, person, report)
    if count := _erase_quarantine(connection, person):
        report.rows["ops.quarantine"] = count
    if count := _erase_rejected_rows(connection, person):
        report.rows["imports.rejected_rows"] = count
    return report


def _erase_rows(connection: psycopg.Connection, table: Table, person: Person) -> int:
    is_named = sql.SQL(" OR ").join(
        sql.SQL("lower({}) = ANY(%(names)s)").format(sql.Identifier(name)) for name in table.person_columns
    )
    values: dict[str, Any] = {"names": person.names, "platform": person.platform}
    condition = sql.SQL("({})").format(is_named)
    if "platform" in table.column_names:
        condition = sql.SQL("({}) AND lower(platform) = lower(%(platform)s)").format(is_named)
    elif PLATFORM_OF_SCHEMA.get(table.schema, person.platform) != person.platform:
        return 0
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


def forget_hashes(connection: psycopg.Connection, table: Table, days: Iterable[Any]) -> None:
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


# --- verbatim answers -----------------------------------------------------------------------------------------------


def _erase_answers(connection: psycopg.Connection, person: Person, report: ErasureReport) -> None:
    """Remove the person's items from stored JSON answers; an answer that is about them alone goes whole."""
    pattern = _mention(person)
    names = set(person.names)
    changes: list[tuple[str, bytes | None]] = []
    with connection.cursor(name="answers_to_erase", binary=True) as cursor:
        cursor.itersize = 20
        cursor.execute("SELECT capture_id, body, request::text FROM capture.answers")
        for capture_id, packed, request in cursor:
            body = zstandard.decompress(packed)
            text = body.decode("utf-8", "replace")
            if pattern.search(request):
                changes.append((capture_id, None))
            elif pattern.search(text) and (rest := _without(body, pattern, names)) is not body:
                changes.append((capture_id, rest))
    for capture_id, rest in changes:
        if rest is None:
            connection.execute("DELETE FROM capture.answers WHERE capture_id = %s", (capture_id,))
            report.answers_removed += 1
        else:
            connection.execute(
                "UPDATE capture.answers SET body = %b, body_bytes = %s, body_sha256 = %s, note = %s "
                "WHERE capture_id = %s",
                (zstandard.compress(rest), len(rest), hashlib.sha256(rest).hexdigest(), ERASED_NOTE, capture_id),
            )
            report.answers_changed += 1


def _mention(person: Person) -> re.Pattern[str]:
    """Where a text names the person: an id as a whole word, a handle after @ or quoted as a whole value."""
    ids = [rf"(?<![\w.]){re.escape(value)}(?![\w])" for value in person.ids if value]
    handles = [
        rf"(?:@{name}(?![\w.])|\"{name}\")" for name in (re.escape(h.removeprefix("@")) for h in person.handles if h)
    ]
    return re.compile("|".join([*ids, *handles]), re.IGNORECASE)


def _without(body: bytes, pattern: re.Pattern[str], names: set[str]) -> bytes | None:
    """The JSON `body` without the smallest list items that mention the person; None when it is about them alone or is
    no JSON, the very same object when nothing mentions them."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    kept = _prune(document, pattern, names)
    if kept is _UNTOUCHED:
        return None
    if kept == document:
        return body
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _prune(value: Any, pattern: re.Pattern[str], names: set[str]) -> Any:
    """`value` without list items that mention the person, _UNTOUCHED when it mentions them outside of any list."""
    if isinstance(value, list):
        return [kept for item in value if (kept := _prune(item, pattern, names)) is not _UNTOUCHED]
    if isinstance(value, dict):
        kept_entries = {name: _prune(item, pattern, names) for name, item in value.items()}
        if any(item is _UNTOUCHED for item in kept_entries.values()) or any(name.casefold() in names for name in value):
            return _UNTOUCHED
        return kept_entries
    if isinstance(value, str):
        return _UNTOUCHED if value.casefold() in names or pattern.search(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return _UNTOUCHED if str(value) in names else value
    return value


def _erase_quarantine(connection: psycopg.Connection, person: Person) -> int:
    pattern = _mention(person)
    rows = connection.execute(
        "SELECT table_address, observed_date, position, raw, reason FROM ops.quarantine"
    ).fetchall()
    named = [row[:3] for row in rows if pattern.search(row[3]) or pattern.search(row[4])]
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM ops.quarantine WHERE table_address = %s AND observed_date = %s AND position = %s", named
        )
    return len(named)


def _erase_rejected_rows(connection: psycopg.Connection, person: Person) -> int:
    """Rows of the user's files that were rejected keep their text; those that name the person go."""
    pattern, names = _mention(person), set(person.names)
    removed = 0
    with connection.cursor(name="rejected_rows") as cursor:
        cursor.execute("SELECT import_id, row_number, raw FROM imports.rejected_rows")
        named = [
            (import_id, number)
            for import_id, number, raw in cursor
            if pattern.search(raw) or not names.isdisjoint(part.strip(' "').casefold() for part in raw.split(","))
        ]
    for key in named:
        removed += connection.execute(
            "DELETE FROM imports.rejected_rows WHERE import_id = %s AND row_number = %s", key
        ).rowcount
    return removed
