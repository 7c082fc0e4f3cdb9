"""The warehouse: typed frames out of Postgres, and whole partitions into it, each in one transaction.

What a column can hold belongs to `values.py`, rows to `rows.py`, the statements of a write to `writing.py`, answers
of providers to `capture/session.py`.
"""

import contextlib
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from trend_assets.tables.model import Table
from trend_assets.tables.ops import FENCING_SEQUENCE
from trend_assets.warehouse import connection as connections
from trend_assets.warehouse.crash import crash_point
from trend_assets.warehouse.errors import can_heal, explain
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.warehouse.rows import Judged
    from trend_assets.warehouse.writing import WriteReport

Result = TypeVar("Result")
Parameters = Sequence[Any] | Mapping[str, Any]

TRIES = 5
IDLE_CONNECTIONS = 8


class Warehouse:
    """Reader and writer of the catalogue's tables in the database behind `url`.

    Keeps a few idle connections for the next transaction, reset in between; safe to share between threads and to
    pickle. Every write is one transaction and is run again
    when the server restarted, a connection was cut or a lock was waited for too long (5 tries within about 20 s).
    All errors are WarehouseError: one sentence with the next step.
    """

    def __init__(self, url: str) -> None:
        self._url = connections.normalise(url)
        self._idle: list[psycopg.Connection] = []
        weakref.finalize(self, _close_all, self._idle)

    def __reduce__(self) -> tuple[type["Warehouse"], tuple[str]]:
        return Warehouse, (self._url,)

    def __repr__(self) -> str:
        from trend_assets.warehouse.errors import redact_url

        return f"Warehouse({redact_url(self._url)!r})"

    @contextlib.contextmanager
    def connect(self, *, autocommit: bool = True, doing: str = "The database work") -> Iterator[psycopg.Connection]:
        """A connection in UTC, closed (and without `autocommit` committed) at the end of the block; `doing` names it
        in errors."""
        try:
            with connections.connect(self._url, autocommit=autocommit) as connection:
                yield connection
        except psycopg.Error as error:
            raise explain(error, doing=doing) from error

    def transact(self, work: Callable[[psycopg.Connection], Result], *, doing: str, tries: int = TRIES) -> Result:
        """Run `work` in one transaction, again on a new connection when the failure can heal; `doing` names it in
        errors. `work` must be safe to repeat: a commit whose answer was lost is repeated too."""
        try:
            for attempt in Retrying(
                stop=stop_after_attempt(tries),
                wait=wait_exponential_jitter(multiplier=0.5, max=8, jitter=0.5),
                retry=retry_if_exception(can_heal),
                reraise=True,
            ):
                with attempt, self._transaction() as connection:
                    result = work(connection)
                    crash_point("before_commit")
                    connection.commit()
                    crash_point("after_commit")
        except psycopg.Error as error:
            raise explain(error, doing=doing) from error
        return result

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection]:
        """A connection without autocommit, an idle one when there is one. Opening one costs a process on the server
        and 3 ms; a day of the platform makes thousands of short transactions."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = connections.open_connection(self._url, autocommit=False)
            # psycopg would go on using statements that the reset has thrown away
            connection.prepare_threshold = None
        try:
            yield connection
        except BaseException:
            connection.close()
            # when the server went away the other idle ones are as dead as this one
            _close_all(self._idle)
            raise
        self._keep(connection)

    def _keep(self, connection: psycopg.Connection) -> None:
        """Put a connection aside for the next transaction, without anything of the last one: temporary tables,
        settings, advisory locks, prepared statements."""
        try:
            connection.read_only = None
            connection.autocommit = True
            connection.execute("DISCARD ALL")
            connection.autocommit = False
        except psycopg.Error:
            connection.close()
        if connection.closed or len(self._idle) >= IDLE_CONNECTIONS:
            connection.close()
        else:
            self._idle.append(connection)

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(
        self,
        address: str,
        *,
        day: date | None = None,
        start: date | None = None,
        end: date | None = None,
        columns: Sequence[str] | None = None,
        where: str = "",
        params: Parameters = (),
    ) -> "pd.DataFrame":
        """Rows of the table `address`, typed and sorted by its key: one `day`, or `start` to `end` (both included).

        `where` is a further SQL condition of ours with `%s` placeholders for `params`. Text comes as str, whole
        numbers as Int64, numbers as float64 (NaN: unknown), booleans as boolean, dates, lists, JSON and bytes as
        objects, times as datetime64[us, UTC].
        """
        table = TABLES[address]
        conditions: list[sql.Composable] = []
        limits = ((">=", start), ("<=", end)) if day is None else (("=", day),)
        for operator, limit in limits:
            if limit is None:
                continue
            if table.partition_column is None:
                raise ValueError(f"{address} has no partitions: read it whole, or with a condition.")
            conditions.append(
                sql.SQL("{} {} {}").format(
                    sql.Identifier(table.partition_column), sql.SQL(operator), sql.Literal(limit)
                )
            )
        if where:
            conditions.append(sql.SQL("({})").format(sql.SQL(where)))
        names = [table.column(name).name for name in columns] if columns else table.column_names
        query = sql.SQL("SELECT {columns} FROM {table}{where} ORDER BY {key}").format(
            columns=sql.SQL(", ").join(map(sql.Identifier, names)),
            table=sql.Identifier(table.schema, table.name),
            where=sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions) if conditions else sql.SQL(""),
            key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
        )
        return self.query(query, params)

    def query(self, query: str | sql.SQL | sql.Composed, params: Parameters = ()) -> "pd.DataFrame":
        """The result of a SELECT as a frame typed like `read`'s. Read-only; streamed through COPY."""
        from trend_assets.warehouse.reading import read_query

        def work(connection: psycopg.Connection) -> "pd.DataFrame":
            connection.read_only = True
            return read_query(connection, query, params)

        return self.transact(work, doing="Reading the warehouse")

    # --- writing ----------------------------------------------------------------------------------------------------

    def next_token(self) -> int:
        """A fencing token, higher than every one before: take it when an attempt starts, not when it writes."""
        return self.transact(
            lambda connection: int(connections.only_row(connection, f"SELECT nextval('{FENCING_SEQUENCE}')")[0]),
            doing="Taking a fencing token",
        )

    def write_partition(
        self,
        address: str,
        day: date,
        frame: "pd.DataFrame | Judged",
        *,
        token: int | None = None,
        run_id: str = "",
        received: int | None = None,
        deduplicated: int = 0,
        quarantined: Sequence[Any] = (),
    ) -> "WriteReport":
        """Make the partition `day` of `address` hold exactly the rows of `frame`, judged already or not, in one
        transaction.

        Readers see the old partition or the new one; a frame equal to what is stored writes nothing. What cannot be
        held becomes NULL or is set aside in ops.quarantine, with the reason, beside the `quarantined` items (with
        `reason`, `raw` and perhaps `capture_id`) of the caller. `received` and `deduplicated` go to the manifest,
        ops.partition_writes. Raises StaleWriter when an attempt with a newer `token` has written the partition,
        ValueError for a frame that is not of this table or day.
        """
        from trend_assets.warehouse import writing
        from trend_assets.warehouse.rows import Judged, judge, without_bugs

        table = _partitioned(address)
        judged = frame if isinstance(frame, Judged) else judge(table, frame, day=day)
        write = writing.PartitionWrite(
            table=table,
            day=day,
            given=without_bugs(judged),
            token=self.next_token() if token is None else token,
            run_id=run_id,
            received=received,
            deduplicated=deduplicated,
            quarantined=[writing.quarantine_row(item) for item in quarantined],
        )
        _ = write.given.any_order  # computed here, not while the partition is locked
        return self.transact(
            lambda connection: writing.replace_partition(connection, write), doing=f"Writing {address} of {day}"
        )

    def upsert(self, address: str, frame: "pd.DataFrame") -> "WriteReport":
        """Insert or update the rows of `frame` in `address`, in one transaction; rows not in it stay.

        Columns that the frame lacks are left alone, immutable ones keep their first value, equal rows are not
        written. What cannot be held is NULL or set aside in ops.quarantine under today's date.
        """
        from trend_assets.warehouse import writing
        from trend_assets.warehouse.rows import prepare

        table = TABLES[address]
        prepared = prepare(table, frame, fill=False)
        return self.transact(
            lambda connection: writing.upsert_rows(connection, table, prepared),
            doing=f"Updating {address}",
        )


def _partitioned(address: str) -> Table:
    table = TABLES[address]
    if table.partition_column is None:
        raise ValueError(f"{address} has no partitions: use upsert.")
    return table


def _close_all(idle: list[psycopg.Connection]) -> None:
    """Close and forget every idle connection."""
    while idle:
        with contextlib.suppress(IndexError):
            idle.pop().close()
