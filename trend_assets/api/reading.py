"""The database as readers see it: small pools of sessions that cannot write, in a role that sees no keys.

Routes run in threads and ask a `Reader`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from trend_assets.warehouse.connection import reader_url

T = TypeVar("T")
Parameters = Mapping[str, Any] | Sequence[Any]
STATEMENT_SECONDS = 10
POOL_WAIT_SECONDS = 5


def asked(pool: ConnectionPool, ask: Callable[[psycopg.Connection], T]) -> T:
    """What `ask` reads. A connection that a restart of the server has cut is replaced and asked again: looking first
    whether it lives would cost every reader a round trip."""
    try:
        with pool.connection() as connection:
            return ask(connection)
    except psycopg.errors.QueryCanceled:
        raise  # it took too long, and would again
    except psycopg.OperationalError:
        pool.check()
        with pool.connection() as connection:
            return ask(connection)


class Reader:
    """Read-only queries. Use as a context manager; `size` is the most connections it opens. `leaves_no_index`: for what
    many ask at once: prepared statements whose plans walk along an index, however long the history is. `plans_each`:
    for what is planned for its values (a rare and a frequent word want different indexes), so nothing is prepared."""

    def __init__(self, url: str, *, size: int = 4, leaves_no_index: bool = False, plans_each: bool = False) -> None:
        self._pool = ConnectionPool(
            reader_url(url),
            min_size=1,
            max_size=size,
            timeout=POOL_WAIT_SECONDS,
            kwargs={
                "autocommit": True,
                "application_name": "trend_assets api reader",
                "prepare_threshold": None if plans_each else 0 if leaves_no_index else 5,
            },
            configure=_configure_for_indexes if leaves_no_index else _configure,
            open=False,
        )

    def __enter__(self) -> "Reader":
        self._pool.open(wait=True, timeout=POOL_WAIT_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """All rows as dicts."""

        def ask(connection: psycopg.Connection) -> list[dict[str, Any]]:
            with connection.cursor(row_factory=dict_row) as cursor:
                return cursor.execute(sql.encode(), parameters).fetchall()

        return asked(self._pool, ask)

    def row(self, sql: str, parameters: Parameters = ()) -> dict[str, Any] | None:
        """The first row, None without any."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, None without any."""
        row = self.row(sql, parameters)
        return next(iter(row.values())) if row else None


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


def _configure_for_indexes(connection: psycopg.Connection) -> None:
    for statement in (*_SESSION, *_INDEX_ONLY):
        connection.execute(statement, prepare=False)
