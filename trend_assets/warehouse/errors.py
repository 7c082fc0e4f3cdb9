"""Errors of the warehouse: one sentence each, naming the thing, the reason and the next step, never a password.

`explain` turns what psycopg raises into such a sentence; `can_heal` tells what is worth another try. SQL does not
belong here.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors as pg

_SECRET = re.compile(r"(postgres(?:ql)?(?:\+\w+)?://[^:/@\s]*):[^@\s]*@", re.IGNORECASE)
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


@dataclass(frozen=True)
class _Refusal:
    """What Postgres refuses: known by its class, at the door (where no SQLSTATE comes) by its words."""

    raised: tuple[type[BaseException], ...]
    words: str
    because: str
    kind: type[WarehouseError] = WarehouseMisconfigured
    heals: bool = False
    may_be_full: bool = False
    """Whether a full disk is what it may come of."""

    def fits(self, error: BaseException) -> bool:
        if isinstance(error, self.raised):
            return True
        at_the_door = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
        at_the_door |= isinstance(error, psycopg.ProgrammingError) and "connection option" in str(error)
        return at_the_door and bool(self.words) and re.search(self.words, str(error)) is not None


_URL = "correct TREND_ASSETS_DATABASE_URL."
_KEPT = "nothing was changed."
FULL_BYTES = 32_000_000
"""Less than two segments of its log: Postgres cannot go on."""
# the first that fits; `{said}` is what the server says
_REFUSALS = (
    _Refusal((pg.InvalidPassword,), "password authentication failed|no password supplied",
             f"because Postgres refuses the user or the password: {_URL}"),
    _Refusal((pg.InvalidAuthorizationSpecification,),
             r'role ".*" does not exist|not permitted to log in|authentication failed',
             "because Postgres does not let this user in ({said}): create it with CREATE ROLE … LOGIN PASSWORD …, or "
             f"{_URL}"),
    _Refusal((), r"pg_hba\.conf",
             "because the server lets this user in from other places only ({said}): add a line to its pg_hba.conf, "
             f"where it wants encryption add ?sslmode=require to the address, or {_URL}"),
    _Refusal((pg.InvalidCatalogName, pg.DatabaseDropped), 'database ".*" does not exist',
             f"because the database does not exist: create it or {_URL}"),
    _Refusal((), "not currently accepting connections",
             "because the database is closed ({said}): open it with ALTER DATABASE … ALLOW_CONNECTIONS true, or "
             f"{_URL}"),
    _Refusal((pg.InsufficientPrivilege,), "permission denied",
             "because a right is missing ({said}): grant it to the database user."),
    _Refusal((), "does not support SSL|SSL was required|certificate|private key|channel binding|GSSAPI",
             "because server and address do not agree on encryption ({said}): correct sslmode and the certificates "
             "in TREND_ASSETS_DATABASE_URL, or set TLS up on the server."),
    _Refusal((), "invalid .* value|invalid value for|invalid connection option|unrecognized configuration|"
             "definition of service|invalid port",
             f"because a parameter of the address cannot be met ({{said}}): {_URL}"),
    _Refusal((), "hot standby mode|session is (not )?read-only",
             "because no server of the address has the part that is asked for ({said}): wait until the primary is "
             f"back, or {_URL}", WarehouseUnavailable, heals=True),
    _Refusal((), "expected authentication request|unsupported frontend protocol",
             f"because what answers there is no Postgres ({{said}}): {_URL}"),
    _Refusal((), "resolve host|translate host name",
             f"because the name of the server is not known here ({{said}}): {_URL}", WarehouseUnavailable, heals=True),
    _Refusal((pg.UndefinedTable, pg.UndefinedColumn, pg.InvalidSchemaName), "",
             "because the schema is not up to date ({said}): run trend-assets doctor, which brings the database to "
             "the declared tables as every start does."),
    _Refusal((pg.DiskFull, pg.IoError), "No space left on device",
             "because the database's disk is full or broken ({said}): free some space, then run it again; "
             f"{_KEPT}", WarehouseUnavailable, may_be_full=True),
    _Refusal((pg.OutOfMemory, pg.ConfigurationLimitExceeded, pg.ProgramLimitExceeded), "out of memory",
             "because Postgres has not enough memory or meets a limit that was set for it ({said}): give it more, or "
             f"work on fewer days at once; {_KEPT}", WarehouseUnavailable),
    _Refusal((pg.QueryCanceled,), "",
             "because Postgres ended the statement ({said}): it took longer than allowed, or somebody cancelled it; "
             f"run it again; {_KEPT}", WarehouseUnavailable),
    _Refusal((pg.TooManyConnections,), "too many clients|too many connections|remaining connection slots",
             "because Postgres has no free connection ({said}): raise its max_connections, or what the role or the "
             f"database is limited to, or run less at once; {_KEPT}", WarehouseUnavailable, heals=True),
    _Refusal((pg.LockNotAvailable, pg.DeadlockDetected), "",
             "because another session holds the same rows for too long ({said}): run it again when that has ended; "
             f"{_KEPT}", WarehouseUnavailable, heals=True),
    _Refusal((pg.ReadOnlySqlTransaction,), "", "because the database is read-only: point to the primary server."),
    _Refusal((pg.SerializationFailure, pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow,
              pg.IdleInTransactionSessionTimeout, pg.IdleSessionTimeout), "",
             "because Postgres is not reachable ({said}): check that it runs, then try again; nothing was "
             "half-written.", WarehouseUnavailable, heals=True, may_be_full=True),
)  # fmt: skip


def _refusal(error: BaseException) -> _Refusal | None:
    if refusal := next((each for each in _REFUSALS if each.fits(error)), None):
        return refusal
    # without SQLSTATE the connection itself broke (or was refused); class 08 says the same with a code
    lost = isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08").startswith("08")
    lost |= isinstance(error, psycopg.InterfaceError) and "clos" in str(error)
    return _REFUSALS[-1] if lost else None


def can_heal(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is run again: lost connections, restarts, deadlocks, waits for
    a lock, and a server that has no free connection right now. Never true for wrong data, rights or a full disk."""
    refusal = _refusal(error)
    return refusal is not None and refusal.heals


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
    words = _first(redact_url(" ".join(str(error).split())))
    if refusal := _refusal(error):
        # services name their folder in the environment; where Postgres is a given one it holds no cluster
        state = os.environ.get("TREND_ASSETS_STATE_DIR")
        full = full_disk(f"{state}/postgres") if state and refusal.may_be_full else ""
        return refusal.kind(f"{doing} failed {refusal.because.format(said=words)}{full}")
    return WarehouseError(f"{doing} failed: {type(error).__name__}: {words}.")


def full_disk(folder: str | Path) -> str:
    """A sentence when the disk of `folder` is full; a Postgres dies of that, and then is only "not reachable"."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ""
    if free >= FULL_BYTES:
        return ""
    return f" The disk of {folder} is full ({free / 1e6:,.0f} MB are free): free some space there, and start again."


def _first(text: str) -> str:
    """The first part of a server's message, short enough for a sentence."""
    return text.split("CONTEXT:")[0].split("DETAIL:")[0].strip().rstrip(".")[:200]
