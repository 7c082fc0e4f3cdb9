"""Answers to equal GET requests, kept as bytes for a moment, each computed once however many ask (ASGI middleware).

Only what is the same for everybody is kept: the reads, whose paths are a closed list, and the pages as whoever shows
neither a cookie nor a key gets them; anybody else's page is theirs alone. An answer older than `SECONDS` is computed
again; while that happens readers get the old one, for at most another `SECONDS`.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 1.5  # an answer lags behind the database by twice that at most
MOST_BYTES = 64_000_000
LARGEST_BYTES = 4_000_000
MOST_ANSWERS = 5_000
LONGEST_KEY = 4_000
"""A longer address or Accept than any page has: its answer is computed and not kept."""
Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Kept:
    """One answer as it goes over the wire."""

    status: int
    headers: Headers
    body: bytes
    etag: bytes
    until: float

    @property
    def size(self) -> int:
        """What it takes in memory, as far as a reader decides it."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)


class AnswerCache:
    """Middleware. `prefixes` are the paths whose answers depend on path and query alone, `pages` those where they do so
    without a cookie and a key."""

    def __init__(
        self, app: ASGIApp, *, prefixes: Iterable[str], pages: Iterable[str] = (), seconds: float = SECONDS
    ) -> None:
        self._app, self._prefixes, self._pages, self._seconds = app, tuple(prefixes), tuple(pages), seconds
        self._kept: OrderedDict[tuple[bytes, ...], Kept] = OrderedDict()
        self._bytes = 0
        self._computing: dict[tuple[bytes, ...], asyncio.Future[Kept | None]] = {}
        self._tasks: set[asyncio.Task[Kept | None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if scope["type"] != "http" or scope["method"] != "GET" or not self._is_shared(scope["path"], headers):
            await self._app(scope, receive, send)
            return
        key = (scope["path"].encode(), scope["query_string"], headers.get(b"accept", b""))
        kept = await self._answer(key, scope, receive)
        if kept is None:  # the one who computed it failed; ask for oneself
            await self._app(scope, receive, send)
            return
        if kept.etag in {tag.strip() for tag in headers.get(b"if-none-match", b"").split(b",")}:
            unchanged = [(name, value) for name, value in kept.headers if name in (b"etag", b"cache-control", b"vary")]
            await send({"type": "http.response.start", "status": 304, "headers": unchanged})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": kept.status, "headers": kept.headers})
        await send({"type": "http.response.body", "body": kept.body})

    def _is_shared(self, path: str, headers: dict[bytes, bytes]) -> bool:
        is_personal = b"cookie" in headers or b"authorization" in headers
        return path.startswith(self._prefixes) or (path.startswith(self._pages) and not is_personal)

    async def _answer(self, key: tuple[bytes, ...], scope: Scope, receive: Receive) -> Kept | None:
        kept = self._kept.get(key)
        now = time.monotonic()
        if kept is not None and kept.until > now:
            return kept
        if kept is not None and kept.until + self._seconds > now:
            # a moment too old: this reader need not wait for the next one
            if key not in self._computing:
                task = asyncio.create_task(self._renew(key, self._begin(key), dict(scope), _nothing))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            return kept
        if (computing := self._computing.get(key)) is not None:
            return await computing
        return await self._renew(key, self._begin(key), scope, receive)

    def _begin(self, key: tuple[bytes, ...]) -> "asyncio.Future[Kept | None]":
        """Say at once, before anything is awaited, that this answer is being computed."""
        future: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._computing[key] = future
        return future

    async def _renew(
        self, key: tuple[bytes, ...], future: "asyncio.Future[Kept | None]", scope: Scope, receive: Receive
    ) -> Kept | None:
        kept = None
        try:
            kept = await self._compute(scope, receive)
            if kept.status == 200:
                self._keep(key, kept)
            return kept
        finally:
            del self._computing[key]
            future.set_result(kept)

    async def _compute(self, scope: Scope, receive: Receive) -> Kept:
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(scope, receive, collect)
        body = b"".join(parts)
        etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        headers: Headers = list(start["headers"])
        if start["status"] == 200:
            ours = [(b"etag", etag), (b"cache-control", b"max-age=%d" % int(self._seconds)), (b"vary", b"accept")]
            given = {name for name, _ in headers}  # a page says that no browser keeps it
            headers += [each for each in ours if each[0] not in given]
        return Kept(start["status"], headers, body, etag, time.monotonic() + self._seconds)

    def _keep(self, key: tuple[bytes, ...], kept: Kept) -> None:
        length = sum(map(len, key))
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= length + old.size
        if kept.size > LARGEST_BYTES or length > LONGEST_KEY:
            return
        self._kept[key] = kept
        self._bytes += length + kept.size
        while self._bytes > MOST_BYTES or len(self._kept) > MOST_ANSWERS:
            oldest_key, oldest = self._kept.popitem(last=False)
            self._bytes -= sum(map(len, oldest_key)) + oldest.size


async def _nothing() -> Message:
    """The body of a GET that nobody waits for."""
    return {"type": "http.request", "body": b"", "more_body": False}
