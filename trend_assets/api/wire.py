"""Between uvicorn and the sockets: an answer leaves in one write, and every worker has its own queue of connections.

uvicorn writes head and body one after the other. Each write wakes the reader and costs a system call; together they
were half of a worker's time on pages of 50 posts.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from trend_assets.ports import claim

_FLUSH_BYTES = 65_536


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's protocol over a transport that joins what is written in one turn of the loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Joining(transport, self.loop))  # type: ignore[arg-type]


class _Joining:
    """A transport that holds small writes back until the running callback is done; all else goes straight through."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > _FLUSH_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            held, self._held, self._size = self._held, [], 0
            self._transport.write(b"".join(held))


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
