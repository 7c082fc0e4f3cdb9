"""The role that can only read: what the HTTP API logs in as, so that nothing it can be made to say makes it more."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from trend_assets.warehouse.connection import connect, normalise
from trend_assets.warehouse.errors import WarehouseMisconfigured
from trend_assets.warehouse.tables import TABLES

# rows that no reader needs: verbatim answers, and who may use the API
NOT_FOR_READERS = ("capture", "api")
# a password of its own follows from the owner's, so that all processes know it and nothing has to be kept
LOGIN_SECONDS = 10
LOGIN = sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD {}")
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('trend_assets.roles', 0))"


def ensure_reader(url: str, role: str) -> str | None:
    """Create `role` with SELECT on our schemas and let the current user switch to it; None where it may not create it.

    Safe to repeat; run after each migration, so that new tables become readable.
    """
    name = sql.Identifier(role)
    schemas = sorted({table.schema for table in TABLES.values()} - set(NOT_FOR_READERS))
    with connect(url) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            try:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
                connection.execute(sql.SQL("GRANT {} TO current_user").format(name))
            except psycopg.errors.InsufficientPrivilege:
                return None
            except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                pass  # another process was first
        with connection.transaction():
            connection.execute(LOCK)
            _grant(connection, schemas, name)
    return role


def _grant(connection: psycopg.Connection, schemas: Iterable[str], role: sql.Identifier) -> None:
    """Let a role read what is in these schemas now."""
    for schema in map(sql.Identifier, schemas):
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
        connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, role))


def login_of(url: str, role: str) -> str | None:
    """The URL with which `role` itself logs in; None where the server or its owner does not let it. A session that
    switched to a role can switch back, one that logged in as it cannot."""
    parts = urlsplit(normalise(url))
    if not parts.password:
        return None
    password = _password(unquote(parts.password), role)
    login = _url_of(parts, role, password)
    if _can(login):
        return login
    try:
        with connect(url) as connection, connection.transaction():
            connection.execute(LOCK)
            connection.execute(LOGIN.format(sql.Identifier(role), sql.Literal(password)))
    except psycopg.errors.InsufficientPrivilege:
        return None
    return login if _can(login) else None


BI_SCHEMAS = ("feed", "velocity", "trends", "comets")
BI_MARK = "Reads for trend_assets reader."


def make_login(url: str, role: str, password: str) -> str:
    """A login for a tool that draws charts: reads BI_SCHEMAS, today's tables and those to come, and nothing else. A
    role of ours gets the new password. Returns the URL; raises WarehouseMisconfigured with a sentence."""
    name = sql.Identifier(role)
    with connect(url) as connection, connection.transaction():
        connection.execute(LOCK)
        mark = _mark_of(connection, role)
        if mark is not None and mark[0] != BI_MARK:
            raise WarehouseMisconfigured(f"The role {role} is not one of these readers; choose another name.")
        try:
            if mark is None:
                connection.execute(sql.SQL("CREATE ROLE {}").format(name))
                connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(BI_MARK)))
            connection.execute(LOGIN.format(name, sql.Literal(password)))
            for setting in ("default_transaction_read_only = on", "statement_timeout = '60s'", "timezone = 'UTC'"):
                connection.execute(sql.SQL("ALTER ROLE {} SET " + setting).format(name))
        except psycopg.errors.InsufficientPrivilege:
            raise WarehouseMisconfigured(
                "The database's user may not make roles: let an administrator run CREATE ROLE, or use the embedded one."
            ) from None
        _grant(connection, BI_SCHEMAS, name)
        for schema in map(sql.Identifier, BI_SCHEMAS):
            connection.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT SELECT ON TABLES TO {}").format(schema, name)
            )
    return _url_of(urlsplit(normalise(url)), role, password)


def drop_login(url: str, role: str) -> bool:
    """Take a login away that `make_login` made; False when there is none by that name."""
    name = sql.Identifier(role)
    with connect(url) as connection, connection.transaction():
        mark = _mark_of(connection, role)
        if mark is None or mark[0] != BI_MARK:
            return False
        connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))
    return True


def _mark_of(connection: psycopg.Connection, role: str) -> tuple[str | None] | None:
    """The description of a role, in a row; None where there is no such role."""
    return connection.execute(
        "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()


def _url_of(server: SplitResult, role: str, password: str) -> str:
    address = server.netloc.rpartition("@")[2]
    return urlunsplit(server._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{address}"))


def _can(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=LOGIN_SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


def _password(owners: str, role: str) -> str:
    made = hmac.new(owners.encode(), f"trend_assets login of {role}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
