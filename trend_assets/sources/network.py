"""Sockets under our HTTP clients: a deadline that nothing outlives, and a wall that lets nobody connect inwards.

    httpx client ─▶ httpcore pool ─▶ GuardedBackend (which address?) ─▶ DeadlineStream (until when?) ─▶ socket

httpx has read timeouts only, which a server that drips one byte at a time never meets; and it has no hook between
resolving a name and connecting. Both need httpcore's network backend, and handing that to httpx needs its private
`_pool`: the version is pinned below 0.29 and tests hold on to the behaviour.
"""

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

from trend_assets.sources.addresses import forbidden_reason
from trend_assets.sources.errors import ForbiddenTarget
from trend_assets.sources.http_library import httpcore, httpx

WEB_PORTS = frozenset({80, 443})

Target = tuple[str, int]
Resolver = Callable[[str, int], list[str]]

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything this thread reads, writes or connects through our transports ends after `seconds`, however often the
    other side sends something in between."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    until = _deadline.get()
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise error("the total deadline is over")
    return left if timeout is None else min(timeout, left)


class DeadlineStream(httpcore.NetworkStream):
    """A stream whose every operation ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connects wherever it is told, within the deadline: for providers, whose addresses come from the settings."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._sockets.connect_tcp(host, port, timeout, *args, **options))

    def sleep(self, seconds: float) -> None:
        self._sockets.sleep(seconds)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, in the system's order. Raises httpcore.ConnectError when it has none."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name cannot be resolved ({type(error).__name__})") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


class GuardedBackend(DeadlineBackend):
    """Connects only to public addresses on the web's ports, judged at connect time: the name is resolved once, every
    address it has must be allowed, and the socket goes to the address that was checked. So a name that points inwards,
    points elsewhere the second time, or hides an address in another notation gets no socket.

    `allowed` are exact (host, port) pairs that may be reached all the same: the running sandbox, test servers."""

    def __init__(self, *, resolver: Resolver = resolve, allowed: Collection[Target] = ()) -> None:
        super().__init__()
        self._resolver = resolver
        self._allowed = frozenset(allowed)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.NetworkStream:
        if (host, port) in self._allowed:
            return super().connect_tcp(host, port, timeout, *args, **options)
        if port not in WEB_PORTS:
            raise ForbiddenTarget(f"Port {port} of {host} is not one of the web's (80, 443); not connected.")
        addresses = self._resolver(host, port)
        for address in addresses:
            reason = forbidden_reason(address)
            if reason is not None:
                raise ForbiddenTarget(f"{host} points to {address}, {reason}; not connected.")
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return super().connect_tcp(address, port, timeout, *args, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


@cache
def trusted_certificates() -> ssl.SSLContext:
    """The context for verified TLS (certifi's roots; nothing from the environment)."""
    return httpx.create_ssl_context(verify=True, trust_env=False)


def _transport_over(backend: httpcore.NetworkBackend, *, connections: int) -> httpx.HTTPTransport:
    """An HTTP/1.1 transport with verified TLS whose sockets come from `backend`."""
    context = trusted_certificates()
    transport = httpx.HTTPTransport(verify=context, trust_env=False)
    transport._pool = httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=5.0,
        http1=True,
        http2=False,
        retries=0,
        network_backend=backend,
    )
    return transport


def client_over(
    backend: httpcore.NetworkBackend,
    *,
    read_seconds: float = 15.0,
    connect_seconds: float = 10.0,
    connections: int = 20,
    **options: Any,
) -> httpx.Client:
    """An HTTP client whose sockets come from `backend`. It follows no redirect, reads nothing from the environment and
    keeps no cookie: a new name with every answer would make the head of the next request longer and longer."""
    return httpx.Client(
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        transport=_transport_over(backend, connections=connections),
        **options,
    )
