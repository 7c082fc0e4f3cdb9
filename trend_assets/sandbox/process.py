"""The sandbox as a process of its own in the state folder: started by the first user, stopped with the last.

    <state>/sandbox/start.lock   flock: one starts or stops at a time
    <state>/sandbox/users.lock   every user holds it shared; the kernel lets go of it when a user is killed
    <state>/sandbox/alive.lock   the server holds it exclusively; free means that none lives, whatever the file says
    <state>/sandbox/server.json  url, pid, seed of the server that lives
    <state>/sandbox/server.log   what it had to say

A server whose users were all killed waits LINGER_SECONDS for another one, then ends by itself. Clients never import
the sandbox: they know an address.
"""

import argparse
import contextlib
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from trend_assets.ports import listening

LINGER_SECONDS = 10.0
START_SECONDS = 30.0
STOP_SECONDS = 5.0


class SandboxError(RuntimeError):
    """The sandbox did not start, or answers for another seed; the message says what to do."""


@contextlib.contextmanager
def running(state_dir: Path, *, seed: int = 7) -> Iterator[str]:
    """The address of the sandbox of a state folder, started when none is alive, stopped when the last user leaves.

    Raises SandboxError when it does not come up, or when the living one serves another seed."""
    folder = _folder(state_dir)
    with (folder / "users.lock").open("a") as users:
        url = _used(folder, users, seed)
        try:
            yield url
        finally:
            with _starting(folder):
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):  # somebody else uses it still
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    fcntl.flock(users, fcntl.LOCK_UN)
                    _stop(folder)


_lock_files: dict[Path, IO[str]] = {}
_holding = threading.Lock()


def hold(state_dir: Path, *, seed: int = 7) -> str:
    """The address of the sandbox, used until this process ends, however it ends: for a process that nobody started
    with an address. The server ends by itself LINGER_SECONDS after its last user."""
    folder = _folder(state_dir)
    with _holding:
        if folder not in _lock_files:
            _lock_files[folder] = (folder / "users.lock").open("a")
        return _used(folder, _lock_files[folder], seed)


def _folder(state_dir: Path) -> Path:
    folder = Path(state_dir).resolve() / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _used(folder: Path, users: IO[str], seed: int) -> str:
    """The address of the living server, started when there is none; `users` is locked as a user of it."""
    with _starting(folder):
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a lonely server is on its way out
        server = _living(folder) or _start(folder, seed=seed)
    if server["seed"] != seed:
        raise SandboxError(
            f"The sandbox at {server['url']} serves seed {server['seed']}, not {seed}. Stop what uses it "
            "(another terminal, the daemon), or set TREND_ASSETS_SANDBOX_SEED to its seed."
        )
    return str(server["url"])


def is_running(state_dir: Path) -> bool:
    """Whether the sandbox of a state folder lives; waits for one that is just being started."""
    folder = Path(state_dir).resolve() / "sandbox"
    with _starting(folder):
        return _is_alive(folder)


def revive(state_dir: Path, *, seed: int) -> str:
    """The address of the sandbox, started again where it died. For those inside `running`, e.g. a supervisor."""
    folder = Path(state_dir).resolve() / "sandbox"
    with _starting(folder):
        return str((_living(folder) or _start(folder, seed=seed))["url"])


@contextlib.contextmanager
def _starting(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_alive(folder: Path) -> bool:
    """Whether a server holds its lock."""
    with (folder / "alive.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _written(folder: Path) -> dict[str, Any]:
    """What the last server wrote about itself; empty after an orderly end."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        server: dict[str, Any] = json.loads((folder / "server.json").read_text())
        return server
    return {}


def _living(folder: Path) -> dict[str, Any] | None:
    """What the living server wrote about itself; None without one (a file left by a killed one does not count).

    A server that was just killed holds its lock until its last thread is gone, so only one that answers is living."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and _is_alive(folder):
        if server := _written(folder):
            asking = http.client.HTTPConnection(urlsplit(server["url"]).netloc, timeout=START_SECONDS)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(asking):
                asking.request("GET", "/__sandbox")
                asking.getresponse()
                return server
        time.sleep(0.02)
    return None


def _start(folder: Path, *, seed: int) -> dict[str, Any]:
    # the port of a server that was killed, so that its address survives
    port = _written(folder).get("url", ":0").rsplit(":", 1)[1]
    (folder / "server.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "trend_assets.sandbox.process"]
    command += ["--folder", str(folder), "--seed", str(seed), "--port", port]
    with (folder / "server.log").open("ab") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=folder
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if server := _written(folder):
            return server
        time.sleep(0.02)
    child.kill()
    child.wait()
    last = (folder / "server.log").read_text(errors="replace")[-800:]
    raise SandboxError(
        f"The sandbox did not start within {START_SECONDS:.0f} s. Its log, {folder / 'server.log'}, ends: {last}"
    )


def _stop(folder: Path) -> None:
    """End the server and wait for it; the caller holds start.lock and knows that nobody uses it."""
    if not (server := _written(folder)):
        return
    pid = int(server["pid"])
    deadline = time.monotonic() + STOP_SECONDS
    sent = signal.SIGTERM
    while _is_alive(folder):
        # the lock is held, so the process that wrote the file lives: the pid cannot be another's
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)
        if time.monotonic() > deadline:
            sent = signal.SIGKILL
        time.sleep(0.02)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)  # where this process had started it
    (folder / "server.json").unlink(missing_ok=True)


def _guard(folder: Path) -> None:
    """Inside the server: when no user is left for LINGER_SECONDS, go."""
    with (folder / "users.lock").open("a") as users:
        while True:
            fcntl.flock(users, fcntl.LOCK_EX)  # blocks as long as there is a user
            fcntl.flock(users, fcntl.LOCK_UN)
            time.sleep(LINGER_SECONDS)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                (folder / "server.json").unlink(missing_ok=True)
                os._exit(0)  # with the lock held: whoever comes now waits, then starts a new one


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 7,
    latency_ms: float = 0.0,
    rate_limit: float | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the sandbox in the foreground until Ctrl-C. Port 0 takes a free one; `latency_ms` is added to every answer;
    `rate_limit` requests per second and provider are let through, the rest gets 429. Raises PortTaken."""
    from trend_assets.sandbox.simulation import gates

    bound = listening(port, host=host)
    say(f"Sandbox (simulated data) on http://{host}:{bound.getsockname()[1]}  seed {seed}. Ctrl-C stops it.")
    limits = dict.fromkeys(gates(), rate_limit) if rate_limit else {}
    _serve(bound, seed=seed, latency_seconds=latency_ms / 1000, rate_limits=limits)


def _serve(
    bound: socket.socket, *, seed: int, latency_seconds: float = 0.0, rate_limits: dict[str, float] | None = None
) -> None:
    """Serve on a bound socket until SIGTERM or Ctrl-C."""
    import uvicorn

    from trend_assets.sandbox.server import create_app

    app = create_app(seed=seed, latency_seconds=latency_seconds, rate_limits=rate_limits)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, date_header=False, server_header=False, timeout_graceful_shutdown=1
    )
    uvicorn.Server(config).run(sockets=[bound])


def main() -> None:
    """The child process of `running`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--port", type=int, default=0, help="taken when it is free")
    given = parser.parse_args()
    alive: IO[str] = (given.folder / "alive.lock").open("a")
    fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    bound = listening(given.port, else_any=True)  # from now on connections wait instead of being refused
    about = {"url": f"http://127.0.0.1:{bound.getsockname()[1]}", "pid": os.getpid(), "seed": given.seed}
    threading.Thread(target=_guard, args=(given.folder,), daemon=True).start()
    part = given.folder / "server.json.part"
    part.write_text(json.dumps(about))
    part.replace(given.folder / "server.json")
    _serve(bound, seed=given.seed)
    alive.close()


if __name__ == "__main__":
    main()
