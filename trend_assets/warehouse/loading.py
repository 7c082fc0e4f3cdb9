"""The statements that make rows of a table equal to given ones: COPY, and the difference as sets.

    few differ    COPY into a temporary table ──▶ delete what is gone, update what differs, insert what is new
    most differ   delete the partition ──▶ COPY into it

Locks, tokens and manifests belong to `writing.py`; each function runs in its caller's transaction.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from itertools import islice

import psycopg
import pyarrow as pa
from psycopg import sql

from trend_assets.tables.model import Table
from trend_assets.warehouse.connection import only_row
from trend_assets.warehouse.crash import crash_point
from trend_assets.warehouse.frames import csv_of

# from this many rows on a sample decides whether the partition is emptied and filled again, which from this share of
# new and changed rows on is faster than updating it (100,000 changed rows on a busy machine: 3.6 s against 4.7 s)
SAMPLED_FROM = 10_000
SAMPLE_ROWS = 256
REPLACE_SHARE = 0.5
# rows turned into CSV at a time, and chunks of it made ahead while the server loads the ones before
CHUNK_ROWS = 50_000
AHEAD = 4
INCOMING = sql.Identifier("pg_temp", "incoming")


def load_partition(connection: psycopg.Connection, table: Table, day: date, arrow: pa.Table) -> tuple[int, int, int]:
    """Inserted, updated and deleted rows of making the partition equal to `arrow`."""
    target, partition = _target(table), sql.Identifier(table.partition_column or "")
    in_day = sql.SQL("t.{} = {}").format(partition, sql.Literal(day))
    crash_point("before_load")
    stored = sql.SQL("SELECT 1 FROM {} t WHERE {} LIMIT 1").format(target, in_day)
    if connection.execute(stored).fetchone() is None:
        _copy(connection, target, arrow)
        return arrow.num_rows, 0, 0
    if arrow.num_rows >= SAMPLED_FROM and _mostly_differs(connection, table, arrow):
        deleted = connection.execute(sql.SQL("DELETE FROM {} t WHERE {}").format(target, in_day)).rowcount
        crash_point("after_delete")
        _copy(connection, target, arrow)
        return arrow.num_rows, 0, deleted
    _copy_incoming(connection, table, arrow)
    new, changed, gone = _differences(connection, table, arrow.column_names, in_day)
    if gone:
        delete = sql.SQL("DELETE FROM {} t WHERE {} AND NOT EXISTS (SELECT 1 FROM {} i WHERE {})")
        connection.execute(delete.format(target, in_day, INCOMING, _key_match(table)))
    crash_point("after_delete")
    if changed:
        _update(connection, table, arrow.column_names, sql.SQL("AND {}").format(in_day))
    if new:
        _insert(connection, table, arrow.column_names)
    return new, changed, gone


def _mostly_differs(connection: psycopg.Connection, table: Table, arrow: pa.Table) -> bool:
    """Whether a sample of the rows says that most are new or changed: then emptying and filling the partition is half
    the work of finding out which."""
    step = arrow.num_rows // SAMPLE_ROWS
    sample = arrow.take(pa.array(range(0, arrow.num_rows, step)))
    _copy_incoming(connection, table, sample)
    names = arrow.column_names
    query = sql.SQL(
        "SELECT count(*) FROM {} i WHERE NOT EXISTS (SELECT 1 FROM {} t WHERE {} AND ({}) IS NOT DISTINCT FROM ({}))"
    ).format(INCOMING, _target(table), _key_match(table), _columns("t", names), _columns("i", names))
    # a look at the index per row instead of a join with the whole partition
    connection.execute("SET LOCAL enable_nestloop = on; SET LOCAL enable_hashjoin = off")
    (different,) = only_row(connection, query)
    connection.execute("SET LOCAL enable_hashjoin = on")
    return different > REPLACE_SHARE * sample.num_rows


def _differences(
    connection: psycopg.Connection, table: Table, columns: Sequence[str], in_day: sql.Composable
) -> tuple[int, int, int]:
    """How many rows of the incoming table are new, how many differ from the stored ones, and how many are gone."""
    compared = _changing(table, columns)
    differ: sql.Composable = sql.SQL("FALSE")
    if compared:
        differ = sql.SQL("({}) IS DISTINCT FROM ({})").format(_columns("t", compared), _columns("i", compared))
    query = sql.SQL(
        "SELECT count(*) FILTER (WHERE t.{first} IS NULL), "
        "count(*) FILTER (WHERE t.{first} IS NOT NULL AND i.{first} IS NOT NULL AND {differ}), "
        "count(*) FILTER (WHERE i.{first} IS NULL) "
        "FROM {incoming} i FULL JOIN (SELECT * FROM {target} t WHERE {in_day}) t ON {key}"
    ).format(
        first=sql.Identifier(table.key[0]),
        differ=differ,
        incoming=INCOMING,
        target=_target(table),
        in_day=in_day,
        key=_key_match(table),
    )
    new, changed, gone = only_row(connection, query)
    return new, changed, gone


def merge_rows(connection: psycopg.Connection, table: Table, arrow: pa.Table) -> tuple[int, int]:
    """Inserted and updated rows of an upsert."""
    _copy_incoming(connection, table, arrow)
    updated = _update(connection, table, arrow.column_names, sql.SQL(""))
    return _insert(connection, table, arrow.column_names), updated


def _update(connection: psycopg.Connection, table: Table, columns: Sequence[str], extra: sql.Composable) -> int:
    """Update stored rows that differ; columns of the key and immutable ones keep the first value."""
    changing = _changing(table, columns)
    if not changing:
        return 0
    statement = sql.SQL(
        "UPDATE {target} t SET {settings} FROM {incoming} i WHERE {key} {extra} AND ({old}) IS DISTINCT FROM ({new})"
    ).format(
        target=_target(table),
        settings=sql.SQL(", ").join(sql.SQL("{0} = i.{0}").format(sql.Identifier(name)) for name in changing),
        incoming=INCOMING,
        key=_key_match(table),
        extra=extra,
        old=_columns("t", changing),
        new=_columns("i", changing),
    )
    return connection.execute(statement).rowcount


def _insert(connection: psycopg.Connection, table: Table, columns: Sequence[str]) -> int:
    """Insert the incoming rows whose key is not stored."""
    statement = sql.SQL(
        "INSERT INTO {target} ({columns}) SELECT {values} FROM {incoming} i "
        "WHERE NOT EXISTS (SELECT 1 FROM {target} t WHERE {key})"
    ).format(
        target=_target(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=_columns("i", columns),
        incoming=INCOMING,
        key=_key_match(table),
    )
    return connection.execute(statement).rowcount


def _changing(table: Table, columns: Sequence[str]) -> list[str]:
    """Columns that a later write may change."""
    return [name for name in columns if name not in table.key and not table.column(name).immutable]


def _copy_incoming(connection: psycopg.Connection, table: Table, arrow: pa.Table) -> None:
    """The rows in a temporary table with the target's types, gone at the end of the transaction."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(table.column(name).type)) for name in arrow.column_names
    )
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(INCOMING))
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE incoming ({}) ON COMMIT DROP").format(columns))
    _copy(connection, INCOMING, arrow)
    # a fresh table has no statistics: without this the planner expects one row and loops over all of them
    connection.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL work_mem = '64MB'")
    crash_point("after_load")


def _copy(connection: psycopg.Connection, target: sql.Composable, arrow: pa.Table) -> None:
    """COPY the rows, with the CSV made in a second thread: both ends work at once."""
    columns = sql.SQL(", ").join(map(sql.Identifier, arrow.column_names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(target, columns)
    with ThreadPoolExecutor(max_workers=1) as pool, connection.cursor().copy(statement) as copy:
        slices = (arrow.slice(start, CHUNK_ROWS) for start in range(0, arrow.num_rows, CHUNK_ROWS))
        made: deque[Future[bytes]] = deque(pool.submit(csv_of, part) for part in islice(slices, AHEAD))
        while made:
            chunk = made.popleft().result()
            if (following := next(slices, None)) is not None:
                made.append(pool.submit(csv_of, following))
            copy.write(chunk)
            crash_point("during_load")


def _target(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)


def _key_match(table: Table) -> sql.Composable:
    return sql.SQL(" AND ").join(sql.SQL("t.{0} = i.{0}").format(sql.Identifier(name)) for name in table.key)


def _columns(alias: str, names: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)
