"""The embedded server's process: which one serves a folder, whether it lives, how it ends.

Told by postmaster.pid and the process's working folder: a pid alone may have been given to somebody else. Starting it
belongs to `embedded.py`.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

from trend_assets.warehouse.errors import EmbeddedServerError

STOP_SECONDS = 30


def running_server(home: Path) -> tuple[int, int] | None:
    """Pid and port of the server that serves this folder and accepts connections, None otherwise."""
    try:
        lines = (home / "data" / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise not_ours(home) from error
    if len(lines) < 8 or lines[7].strip() not in ("ready", "standby"):
        return None
    pid, port = int(lines[0]), int(lines[3])
    return (pid, port) if _is_alive(pid) and _works_in(pid, home / "data") else None


def wait_for_the_dead(home: Path) -> None:
    """After a kill -9 of the server: wait until its pid is gone and its children have noticed.

    Postgres refuses to start while the pid in postmaster.pid answers kill(pid, 0), which a zombie does until its
    parent reaps it. Where nobody ever reaps (a container without init) the file is removed, but only when no process
    works in the data folder any more.
    """
    pid_file = home / "data" / "postmaster.pid"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            pid = int(pid_file.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        if _is_alive(pid) and _works_in(pid, home / "data"):
            deadline = max(deadline, time.monotonic() + 1)  # it is starting, stopping or recovering
            if running_server(home):
                return
        elif not psutil.pid_exists(pid) and not _workers(home / "data"):
            return
        time.sleep(0.05)
    if not _workers(home / "data"):
        pid_file.unlink(missing_ok=True)


def shut_down(pid: int) -> None:
    process = psutil.Process(pid) if psutil.pid_exists(pid) else None
    if process is None:
        return
    for ask in (lambda: process.send_signal(signal.SIGINT), lambda: process.send_signal(signal.SIGQUIT), process.kill):
        with contextlib.suppress(psutil.NoSuchProcess):
            ask()
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not _is_alive(pid):
                return
            time.sleep(0.01)


def not_ours(home: Path) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"The embedded Postgres in {home} belongs to another user: run as that user, or set TREND_ASSETS_STATE_DIR to "
        "a folder of yours."
    )


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _works_in(pid: int, data: Path) -> bool:
    """Whether the process works in that data folder: a pid alone may have been given to somebody else."""
    try:
        return os.path.samefile(psutil.Process(pid).cwd(), data)
    except (psutil.Error, OSError):
        return False


def _workers(data: Path) -> list[int]:
    """Every living process that works in the data folder: the server and its children."""
    return [p.pid for p in psutil.process_iter() if _is_alive(p.pid) and _works_in(p.pid, data)]
