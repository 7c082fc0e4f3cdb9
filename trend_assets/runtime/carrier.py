"""The process that carries a run: written into the run's tags when it starts, looked for when somebody asks.

Whether it lives is seen, never guessed. A pid alone says nothing (it is given again, and a reboot starts over), so the
boot, the pid namespace (a container's own) and the process's start go with it; of another host nothing can be seen.
What becomes of a dead run belongs to `reaper.py`.
"""

import contextlib
import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Literal

import psutil

TAG = "trend_assets/process"
COMMAND_TAG = "trend_assets/command"

State = Literal["alive", "dead", "out of sight"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A process, known well enough to be told from every other one."""

    host: str
    boot: str
    space: str
    pid: int
    started: str

    def state(self) -> State:
        """Whether this process lives; `out of sight` on another host or in another container."""
        if self.host != socket.gethostname():
            return "out of sight"
        if self.boot != _boot():
            return "dead"
        if self.space != _space():
            return "out of sight"
        return "alive" if _start_of(self.pid) == self.started else "dead"

    def tags(self) -> dict[str, str]:
        """Tags by which a run knows this process."""
        return {TAG: json.dumps(asdict(self))}


def own() -> Carrier:
    """This process."""
    pid = os.getpid()
    return Carrier(socket.gethostname(), _boot(), _space(), pid, _start_of(pid))


def own_tags() -> dict[str, str]:
    """The tags of a run that this process carries: which process it is, and what people call it."""
    return {**own().tags(), COMMAND_TAG: command()}


def of_tags(tags: Mapping[str, str]) -> Carrier | None:
    """The process that a run's tags name; None when they name none that can be read."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return Carrier(**json.loads(tags[TAG]))
    return None


def command() -> str:
    """What people call this process: our own command in full (its options hold no secret), of others the words before
    the first option."""
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    if name in ("trend-assets", "cli.py"):
        return " ".join(["trend-assets", *words])[:200]
    if words[:1] == ["api"]:
        # the worker that Dagster's code server starts for a run of the UI, a schedule or a sensor
        return "the Dagster UI or its daemon"
    before_options = takewhile(lambda word: not word.startswith("-"), words)
    return " ".join(["dagster" if name == "__main__.py" else name, *before_options])[:200]


@lru_cache(maxsize=1)
def _boot() -> str:
    """This boot of the machine; the same in all of its containers."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return str(int(psutil.boot_time()))


@lru_cache(maxsize=1)
def _space() -> str:
    """The pid namespace: in another one our pids mean nothing. Empty where the system has none."""
    with contextlib.suppress(OSError):
        return os.readlink("/proc/self/ns/pid")
    return ""


def _start_of(pid: int) -> str:
    """When process `pid` started, in the system's own count, which no change of the clock moves; empty when there is
    no such process, or only what is left of it until its parent asks."""
    if sys.platform == "linux":
        try:
            # the name in brackets may hold anything, also brackets and spaces
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if state in "ZX" else fields[18]
    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.Error:
        return ""
