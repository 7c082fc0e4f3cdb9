"""Deletes what has become too old, day by day. How old that is, by source, is declared with the source."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from trend_assets.tables.model import Table
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse
from trend_assets.warehouse.writing import forget_hashes, lock_partition


def purge(
    warehouse: Warehouse, address: str, *, before: date, where: str = "", params: Sequence[Any] = (), column: str = ""
) -> int:
    """Delete the rows of `address` of days before `before`; how many.

    The day is the partition's, else `observed_date`, else the date or time `column` (UTC). `where` is a further SQL
    condition of ours with `%s` placeholders for `params`. One transaction per day, behind the writers' lock: safe to
    kill and to repeat, and a day that is being written is waited for.
    """
    table = TABLES[address]
    name = column or table.partition_column or "observed_date"
    kind = table.column(name).type
    day = sql.SQL("{}" if kind == "date" else "({} AT TIME ZONE 'UTC')::date").format(sql.Identifier(name))
    further = sql.SQL("AND ({})").format(sql.SQL(where)) if where else sql.SQL("")
    target = sql.Identifier(table.schema, table.name)
    days = warehouse.transact(
        lambda connection: connection.execute(
            sql.SQL("SELECT DISTINCT {day} FROM {target} WHERE {day} < %s {further} ORDER BY 1").format(
                day=day, target=target, further=further
            ),
            (before, *params),
        ).fetchall(),
        doing=f"Looking for old rows of {address}",
    )
    delete = sql.SQL("DELETE FROM {target} WHERE {day} = %s {further}").format(target=target, day=day, further=further)
    return sum(
        warehouse.transact(
            lambda connection, old=old: _purge_day(connection, table, delete, old, (old, *params)),  # type: ignore[misc]
            doing=f"Purging {address} of {old}",
        )
        for (old,) in days
    )


def _purge_day(
    connection: psycopg.Connection, table: Table, delete: sql.Composed, day: date, values: Sequence[Any]
) -> int:
    lock_partition(connection, table, day if table.partition_column else None)
    count = connection.execute(delete, values).rowcount
    if table.partition_column and count:
        forget_hashes(connection, table, [day])
    return count
