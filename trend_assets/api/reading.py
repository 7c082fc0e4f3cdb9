"""The database as readers see it: small pools of sessions that cannot write, in a role that sees no keys.

`Reader` gives rows to routes that run in threads. `BytesReader` gives the text that Postgres rendered to the event
loop, as bytes, for what many ask at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from trend_assets.warehouse.connection import reader_url

Parameters = Mapping[str, Any] | Sequence[Any]
STATEMENT_SECONDS = 10
POOL_WAIT_SECONDS = 5


class Reader:
    """Read-only queries. Use as a context manager; `size` is the most connections it opens."""

    def __init__(self, url: str, *, size: int = 4) -> None:
        self._pool = ConnectionPool(
            reader_url(url),
            min_size=1,
            max_size=size,
            timeout=POOL_WAIT_SECONDS,
            kwargs={"autocommit": True, "application_name": "trend_assets api reader"},
            configure=_configure,
            open=False,
        )

    def __enter__(self) -> "Reader":
        self._pool.open(wait=True, timeout=POOL_WAIT_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """All rows as dicts. A connection that a restart of the server has cut is replaced and the query asked again:
        looking first whether it lives would cost every reader a round trip."""
        try:
            return self._ask(sql, parameters)
        except psycopg.OperationalError:
            self._pool.check()
            return self._ask(sql, parameters)

    def row(self, sql: str, parameters: Parameters = ()) -> dict[str, Any] | None:
        """The first row, None without any."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, None without any."""
        row = self.row(sql, parameters)
        return next(iter(row.values())) if row else None

    def _ask(self, sql: str, parameters: Parameters) -> list[dict[str, Any]]:
        with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(sql.encode(), parameters).fetchall()


class BytesReader:
    """Single rows of prepared statements, for the event loop; texts come as bytes. Use as an async context manager.

    Few connections: with more than the cores can serve, readers would overtake each other. More than the cores, since
    others use the machine too.
    """

    def __init__(self, url: str, *, size: int = 3) -> None:
        self._pool = AsyncConnectionPool(
            reader_url(url),
            min_size=1,
            max_size=size,
            timeout=POOL_WAIT_SECONDS,
            kwargs={"autocommit": True, "application_name": "trend_assets api reader", "prepare_threshold": 0},
            configure=_configure_for_bytes,
            open=False,
        )

    async def __aenter__(self) -> "BytesReader":
        await self._pool.open(wait=True, timeout=POOL_WAIT_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def row(self, statement: bytes, parameters: Parameters = ()) -> tuple[Any, ...] | None:
        """The first row, None without any. Asked again when a restart of the server has cut the connection."""
        try:
            return await self._ask(statement, parameters)
        except psycopg.OperationalError:
            await self._pool.check()
            return await self._ask(statement, parameters)

    async def _ask(self, statement: bytes, parameters: Parameters) -> tuple[Any, ...] | None:
        async with self._pool.connection() as connection:
            return await (await connection.execute(statement, parameters)).fetchone()


class _TextAsBytes(Loader):
    """What goes out as it came needs no decoding."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


_SESSION = (
    "SET timezone = 'UTC'",
    f"SET statement_timeout = {STATEMENT_SECONDS * 1000}",
    # what every plan here needs is an index; compiling costs more than these queries take
    "SET jit = off",
)
# a page is a walk along an index, whatever the table's statistics say; so one plan fits all values, and planning,
# which costs as much as the page, happens once per connection
_INDEX_ONLY = (
    "SET plan_cache_mode = force_generic_plan",
    *(f"SET enable_{way} = off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin")),
)


def _configure(connection: psycopg.Connection) -> None:
    for statement in _SESSION:
        connection.execute(statement)


async def _configure_for_bytes(connection: psycopg.AsyncConnection) -> None:
    connection.adapters.register_loader("text", _TextAsBytes)
    for statement in (*_SESSION, *_INDEX_ONLY):
        await connection.execute(statement, prepare=False)
