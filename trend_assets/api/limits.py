"""What one connection may take of a worker: bytes of a request's head, time for head and body, time without a request,
and answers that nobody reads.

uvicorn bounds none of it with its faster parser: a head without end fills the memory; a body that never comes, and an
answer that is never taken, hold their connection for ever. What a body may hold belongs to the gate (`security.py`).
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 32_768
HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a later request, to the end of the head."""
BODY_SECONDS = 30.0
"""A body of the largest size over a slow line."""
UNREAD_SECONDS = 60.0
"""Who takes nothing of an answer for so long reads no more of it. A system's own buffers take a megabyte at a time."""
MOST_UNREAD_BYTES = 16_000_000
"""Of all answers of one worker that wait to be read; beyond it, who has been behind longest reads no more."""
MOST_CONNECTIONS = 1_000
"""Of one worker; more are told to come back (503)."""


class HeadTooLarge(Exception):
    """The head of a request is larger than any of ours."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn reads it, with an end to everything that a client decides the length of."""

    _head = 0
    _in_head = True
    _patience: asyncio.TimerHandle | None = None
    _behind: ClassVar[dict["BoundedProtocol", asyncio.TimerHandle]] = {}
    """Connections whose reader has not taken all that was sent, with the time at which it is looked at."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # told as soon as a reader falls behind and when it has caught up, also of a connection that is ending
        transport.set_write_buffer_limits(high=0)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        self._caught_up()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_again()
        while len(self._behind) > 1 and sum(map(_unread, self._behind)) > MOST_UNREAD_BYTES:
            next(iter(self._behind))._give_up()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._caught_up()

    def _look_again(self) -> None:
        self._behind[self] = self.loop.call_later(UNREAD_SECONDS, self._look_at_reader, _unread(self))

    def _look_at_reader(self, unread: int) -> None:
        if _unread(self) >= unread:
            self._give_up()
        else:
            self._look_again()

    def _give_up(self) -> None:
        self._caught_up()
        if self.cycle is not None:
            self.cycle.disconnected = True  # what the application still says goes nowhere
        self.transport.abort()

    def _caught_up(self) -> None:
        if (looking := self._behind.pop(self, None)) is not None:
            looking.cancel()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431, "The head of this request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._patience is None:
            self._wait(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        length = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if length > MOST_HEAD_BYTES:
            raise HeadTooLarge
        self._in_head, self._head = False, 0
        self._wait(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._wait(None)
        super().on_message_complete()

    def _wait(self, seconds: float | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self.loop.call_later(seconds, self._too_late) if seconds is not None else None

    def _too_late(self) -> None:
        self._patience = None
        if self._in_head and self._head == 0:
            self.transport.close()  # nothing was asked
        else:
            self._refuse(408, "The request did not arrive in time.")

    def _refuse(self, status: int, sentence: str) -> None:
        body = sentence.encode()
        phrase = {408: b"Request Timeout", 431: b"Request Header Fields Too Large"}[status]
        begun = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not begun:
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
                b"connection: close\r\n\r\n%s" % (status, phrase, len(body), body)
            )
        self.transport.close()


def _unread(connection: BoundedProtocol) -> int:
    """Bytes of answers that the other side has not taken."""
    return connection.transport.get_write_buffer_size()
