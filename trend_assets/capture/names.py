"""Names of the settings that had no result: kept in `ops.names_without_result`, so that a dead handle is no silence.

    a collection's report (name → had a result?) ─▶ note ─▶ silent: run metadata, doctor, the page of sources
                                                        └─▶ untold: one message after three days

A name leaves once it has a result again, or is not asked for any more. Sending messages does not belong here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg

from trend_assets.warehouse.tombstones import guarded_tombstones

TELL_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class SilentName:
    """A name without a result, in a row since a day."""

    source: str
    name: str
    since: date

    def __str__(self) -> str:
        return f"{self.name!r} of {self.source} has had no result since {self.since}"


def note(connection: psycopg.Connection, source: str, day: date, asked: Mapping[str, bool | None]) -> None:
    """Bring the source's names up to date with a collection for `day`. Nothing is said of a name without an answer;
    a day that is collected later than its successor only moves the beginning back where no day lies between."""
    if not asked:
        return
    living = [name for name, had in asked.items() if had]
    silent = _without_erased(connection, [name for name, had in asked.items() if had is False])
    connection.execute(
        "DELETE FROM ops.names_without_result WHERE source = %(source)s AND last_asked <= %(day)s"
        " AND (name = ANY(%(living)s) OR name <> ALL(%(asked)s))",
        {"source": source, "day": day, "living": living, "asked": list(asked)},
    )
    connection.execute(
        "UPDATE ops.names_without_result SET since = %(day)s + 1 WHERE source = %(source)s"
        " AND name = ANY(%(living)s) AND since <= %(day)s",
        {"source": source, "day": day, "living": living},
    )
    connection.execute(
        """
        INSERT INTO ops.names_without_result AS known (source, name, since, last_asked)
        SELECT %(source)s, name, %(day)s, %(day)s FROM unnest(%(silent)s::text[]) AS name
        ON CONFLICT (source, name) DO UPDATE SET
            since = CASE WHEN excluded.since >= known.since - 1 THEN least(known.since, excluded.since)
                         ELSE known.since END,
            last_asked = greatest(known.last_asked, excluded.last_asked)
        """,
        {"source": source, "day": day, "silent": silent},
    )


def _without_erased(connection: psycopg.Connection, names: list[str]) -> list[str]:
    """Without handles of people who were erased: a setting may still ask for them, and they must not come back here."""
    tombstones = guarded_tombstones(connection) if any(name.startswith("@") for name in names) else None
    if tombstones is None:
        return names
    return [name for name in names if not (name.startswith("@") and tombstones.cover_handle("", name))]


def silent(connection: psycopg.Connection, source: str | None = None) -> list[SilentName]:
    """The names without a result, of one source or of all, those that have been silent longest first."""
    return _read(connection, "true", source)


def untold(connection: psycopg.Connection, source: str) -> list[SilentName]:
    """Those that have been silent for three days in a row and of which nobody was told."""
    return _read(connection, f"said_at IS NULL AND last_asked - since >= {TELL_AFTER.days - 1}", source)


def mark_told(connection: psycopg.Connection, names: list[SilentName], *, now: datetime) -> None:
    """Nobody is told of these again, as long as they stay silent."""
    connection.execute(
        "UPDATE ops.names_without_result AS known SET said_at = %(now)s"
        " FROM unnest(%(sources)s::text[], %(names)s::text[]) AS told(source, name)"
        " WHERE known.source = told.source AND known.name = told.name",
        {"now": now, "sources": [each.source for each in names], "names": [each.name for each in names]},
    )


def _read(connection: psycopg.Connection, condition: str, source: str | None) -> list[SilentName]:
    rows = connection.execute(
        f"SELECT source, name, since FROM ops.names_without_result WHERE {condition}"
        " AND (%(source)s::text IS NULL OR source = %(source)s) ORDER BY since, source, name",
        {"source": source},
    ).fetchall()
    return [SilentName(*row) for row in rows]
