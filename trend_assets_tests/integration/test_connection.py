"""A given server is checked before it is used, and what is wrong with it is one sentence that says what to do."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from trend_assets.warehouse import connection as connections
from trend_assets.warehouse import schema
from trend_assets.warehouse.connection import READER_ROLE, connect, dagster_url, normalise, prepare, reader_url
from trend_assets.warehouse.errors import WarehouseError, WarehouseMisconfigured, WarehouseUnavailable, redact_url
from trend_assets.warehouse.roles import ensure_reader, login_of, make_login


@pytest.fixture
def poor_user(postgres_url: str) -> Iterator[str]:
    """Name of a role that may log in and nothing else."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS poor")
        admin.execute("CREATE ROLE poor LOGIN PASSWORD 'poor-secret'")
        yield "poor"
        admin.execute("DROP OWNED BY poor")
        admin.execute("DROP ROLE poor")


def as_user(url: str, user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@{url.split('@')[1]}"


def test_a_fresh_database_is_checked_migrated_and_gets_dagsters_beside_it(empty_database_url: str) -> None:
    found = prepare(empty_database_url)
    with connect(found.data_url) as connection:
        left = connection.execute("SELECT version_num FROM ops.schema_version").fetchall()
        assert left == [(schema.newest_revision(),)]
        assert connection.execute("SELECT count(*) FROM feed.items").fetchone() == (0,)
    assert found.dagster_url.startswith("postgresql+psycopg2://") and found.dagster_url.endswith("/dagster")
    with connect(found.dagster_url.replace("+psycopg2", "")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("dagster",)
    assert prepare(empty_database_url) == found, "safe to repeat"


def test_four_processes_may_prepare_at_once(empty_database_url: str) -> None:
    code = "import sys; from trend_assets.warehouse.connection import prepare; prepare(sys.argv[1])"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, empty_database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.communicate(timeout=120)[1] == "" and process.returncode == 0


def test_a_wrong_password_is_named_and_not_shown(postgres_url: str, poor_user: str) -> None:
    with pytest.raises(WarehouseMisconfigured, match="password") as caught:
        prepare(as_user(postgres_url, poor_user, "a-wrong-one"))
    assert "TREND_ASSETS_DATABASE_URL" in str(caught.value) and "a-wrong-one" not in str(caught.value)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(WarehouseUnavailable, match="not reachable"):
        prepare("postgresql://me:hidden@127.0.0.1:1/trends")


def test_a_database_that_is_not_there_is_named(postgres_url: str) -> None:
    with pytest.raises(WarehouseMisconfigured, match="does not exist"):
        prepare(postgres_url.rsplit("/", 1)[0] + "/nowhere")


def test_every_closed_door_says_what_opens_it(postgres_url: str, poor_user: str) -> None:
    """A role that may not log in was "not reachable: check that it runs", and was tried again and again."""
    poor = as_user(postgres_url, poor_user, "poor-secret")
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        for closed, opened, said in (
            ("ALTER ROLE poor NOLOGIN", "ALTER ROLE poor LOGIN", "create it with CREATE ROLE"),
            ("ALTER ROLE poor CONNECTION LIMIT 0", "ALTER ROLE poor CONNECTION LIMIT -1", "what the role"),
            ("CREATE DATABASE shut ALLOW_CONNECTIONS false", "DROP DATABASE shut", "ALLOW_CONNECTIONS true"),
            ("CREATE DATABASE others", "DROP DATABASE others", "a right is missing"),
        ):
            admin.execute(closed)
            admin.execute("REVOKE CONNECT ON DATABASE others FROM public") if "others" in closed else None
            name = closed.split()[2] if "DATABASE" in closed else poor.rsplit("/", 1)[1]
            try:
                with pytest.raises(WarehouseError, match=said) as caught:
                    prepare(f"{poor.rsplit('/', 1)[0]}/{name}")
            finally:
                admin.execute(opened)
            assert "poor-secret" not in str(caught.value)
    for parameter, said in (("sslmode=perhaps", "a parameter of the address"), ("sslmode=require", "encryption")):
        with pytest.raises(WarehouseMisconfigured, match=said):
            prepare(f"{poor}?{parameter}")


def test_a_server_that_is_too_old_is_refused(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "server_version", lambda connection: 130_011)
    with pytest.raises(WarehouseMisconfigured, match="version 13, too old: use version 14"):
        prepare(empty_database_url)


def test_a_missing_right_is_named_with_the_statement_that_grants_it(empty_database_url: str, poor_user: str) -> None:
    with pytest.raises(WarehouseMisconfigured, match="GRANT CREATE"):
        prepare(as_user(empty_database_url, poor_user, "poor-secret"))


def test_a_database_that_cannot_hold_captions_is_refused(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS latin")
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0")
    with pytest.raises(WarehouseMisconfigured, match="LATIN1"):
        prepare(postgres_url.rsplit("/", 1)[0] + "/latin")


@pytest.mark.parametrize("url", ["mysql://a:b@c/d", "trends", ""])
def test_what_is_no_postgres_url_is_refused(url: str) -> None:
    with pytest.raises(WarehouseMisconfigured, match="postgresql://user:password@host"):
        prepare(url)


def test_a_password_that_must_be_encoded_is_not_shown() -> None:
    with pytest.raises(WarehouseMisconfigured, match="%20") as caught:
        prepare("postgresql://me:my secret@127.0.0.1/trends")
    assert "secret" not in str(caught.value)


def test_urls_are_written_as_each_library_wants_them() -> None:
    assert normalise("postgres+psycopg2://u:p@h:1/d") == "postgresql://u:p@h:1/d"
    assert normalise("postgresql://u:p%40@a:1,b:2/d") == "postgresql://u:p%40@a:1,b:2/d"
    assert normalise("postgresql://u@/d?host=/run/x") == "postgresql://u@/d?host=/run/x"
    assert (
        dagster_url("postgres://u:p@h:1/d?sslmode=require") == "postgresql+psycopg2://u:p@h:1/dagster?sslmode=require"
    )


@pytest.mark.parametrize(
    "url",
    ["//u:p@h:99999/d", "//u:p@h:port/d", "//u:s3@cret#1@h/d", "//u:12/s3cret@h/d", "//u:s3/cret@h/d", "//u:s3 t@h/d"],
)
def test_an_address_that_is_cut_in_the_wrong_place_is_refused_without_a_word_of_its_password(url: str) -> None:
    with pytest.raises(WarehouseMisconfigured, match="TREND_ASSETS_DATABASE_URL cannot be read") as raised:
        normalise(f"postgresql:{url}")
    assert "s3" not in str(raised.value) and "cret" not in str(raised.value)


@pytest.mark.parametrize(
    "text", ["postgresql://me:s3cret@h/d", "x postgres+psycopg2://me:s3cret@h", "password='s3cret'"]
)
def test_no_password_is_shown(text: str) -> None:
    assert "s3cret" not in redact_url(text)


def test_a_reader_reads_and_changes_nothing(database_url: str) -> None:
    url = reader_url(database_url)
    with connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM feed.items").fetchone() == (0,)
        with pytest.raises(psycopg.Error):
            connection.execute("DELETE FROM feed.items")
        for secret in ("capture.answers", "api.keys"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {secret}")
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM feed.items")


def test_where_no_role_may_be_made_the_session_is_read_only(empty_database_url: str, poor_user: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS trend_assets_reader_absent")
    poor = as_user(empty_database_url, poor_user, "poor-secret")
    assert ensure_reader(poor, "trend_assets_reader_absent") is None
    with pytest.raises(WarehouseMisconfigured, match="may not make roles: let an administrator run CREATE ROLE"):
        make_login(poor, "charts_of_the_poor", "x")


def test_a_reader_logs_in_itself_where_the_owner_has_a_password_and_may_let_it(
    database_url: str, poor_user: str
) -> None:
    poor, role = as_user(database_url, poor_user, "poor-secret"), "reader_of_a_test"
    assert ensure_reader(database_url, role) == role
    try:
        assert login_of(poor, role) is None, "who may not change roles"
        assert login_of(f"postgresql://{urlsplit(database_url).netloc.split(':')[0]}@nowhere/x", role) is None
        login = login_of(database_url, role)
        assert login and login_of(database_url, role) == login, "every process finds the same password"
        with connect(login) as connection:
            may = "rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            found = connection.execute(f"SELECT session_user, {may} FROM pg_roles WHERE rolname = session_user")
            assert found.fetchone() == (role, False, False, False, False, False)
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(f"ALTER ROLE {role} NOLOGIN SUPERUSER PASSWORD 'of somebody'")
        assert login_of(database_url, role) == login, "what was changed is put right"
        with connect(login) as connection:
            assert connection.execute("SHOW is_superuser").fetchone() == ("off",)
    finally:
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(f"DROP OWNED BY {role}")
            admin.execute(f"DROP ROLE {role}")


def test_a_reader_without_a_login_of_its_own_is_switched_to(database_url: str, tmp_path: Path) -> None:
    owner = urlsplit(database_url)
    passwords = tmp_path / "passwords"
    passwords.write_text(f"*:*:*:*:{owner.password}\n")
    passwords.chmod(0o600)
    address = owner.netloc.rpartition("@")[2]
    url = reader_url(f"postgresql://{owner.username}@{address}{owner.path}?passfile={passwords}")
    with connect(url) as connection:
        assert connection.execute("SELECT session_user, current_user").fetchone() == (owner.username, READER_ROLE)
        for forbidden in ("SELECT * FROM capture.answers", "SELECT * FROM api.keys", "DELETE FROM feed.items"):
            with pytest.raises(psycopg.Error, match=r"permission denied|read-only"):
                connection.execute(forbidden)


def test_a_first_start_that_is_killed_is_repeated(empty_database_url: str) -> None:
    # in the worst moment: all statements have run, nothing is committed
    code = (
        "import os, sys, psycopg; from trend_assets.warehouse import schema\n"
        "psycopg.Transaction.__exit__ = lambda *_: os.kill(os.getpid(), 9)\n"
        "schema.update(sys.argv[1])"
    )
    child = subprocess.run([sys.executable, "-c", code, empty_database_url], check=False, capture_output=True)
    assert child.returncode == -9, child.stderr
    with connect(empty_database_url) as connection:
        assert connection.execute("SELECT to_regclass('source.reddit_posts')").fetchone() == (None,)
    prepare(empty_database_url)
    with connect(empty_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM ops.schema_version").fetchone() == (1,)


def test_every_error_is_one_sentence_for_people(database_url: str) -> None:
    from trend_assets.warehouse.warehouse import Warehouse

    for statement in ("SELECT * FROM nowhere.table", "SELECT 1/0", "nonsense"):
        with pytest.raises(WarehouseError) as caught:
            Warehouse(database_url).query(statement)
        assert str(caught.value).startswith("Reading the warehouse failed") and "\n" not in str(caught.value)


def test_a_machine_that_lost_power_holds_no_lock_for_longer_than_a_minute(database_url: str) -> None:
    """Every connection that may hold one: ours, and those of Dagster's storage, also with options of the user's."""
    from trend_assets.runtime.dagster_storage import _engine

    names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
    own = f"{database_url}?options=-c%20work_mem%3D7MB"
    with (
        connect(own) as ours,
        _engine(dagster_url(own).replace("/dagster", f"/{urlsplit(own).path[1:]}")).connect() as its,
    ):
        for execute in (ours.execute, its.exec_driver_sql):
            effective = [execute(f"SHOW {name}").fetchone()[0] for name in (*names, "work_mem")]
            assert effective == ["30", "10", "3", "60000", "7MB"]
