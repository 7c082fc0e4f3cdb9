"""The vocabulary of the catalogue: what a table and a column say of themselves.

Tables are declared in one module per schema beside this file (`capture`, `source`, `comets`, …) and collected by
`catalogue.py`. From them come the DDL, the typed frames, Dagster's column schema, the blocking checks and the docs page.
"""

from dataclasses import dataclass, field
from itertools import chain
from typing import Literal, get_args

ColumnType = Literal[
    "text", "bigint", "integer", "double precision", "numeric(14,6)", "numeric(14,2)", "boolean", "date",
    "timestamptz", "bytea", "text[]", "jsonb",
]  # fmt: skip


EVERY_SOURCE_OF_POSTS = "source.*"
"""As an upstream: the table of every source that holds posts. The sources declare theirs, `warehouse/tables.py` knows.
In the same way `source@<role>` and `capture@<role>` are the tables of the sources with that role, or that scoring."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `unit` is what its number counts (`views`, `USD`, `seconds`, `share 0-1`); `minimum` the smallest
    value that makes sense (checked as blocking); `immutable` keeps the first stored value in upserts."""

    name: str
    type: ColumnType
    description: str
    nullable: bool = True
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    immutable: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `grain` says what one row is; `key` is the primary key; `partition_column` names the day column of a
    daily-partitioned table (None: a state table, written by upsert). `never_empty`: a partition without rows is a
    failure. `upstream` are the addresses of the tables its rows are computed from (lineage). `search` says in SQL what a
    search finds a row by (`search.py`): Postgres keeps it in a column of that name, which nobody writes or reads as a
    value, so it is none of `columns`."""

    schema: str
    name: str
    grain: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition_column: str | None = None
    never_empty: bool = False
    upstream: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    fillfactor: int | None = None
    search: str = ""
    person_columns: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Raises ValueError for a declaration that no database could follow."""
        names = self.column_names
        unknown = {*self.key, *self.person_columns, *chain(*self.indexes), self.partition_column or names[0]} - {*names}
        untyped = {column.type for column in self.columns} - set(get_args(ColumnType))
        kept = {column.name for column in self.columns if column.immutable and self.partition_column}
        for wrong, what in (
            ({name for name in names if names.count(name) > 1}, "are declared twice"),
            (unknown, "are named by its key, indexes, partition or persons and are not columns of it"),
            (untyped, "are not types that a column can have"),
            (kept, "keep their first value, which a partition that is written anew cannot"),
        ):
            if wrong:
                raise ValueError(f"Table {self.address}: {', '.join(sorted(wrong))} {what}")

    @property
    def address(self) -> str:
        """`schema.name`; the Dagster asset key is [schema, name]."""
        return f"{self.schema}.{self.name}"

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"Table {self.address} has no column {name}.")

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


@dataclass(frozen=True, slots=True)
class View:
    """A query with an address; it holds no rows of its own, so it is made anew whenever its text changes."""

    schema: str
    name: str
    query: str
    description: str
