"""What differs between a database and the declared tables, and which differences may be applied to one with rows.

Alembic's autogenerate finds them; three comparators that it lacks are added here: limits by what they say, keys, and
whose an undeclared thing is. What only adds is returned for `schema.py` to apply; what could lose rows or values is
refused with a sentence: of the house's own tables by SchemaRefused, of a source's table for that table alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from alembic.autogenerate import produce_migrations
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult
from sqlalchemy import ARRAY, CheckConstraint, Connection, text
from sqlalchemy import Table as SqlTable

from trend_assets.tables.model import Table
from trend_assets.warehouse.errors import SchemaRefused
from trend_assets.warehouse.metadata import free_space, limit_name, metadata, search, search_description

VERSION_TABLE = {"version_table": "schema_version", "version_table_schema": "ops"}
REVISIONS = "trend_assets/warehouse/migrations/versions/"
NEXT_STEP = (
    f"undo that in the declaration, or write a revision in {REVISIONS} that says what becomes of the data "
    "(docs/add-a-column.md); if the database was used by a newer version of trend_assets, update this one."
)

# every value of the first is a value of the second
WIDER = {("integer", "bigint"), ("integer", "double precision")}


class ChangedKeyOp(ops.MigrateOperation):
    """A table whose primary key is another one than is declared; never applied."""

    def __init__(self, schema: str, table_name: str, stored: list[str], declared: list[str]) -> None:
        self.schema, self.table_name, self.stored, self.declared = schema, table_name, stored, declared

    def reverse(self) -> "ChangedKeyOp":
        return ChangedKeyOp(self.schema, self.table_name, self.declared, self.stored)


def changes(
    connection: Connection, tables: Iterable[Table], files: Mapping[str, str]
) -> tuple[list[ops.MigrateOperation], dict[str, str]]:
    """The operations that bring the database to the declared `tables`, each of them safe on tables with rows, and the
    tables of sources that cannot follow, by address, with a sentence each: such a table is only given its new columns.

    Raises SchemaRefused where tables of the house cannot follow; nothing has been changed then. Sentences name every
    table and column that stands in the way, the file that declares it (`files`, by address) and the next step.
    """
    chosen = list(tables)
    # one schema at a time: Alembic reads the tables of the first one in bulk and those of the others one by one
    operations = [
        op
        for schema in dict.fromkeys(table.schema for table in chosen)
        for op in _differences(connection, schema, [table for table in chosen if table.schema == schema])
    ]
    new = {f"{op.schema}.{op.table_name}.{op.column.name}" for op in operations if isinstance(op, ops.AddColumnOp)}
    refused: dict[str, list[str]] = {}
    for op in operations:
        if reason := _refusal(op, connection, files, new):
            refused.setdefault(_address(op), []).append(reason)
            if isinstance(op, ops.AddColumnOp):
                op.column.nullable = True  # readers ask for it; that it is never unknown waits for its values
    if own := [reason for address in refused if not address.startswith("source.") for reason in refused[address]]:
        raise SchemaRefused(
            f"The database cannot follow the tables without losing data: {'; '.join(own)}. "
            f"Nothing was changed: {NEXT_STEP}"
        )
    safe = [op for op in operations if _address(op) not in refused or isinstance(op, ops.AddColumnOp)]
    following = [table for table in chosen if table.address not in refused]
    return [*safe, *_free_space(connection, following)], {
        address: f"{address} is not written, it cannot follow without losing data: {'; '.join(reasons)}. "
        f"Its rows are as they were: {NEXT_STEP}"
        for address, reasons in refused.items()
    }


def _address(op: ops.MigrateOperation) -> str:
    """The table that an operation changes."""
    return f"{getattr(op, 'schema', '')}.{getattr(op, 'table_name', '')}"


def widens_a_type(op: ops.MigrateOperation) -> bool:
    """Whether a view over the column stands in the way of the change."""
    return isinstance(op, ops.AlterColumnOp) and op.modify_type is not None


def _differences(connection: Connection, schema: str, tables: list[Table]) -> Iterator[ops.MigrateOperation]:
    context = MigrationContext.configure(
        connection,
        opts={
            **VERSION_TABLE,
            "include_schemas": True,
            "include_name": lambda name, kind, _: kind != "schema" or name == schema,
            "include_object": _is_ours,
            "compare_type": _compare_types,
            "compare_server_default": True,
            "autogenerate_plugins": ["alembic.autogenerate.*", f"{PLUGIN}.*"],
        },
    )
    upgrade = produce_migrations(context, metadata(tables)).upgrade_ops
    assert upgrade is not None
    for group in upgrade.ops:
        for op in group.ops if isinstance(group, ops.ModifyTableOps) else [group]:
            if isinstance(op, ops.AlterColumnOp):
                op.kw.pop("autoincrement", None)  # for MySQL; Postgres' part of Alembic warns of it
            yield op


def _compare_types(_context: Any, _stored: Any, _declared: Any, stored: Any, declared: Any) -> bool | None:
    """A list is another type than what it is a list of, which Alembic does not see; None: Alembic compares."""
    return True if isinstance(stored, ARRAY) != isinstance(declared, ARRAY) else None


def _is_ours(stored: Any, name: str | None, kind: str, reflected: bool, declared: Any) -> bool:
    """A table or column that is in the database only is ours when it has a description: we give every one of ours one.
    Undeclared indexes and constraints are left alone: they hold no data, and somebody may have added them to ours. So
    is the table of a source whose folder was left out or taken away: the platform works without it."""
    if not reflected or declared is not None:
        return True
    if kind == "table" and stored.schema == "source":
        return False
    if kind == "column" and stored.computed is not None:
        return False  # no values of its own: `searches`
    return bool(stored.comment) if kind in ("table", "column") else False


# --- what Alembic does not compare ----------------------------------------------------------------------------------


def _compare_limits(
    _: AutogenContext,
    changed: ops.ModifyTableOps,
    schema: str,
    name: str,
    stored_table: SqlTable | None,
    table: SqlTable | None,
) -> PriorityDispatchResult:
    """Limits by what they say, in Postgres' words or ours. Undeclared ones go when they bear the name of ours."""
    if stored_table is None or table is None:
        return PriorityDispatchResult.CONTINUE
    stored, declared = _checks(stored_table), _checks(table)
    ours = {limit_name(name, column.name) for column in table.columns}
    for check, constraint in stored.items():
        if check in ours and (check not in declared or _plain(constraint) != _plain(declared[check])):
            changed.ops.append(ops.DropConstraintOp.from_constraint(constraint))
    for check, constraint in declared.items():
        if check not in stored or _plain(constraint) != _plain(stored[check]):
            changed.ops.append(ops.AddConstraintOp.from_constraint(constraint))
    return PriorityDispatchResult.CONTINUE


def _checks(table: SqlTable) -> dict[str, CheckConstraint]:
    return {str(check.name): check for check in table.constraints if isinstance(check, CheckConstraint) and check.name}


def _plain(check: CheckConstraint) -> str:
    """`((stars >= (0)::double precision))` as `stars >= 0`."""
    return re.sub(r"::[a-z]+( precision)?|[()'\"]", "", str(check.sqltext))


def _free_space(connection: Connection, tables: list[Table]) -> list[ops.MigrateOperation]:
    query = """
        SELECT address, substring(array_to_string(c.reloptions, ','), 'fillfactor=([0-9]+)')::int
        FROM unnest(CAST(:addresses AS text[])) AS address JOIN pg_class c ON c.oid = to_regclass(address)"""
    stored = dict(connection.execute(text(query), {"addresses": [table.address for table in tables]}).tuples().all())
    return [ops.ExecuteSQLOp(free_space(table)) for table in tables if stored.get(table.address) != table.fillfactor]


def searches(connection: Connection, tables: Iterable[Table]) -> list[str]:
    """Statements for the tables whose column of what a search looks in is missing or made by another rule. Plain SQL:
    Alembic can neither change a computed column nor pass a colon on."""
    query = """
        SELECT address, col_description(a.attrelid, a.attnum)
        FROM unnest(CAST(:addresses AS text[])) AS address
        JOIN pg_attribute a ON a.attrelid = to_regclass(address) AND a.attname = 'search' AND NOT a.attisdropped"""
    chosen = [table for table in tables if table.search]
    stored = dict(connection.execute(text(query), {"addresses": [table.address for table in chosen]}).tuples().all())
    return [search(table) for table in chosen if stored.get(table.address) != search_description(table)]


def _compare_key(
    _: AutogenContext,
    changed: ops.ModifyTableOps,
    schema: str,
    name: str,
    stored_table: SqlTable | None,
    table: SqlTable | None,
) -> PriorityDispatchResult:
    if stored_table is not None and table is not None:
        stored, declared = ([column.name for column in each.primary_key] for each in (stored_table, table))
        if stored != declared:
            changed.ops.append(ChangedKeyOp(schema, name, stored, declared))
    return PriorityDispatchResult.CONTINUE


PLUGIN = "trend_assets"
_plugin = Plugin(f"{PLUGIN}.tables")
_plugin.add_autogenerate_comparator(_compare_limits, "table", "limits")
_plugin.add_autogenerate_comparator(_compare_key, "table", "key")


# --- what may not be applied ----------------------------------------------------------------------------------------


def _refusal(op: ops.MigrateOperation, connection: Connection, files: Mapping[str, str], new: set[str]) -> str | None:
    """Why `op` could lose data, naming table, column and file; None for one that only adds (`new`: such columns)."""
    if isinstance(op, ops.CreateTableOp | ops.CreateIndexOp | ops.DropIndexOp | ops.CreateTableCommentOp):
        return None
    address = _address(op)
    file = files.get(address, f"trend_assets/tables/{address.partition('.')[0]}.py")
    match op:
        case ops.AddColumnOp(column=added):
            if added.nullable or added.server_default is not None:
                return None
            return f"{address}.{added.name} is new in {file}, may not be unknown and has no default for the old rows"
        case ops.DropTableOp():
            return f"the table {address} is not declared in {file}, and dropping or renaming it would lose its rows"
        case ops.DropColumnOp(column_name=name):
            return f"{address}.{name} is not declared in {file}, and dropping or renaming it would lose its values"
        case ops.AlterColumnOp(column_name=name):
            return _altered(op, f"{address}.{name}", file, connection)
        case ops.DropConstraintOp(constraint_type="check"):
            return None
        case ops.CreateCheckConstraintOp(condition=condition):
            column = f"{address}.{str(condition).split()[0]}".replace('"', "")
            if column in new or not (count := _count(connection, address, f"NOT ({condition})")):
                return None
            return f"{column} is limited to {condition} in {file}, and {count:,} rows break that"
        case ChangedKeyOp():
            old, other = (", ".join(key) for key in (op.stored, op.declared))
            return f"{address} has the key ({old}) and is declared with ({other}) in {file}"
    return f"{address} needs {type(op).__name__}, which is not known to be safe, to become what {file} declares"


def _altered(op: ops.AlterColumnOp, column: str, file: str, connection: Connection) -> str | None:
    if op.modify_type is not None and op.existing_type is not None:
        name_of = connection.dialect.type_compiler_instance.process
        old, new = name_of(op.existing_type).lower(), name_of(op.modify_type).lower()
        if (old, new) not in WIDER:
            return (
                f"{column} is {old.lower()} and is declared as {new.lower()} in {file}, which may not hold every value"
            )
    if op.modify_nullable is False:
        address, _, name = column.rpartition(".")
        if count := _count(connection, address, f'"{name}" IS NULL'):
            return f"{column} may not be unknown in {file}, and {count:,} rows have no value"
    return None


def _count(connection: Connection, address: str, condition: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {address} WHERE {condition}")).scalar_one())
