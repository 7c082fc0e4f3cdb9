"""The catalogue as DDL: schemas, tables, constraints, indexes, comments and the views over the captures.

    python -m trend_assets.warehouse.ddl            print the whole DDL
    python -m trend_assets.warehouse.ddl --freeze   write it as the first migration (only before the first release)

A database is built from migrations (`migrate.py`); tests build one from here and compare both.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from trend_assets.tables.model import Column, Table
from trend_assets.warehouse.tables import CAPTURE_SOURCES, TABLES

FROZEN = Path(__file__).parent / "migrations" / "versions" / "0001_initial.sql"
FENCING_SEQUENCE = "ops.fencing_token"


def ddl(tables: Iterable[Table] | None = None, *, capture_sources: Iterable[str] = CAPTURE_SOURCES) -> str:
    """Statements that create everything in an empty database; safe to repeat where the objects are equal."""
    chosen = list(TABLES.values()) if tables is None else list(tables)
    schemas = dict.fromkeys(table.schema for table in chosen)
    parts = [f"CREATE SCHEMA IF NOT EXISTS {_name(schema)};" for schema in schemas]
    if "ops" in schemas:
        parts.append(f"CREATE SEQUENCE IF NOT EXISTS {FENCING_SEQUENCE} AS bigint;")
    parts += [table_ddl(table) for table in chosen]
    if "capture" in schemas:
        parts += [_capture_view(source) for source in capture_sources]
    return "\n\n".join(parts) + "\n"


def table_ddl(table: Table) -> str:
    """CREATE TABLE with its constraints, indexes and comments."""
    lines = [f"    {_name(column.name)} {column.type}{_column_rules(column)}" for column in table.columns]
    lines.append(f"    CONSTRAINT {_name(f'{table.name}_pkey')} PRIMARY KEY ({_names(table.key)})")
    lines += [f"    {check}" for column in table.columns if (check := _check(table, column))]
    storage = f" WITH (fillfactor = {table.fillfactor})" if table.fillfactor else ""
    statements = [f"CREATE TABLE IF NOT EXISTS {_address(table)} (\n" + ",\n".join(lines) + f"\n){storage};"]
    for columns in table.indexes:
        index = _name(f"{table.name}_{'_'.join(columns)}_idx"[:63])
        statements.append(f"CREATE INDEX IF NOT EXISTS {index} ON {_address(table)} ({_names(columns)});")
    comment = f"{table.grain} {table.description}"
    statements.append(f"COMMENT ON TABLE {_address(table)} IS {_literal(comment)};")
    statements += [
        f"COMMENT ON COLUMN {_address(table)}.{_name(column.name)} IS {_literal(_column_comment(column))};"
        for column in table.columns
    ]
    return "\n".join(statements)


def _column_rules(column: Column) -> str:
    default = f" DEFAULT {column.default}" if column.default else ""
    return default + ("" if column.nullable else " NOT NULL")


def _check(table: Table, column: Column) -> str:
    """Limits that the catalogue states, held by the database too; NULL passes. NaN is greater than every number in
    Postgres, so a maximum refuses it as well."""
    rules = []
    if column.minimum is not None:
        rules.append(f"{_name(column.name)} >= {column.minimum:g}")
    if column.maximum is not None:
        rules.append(f"{_name(column.name)} <= {column.maximum:g}")
    if not rules:
        return ""
    return f"CONSTRAINT {_name(f'{table.name}_{column.name}_check'[:63])} CHECK ({' AND '.join(rules)})"


def _column_comment(column: Column) -> str:
    return column.description + (f" Unit: {column.unit}." if column.unit else "")


def _capture_view(source: str) -> str:
    view = f"capture.{_name(source)}"
    comment = f"One row per answered call of the source {source}: its rows of capture.answers."
    return (
        f"CREATE OR REPLACE VIEW {view} AS\n    SELECT * FROM capture.answers WHERE source = {_literal(source)};\n"
        f"COMMENT ON VIEW {view} IS {_literal(comment)};"
    )


def _address(table: Table) -> str:
    return f"{_name(table.schema)}.{_name(table.name)}"


def _names(columns: Iterable[str]) -> str:
    return ", ".join(_name(column) for column in columns)


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def main(arguments: list[str]) -> None:
    """Print the DDL, or freeze it as the first migration."""
    if "--freeze" in arguments:
        FROZEN.write_text(ddl(), encoding="utf-8")
        print(f"Wrote {FROZEN}: {len(TABLES)} tables.")
    else:
        sys.stdout.write(ddl())


if __name__ == "__main__":
    main(sys.argv[1:])
