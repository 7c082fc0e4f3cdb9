"""Fixtures for every lane: one embedded Postgres per test session (shared by xdist's workers) and a fresh database per
test, copied from a template that is built from the catalogue."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import hypothesis
import psycopg
import pytest

# who starts the suite in the background of a shell lets it ignore Ctrl-C, and every process that a test starts with it
for _number, _default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _default)

pytest_plugins = ["trend_assets_tests.today"]

# tests name days of their own; what moves the first partition is tested without it
os.environ["TREND_ASSETS_START_DATE"] = "2026-01-01"

# Hypothesis's own "ci" profile, on every machine: the same examples in every run, no database of earlier failures, no
# deadline. A test is red because the code changed, never because of the draw. `make properties` draws anew.
hypothesis.settings.load_profile("ci")
hypothesis.settings.register_profile("anew", hypothesis.settings.get_profile("ci"), derandomize=False)


MEMORY, IN_MEMORY = Path("/dev/shm"), "trend_assets_tests_"
ALIVE = pytest.StashKey[TextIO]()
ROOM = 2 * 1024**3  # the tests' server takes a tenth of it; what is full fails everybody

# minutes of waiting for a daemon: begun last, they would keep one worker when the others have nothing left to do
LONGEST = ("test_platform.py", "test_recovery.py", "test_workers.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first; the others as they were found, the many small ones of `unit` last."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(autouse=True)
def state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A state folder of each test's own: what assets write to files never lands in the checkout's."""
    folder = tmp_path / "state-folder"
    monkeypatch.setenv("TREND_ASSETS_STATE_DIR", str(folder))
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """The session's Postgres lies in memory where there is room: a database per test is a thousand files, which cost a
    disk ten times as much. What a killed session left there goes. Whose session lives is told by a lock, taken before
    the folder is there: containers that share the memory do not share the numbers of processes."""
    if hasattr(config, "workerinput") or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        return
    for lock in MEMORY.glob(f"{IN_MEMORY}*.lock"):
        # another user's, or one that is held
        with contextlib.suppress(OSError), lock.open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            if not lock.with_suffix("").exists():
                lock.unlink()
    folder = MEMORY / f"{IN_MEMORY}{secrets.token_hex(8)}"
    begun = folder.with_suffix(".new")
    config.stash[ALIVE] = begun.open("a")
    fcntl.flock(config.stash[ALIVE], fcntl.LOCK_EX)
    begun.rename(folder.with_suffix(".lock"))  # held before another session can see it
    os.environ[IN_MEMORY] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(IN_MEMORY, "")):
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).with_suffix(".lock").unlink(missing_ok=True)
        config.stash[ALIVE].close()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a superuser on the session's server; the last worker out stops it."""
    from trend_assets.runtime.postgres import embedded

    folder = Path(os.environ.get(IN_MEMORY) or _shared_folder(tmp_path_factory))
    folder.mkdir(mode=0o700, exist_ok=True)
    with embedded.server(folder) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            # nothing here survives the session; tests of crashes start servers of their own
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("ALTER SYSTEM SET max_wal_size = '256MB'")
            connection.execute("SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database that holds the catalogue's tables, views and sequences."""
    from trend_assets.warehouse import schema

    name = f"template_{schema.fingerprint()[:12]}"
    with (_shared_folder(tmp_path_factory) / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                return name
            connection.execute(f"CREATE DATABASE {name}_new")
            schema.update(_with_database(postgres_url, f"{name}_new"))
            connection.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    return name


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """URL of a fresh database without any table."""
    with temporary_database(postgres_url, template="template1") as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """URL of a fresh database with all tables."""
    with temporary_database(postgres_url, template=template_database) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """URL of a database with all tables that the tests of a module share: for those that only read."""
    with temporary_database(postgres_url, template=template_database) as url:
        yield url


@pytest.fixture
def warehouse(database_url: str):
    """A Warehouse on a fresh database with all tables."""
    from trend_assets.warehouse.warehouse import Warehouse

    return Warehouse(database_url)


class temporary_database:
    """A database that lives for a `with` block, copied from `template`."""

    def __init__(self, server_url: str, *, template: str) -> None:
        self.server_url, self.template = server_url, template
        self.name = f"test_{secrets.token_hex(6)}"

    def __enter__(self) -> str:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            # copied as files: half the work of writing each page to the log
            connection.execute(f"CREATE DATABASE {self.name} TEMPLATE {self.template} STRATEGY file_copy")
        return _with_database(self.server_url, self.name)

    def __exit__(self, *_: object) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


def _with_database(url: str, name: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"


def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session's folder; with xdist every worker's base is a child of it."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base
