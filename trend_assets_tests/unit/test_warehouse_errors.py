"""What Postgres refuses becomes one sentence: the class that callers act on, the reason, the next step, no password."""

import shutil
from contextlib import nullcontext
from types import SimpleNamespace

import psycopg
import pytest
from psycopg import errors as pg

from trend_assets.warehouse import schema
from trend_assets.warehouse.errors import (
    StaleWriter,
    WarehouseError,
    WarehouseMisconfigured,
    WarehouseUnavailable,
    can_heal,
    database_error,
    explain,
    redact_url,
)  # fmt: skip
from trend_assets.warehouse.warehouse import Warehouse

NOT_CHANGED, URL = "nothing was changed.", "correct TREND_ASSETS_DATABASE_URL."
PRIMARY = "point to the primary server."
LIMIT = (
    "because Postgres has not enough memory or meets a limit that was set for it (x): give it more, or work on fewer "
    f"days at once; {NOT_CHANGED}"
)
DISK = "because the database's disk is full or broken (x): free some space, then run it again; nothing was changed."
SCHEMA = (
    "because the schema is not up to date (x): run trend-assets doctor, which brings the database to the declared "
    "tables as every start does."
)
HELD = (
    "because another session holds the same rows for too long (x): run it again when that has ended; "
    "nothing was changed."
)
GONE = "because Postgres is not reachable (x): check that it runs, then try again; nothing was half-written."
PASSWORD = f"because Postgres refuses the user or the password: {URL}"
NOWHERE = f"because the database does not exist: create it or {URL}"
FULL = (
    "because Postgres has no free connection (x): raise its max_connections, or what the role or the database is "
    f"limited to, or run less at once; {NOT_CHANGED}"
)
NO_ENTRY = f"because Postgres does not let this user in (x): create it with CREATE ROLE … LOGIN PASSWORD …, or {URL}"
ELSEWHERE = (
    "because the server lets this user in from other places only (x): add a line to its pg_hba.conf, where it wants "
    f"encryption add ?sslmode=require to the address, or {URL}"
)
CLOSED = f"because the database is closed (x): open it with ALTER DATABASE … ALLOW_CONNECTIONS true, or {URL}"
RIGHT = "because a right is missing (x): grant it to the database user."
ENCRYPTION = (
    "because server and address do not agree on encryption (x): correct sslmode and the certificates in "
    "TREND_ASSETS_DATABASE_URL, or set TLS up on the server."
)
PARAMETER = f"because a parameter of the address cannot be met (x): {URL}"
STANDBY = (
    f"because no server of the address has the part that is asked for (x): wait until the primary is back, or {URL}"
)
STRANGER = f"because what answers there is no Postgres (x): {URL}"
NAME = f"because the name of the server is not known here (x): {URL}"
ENDED = (
    "because Postgres ended the statement (x): it took longer than allowed, or somebody cancelled it; run it again; "
    f"{NOT_CHANGED}"
)

SAID = [
    # raised, whether another try may help, the class, the rest of the sentence
    (pg.InvalidPassword("x"), False, WarehouseMisconfigured, PASSWORD),
    (pg.InvalidAuthorizationSpecification("x"), False, WarehouseMisconfigured, NO_ENTRY),
    (pg.InvalidCatalogName("x"), False, WarehouseMisconfigured, NOWHERE),
    (pg.DatabaseDropped("x"), False, WarehouseMisconfigured, NOWHERE),
    (pg.InsufficientPrivilege("x"), False, WarehouseMisconfigured, RIGHT),
    (pg.ProtocolViolation("x"), True, WarehouseUnavailable, GONE),
    (pg.UndefinedTable("x"), False, WarehouseMisconfigured, SCHEMA),
    (pg.UndefinedColumn("x"), False, WarehouseMisconfigured, SCHEMA),
    (pg.InvalidSchemaName("x"), False, WarehouseMisconfigured, SCHEMA),
    (pg.DiskFull("x"), False, WarehouseUnavailable, DISK),
    (pg.IoError("x"), False, WarehouseUnavailable, DISK),
    (pg.OutOfMemory("x"), False, WarehouseUnavailable, LIMIT),
    (pg.ConfigurationLimitExceeded("x"), False, WarehouseUnavailable, LIMIT),
    (pg.ProgramLimitExceeded("x"), False, WarehouseUnavailable, LIMIT),
    (pg.QueryCanceled("x"), False, WarehouseUnavailable, ENDED),
    (pg.TooManyConnections("x"), True, WarehouseUnavailable, FULL),
    (pg.LockNotAvailable("x"), True, WarehouseUnavailable, HELD),
    (pg.DeadlockDetected("x"), True, WarehouseUnavailable, HELD),
    (pg.ReadOnlySqlTransaction("x"), False, WarehouseMisconfigured,
     f"because the database is read-only: {PRIMARY}"),
    (pg.SerializationFailure("x"), True, WarehouseUnavailable, GONE),
    (pg.AdminShutdown("x"), True, WarehouseUnavailable, GONE),
    (pg.CrashShutdown("x"), True, WarehouseUnavailable, GONE),
    (pg.CannotConnectNow("x"), True, WarehouseUnavailable, GONE),
    (pg.IdleInTransactionSessionTimeout("x"), True, WarehouseUnavailable, GONE),
    (pg.IdleSessionTimeout("x"), True, WarehouseUnavailable, GONE),
    (pg.ConnectionFailure("x"), True, WarehouseUnavailable, GONE),
    (psycopg.OperationalError("x"), True, WarehouseUnavailable, GONE),
    (psycopg.InterfaceError("the connection is closed"), True, WarehouseUnavailable,
     GONE.replace("(x)", "(the connection is closed)")),
    (psycopg.InterfaceError("x"), False, WarehouseError, None),
    (pg.UniqueViolation("x"), False, WarehouseError, None),
    (ValueError("x"), False, WarehouseError, None),
]  # fmt: skip


@pytest.mark.parametrize(("raised", "heals", "kind", "said"), SAID, ids=lambda value: type(value).__name__)
def test_every_refusal_is_a_sentence_with_its_next_step_and_says_whether_to_try_again(raised, heals, kind, said):
    told = explain(raised, doing="Writing a table")
    assert type(told) is kind
    assert str(told) == f"Writing a table failed{f' {said}' if said else f': {type(raised).__name__}: x.'}"
    assert can_heal(raised) is heals


@pytest.mark.parametrize("failures", [0, 1, 4, 5])
@pytest.mark.parametrize("raised", [pg.DeadlockDetected("x"), psycopg.OperationalError("x"), pg.UniqueViolation("x")])
def test_what_can_heal_is_tried_five_times_with_longer_waits_and_everything_else_once(monkeypatch, raised, failures):
    waits: list[float] = []
    tried: list[object] = []

    def work(*given: object) -> None:
        tried.append(given)
        if len(tried) <= failures:
            raise raised

    monkeypatch.setattr("time.sleep", waits.append)
    monkeypatch.setattr(schema, "_update", work)
    connection = nullcontext(SimpleNamespace(commit=lambda: None))
    monkeypatch.setattr(Warehouse, "_transaction", lambda _: connection)
    tries = 5 if can_heal(raised) else 1
    for run in (schema.update, lambda url: Warehouse(url).transact(work, doing="Working")):
        waits.clear()
        tried.clear()
        with (
            pytest.raises(WarehouseError, match=r"^(Bringing|Working) .*failed") if failures >= tries else nullcontext()
        ):
            run("postgresql://nobody@nowhere/none")
        assert len(tried) == min(failures + 1, tries) == len(waits) + 1
        assert waits == sorted(set(waits)) and sum(waits) < 20


# what Postgres 15 and libpq say at the door, where no SQLSTATE comes
AT_THE_DOOR = {
    'FATAL: password authentication failed for user "pw"': PASSWORD,
    "fe_sendauth: no password supplied": PASSWORD,
    'FATAL: role "ghost" does not exist': NO_ENTRY,
    'FATAL: role "nologin" is not permitted to log in': NO_ENTRY,
    'FATAL: Ident authentication failed for user "idy"': NO_ENTRY,
    'FATAL: Peer authentication failed for user "peery"': NO_ENTRY,
    'FATAL: no pg_hba.conf entry for host "127.0.0.1", user "nobody", database "postgres", no encryption': ELSEWHERE,
    'FATAL: pg_hba.conf rejects connection for host "127.0.0.1", user "x", database "y", no encryption': ELSEWHERE,
    'FATAL: database "nope" does not exist': NOWHERE,
    'FATAL: database "closed" is not currently accepting connections': CLOSED,
    'FATAL: permission denied for database "mine"': RIGHT,
    "server does not support SSL, but SSL was required": ENCRYPTION,
    'root certificate file "/root/.postgresql/root.crt" does not exist': ENCRYPTION,
    "SSL error: certificate verify failed": ENCRYPTION,
    "channel binding required, but SSL not in use": ENCRYPTION,
    "GSSAPI encryption required but no credential cache": ENCRYPTION,
    'invalid sslmode value: "maybe"': PARAMETER,
    'FATAL: unrecognized configuration parameter "nonsense"': PARAMETER,
    'FATAL: invalid value for parameter "client_encoding": "KLINGON"': PARAMETER,
    'definition of service "nope" not found': PARAMETER,
    "server is not in hot standby mode": STANDBY,
    "session is read-only": STANDBY,
    "expected authentication request from server, but received H": STRANGER,
    "failed to resolve host 'db.invalid': [Errno -2] Name or service not known": NAME,
    'FATAL: could not write lock file "postmaster.pid": No space left on device': DISK,
    "FATAL: out of memory": LIMIT,
    "FATAL: sorry, too many clients already": FULL,
    'FATAL: too many connections for role "few"': FULL,
    'FATAL: too many connections for database "few"': FULL,
    "FATAL: remaining connection slots are reserved for non-replication superuser connections": FULL,
    "FATAL: the database system is starting up": GONE,
    "Connection refused": GONE,
    "SSL SYSCALL error: EOF detected": GONE,
    "SSL connection has been closed unexpectedly": GONE,
}


@pytest.mark.parametrize(("text", "said"), AT_THE_DOOR.items())
def test_what_is_refused_at_the_door_has_its_own_next_step(text, said):
    raised = psycopg.OperationalError(f"connection failed: {text}")
    told = explain(raised, doing="Opening")
    assert str(told) == f"Opening failed {said.replace('(x)', f'(connection failed: {text})')}"
    # what somebody must correct is not tried again
    assert can_heal(raised) is (said in (GONE, FULL, NAME, STANDBY))
    is_away = said in (GONE, FULL, NAME, STANDBY, DISK, LIMIT)
    assert isinstance(told, WarehouseUnavailable if is_away else WarehouseMisconfigured)


def test_words_are_believed_at_the_door_only():
    told = explain(pg.UndefinedTable('relation "a_database" does not exist'))
    assert "the schema is not up to date" in str(told)
    assert type(explain(ValueError("password authentication failed"))) is WarehouseError
    assert "cannot be met" in str(explain(psycopg.ProgrammingError('invalid connection option "nokey"')))
    assert type(explain(psycopg.ProgrammingError("the query has 1 placeholder"))) is WarehouseError


def test_a_sentence_that_is_one_already_stays_and_the_subject_has_a_default():
    stale = StaleWriter("A newer attempt was there.")
    assert explain(stale) is stale
    assert str(explain(ValueError("x"))).startswith("The database work failed: ")


def test_a_long_answer_is_cut_before_its_details_and_tells_no_password():
    text = "first\n  line.  DETAIL:  Key (a)=(b). CONTEXT:  COPY"
    assert str(explain(pg.UniqueViolation(text))).endswith("UniqueViolation: first line.")
    assert len(str(explain(ValueError("y" * 500)))) == len("The database work failed: ValueError: .") + 200
    for secret, shown in (
        ("at postgresql+psycopg://me:geheim@host/db", "at postgresql+psycopg://me:***@host/db"),
        ("at POSTGRES://me:geheim@host/db", "at POSTGRES://me:***@host/db"),
        ("host=h password=geheim user=me", "host=h password=*** user=me"),
        (r"Password = 'ge\'heim more' user=me", "Password = *** user=me"),
    ):
        assert redact_url(secret) == shown
        assert "heim" not in str(explain(ValueError(secret)))


class _Psycopg2:
    """Errors as psycopg2 raises them, which is no dependency of the warehouse's own code."""

    @staticmethod
    def error(name: str, code: str | None) -> Exception:
        raised = type(name, (Exception,), {"__module__": "psycopg2.errors"})("x")
        raised.pgcode = code  # type: ignore[attr-defined]
        return raised


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("AnyError", "40P01", pg.DeadlockDetected),
        ("OperationalError", None, psycopg.OperationalError),
        ("InterfaceError", None, psycopg.OperationalError),
        ("DataError", None, psycopg.DatabaseError),
    ],
)
def test_the_databases_own_error_is_found_behind_others(name, code, kind):
    own = _Psycopg2.error(name, code)
    wrapped = ValueError("outer")
    wrapped.orig = own  # type: ignore[attr-defined]
    caused = RuntimeError("outer")
    caused.__cause__ = wrapped
    during = RuntimeError("outer")
    during.__context__ = caused
    for error in (own, wrapped, caused, during):
        found = database_error(error)
        assert type(found) is kind and str(found) == "x"
    plain = pg.DiskFull("x")
    caused.__cause__ = plain
    assert database_error(during) is plain
    assert database_error(ValueError("x")) is None and database_error(None) is None


@pytest.mark.parametrize(
    ("error", "is_of_disks"),
    [(pg.DiskFull("x"), True), (psycopg.OperationalError("server closed the connection unexpectedly"), True),
     (pg.AdminShutdown("x"), True), (pg.UndefinedTable("x"), False)],
)  # fmt: skip
def test_a_postgres_that_died_of_a_full_disk_is_said_with_the_folder_and_what_is_free(
    tmp_path, monkeypatch, error, is_of_disks
):
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(tmp_path))
    usage = shutil.disk_usage
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(folder)._replace(free=4_000_000))
    assert "The disk of" not in str(explain(error)), "where no cluster of ours is"
    (tmp_path / "postgres").mkdir()
    full = f" The disk of {tmp_path}/postgres is full (4 MB are free): free some space there, and start again."
    assert str(explain(error)).endswith(full) is is_of_disks
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(folder)._replace(free=4_000_000_000))
    assert "The disk of" not in str(explain(error))
