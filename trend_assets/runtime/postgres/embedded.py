"""An embedded, real Postgres for a first run without any setup: binaries from a PyPI wheel, life cycle our own.

    state_dir/postgres/
        data/           the cluster, 0700, owned by the user the server runs as
        password        of the superuser, 0600 (other users of the machine can reach the port, not the data)
        port            the port it had last; taken again when free, so that URLs survive a restart
        server.log      the server's log; statements with their values are not written to it
        stopped         it was stopped on purpose (`stop()`): nobody shall bring it back
        users.lock      held shared by everybody who uses the server (`server()`)
        start.lock      one start or stop at a time
        guardian.lock   held by the guardian, which stops the server when users.lock is free

The wheel's own Python is never imported: it makes parent folders world-readable as root, breaks on spaces in paths,
has no TCP and leaks servers. Checking a given database and creating databases in it belong to `connection.py`.

As root the server runs as the owner of the cluster (`postgres` or `nobody` at first). A checkout below a 0700 home
stays closed: the server enters its data folder as its working directory before it gives up root, and is told to use
/proc/self/cwd, which needs no right on the folders above. Binaries it cannot reach are copied once to a folder that
only root can write.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from trend_assets.runtime.postgres.server_process import not_ours, running_server, shut_down, wait_for_the_dead
from trend_assets.runtime.postgres.server_user import find_binaries, unprivileged_user
from trend_assets.warehouse.errors import EmbeddedServerError, can_heal, explain, full_disk
from trend_assets.warehouse.libpq import forget_variables

SUPERUSER = "trend_assets"
DATABASE = "trend_assets"
START_SECONDS = 120

SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "work_mem": "16MB",
    # a failing statement would otherwise write its values (captions, handles) into the log
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    # /dev/shm has 64 MB in a default container, too little for parallel joins
    "dynamic_shared_memory_type": "sysv" if sys.platform == "linux" else "posix",
}


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the embedded server of a state folder."""

    running: bool
    pid: int | None = None
    port: int | None = None
    users: bool = False
    stopped: bool = False
    """It does not run because `stop` was called, not because it died."""


@contextlib.contextmanager
def server(state_dir: Path) -> Iterator[str]:
    """Use the embedded server of `state_dir`: started when it does not run, stopped when its last user has left.

    Yields the URL of the database `trend_assets`. Any number of processes may use it at once; one that is killed
    counts as gone. Raises EmbeddedServerError with what to do when it cannot be started.
    """
    home = _home(state_dir)
    users = _open(home / "users.lock")
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield ensure_running(state_dir)
    finally:
        _leave(home, users)
        users.close()


_user_locks: dict[Path, IO] = {}
_holding = threading.Lock()


def hold(state_dir: Path) -> str:
    """Use the server until this process ends, however it ends: for a process that nobody started with an address.
    Returns the URL of `trend_assets`; started when it does not run, also when it died since the last call."""
    home = _home(state_dir)
    with _holding:
        if home not in _user_locks:
            users = _open(home / "users.lock")
            fcntl.flock(users, fcntl.LOCK_SH)
            _user_locks[home] = users
    return ensure_running(state_dir)


def start(state_dir: Path) -> str:
    """Start the server, or find it running, and let it stay until `stop`. Returns the URL of `trend_assets`."""
    home = _home(state_dir)
    with _open(home / "users.lock") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        (home / "keep").touch()
        return ensure_running(state_dir)


def stop(state_dir: Path) -> bool:
    """Stop the server, whoever uses it. False when it did not run."""
    home = Path(state_dir).resolve() / "postgres"
    if not home.exists():
        return False
    with _exclusive(home / "start.lock"):
        (home / "keep").unlink(missing_ok=True)
        running = running_server(home)
        if running is None:
            return False
        (home / "stopped").touch()
        shut_down(running[0])
        return True


def status(state_dir: Path) -> ServerStatus:
    """Whether the server runs, on which port, and whether anybody uses it."""
    home = Path(state_dir).resolve() / "postgres"
    running = running_server(home) if home.exists() else None
    if running is None:
        return ServerStatus(running=False, stopped=(home / "stopped").exists())
    in_use = not _is_free(home / "users.lock")
    return ServerStatus(running=True, pid=running[0], port=running[1], users=in_use)


def running_url(state_dir: Path) -> str | None:
    """The URL of the server where it runs; nothing is started."""
    home = Path(state_dir).resolve() / "postgres"
    running = running_server(home) if home.exists() else None
    return _url(home, running[1]) if running else None


def ensure_running(state_dir: Path) -> str:
    """The URL of the running server, started again if it died. For those inside `server()`, e.g. a supervisor."""
    home = _home(state_dir)
    with _exclusive(home / "start.lock"):
        deadline = time.monotonic() + START_SECONDS
        while True:
            running = running_server(home)
            if running is None:
                wait_for_the_dead(home)
                if not (home / "data" / "PG_VERSION").exists():
                    _initialise(home)
                running = running_server(home) or _launch(home)
            elif _is_free(home / "guardian.lock"):
                _guard(home, {"argv": None, "pid": running[0]})
            url = _url(home, running[1])
            try:
                _ensure_database(url)
                return url
            except psycopg.OperationalError as error:
                # killed a moment ago it still looks alive; a wrong password or a full disk does not heal
                if not can_heal(error) or time.monotonic() > deadline:
                    raise explain(error, doing=f"Opening the embedded Postgres in {home}") from error
                time.sleep(0.1)


# --- the server's life ------------------------------------------------------------------------------------------


def _initialise(home: Path) -> None:
    """A new cluster, built aside and renamed into place: a kill in the middle leaves nothing half-made."""
    setup = home / "setup"
    if setup.exists():
        shutil.rmtree(setup)
    password = secrets.token_urlsafe(32)
    (home / "password").unlink(missing_ok=True)
    _write_secret(home / "password", password)
    for folder in (setup, setup / "data"):
        folder.mkdir(mode=0o700)
    _write_secret(setup / "password", password)
    as_user = unprivileged_user(home)
    if as_user:
        for path in (setup, setup / "data", setup / "password"):
            os.chown(path, as_user["user"], as_user["group"])
    data = "/proc/self/cwd" if as_user else str(setup / "data")
    command = [
        str(find_binaries(as_user) / "initdb"),
        *("-D", data, "-U", SUPERUSER, "-E", "UTF8"),
        # the built-in provider sorts and folds the same on every operating system
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--auth=scram-sha-256", f"--pwfile={data}/../password"),
        # a password of 256 random bits needs no stretching, and Dagster opens a connection per query
        *("-c", "scram_iterations=1", "--no-instructions"),
    ]
    done = subprocess.run(
        command,
        cwd=setup / "data",
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        **as_user,
    )
    if done.returncode:
        raise EmbeddedServerError(
            f"The embedded Postgres could not be created in {home}: {_last_words(done.stderr or done.stdout)}. "
            "Free space or correct the rights there, or set TREND_ASSETS_DATABASE_URL to a Postgres of yours."
        )
    (setup / "data").rename(home / "data")
    shutil.rmtree(setup)


def _launch(home: Path) -> tuple[int, int]:
    """Start the server under a guardian and wait until it accepts connections; its pid and port."""
    as_user = unprivileged_user(home)
    log = home / "server.log"
    if log.exists() and log.stat().st_size > 10_000_000:
        log.replace(home / "server.log.1")
    problem = ""
    for attempt in range(3):
        port = _choose_port(home, fresh=attempt > 0)
        settings = [part for name, value in SERVER_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        data = "/proc/self/cwd" if as_user else str(home / "data")
        argv = [str(find_binaries(as_user) / "postgres"), "-D", data, "-p", str(port), *settings]
        started_at = log.stat().st_size if log.exists() else 0
        (home / "stopped").unlink(missing_ok=True)
        guardian = _guard(home, {"argv": argv, "user": [as_user["user"], as_user["group"]] if as_user else None})
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if running := running_server(home):
                (home / "port").write_text(str(running[1]))
                return running
            if guardian.poll() is not None:
                break
            time.sleep(0.02)
        problem = _last_words(log.read_bytes()[started_at:].decode(errors="replace") if log.exists() else "")
        if guardian.poll() is None or "address already in use" not in problem.lower():
            break
    raise EmbeddedServerError(
        f"The embedded Postgres in {home} did not start: {problem or 'no answer in time'}."
        + (full_disk(home) or f" Read {log}, or set TREND_ASSETS_DATABASE_URL to a Postgres of yours.")
    )


def _guard(home: Path, job: dict) -> subprocess.Popen:
    """Start a guardian in a session of its own, so that a Ctrl-C in our terminal does not reach it."""
    job = {"home": str(home), "cwd": str(home / "data"), "log": str(home / "server.log"), "user": None, **job}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("guardian.py")), json.dumps(job)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
    )


def _leave(home: Path, users: IO) -> None:
    """Give up our share; the last one out stops the server before it returns, unless it was `start`ed to stay."""
    with _exclusive(home / "start.lock"):
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # either others use it still, or the guardian saw us go first and is stopping it: then wait for that
            fcntl.flock(users, fcntl.LOCK_SH)
            return
        running = running_server(home)
        if running and not (home / "keep").exists():
            shut_down(running[0])


def _url(home: Path, port: int) -> str:
    return f"postgresql://{SUPERUSER}:{(home / 'password').read_text().strip()}@127.0.0.1:{port}/{DATABASE}"


def _ensure_database(url: str) -> None:
    """Create the database `trend_assets` where it is missing (a kill right after initdb)."""
    admin = url.rsplit("/", 1)[0] + "/postgres"
    forget_variables()
    with psycopg.connect(admin, autocommit=True, connect_timeout=10) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


# --- its folder --------------------------------------------------------------------------------


def _home(state_dir: Path) -> Path:
    home = Path(state_dir).resolve() / "postgres"
    try:
        home.mkdir(parents=True, exist_ok=True)
        owner = home.stat().st_uid
    except OSError as error:
        raise EmbeddedServerError(
            f"The state folder {state_dir} cannot be used ({error.strerror}): correct its rights, or set "
            "TREND_ASSETS_STATE_DIR to a folder of yours."
        ) from error
    if os.geteuid() not in (0, owner):
        raise not_ours(home)
    return home


# --- small tools ------------------------------------------------------------------------------------------------


def _open(path: Path) -> IO:
    return path.open("a")


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with _open(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _is_free(path: Path) -> bool:
    with _open(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)


def _choose_port(home: Path, *, fresh: bool) -> int:
    """The port it had last when free, else one that the system gives."""
    with contextlib.suppress(FileNotFoundError, ValueError, OSError):
        last = int((home / "port").read_text())
        if not fresh:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Postgres does
                probe.bind(("127.0.0.1", last))
                return last
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_words(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()] or lines[-1:]
    return " ".join(telling[-2:])[:400]
