"""Child processes that never outlive us: own process group, killed with their parent, restarted when they die.

What runs is decided elsewhere (`services.py`).
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

STOP_SECONDS = 3.5  # after Ctrl-C nobody waits longer than five; what a run loses by it, its next start finds again


def die_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Ask Linux to end this child when its parent is gone, however the parent ended (kill -9 included).

    The child hears polite signals whatever its parent ignores: a job in a shell's background ignores Ctrl-C, and
    Dagster answers SIGTERM as it answers Ctrl-C, so its code server would stay for ever."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_DFL)
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, by)


@dataclass
class Child:
    """One long-running command, its log file, and how often it was restarted. `inherits`: sockets that it answers on;
    they are ours, so connections wait while it starts again. `orphaned`: what it gets when we are killed."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    inherits: Sequence[socket.socket] = ()
    orphaned: signal.Signals = signal.SIGTERM
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
                pass_fds=[each.fileno() for each in self.inherits],
                preexec_fn=partial(die_with_parent, self.orphaned),
            )

    def restart_if_dead(self) -> bool:
        """Start the command again when it has ended; true when it had."""
        if self.process is None or self.process.poll() is None:
            return False
        self.restarts += 1
        self.start()
        return True

    def stop(self, *, patience: float = STOP_SECONDS) -> None:
        """End the whole process group: politely, then after `patience` seconds for good."""
        stop_all([self], patience=patience)

    def send(self, sign: signal.Signals) -> None:
        """Send a signal to the whole process group; nothing when it has ended."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, sign)

    def is_alive(self) -> bool:
        """Whether any process of its group lives."""
        if self.process is None:
            return False
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def stop_all(children: Sequence[Child], *, patience: float = STOP_SECONDS) -> None:
    """End the process groups of all children at once: politely, then after `patience` seconds for good."""
    for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
        for child in children:
            child.send(sign)
        deadline = time.monotonic() + seconds
        while any(child.is_alive() for child in children) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not any(child.is_alive() for child in children):
            break
    for child in children:
        child.process = None
