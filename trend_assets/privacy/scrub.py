"""Mentions of an erased person in what is not theirs: captions of others, lists inside rows, Dagster's records, logs.

A mention is the id as a whole word, or the handle after @, in a profile's path, or as a whole value. It becomes
`[erased]`; an element of a list that mentions the person goes.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from trend_assets.privacy.person import SEPARATOR, Matcher
from trend_assets.tables.model import Column, Table
from trend_assets.text import clean_text
from trend_assets.warehouse.connection import connect
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets.warehouse.writing import forget_hashes

# bodies of answers and quarantined items are pruned with their rows; issues are rendered again
MENTIONS_NOT_IN = frozenset({"capture.answers", "ops.tombstones", "api.keys", "feed.issues", "feed.issue_forms"})
_TEXTS = ("text", "text[]", "jsonb")
_DAGSTER = {
    "event_logs": "event",
    "run_tags": "value",
    "asset_event_tags": "value",
    "instigators": "instigator_body",
    "kvs": "value",
    "asset_keys": "last_materialization",
    "asset_check_executions": "evaluation_event",
    "job_ticks": "tick_body",
    "runs": "run_body",
    "bulk_actions": "body",
}
_LOG_ENDINGS = {".log", ".out", ".err", ".html", ".md", ".json", ".xml", ".atom", ".csv", ".txt"}
_MOST_LOG_BYTES = 200_000_000


def has_texts(table: Table) -> bool:
    return any(column.type in _TEXTS for column in table.columns)


def naming(table: Table) -> sql.Composable:
    """The condition that a row names the person in any text of it, for `naming_values`."""
    values = [_as_text(column) for column in table.columns if column.type in _TEXTS]
    whole = sql.SQL("concat_ws({}, '', {}, '')").format(sql.Literal(SEPARATOR), sql.SQL(", ").join(values))
    # in this order: what stands around a name is looked at where the name is
    return sql.SQL("CASE WHEN {whole} ~* %(core)s THEN {whole} ~* %(pattern)s ELSE false END").format(whole=whole)


def naming_values(matcher: Matcher) -> dict[str, str]:
    return {"core": matcher.core, "pattern": matcher.postgres}


def _as_text(column: Column) -> sql.Composable:
    name = sql.Identifier("t", column.name)
    if column.type == "text[]":
        return sql.SQL("array_to_string({}, {})").format(name, sql.Literal(SEPARATOR))
    return sql.SQL("{}::text").format(name) if column.type == "jsonb" else name


def scrub_tables(warehouse: Warehouse, matcher: Matcher) -> dict[str, int]:
    """Remove mentions from every table of the catalogue; rows changed or removed, by table."""
    changed: dict[str, int] = {}
    for table in TABLES.values():
        if table.address in MENTIONS_NOT_IN or not has_texts(table):
            continue
        count = warehouse.transact(
            lambda connection, table=table: _scrub_table(connection, table, matcher),  # type: ignore[misc]
            doing=f"Removing mentions from {table.address}",
        )
        if count:
            changed[table.address] = count
    return changed


def _scrub_table(connection: psycopg.Connection, table: Table, matcher: Matcher) -> int:
    target = sql.Identifier(table.schema, table.name)
    columns = [column for column in table.columns if column.type in _TEXTS]
    names = list(dict.fromkeys([*table.key, *(column.name for column in columns)]))
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            sql.SQL("SELECT {} FROM {} t WHERE {} FOR UPDATE").format(
                sql.SQL(", ").join(map(sql.Identifier, names)), target, naming(table)
            ),
            naming_values(matcher),
        ).fetchall()
    where = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(k), sql.Placeholder(f"key_{k}")) for k in table.key
    )
    for row in rows:
        keys = {f"key_{name}": row[name] for name in table.key}
        if any(matcher.is_in(row[name]) for name in table.key):
            connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(target, where), keys)
            continue
        new = {
            c.name: _new_value(matcher, c.name, c.type, c.nullable, row[c.name])
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


def _new_value(matcher: Matcher, name: str, kind: str, nullable: bool, value: Any) -> Any:
    if value is None or not matcher.is_in(value):
        return _SAME
    if kind == "text" and name.endswith("url") and nullable:
        return None  # an address without its person leads nowhere
    new = matcher.scrubbed(value)
    return Jsonb(new) if kind == "jsonb" else new


def scrub_dagster(url: str, matcher: Matcher) -> int:
    """Remove mentions from Dagster's own records (previews in events, messages); how many records."""
    changed = 0
    with connect(url) as connection:
        for table, column in _DAGSTER.items():
            if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
                continue
            changed += connection.execute(
                sql.SQL(
                    "UPDATE {t} SET {c} = regexp_replace({c}, %(pattern)s, %(new)s, 'gi') "
                    "WHERE CASE WHEN {c} ~* %(core)s THEN {c} ~* %(pattern)s ELSE false END"
                ).format(t=sql.Identifier(table), c=sql.Identifier(column)),
                {**naming_values(matcher), "new": matcher.replacement},
            ).rowcount
        if connection.execute("SELECT to_regclass('celery_taskmeta')").fetchone() != (None,):
            # results of steps, with their events: of runs that were killed; a living run takes its own within a second
            connection.execute(
                "DELETE FROM celery_taskmeta WHERE date_done < (now() AT TIME ZONE 'UTC') - interval '90 minutes'"
            )
    return changed


@dataclass(slots=True)
class ScrubbedFiles:
    """How many files were changed; which of the user's name the person, and which could not be looked through."""

    changed: int = 0
    own: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def scrub_files(state_dir: Path, matcher: Matcher, *, untouched: Collection[str]) -> ScrubbedFiles:
    """Remove mentions from logs and rendered copies in the state folder. What is `untouched`, and what a link leads to,
    is the user's. A log keeps its place: who writes it appends, and goes on."""
    files = ScrubbedFiles()
    # it passes over what goes away meanwhile, follows no link, and takes Postgres' logs without its data
    for place, folders, names in os.walk(state_dir):
        folders[:] = sorted(folders) if place != str(state_dir / "postgres") else []
        for path in (Path(place, name) for name in sorted(names)):
            if path.suffix.lower() not in _LOG_ENDINGS:
                continue
            try:
                if not path.is_file():
                    continue
                if path.stat().st_size > _MOST_LOG_BYTES:
                    files.refused.append(clean_text(f"{path} (larger than {_MOST_LOG_BYTES // 1_000_000} MB)"))
                    continue
                text = path.read_bytes().decode("utf-8", "surrogateescape")
                if (new := matcher.text(text)) == text:
                    continue
                if path.relative_to(state_dir).parts[0] in untouched or path.is_symlink():
                    files.own.append(clean_text(str(path)))
                else:
                    path.write_bytes(new.encode("utf-8", "surrogateescape"))
                    files.changed += 1
            except FileNotFoundError:
                continue
            except OSError as error:
                files.refused.append(clean_text(f"{path} ({error.strerror or error})"))
    return files
