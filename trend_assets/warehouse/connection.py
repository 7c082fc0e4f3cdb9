"""How to reach Postgres: connections with our session settings, the check of a given server, and the databases on it.

One server holds two databases: the data's own (whatever the URL names) and `dagster` beside it. Starting a server
belongs to `embedded.py`, tables to `schema.py`.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from trend_assets.warehouse.errors import WarehouseError, WarehouseMisconfigured, explain, redact_url
from trend_assets.warehouse.libpq import forget_variables

OLDEST_SERVER = 14
DAGSTER_DATABASE = "dagster"
CONNECT_SECONDS = 10
LOCK_TIMEOUT_SECONDS = 60
READER_ROLE = "trend_assets_reader"
SILENT_SECONDS = 60
"""After so much silence of the other side a connection counts as lost, on both sides: a machine that lost power says
goodbye to nobody, and the locks of its sessions would be held for the two hours that TCP takes by itself."""
KEEPALIVES: dict[str, Any] = {
    "keepalives_idle": SILENT_SECONDS // 2,
    "keepalives_interval": SILENT_SECONDS // 6,
    "keepalives_count": 3,
    "tcp_user_timeout": SILENT_SECONDS * 1000,
}
SESSION_KEEPALIVES = " ".join(f"-c tcp_{name.removeprefix('tcp_')}={value}" for name, value in KEEPALIVES.items())
"""The same for the server's side, which is the one that frees the locks; over a Unix socket it ignores them."""


class Databases(NamedTuple):
    """Addresses of the two databases: `data_url` for psycopg, `dagster_url` for SQLAlchemy (driver written out)."""

    data_url: str
    dagster_url: str


@contextlib.contextmanager
def connect(
    url: str, *, autocommit: bool = True, application: str = "trend_assets", lock_timeout: float = LOCK_TIMEOUT_SECONDS
) -> Iterator[psycopg.Connection]:
    """A connection in UTC whose waits for locks end (`lock_timeout`, seconds); closed at the end of the block."""
    with open_connection(url, autocommit=autocommit, application=application, lock_timeout=lock_timeout) as connection:
        yield connection


def open_connection(
    url: str, *, autocommit: bool = True, application: str = "trend_assets", lock_timeout: float = LOCK_TIMEOUT_SECONDS
) -> psycopg.Connection:
    """The same connection, to be closed by the caller."""
    forget_variables()
    given = conninfo_to_dict(normalise(url))
    ours = f"-c timezone=UTC -c lock_timeout={int(lock_timeout * 1000)} -c datestyle=ISO {SESSION_KEEPALIVES}"
    return psycopg.connect(
        **{**given, "options": f"{ours} {given.get('options') or ''}".strip()},  # type: ignore[arg-type]
        autocommit=autocommit,
        connect_timeout=CONNECT_SECONDS,
        application_name=application,
        **KEEPALIVES,
    )


def normalise(url: str) -> str:
    """The URL as psycopg wants it: `postgresql+psycopg2://…` and `postgres://…` become `postgresql://…`."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgres", "postgresql"):
        raise WarehouseMisconfigured(
            "TREND_ASSETS_DATABASE_URL is not a Postgres URL: write postgresql://user:password@host:5432/database."
        )
    try:
        given = conninfo_to_dict(f"postgresql://{rest}")
        # an @ or / of a password that was not encoded cuts the address elsewhere; what comes of it is not shown either
        if "@" in f"{given.get('host')}{given.get('dbname')}":
            raise ValueError
        if not all(0 < int(port) < 65536 for port in str(given.get("port") or 5432).split(",")):
            raise ValueError
    except (psycopg.ProgrammingError, ValueError):  # its text may quote the password
        raise WarehouseMisconfigured(
            "TREND_ASSETS_DATABASE_URL cannot be read: the port is a number below 65536, and special characters of the "
            "password are percent-encoded (a space is %20, @ is %40, / is %2F)."
        ) from None
    return f"postgresql://{rest}"


def dagster_url(url: str) -> str:
    """The URL of the database `dagster` on the same server, for dagster-postgres.

    The driver is written out: without it SQLAlchemy 2.1 takes psycopg 3 and Dagster's event storage breaks.
    """
    parts = urlsplit(normalise(url))
    return urlunsplit(parts._replace(scheme="postgresql+psycopg2", path=f"/{DAGSTER_DATABASE}"))


def prepare(url: str, *, retry_refused: bool = True) -> Databases:
    """Check the server behind `url`, create the database `dagster` beside it where it is missing, bring the
    tables to what is declared (`retry_refused`: see `schema.update`).

    Safe to repeat and to run in several processes at once. Raises WarehouseMisconfigured or WarehouseUnavailable with
    one sentence that says what to do: not reachable, wrong password, no such database, older than Postgres 14,
    encoding other than UTF-8, or a right is missing.
    """
    from trend_assets.warehouse import schema

    url = normalise(url)
    with _explained(url), connect(url) as connection:
        _require_version(connection)
        _require_encoding(connection)
        _require_rights(connection)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DAGSTER_DATABASE,)).fetchone():
            _create_dagster_database(connection)
    dagster = urlunsplit(urlsplit(url)._replace(path=f"/{DAGSTER_DATABASE}"))
    with _explained(dagster), connect(dagster) as connection:
        _require_dagster_rights(connection)
    schema.update(url, retry_refused=retry_refused)
    return Databases(data_url=url, dagster_url=dagster_url(url))


@contextlib.contextmanager
def _explained(url: str) -> Iterator[None]:
    parts = urlsplit(url)
    where = f"{parts.hostname or 'the server'}{f':{parts.port}' if parts.port else ''}{parts.path}"
    try:
        yield
    except psycopg.Error as error:
        raise explain(error, doing=f"Opening the database at {redact_url(where)}") from None


def _require_version(connection: psycopg.Connection) -> None:
    number = server_version(connection)
    if number < OLDEST_SERVER * 10_000:
        raise WarehouseMisconfigured(
            f"The Postgres behind TREND_ASSETS_DATABASE_URL is version {number // 10_000}, too old: use version "
            f"{OLDEST_SERVER} or newer, or leave the variable empty for the embedded server."
        )


def server_version(connection: psycopg.Connection) -> int:
    """The server's version as Postgres numbers it (140005 is 14.5)."""
    return connection.info.server_version


def _require_encoding(connection: psycopg.Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise WarehouseMisconfigured(
            f"The database behind TREND_ASSETS_DATABASE_URL is encoded in {encoding}, which cannot hold captions: "
            "create one with ENCODING 'UTF8' and point the variable to it."
        )


def only_row(
    connection: psycopg.Connection,
    query: LiteralString | sql.Composed,
    params: Sequence[Any] | Mapping[str, Any] = (),
) -> tuple[Any, ...]:
    """The row of a query that always has exactly one."""
    row = connection.execute(query, params).fetchone()
    if row is None:
        raise WarehouseError(f"A query that always has a row had none: {str(query)[:80]}.")
    return row


def insert(
    connection: psycopg.Connection | psycopg.Cursor[Any], table: str, row: Mapping[str, Any], *, on_conflict: str = ""
) -> psycopg.Cursor[Any]:
    """Insert a row by the names of its columns, which are ours; `on_conflict` is what follows the values."""
    values = ", ".join(f"%({name})s" for name in row)
    return connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values}) {on_conflict}".encode(), row)


def _require_rights(connection: psycopg.Connection) -> None:
    name, user, may_create = only_row(
        connection, "SELECT current_database(), current_user, has_database_privilege(current_database(), 'CREATE')"
    )
    if not may_create:
        raise WarehouseMisconfigured(
            f"The user {user} may not create schemas in the database {name}: run "
            f'GRANT CREATE, TEMPORARY ON DATABASE "{name}" TO "{user}" as its owner.'
        )


def _require_dagster_rights(connection: psycopg.Connection) -> None:
    user, may_create = only_row(connection, "SELECT current_user, has_schema_privilege('public', 'CREATE')")
    if not may_create:
        raise WarehouseMisconfigured(
            f"The user {user} may not create tables in the database {DAGSTER_DATABASE}: run "
            f'ALTER DATABASE {DAGSTER_DATABASE} OWNER TO "{user}" as a superuser.'
        )


def _create_dagster_database(connection: psycopg.Connection) -> None:
    try:
        connection.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(DAGSTER_DATABASE))
        )
    except psycopg.errors.DuplicateDatabase:
        return  # another process was first
    except psycopg.errors.InsufficientPrivilege:
        (user,) = only_row(connection, "SELECT current_user")
        raise WarehouseMisconfigured(
            f"Dagster needs a database {DAGSTER_DATABASE} on the same server and the user {user} may not create one: "
            f'run CREATE DATABASE {DAGSTER_DATABASE} OWNER "{user}" as a superuser.'
        ) from None
    except psycopg.errors.UniqueViolation:
        return  # two CREATE DATABASE at the same instant


def reader_url(url: str) -> str:
    """A URL of the same database whose sessions can only read our schemas: for the HTTP API and for visitors.

    The role `trend_assets_reader` (SELECT on all tables of our schemas except secrets and captures) is made where the
    user may make roles, and logs in itself: it cannot become more. Where the server does not let it log in, the session
    switches to it; where there is no such role, the session is read-only.
    """
    from trend_assets.warehouse.roles import ensure_reader, login_of

    role = ensure_reader(url, READER_ROLE)
    login = login_of(url, role) if role else None
    options = "-c default_transaction_read_only=on" + (f" -c role={role}" if role and not login else "")
    parts = urlsplit(login or normalise(url))
    query = "&".join(part for part in (parts.query, f"options={quote(options)}") if part)
    return urlunsplit(parts._replace(query=query))
