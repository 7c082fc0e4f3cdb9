"""Broken answers: connections dropped, bodies cut, dripped, replaced or blown up. Used by the gate for any provider.

`truncated_close` is told by its body only: half of the JSON under a correct length, as from a proxy that cut it.
"""

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_assets.sandbox.faults import Ask

CUTS = ("truncated_length", "truncated_chunked", "truncated_close", "drip")


async def nowhere(message: Message) -> None:
    """Swallow an answer that is never delivered."""


async def collected(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """The whole answer of an ASGI application: status, headers, body."""
    status, headers, chunks = 200, list[tuple[bytes, bytes]](), list[bytes]()

    async def keep(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, keep)
    return status, headers, b"".join(chunks)


def drop(raw_send: Send, *, reset: bool = False) -> None:
    """Close the connection without another word; with `reset`, by RST. uvicorn's `send` is bound to the connection's
    cycle, which holds the transport; ASGI itself has no way to say this."""
    transport = getattr(getattr(raw_send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("This server cannot drop connections: run the sandbox with uvicorn.")
    if reset and (sock := transport.get_extra_info("socket")) is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    elif reset:
        transport.abort()
    else:
        transport.close()


async def cut(
    name: str, options: dict[str, Any], app: ASGIApp, scope: Scope, receive: Receive, send: Send, raw_send: Send
) -> None:
    """Answer as the provider would, but not to the end (or far too slowly)."""
    status, headers, body = await collected(app, scope, receive)
    headers = [(key, value) for key, value in headers if key != b"content-length"]
    if name in ("truncated_length", "drip"):
        headers.append((b"content-length", str(len(body)).encode()))
    if name == "truncated_close":
        headers.append((b"connection", b"close"))
        body = body[: len(body) // 2]
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if name == "truncated_close":
        await send({"type": "http.response.body", "body": body})
        return
    if name == "drip":
        for byte in body:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(float(options.get("seconds", 0.2)))
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.body", "body": body[: max(len(body) // 2, 1)], "more_body": True})
    await asyncio.sleep(0.02)
    drop(raw_send)


BAD_JSON: dict[str, bytes] = {
    "nan": b'{"code":200,"data":{"search_item_list":[NaN]},"items":[NaN]}',
    "infinity": b'{"code":200,"data":{"n":Infinity},"items":[1e400]}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "huge_int": b'{"code":' + b"9" * 5000 + b"}",
    "bom": b'\xef\xbb\xbf{"code":200,"data":{}}',
    "duplicate_keys": b'{"code":200,"code":500,"data":{},"data":null}',
    "list": b"[1,2,3]",
    "null": b"null",
    "strings": b'{"code":200,"data":{"search_item_list":["a","b"],"trending_search_words":["a"]},"items":["a"]}',
}


def instead(take: Any, ask: Ask) -> Response | None:
    """An answer that takes the place of the provider's."""
    if take("html", ask) is not None:
        return HTMLResponse("<!doctype html><html><body>simulated: this is a web page, not JSON</body></html>")
    if take("empty_body", ask) is not None:
        return Response(b"", 200, media_type="application/json")
    if (options := take("bad_json", ask)) is not None:
        return Response(BAD_JSON[str(options.get("variant", "nan"))], 200, media_type="application/json")
    if (options := take("redirect", ask)) is not None:
        return RedirectResponse(str(options.get("location", "http://169.254.169.254/latest/")), 302)
    if take("huge_headers", ask) is not None:
        return Response(b"{}", 200, {f"X-Filler-{place}": "x" * 8000 for place in range(256)})
    if (options := take("gzip_bomb", ask)) is not None:
        return Response(
            b"".join(_bomb(int(options.get("megabytes", 300)))),
            200,
            {"Content-Encoding": "gzip"},
            media_type="application/json",
        )
    if (options := take("big_body", ask)) is not None:
        return StreamingResponse(_big(int(options.get("megabytes", 300))), 200, media_type="application/json")
    return None


def _bomb(megabytes: int) -> Iterator[bytes]:
    block = gzip.compress(b"[" + b" " * (1 << 20))
    for _ in range(megabytes):
        yield block  # gzip members may follow each other


async def _big(megabytes: int) -> AsyncIterator[bytes]:
    yield b'["'
    for _ in range(megabytes):
        yield b"x" * (1 << 20)
    yield b'"]'
