"""Sockets on this machine: whoever binds a port keeps it, so that no address is announced that another server takes.

A supervisor binds and hands the socket down to the process that answers on it; nothing chooses a number first and hopes
that it is still free a moment later. What is served on a socket does not belong here.
"""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"


class PortTaken(OSError):
    """A port that was asked for by number cannot be had; the message says which, and what to do."""


def listening(port: int, *, else_any: bool = False, host: str = LOOPBACK) -> socket.socket:
    """A listening socket on `port` (0: any), or with `else_any` on a free one where that is taken. Raises PortTaken."""
    try:
        with claim(port):
            return _listening(host, port)
    except OSError as error:
        if else_any and port:
            return listening(0, host=host)
        raise PortTaken(
            f"{host}:{port} cannot be listened on ({error.strerror}); choose another port with --port, "
            "or end the server that has it."
        ) from None


@contextlib.contextmanager
def claim(port: int) -> Iterator[None]:
    """Keep other copies of ours from a port whose sockets are shared by several processes (SO_REUSEPORT), among which
    the kernel would deal out the readers of both. Raises OSError when another has it. Ends with the process."""
    if sys.platform != "linux" or not port:
        yield
        return
    with socket.socket(socket.AF_UNIX) as abstract:  # a name in the kernel: no file that could be left behind
        abstract.bind(f"\0trend_assets.port.{port}")
        yield


def _listening(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except BaseException:
        made.close()
        raise
    return made


def wait_for_socket(path: Path, *, seconds: float) -> bool:
    """Wait until somebody listens on a Unix socket; whether somebody does."""
    deadline = time.monotonic() + seconds
    while not listens(path):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def listens(path: Path) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
