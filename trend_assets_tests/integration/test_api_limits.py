"""One connection to the API has an end: heads, bodies and silence are bounded in bytes and in time."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from trend_assets.api import limits
from trend_assets.api.limits import BoundedProtocol

WAIT = 30.0
LARGE = 12_000_000  # more than the system's own buffers hold


async def app(scope, receive, send):
    """Answers with the length of the body it was sent; on /large with a large one."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = bytes(LARGE) if scope["path"] == "/large" else str(length).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch, **patience: float) -> Iterator[int]:
    for name, seconds in patience.items():
        monkeypatch.setattr(limits, name, seconds)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=BoundedProtocol, ws="none", lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(WAIT)


def said(port: int, *parts: bytes) -> bytes:
    """All that comes back until the server closes, after these parts were sent; the client never closes first."""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as client:
        try:
            for part in parts:
                client.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            """The server had enough."""
        heard = b""
        try:
            while piece := client.recv(65_536):
                heard += piece
        except ConnectionResetError:
            """What was sent after its answer makes the kernel say so."""
        return heard


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


def test_a_head_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(monkeypatch) as port:
        for endless in (b"A: " + b"a" * 400_000, b"".join(b"A%d: a\r\n" % number for number in range(40_000))):
            heard = said(port, HEAD, endless)
            assert not heard or heard.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
        heard = said(port, b"GET /" + b"a" * 400_000)
        assert not heard or heard.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


def test_half_a_head_half_a_body_and_silence_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(monkeypatch, HEAD_SECONDS=0.3, BODY_SECONDS=0.3) as port:
        assert said(port) == b"", "nothing was asked"
        assert said(port, HEAD).startswith(b"HTTP/1.1 408 ")
        assert said(port, HEAD + b"Content-Length: 9\r\n\r\n1234").startswith(b"HTTP/1.1 408 ")
        assert said(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n").startswith(b"HTTP/1.1 408 ")


def test_what_readers_send_is_answered_also_twice_over_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    request = HEAD + b"Content-Length: 4\r\n\r\n1234"
    last = HEAD + b"X: " + b"x" * 20_000 + b"\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n" + b"b" * 200_000
    with served(monkeypatch) as port:
        heard = said(port, request, request, last)
    assert heard.count(b"HTTP/1.1 200 OK") == 3 and heard.endswith(b"200000")


LARGE_ONE = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"


def small_reader(port: int) -> socket.socket:
    """A connection that takes a few kB by itself."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(WAIT)
    client.connect(("127.0.0.1", port))
    return client


def is_cut_off(client: socket.socket) -> bool:
    """Whether the server ends the answer before its end."""
    with client:
        heard = 0
        try:
            while piece := client.recv(65_536):
                heard += len(piece)
        except ConnectionResetError:
            """Cut off with what it still had."""
        return heard < LARGE


@pytest.mark.parametrize(
    "request_", [LARGE_ONE, LARGE_ONE * 20, LARGE_ONE.replace(b"x\r\n", b"x\r\nConnection: close\r\n")]
)
def test_an_answer_that_nobody_reads_holds_its_connection_no_longer_than_that(monkeypatch, request_) -> None:
    with served(monkeypatch, UNREAD_SECONDS=0.2) as port:
        client = small_reader(port)
        client.sendall(request_)
        until_nobody_is_behind()
        assert is_cut_off(client)


def test_who_reads_slowly_gets_all_of_it(monkeypatch) -> None:
    with served(monkeypatch, UNREAD_SECONDS=1.0) as port, socket.create_connection(("127.0.0.1", port), WAIT) as client:
        client.sendall(LARGE_ONE.replace(b"x\r\n", b"x\r\nConnection: close\r\n"))
        heard = 0
        while piece := client.recv(500_000, socket.MSG_WAITALL):
            heard += len(piece)
            threading.Event().wait(0.1)
        assert heard > LARGE


def test_all_answers_that_wait_together_have_a_bound(monkeypatch) -> None:
    with served(monkeypatch, MOST_UNREAD_BYTES=LARGE) as port:
        clients = [small_reader(port) for _ in range(4)]
        for client in clients:
            client.sendall(LARGE_ONE.replace(b"x\r\n", b"x\r\nConnection: close\r\n"))
        cut = sum(map(is_cut_off, clients))
    assert cut in (2, 3), "those who have been behind longest, and not all"


def until_nobody_is_behind() -> None:
    """Waits for a reader to fall behind and for the end of that."""
    for wanted in (True, False):
        for _ in range(int(WAIT / 0.01)):
            if bool(BoundedProtocol._behind) is wanted:
                break
            threading.Event().wait(0.01)
        else:
            raise AssertionError(f"{len(BoundedProtocol._behind)} connections are behind")
