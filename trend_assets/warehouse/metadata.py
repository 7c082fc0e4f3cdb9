"""The tables as SQLAlchemy's metadata, and the statements that make them in an empty database.

    python -m trend_assets.warehouse.metadata       print these statements

What the tables are belongs to `trend_assets/tables/` and the sources' folders, how a database with rows follows them to
`schema.py`.
"""

import hashlib
import sys
from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement, SetColumnComment, SetTableComment
from sqlalchemy.types import TypeEngine

from trend_assets.tables.model import Column, ColumnType, Table, View
from trend_assets.tables.ops import FENCING_SEQUENCE
from trend_assets.warehouse.tables import TABLES, VIEWS

LONGEST_NAME = 63
"""Postgres cuts longer names in silence, and then finds them changed."""

TYPES: dict[ColumnType, TypeEngine] = {
    "text": Text(),
    "bigint": BigInteger(),
    "integer": Integer(),
    "double precision": postgresql.DOUBLE_PRECISION(),
    "numeric(14,6)": Numeric(14, 6),
    "numeric(14,2)": Numeric(14, 2),
    "boolean": Boolean(),
    "date": Date(),
    "timestamptz": postgresql.TIMESTAMP(timezone=True),
    "bytea": postgresql.BYTEA(),
    "text[]": postgresql.ARRAY(Text()),
    "jsonb": postgresql.JSONB(),
}

# "named" leaves the % of comments alone
_DIALECT = postgresql.dialect(paramstyle="named")


def metadata(tables: Iterable[Table]) -> MetaData:
    """Tables with their keys, limits, indexes and descriptions, as Alembic compares them with a database."""
    made = MetaData()
    for table in tables:
        SqlTable(
            table.name,
            made,
            *(_column(column) for column in table.columns),
            PrimaryKeyConstraint(*table.key, name=f"{table.name}_pkey"),
            *(
                CheckConstraint(rule, name=limit_name(table.name, column.name))
                for column in table.columns
                if (rule := limit(column))
            ),
            *(Index(f"{table.name}_{'_'.join(columns)}_idx"[:LONGEST_NAME], *columns) for columns in table.indexes),
            schema=table.schema,
            comment=f"{table.grain} {table.description}",
        )
    return made


def limit(column: Column) -> str:
    """The limits of a column as SQL, empty without any. NULL passes; NaN is greater than every number in Postgres, so
    a maximum refuses it as well."""
    name = _DIALECT.identifier_preparer.quote(column.name)
    rules = [] if column.minimum is None else [f"{name} >= {column.minimum:g}"]
    rules += [] if column.maximum is None else [f"{name} <= {column.maximum:g}"]
    return " AND ".join(rules)


def limit_name(table: str, column: str) -> str:
    return f"{table}_{column}_check"[:LONGEST_NAME]


def schemas_and_sequence(tables: Iterable[Table]) -> str:
    """What the tables stand in; safe to repeat."""
    schemas = dict.fromkeys(table.schema for table in tables)
    made = "".join(f"CREATE SCHEMA IF NOT EXISTS {schema};\n" for schema in schemas)
    return made + f"CREATE SEQUENCE IF NOT EXISTS {FENCING_SEQUENCE} AS bigint;\n" * ("ops" in schemas)


def free_space(table: Table) -> str:
    """How full a page may become before the rest is kept for updated rows."""
    option = f"SET (fillfactor = {table.fillfactor})" if table.fillfactor else "RESET (fillfactor)"
    return f"ALTER TABLE {table.address} {option};\n"


def search(table: Table) -> str:
    """The column by which a search finds rows of `table`, and its index. Postgres computes it, so nothing is lost when
    one that was made otherwise is thrown away; its description says how it was made."""
    return (
        f"ALTER TABLE {table.address} DROP COLUMN IF EXISTS search, "
        f"ADD COLUMN search tsvector GENERATED ALWAYS AS ({table.search}) STORED;\n"
        f"COMMENT ON COLUMN {table.address}.search IS {literal(search_description(table))};\n"
        f"CREATE INDEX {table.name}_search_idx ON {table.address} USING gin (search);\n"
    )


def search_description(table: Table) -> str:
    made = hashlib.sha256(table.search.encode()).hexdigest()[:12]
    return f"What a search finds the row by, computed by Postgres (rule {made})."


def views(declared: Iterable[View]) -> str:
    """Views and their descriptions; safe to repeat."""
    return "".join(
        f"CREATE OR REPLACE VIEW {view.schema}.{view.name} AS {view.query};\n"
        f"COMMENT ON VIEW {view.schema}.{view.name} IS {literal(view.description)};\n"
        for view in declared
    )


def ddl(tables: Iterable[Table] = tuple(TABLES.values()), declared_views: Iterable[View] = VIEWS) -> str:
    """Statements that make everything in an empty database, in one text: one round trip instead of 1,500."""
    chosen = list(tables)
    elements: list[DDLElement] = []
    for table in metadata(chosen).sorted_tables:
        elements.append(CreateTable(table, if_not_exists=True))
        elements += [
            CreateIndex(index, if_not_exists=True) for index in sorted(table.indexes, key=lambda i: str(i.name))
        ]
        elements += [SetTableComment(table), *(SetColumnComment(column) for column in table.columns)]
    parts = [schemas_and_sequence(chosen)]
    parts += [f"{str(element.compile(dialect=_DIALECT)).strip()};\n" for element in elements]
    parts += [free_space(table) for table in chosen if table.fillfactor]
    parts += [search(table) for table in chosen if table.search]
    return "".join([*parts, views(declared_views)])


def literal(words: str) -> str:
    """Words as SQL writes them."""
    return "'" + words.replace("'", "''") + "'"


def _column(column: Column) -> SqlColumn:
    return SqlColumn(
        column.name,
        TYPES[column.type],
        nullable=column.nullable,
        server_default=text(column.default) if column.default else None,
        autoincrement=False,
        comment=column.description + (f" Unit: {column.unit}." if column.unit else ""),
    )


if __name__ == "__main__":
    sys.stdout.write(ddl())
