"""`trend-assets export`: a table as Parquet, one folder per day, as DuckDB, Spark and pandas read it.

    FOLDER/feed.items/observed_date=2026-11-20/data.parquet        a table of days (hive partitions)
    FOLDER/trends.posts/data.parquet                               a table without days

Types come from the declaration, so a column that is unknown throughout a day has the type of the other days. A file is
written aside and put in place, so an export that is stopped leaves whole files only.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from trend_assets.tables.model import Table
from trend_assets.text import plural
from trend_assets.warehouse.errors import WarehouseMisconfigured
from trend_assets.warehouse.files import said_of, written_aside
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

# keys of the API are nobody's data
SECRET_SCHEMAS = ("api",)
BATCH_ROWS = 20_000


def export(
    warehouse: Warehouse,
    address: str,
    folder: Path,
    *,
    start: date | None,
    end: date | None,
    say: Callable[[str], None],
) -> int:
    """Write the rows of the table `address` from `start` to `end` (both included) below `folder`; how many.

    Raises WarehouseMisconfigured, a sentence, for a table that there is not, and for days of a table without them,
    and FolderRefused.
    """
    table = TABLES.get(address)
    if table is None or table.schema in SECRET_SCHEMAS:
        raise WarehouseMisconfigured(f"There is no table {address} to export; docs/tables.md lists what there is.")
    if table.partition_column is None and (start or end):
        raise WarehouseMisconfigured(
            f"{address} has no days: its rows are what is known now. Leave out --from and --to."
        )
    target = folder / address
    rows = 0
    with (
        said_of(folder, f"Exporting {address}"),
        warehouse.connect(autocommit=False, doing=f"Exporting {address}") as connection,
    ):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for day in _days(connection, table, start, end):
            place = target / f"{table.partition_column}={day}" if day else target
            rows += _write(connection, table, day, place / "data.parquet")
    pattern = f"{target}/*/*.parquet" if table.partition_column else f"{target}/data.parquet"
    say(f"{plural(rows, 'row')} of {address} {'is' if rows == 1 else 'are'} in {target}. DuckDB reads them with:")
    say(f"  SELECT * FROM read_parquet('{pattern}'{', hive_partitioning = true' if table.partition_column else ''});")
    return rows


def _days(connection: psycopg.Connection, table: Table, start: date | None, end: date | None) -> list[date | None]:
    if table.partition_column is None:
        return [None]
    days = connection.execute(
        sql.SQL("SELECT DISTINCT {day} FROM {table} WHERE {day} BETWEEN %s AND %s ORDER BY 1").format(
            day=sql.Identifier(table.partition_column), table=sql.Identifier(table.schema, table.name)
        ),
        (start or date.min, end or date.max),
    )
    return [day for (day,) in days]


def _write(connection: psycopg.Connection, table: Table, day: date | None, path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = parquet_schema(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with written_aside(path) as aside, pq.ParquetWriter(aside, schema, compression="zstd") as writer:
        for batch in _batches(connection, table, day):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            rows += len(batch)
    return rows


def _batches(connection: psycopg.Connection, table: Table, day: date | None) -> Iterator[list[dict[str, object]]]:
    columns = [column for column in table.columns if column.name != table.partition_column]
    chosen = [
        sql.SQL("{0}::text AS {0}" if column.type == "jsonb" else "{0}").format(sql.Identifier(column.name))
        for column in columns
    ]
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(chosen), sql.Identifier(table.schema, table.name))
    if day is not None:
        query += sql.SQL(" WHERE {} = %s").format(sql.Identifier(str(table.partition_column)))
    query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(map(sql.Identifier, table.key)))
    with connection.cursor(name="export", row_factory=dict_row) as cursor:
        cursor.execute(query, (day,) if day is not None else ())
        while batch := cursor.fetchmany(BATCH_ROWS):
            yield batch


def parquet_schema(table: Table) -> "pa.Schema":
    """The declared columns as Arrow's, without the one that the folders are named by."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "double precision": pa.float64(),
        "numeric(14,6)": pa.decimal128(14, 6),
        "numeric(14,2)": pa.decimal128(14, 2),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "bytea": pa.binary(),
        "text[]": pa.list_(pa.string()),
        "jsonb": pa.string(),
    }
    return pa.schema(
        [
            pa.field(column.name, types[column.type], metadata={"description": column.description})
            for column in table.columns
            if column.name != table.partition_column
        ]
    )
