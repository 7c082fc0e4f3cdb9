"""A server that misbehaves on purpose, on raw sockets: what a request to a path meets is a list of moves.

    with FaultServer() as server:
        server.on("/search", reset, answer({"code": 200}))     # first request, then every later one
        …
        assert server.calls("/search") == 2

A path without moves meets `otherwise`, a 404 at first.
Each move gets the socket and the request and does what it likes. `paid` counts what a provider would have charged for.
"""

import contextlib
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """A received request; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


Move = Callable[[socket.socket, Request], None]


class FaultServer:
    """Serves moves by path on a free loopback port."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.paid: Counter[str] = Counter()
        self.otherwise: Move = answer({"detail": "no such path"}, 404)
        self._moves: dict[str, tuple[Move, ...]] = {}
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def on(self, path: str, *moves: Move) -> str:
        """What requests to `path` meet, one after the other; the last move repeats. Returns the whole address."""
        self._moves[path] = moves
        return f"{self.url}{path}"

    def calls(self, path: str) -> int:
        """How many requests a path has had."""
        return self._calls[path]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            request = _read_request(connection)
            if request is None:
                return
            with self._lock:
                self.requests.append(request)
                number = self._calls[request.path]
                self._calls[request.path] += 1
            moves = self._moves.get(request.path, (self.otherwise,))
            moves[min(number, len(moves) - 1)](connection, request)


def _read_request(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65_536)
        if not chunk:
            return None
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for text in lines[1:]:
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)


# --- moves ----------------------------------------------------------------------------------------------------------


def raw(data: bytes) -> Move:
    """These bytes, then close."""
    return lambda connection, request: connection.sendall(data)


def answer(document: Any, status: int = 200, **headers: str) -> Move:
    """A JSON answer (or bytes as they are) with its length."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{lines}\r\n"
    return raw(head.encode() + body)


def reset(connection: socket.socket, request: Request) -> None:
    """RST before any header."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(connection: socket.socket, request: Request) -> None:
    """Accept, and never answer."""
    with contextlib.suppress(OSError):
        connection.recv(1)


def short_length(document: Any) -> Move:
    """Announces the whole length and sends half of it."""
    body = json.dumps(document).encode()
    return raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])


def cut_chunks(document: Any) -> Move:
    """Chunked, without the end."""
    body = json.dumps(document).encode()
    return raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n")


def cut_without_length(document: Any) -> Move:
    """Half of the body, no length, close: looks complete."""
    body = json.dumps(document).encode()
    return raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body[: len(body) // 2])


def drip(connection: socket.socket, request: Request) -> None:
    """A body of one byte every 50 ms: every single read is in time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(400):
        connection.sendall(b" ")
        time.sleep(0.05)


def drip_headers(connection: socket.socket, request: Request) -> None:
    """The same within the headers."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(400):
        connection.sendall(b"x")
        time.sleep(0.05)


def big_header(connection: socket.socket, request: Request) -> None:
    """One header of 2 MB."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 2_000_000 + b"\r\n\r\n")


def endless_headers(connection: socket.socket, request: Request) -> None:
    """Headers without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200_000):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"y" * 100))


def huge_body(megabytes: int, *headers: bytes, start: bytes = b"") -> Move:
    """A body of `start` and spaces, streamed without a length."""

    def move(connection: socket.socket, request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"".join(line + b"\r\n" for line in headers) + b"\r\n" + start)
        piece = b" " * 1_000_000
        for _ in range(megabytes):
            connection.sendall(piece)

    return move


@contextlib.contextmanager
def fault_server() -> Iterator[FaultServer]:
    """A running server."""
    with FaultServer() as server:
        yield server
