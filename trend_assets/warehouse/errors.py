"""Errors of the warehouse: one sentence each, naming the thing, the reason and the next step, never a password.

`explain` turns what psycopg raises into such a sentence; `can_heal` tells what is worth another try. SQL does not
belong here.
"""

import re

import psycopg
from psycopg import errors as pg

_SECRET = re.compile(r"(postgres(?:ql)?(?:\+\w+)?://[^:/@\s]*):[^@\s]*@", re.IGNORECASE)
# a refusal at the door comes without SQLSTATE, so its words decide
_NO_CONNECTION = ("too many clients", "too many connections", "remaining connection slots")
_KEYWORD_SECRET = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)", re.IGNORECASE)


class WarehouseError(Exception):
    """The warehouse could not do what was asked; the message says why and what to do."""


class WarehouseUnavailable(WarehouseError):
    """Postgres cannot be reached, or went away in the middle, also after the tries that were worth it."""


class WarehouseMisconfigured(WarehouseError):
    """The given database cannot serve: wrong password, too old, or a right is missing."""


class SchemaRefused(WarehouseMisconfigured):
    """The database cannot follow the declared tables without losing data: a written revision is needed."""


class StaleWriter(WarehouseError):
    """A newer attempt has already written this partition; the older one is refused and changed nothing."""


class EmbeddedServerError(WarehouseError):
    """The embedded Postgres could not be started or found."""


def redact_url(text: str) -> str:
    """`text` with the password of every Postgres URL or `password=…` replaced by asterisks."""
    return _KEYWORD_SECRET.sub(r"\1***", _SECRET.sub(r"\1:***@", text))


def can_heal(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is run again: lost connections, restarts, deadlocks, waits for
    a lock, and a server that has no free connection right now. Never true for wrong data, rights or a full disk."""
    if isinstance(error, pg.DeadlockDetected | pg.SerializationFailure | pg.LockNotAvailable | pg.TooManyConnections):
        return True
    if isinstance(
        error, pg.AdminShutdown | pg.CrashShutdown | pg.CannotConnectNow | pg.IdleInTransactionSessionTimeout
    ):
        return True
    if isinstance(error, pg.InvalidPassword | pg.InvalidAuthorizationSpecification | pg.InvalidCatalogName):
        return False
    if isinstance(error, psycopg.OperationalError):
        # without SQLSTATE the connection itself broke (or was refused); class 08 says the same with a code
        text = str(error)
        if "authentication failed" in text or "does not exist" in text or "no password supplied" in text:
            return False
        return error.sqlstate is None or error.sqlstate.startswith("08")
    return isinstance(error, psycopg.InterfaceError) and "clos" in str(error)


def database_error(error: BaseException | None) -> psycopg.Error | None:
    """The database's own error in or behind `error`; None when it is none. Dagster's storage speaks through SQLAlchemy
    and psycopg2, whose errors are taken for ours of the same SQLSTATE."""
    while error is not None:
        if isinstance(error, psycopg.Error):
            return error
        if type(error).__module__.startswith("psycopg2"):
            try:
                return pg.lookup(getattr(error, "pgcode", None) or "")(str(error))
            except KeyError:
                lost = type(error).__name__ in ("OperationalError", "InterfaceError")
                return (psycopg.OperationalError if lost else psycopg.DatabaseError)(str(error))
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
    return None


def explain(error: BaseException, *, doing: str = "The database work") -> WarehouseError:
    """The WarehouseError to raise for `error`; `doing` is the sentence's subject (`Writing source.x of 2026-…`)."""
    if isinstance(error, WarehouseError):
        return error
    error = database_error(error) or error
    text = redact_url(" ".join(str(error).split()))
    if isinstance(error, pg.InvalidPassword) or "password authentication failed" in text or "no password" in text:
        return WarehouseMisconfigured(
            f"{doing} failed because Postgres refuses the user or the password: correct TREND_ASSETS_DATABASE_URL."
        )
    if isinstance(error, pg.InvalidCatalogName) or ("database" in text and "does not exist" in text):
        return WarehouseMisconfigured(
            f"{doing} failed because the database does not exist: create it or correct TREND_ASSETS_DATABASE_URL."
        )
    if isinstance(error, pg.InsufficientPrivilege):
        return WarehouseMisconfigured(
            f"{doing} failed because a right is missing ({_first(text)}): grant it to the database user."
        )
    if isinstance(error, pg.UndefinedTable | pg.UndefinedColumn | pg.InvalidSchemaName):
        return WarehouseMisconfigured(
            f"{doing} failed because the schema is not up to date ({_first(text)}): run trend-assets doctor, which "
            "brings the database to the declared tables as every start does."
        )
    if isinstance(error, pg.DiskFull | pg.IoError):
        return WarehouseUnavailable(
            f"{doing} failed because the database's disk is full or broken ({_first(text)}): free some space, then run "
            "it again; nothing was changed."
        )
    if isinstance(error, pg.OutOfMemory | pg.ConfigurationLimitExceeded | pg.ProgramLimitExceeded):
        return WarehouseUnavailable(
            f"{doing} failed because Postgres has not enough memory or meets a limit that was set for it "
            f"({_first(text)}): give it more, or work on fewer days at once; nothing was changed."
        )
    if isinstance(error, pg.QueryCanceled):
        return WarehouseUnavailable(
            f"{doing} failed because Postgres ended the statement ({_first(text)}): it took longer than allowed, or "
            "somebody cancelled it; run it again; nothing was changed."
        )
    if isinstance(error, pg.TooManyConnections) or any(words in text for words in _NO_CONNECTION):
        return WarehouseUnavailable(
            f"{doing} failed because Postgres has no free connection: raise its max_connections or run less at once; "
            "nothing was changed."
        )
    if isinstance(error, pg.LockNotAvailable | pg.DeadlockDetected):
        return WarehouseUnavailable(
            f"{doing} failed because another session holds the same rows for too long ({_first(text)}): run it again "
            "when that has ended; nothing was changed."
        )
    if isinstance(error, pg.ReadOnlySqlTransaction):
        return WarehouseMisconfigured(f"{doing} failed because the database is read-only: point to the primary server.")
    if can_heal(error):
        return WarehouseUnavailable(
            f"{doing} failed because Postgres is not reachable ({_first(text)}): check that it runs, then try again; "
            "nothing was half-written."
        )
    return WarehouseError(f"{doing} failed: {type(error).__name__}: {_first(text)}.")


def _first(text: str) -> str:
    """The first part of a server's message, short enough for a sentence."""
    return text.split("CONTEXT:")[0].split("DETAIL:")[0].strip().rstrip(".")[:200]
