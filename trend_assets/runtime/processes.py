"""Child processes that never outlive us: own process group, killed with their parent, restarted when they die.

What runs is decided elsewhere (`services.py`).
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

STOP_SECONDS = 15


def free_port(preferred: int = 0) -> int:
    """A free TCP port on 127.0.0.1; `preferred` when nobody has it, and no other copy is about to take it."""
    for port in (preferred, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if port:
                _claim(port)
            return probe.getsockname()[1]
    raise OSError("No free TCP port on 127.0.0.1 was found; end a server that is not needed and try again.")


_claims: dict[int, IO[str]] = {}


def _claim(port: int) -> None:
    """Keep this user's other copies from a port until this process ends: a server takes seconds to bind it, and two
    copies started at once would choose the same. Raises OSError when another copy has claimed it."""
    if port not in _claims:
        lock = (Path(tempfile.gettempdir()) / f"trend_assets.{os.getuid()}.port.{port}").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise
        _claims[port] = lock


def die_with_parent() -> None:
    """Ask Linux to end this child when its parent is gone, however the parent ended (kill -9 included)."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


@dataclass
class Child:
    """One long-running command, its log file, and how often it was restarted."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    restarts: int = 0

    def start(self) -> None:
        """Start the command with its output appended to the log file."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                list(self.command),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environment},
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def restart_if_dead(self) -> bool:
        """Start the command again when it has ended; true when it had."""
        if self.process is None or self.process.poll() is None:
            return False
        self.restarts += 1
        self.start()
        return True

    def stop(self) -> None:
        """End the whole process group: politely, then for good."""
        if self.process is None:
            return
        for sign, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, sign)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and self._group_alive():
                time.sleep(0.05)
            if not self._group_alive():
                break
        self.process = None

    def _group_alive(self) -> bool:
        if self.process is None:
            return False
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True
