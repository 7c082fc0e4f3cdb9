"""The sockets that the API listens on: every worker has its own queue of connections."""

import contextlib
import socket
import sys
from collections.abc import Iterator
from typing import Any

from trend_assets.ports import claim


class _OfEachWorker(socket.socket):
    """Holds an address; a worker process that is handed it listens on a socket of its own there.

    On one shared socket the worker that wakes first takes all connections that wait, often nearly all there are, and
    its readers wait while the other worker idles. With SO_REUSEPORT the kernel deals them out.
    """

    def __reduce__(self) -> Any:
        return _bound, (self.family, self.getsockname(), True)


@contextlib.contextmanager
def sockets_for(host: str, port: int, *, workers: int) -> Iterator[list[socket.socket]]:
    """The sockets to give to uvicorn, bound. Raises OSError when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = _bound(family, (host, port), False)  # refused where anybody listens, also another server of ours
    if workers == 1 or sys.platform != "linux":  # elsewhere the port's newest socket would get everything
        with first:
            yield [first]
        return
    address = first.getsockname()
    first.close()
    with claim(address[1]), _bound(family, address, True, kind=_OfEachWorker) as held:  # never listens
        yield [held]


def _bound(
    family: int, address: tuple[Any, ...], shares: bool, *, kind: type[socket.socket] = socket.socket
) -> socket.socket:
    made = kind(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shares:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind(address)
    except OSError:
        made.close()
        raise
    made.set_inheritable(True)
    return made
