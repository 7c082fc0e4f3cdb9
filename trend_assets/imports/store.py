"""An import in Postgres: parts of the file as captures, rejected rows, and the register; all in one transaction.

    file ─▶ pieces ─▶ rows by day ─▶ capture.answers (source `imported_posts`, one part per day and some 2,000 rows)
                  └─▶ imports.rejected_rows          └─▶ source.imported_posts, by its asset, like every other source

Choosing what to import and telling people about it is in `importing.py`.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import zstandard
from psycopg.rows import dict_row

from trend_assets.imports.rows import Rejected
from trend_assets.imports.spec import ImportSpec
from trend_assets.sources.call import Call
from trend_assets.sources.discovery import named
from trend_assets.text import clean_text, guarded
from trend_assets.warehouse.connection import insert
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    import psycopg

    from trend_assets.warehouse.warehouse import Warehouse

SOURCE = named("source", "own_files").partition(".")[2]
PART_ROWS = 2_000
BUFFER_ROWS = 40_000
"""Rows that wait for their part to fill; with 500 bytes each some 20 MB, whatever the file's size and order."""
_as_json = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Registered:
    """One line of the register."""

    import_id: str
    spec: Mapping[str, Any]
    retention_days: int | None
    rows: int
    accepted: int
    repeated: int | None
    rejected: int
    imported_at: datetime
    days: tuple[date, ...]


def registered(connection: "psycopg.Connection", *, import_source: str, sha256: str) -> Registered | None:
    """The import of this content under this name, or None. Holds a lock on the pair until the transaction ends, so
    that two imports of one file follow each other."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"import:{import_source}:{sha256}",))
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "SELECT import_id, spec, retention_days, rows, accepted, repeated, rejected, imported_at "
            "FROM imports.files WHERE import_source = %s AND sha256 = %s",
            (import_source, sha256),
        ).fetchone()
    return Registered(**row, days=days_of(connection, row["import_id"])) if row else None


def days_of(connection: "psycopg.Connection", import_id: str) -> tuple[date, ...]:
    """The days on which an import has rows, in order."""
    rows = connection.execute(
        "SELECT DISTINCT observed_date FROM capture.answers WHERE source = %s AND collection_id = %s ORDER BY 1",
        (SOURCE, import_id),
    )
    return tuple(day for (day,) in rows)


def earliest_day(connection: "psycopg.Connection") -> date | None:
    """The earliest day of all imports; None without any."""
    row = connection.execute("SELECT min(first_day) FROM imports.files").fetchone()
    return row[0] if row else None


def listed_imports(connection: "psycopg.Connection") -> list[dict[str, Any]]:
    """The newest fifty lines of the register."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT import_id, import_source, file_name, format, rows, accepted, repeated, rejected, days, first_day, "
            "last_day, retention_days, imported_at FROM imports.files ORDER BY imported_at DESC, import_id LIMIT 50"
        ).fetchall()


REJECTED_COLUMNS = ("row_number", "reason", "raw")


def rejected_line(number: int, reason: str, raw: str) -> tuple[int, str, str]:
    """A rejected row as a line of the CSV that people open."""
    return number, reason, guarded(raw)


def rejected_rows(connection: "psycopg.Connection", import_id: str) -> Iterator[tuple[int, str, str]]:
    """The rows of an import that were set aside: number, reason, row; a piece at a time, in a transaction."""
    with connection.cursor(name="rejected_rows") as cursor:
        cursor.itersize = 1_000
        yield from cursor.execute(
            "SELECT row_number, reason, raw FROM imports.rejected_rows WHERE import_id = %s ORDER BY row_number",
            (import_id,),
        )


def forget(connection: "psycopg.Connection", import_id: str) -> None:
    """Remove an import: its parts, rejected rows and register line. The partitions follow when they are rebuilt."""
    connection.execute("DELETE FROM capture.answers WHERE source = %s AND collection_id = %s", (SOURCE, import_id))
    connection.execute("DELETE FROM imports.rejected_rows WHERE import_id = %s", (import_id,))
    connection.execute("DELETE FROM imports.files WHERE import_id = %s", (import_id,))


@dataclass(slots=True)
class PartWriter:
    """Gathers accepted rows by day and writes them as parts; `close` writes what is left."""

    connection: "psycopg.Connection"
    spec: ImportSpec
    sha256: str
    file_name: str
    now: datetime
    import_id: str = field(default_factory=lambda: str(uuid4()))
    rows_of_day: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    _waiting: dict[date, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _waiting_rows: int = 0
    _parts: int = 0

    def add(self, day: date, row_number: int, record: Mapping[str, Any]) -> None:
        """One accepted row as the file has it."""
        # one object per row: erasing a person drops whole objects from a list and leaves the others readable
        item = {"row": row_number, "record": record}
        try:
            text = _as_json(item)
        except ValueError:
            text = _as_json(_finite(item))
        self._waiting[day].append(text.encode())
        self._waiting_rows += 1
        self.rows_of_day[day] += 1

    def write_full(self) -> None:
        """Write the parts that are full, and all of them when too many rows wait."""
        everything = self._waiting_rows >= BUFFER_ROWS
        self._write([day for day, rows in self._waiting.items() if everything or len(rows) >= PART_ROWS])

    def close(self) -> None:
        """Write what is left."""
        self._write(list(self._waiting))

    def _write(self, days: Iterable[date]) -> None:
        columns = TABLES["capture.answers"].column_names
        compressor = zstandard.ZstdCompressor(level=3)
        statement = f"COPY capture.answers ({', '.join(columns)}) FROM STDIN"
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for day in sorted(days):
                rows = self._waiting.pop(day)
                self._waiting_rows -= len(rows)
                for start in range(0, len(rows), PART_ROWS):
                    part = self._part(day, rows[start : start + PART_ROWS], compressor)
                    copy.write_row([part[column] for column in columns])

    def _part(self, day: date, rows: list[bytes], compressor: zstandard.ZstdCompressor) -> dict[str, Any]:
        self._parts += 1
        body = b"[" + b",".join(rows) + b"]"
        call = Call(
            provider="import",
            endpoint=_clean(self.file_name),
            params={"sha256": self.sha256, "import_source": self.spec.import_source, "part": self._parts},
            context={"spec": self.spec.as_json()},
        )
        return {
            "capture_id": str(uuid4()),
            "observed_date": day,
            "source": SOURCE,
            "provider": "import",
            "request_key": call.key,
            "request": json.dumps(call.request),
            "collection_id": self.import_id,
            "collected_at": self.now,
            # parts of one file are read back in this order, so that among its own repeats the later row wins
            "fetched_at": self.now + timedelta(microseconds=self._parts),
            "status": 200,
            "outcome": "ok",
            "note": None,
            "body": compressor.compress(body),
            "body_bytes": len(body),
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "cost_usd": 0,
            "units": 0,
            "external_run_id": None,
            "is_simulated": False,
        }


def _finite(value: Any) -> Any:
    """A record without the numbers that JSON does not have: they say nothing."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_rejected(connection: "psycopg.Connection", import_id: str, rejected: Iterable[Rejected]) -> None:
    """Keep rejected rows with their reasons."""
    statement = "COPY imports.rejected_rows (import_id, row_number, reason, raw) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for item in rejected:
            copy.write_row((import_id, item.row_number, _clean(item.reason), _clean(item.raw)))


def _clean(text: str) -> str:
    return clean_text(text) or "?"


def register(
    connection: "psycopg.Connection",
    writer: PartWriter,
    *,
    file_bytes: int,
    retention_days: int | None,
    **counts: int,
) -> None:
    """The register's line for a finished import; `counts`: how many rows there were, accepted, repeated, rejected."""
    days, spec = sorted(writer.rows_of_day), writer.spec
    line = {
        "import_id": writer.import_id, "import_source": spec.import_source, "sha256": writer.sha256,
        "file_name": _clean(writer.file_name), "file_bytes": file_bytes, "format": spec.format,
        "spec": json.dumps(spec.as_json()), **counts, "days": len(days), "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None, "retention_days": retention_days,
        "imported_at": writer.now.astimezone(UTC),
    }  # fmt: skip
    insert(connection, "imports.files", line)


@dataclass(slots=True)
class ExpiredImports:
    """Imports whose retention was over: their names and files, and the days whose partitions must be built again."""

    files: list[str] = field(default_factory=list)
    days: set[date] = field(default_factory=set)


def expire_imports(warehouse: "Warehouse", *, now: datetime) -> ExpiredImports:
    """Take back the imports that carry a retention which is over, each in a transaction of its own."""
    with warehouse.connect() as connection:
        due = connection.execute(
            "SELECT import_id, import_source, file_name FROM imports.files "
            "WHERE retention_days IS NOT NULL AND imported_at + make_interval(days => retention_days) < %s ORDER BY 1",
            (now,),
        ).fetchall()
    expired = ExpiredImports()
    for import_id, source, file_name in due:
        with warehouse.connect(autocommit=False) as connection:
            expired.days.update(days_of(connection, import_id))
            forget(connection, import_id)
        expired.files.append(f"{source}: {file_name}")
    return expired
