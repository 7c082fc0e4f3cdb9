"""Mentions of an erased person in what is not theirs: captions of others, lists inside rows, Dagster's records, logs.

A mention is the id as a whole word, or the handle after @, in a profile's path, or as a whole value. It becomes
`[erased]`; an element of a list that mentions the person goes. Rows of the person are `warehouse/erasure.py`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from trend_assets.tables.model import Table
from trend_assets.warehouse.connection import connect
from trend_assets.warehouse.erasure import Person, forget_hashes
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse

ERASED = "[erased]"
# bodies of answers and quarantined items are pruned with their rows; issues are rendered again
MENTIONS_NOT_IN = frozenset({"capture.answers", "ops.tombstones", "api.keys", "feed.issues"})
_TEXTS = ("text", "text[]", "jsonb")
_DAGSTER = {
    "event_logs": "event",
    "asset_keys": "last_materialization",
    "asset_check_executions": "evaluation_event",
    "job_ticks": "tick_body",
    "runs": "run_body",
    "bulk_actions": "body",
}
_LOG_ENDINGS = {".log", ".out", ".err", ".html", ".md", ".json", ".xml", ".atom", ".csv", ".txt"}
_MOST_LOG_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Mention:
    """How a text names the person: `python` finds it here, `postgres` the same in the database."""

    python: re.Pattern[str]
    postgres: str
    names: frozenset[str]

    @classmethod
    def of(cls, person: Person) -> "Mention":
        ids = [re.escape(value) for value in person.ids if value]
        handles = [re.escape(value.removeprefix("@")) for value in person.handles if value]
        parts = [rf"(?<![\w.]){value}(?!\w)" for value in ids]
        parts += [rf"@{value}(?![\w.]\w)(?!\w)" for value in handles]
        parts += [rf"(?<=\.com/){value}(?![\w.])" for value in handles]
        parts += [rf"(?<=:handle:){value}(?![\w.])" for value in handles]
        parts += [rf'(?<="){value}(?=")' for value in handles]
        # Postgres' regular expressions know the same look-arounds; \w is the same class in both
        return cls(
            re.compile("|".join(parts), re.IGNORECASE),
            "|".join(parts),
            frozenset(value.casefold() for value in (*person.ids, *person.handles)),
        )

    def text(self, value: str) -> str:
        """`value` without the person."""
        return ERASED if value.casefold().removeprefix("@") in self.names else self.python.sub(ERASED, value)

    def is_in(self, value: Any) -> bool:
        if isinstance(value, str):
            return self.text(value) != value
        if isinstance(value, list):
            return any(map(self.is_in, value))
        if isinstance(value, dict):
            return any(self.is_in(name) or self.is_in(item) for name, item in value.items())
        return isinstance(value, int) and not isinstance(value, bool) and str(value) in self.names

    def scrubbed(self, value: Any) -> Any:
        """A JSON value without the person: elements of lists that name them go, texts elsewhere lose the name."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [item for item in value if not self.is_in(item)]
        if isinstance(value, dict):
            return {name: self.scrubbed(item) for name, item in value.items() if not self.is_in(name)}
        return None if self.is_in(value) else value


def scrub_tables(warehouse: Warehouse, mention: Mention) -> dict[str, int]:
    """Remove mentions from every table of the catalogue; rows changed or removed, by table."""
    changed: dict[str, int] = {}
    for table in TABLES.values():
        if table.address in MENTIONS_NOT_IN or not any(column.type in _TEXTS for column in table.columns):
            continue
        count = warehouse.transact(
            lambda connection, table=table: _scrub_table(connection, table, mention),  # type: ignore[misc]
            doing=f"Removing mentions from {table.address}",
        )
        if count:
            changed[table.address] = count
    return changed


def _scrub_table(connection: psycopg.Connection, table: Table, mention: Mention) -> int:
    target = sql.Identifier(table.schema, table.name)
    columns = [column for column in table.columns if column.type in _TEXTS]
    names = list(dict.fromkeys([*table.key, *(column.name for column in columns)]))
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            sql.SQL("SELECT {} FROM {} t WHERE to_jsonb(t)::text ~* %s FOR UPDATE").format(
                sql.SQL(", ").join(map(sql.Identifier, names)), target
            ),
            (mention.postgres,),
        ).fetchall()
    where = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(k), sql.Placeholder(f"key_{k}")) for k in table.key
    )
    for row in rows:
        keys = {f"key_{name}": row[name] for name in table.key}
        if any(mention.is_in(row[name]) for name in table.key):
            connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(target, where), keys)
            continue
        new = {
            c.name: _new_value(mention, c.name, c.type, c.nullable, row[c.name])
            for c in columns
            if c.name not in table.key
        }
        new = {name: value for name, value in new.items() if value is not _SAME}
        if new:
            assignments = sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in new
            )
            connection.execute(sql.SQL("UPDATE {} SET {} WHERE {}").format(target, assignments, where), new | keys)
    if table.partition_column and rows:
        days = {row[table.partition_column] for row in rows if table.partition_column in row}
        forget_hashes(connection, table, days)
    return len(rows)


_SAME = object()


def _new_value(mention: Mention, name: str, kind: str, nullable: bool, value: Any) -> Any:
    if value is None or not mention.is_in(value):
        return _SAME
    if kind == "text" and name.endswith("url") and nullable:
        return None  # an address without its person leads nowhere
    new = mention.scrubbed(value)
    return Jsonb(new) if kind == "jsonb" else new


def scrub_dagster(url: str, mention: Mention) -> int:
    """Remove mentions from Dagster's own records (previews in events, messages); how many records."""
    changed = 0
    with connect(url) as connection:
        for table, column in _DAGSTER.items():
            if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
                continue
            changed += connection.execute(
                sql.SQL("UPDATE {t} SET {c} = regexp_replace({c}, %(m)s, %(e)s, 'gi') WHERE {c} ~* %(m)s").format(
                    t=sql.Identifier(table), c=sql.Identifier(column)
                ),
                {"m": mention.postgres, "e": ERASED},
            ).rowcount
    return changed


def scrub_files(state_dir: Path, mention: Mention, *, untouched: Collection[str]) -> tuple[int, list[str]]:
    """Remove mentions from logs and rendered copies in the state folder: files changed, and files of the user that
    name the person and were left alone."""
    changed, left = 0, []
    for path in sorted(state_dir.rglob("*")):
        if path.suffix.lower() not in _LOG_ENDINGS or not path.is_file() or path.stat().st_size > _MOST_LOG_BYTES:
            continue
        if (state_dir / "pgdata") in path.parents or (state_dir / "postgres") in path.parents:
            continue
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        new = mention.python.sub(ERASED, text)
        if new == text:
            continue
        if path.relative_to(state_dir).parts[0] in untouched:
            left.append(str(path))
        else:
            path.write_text(new, encoding="utf-8", errors="surrogateescape")
            changed += 1
    return changed, left
