"""The guarded fetcher for addresses that came from outside: covers, avatars, media.

    address ─▶ scheme, user, port, host list ─▶ resolve once, every address public? ─▶ connect to that address
        ▲                                                                                  │
        └──────────────── redirect (at most 3): the new address, from the start ◀──────────┘
                                                                                           ▼
                                              byte cap, total deadline ─▶ type by magic bytes ─▶ Fetched

Nothing of the address, and no header of the server, decides a name or a type. Pictures are measured from their header
(`pictures.image_size`) before anybody decodes them.
"""

import io
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO, Literal

from trend_assets.sources import errors
from trend_assets.sources.http import USER_AGENT
from trend_assets.sources.http_library import httpx
from trend_assets.sources.network import WEB_PORTS, GuardedBackend, Resolver, Target, client_over, deadline, resolve
from trend_assets.sources.pictures import MAGIC_BYTES, image_size, media_type
from trend_assets.sources.redact import redact, shown_url

Kind = Literal["image", "video", "media"]  # media: a picture or a video
MAX_HOPS = 3
_EXPIRED = frozenset({401, 403})
_GONE = frozenset({404, 410, 451})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched. `media_type` by magic bytes; `width` and `height` in pixels for pictures whose header we read
    (JPEG, PNG, GIF, WebP), else None; `body` is empty when it went to a file (`download`)."""

    url: str
    media_type: str
    size_bytes: int
    fetched_at: datetime
    body: bytes = b""
    width: int | None = None
    height: int | None = None
    is_simulated: bool = False


class Fetcher:
    """Fetches pictures and videos from addresses nobody vouches for. Thread-safe; close it when done.

    `allowed_hosts`: host suffixes (`tiktokcdn-us.com`) that are let through, None for any public host. `sandbox`:
    exact (host, port) pairs of a running sandbox, which must answer as one. `test_targets`: the same for test servers,
    without that demand; no setting leads there. `resolver` is injectable for tests. Waits between tries come from
    `sleep`."""

    def __init__(
        self,
        *,
        max_bytes: int = 10_000_000,
        deadline_seconds: float = 30.0,
        allowed_hosts: Collection[str] | None = None,
        sandbox: frozenset[Target] = frozenset(),
        test_targets: frozenset[Target] = frozenset(),
        resolver: Resolver = resolve,
        tries: int = 2,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.max_bytes = max_bytes
        self.deadline_seconds = deadline_seconds
        self._hosts = None if allowed_hosts is None else tuple(host.lower().lstrip(".") for host in allowed_hosts)
        self._sandbox = sandbox
        self._extra = sandbox | test_targets
        self._tries = tries
        self._sleep = sleep
        self._client = client_over(
            GuardedBackend(resolver=resolver, allowed=self._extra),
            headers={"Accept-Encoding": "identity", "User-Agent": USER_AGENT, "Accept": "image/*,video/*;q=0.8"},
        )

    def close(self) -> None:
        self._client.close()

    def fetch(self, url: str, *, kind: Kind = "image") -> Fetched:
        """The bytes behind an address, kept in memory. For pictures width and height are read and their caps enforced.

        Raises ForbiddenTarget before any connection, Expired (403: signed addresses run out), NotFound, TooLarge,
        WrongContent (judged by the bytes), SourceUnavailable after the last try."""
        sink = io.BytesIO()
        fetched = replace(self.download(url, sink, kind=kind), body=sink.getvalue())
        if not fetched.media_type.startswith("image/") or fetched.media_type in ("image/heic", "image/avif"):
            return fetched
        width, height = image_size(fetched.body)
        return replace(fetched, width=width, height=height)

    def download(self, url: str, sink: BinaryIO, *, kind: Kind = "image") -> Fetched:
        """Write the bytes behind an address into `sink` (seekable: it is emptied before another try). The type is
        decided by the first bytes, before anything is written. Raises like `fetch`."""
        for number in range(1, self._tries + 1):
            try:
                return self._follow(url, sink, kind=kind)
            except errors.SourceUnavailable:
                if number == self._tries:
                    raise
                sink.seek(0)
                sink.truncate()
                self._sleep(min(2.0**number, 10.0))
        raise AssertionError("unreachable: the last try returns or raises")

    def _follow(self, url: str, sink: BinaryIO, *, kind: Kind) -> Fetched:
        with deadline(self.deadline_seconds):
            for _ in range(MAX_HOPS + 1):
                target = self._checked(url)
                try:
                    response = self._client.send(self._client.build_request("GET", target), stream=True)
                except httpx.HTTPError as error:
                    raise self._unavailable(url, error) from None
                try:
                    if response.status_code in _REDIRECTS:
                        url = self._next(target, response)
                        continue
                    return self._receive(target, response, sink, kind=kind)
                except httpx.HTTPError as error:
                    raise self._unavailable(url, error) from None
                finally:
                    response.close()
        raise errors.ForbiddenTarget(f"{shown_url(url)} redirects more than {MAX_HOPS} times; given up.")

    def _unavailable(self, url: str, error: httpx.HTTPError) -> errors.SourceError:
        if isinstance(error, httpx.UnsupportedProtocol):
            return errors.ForbiddenTarget(f"{shown_url(url)} is not an http(s) address.")
        message = redact(str(error), limit=120)
        return errors.SourceUnavailable(f"{shown_url(url)} could not be fetched ({type(error).__name__}: {message}).")

    def _checked(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
            host = target.host
            port = target.port or {"http": 80, "https": 443}.get(target.scheme, 0)
        except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
            raise errors.ForbiddenTarget("The address cannot be read as a URL.") from None
        shown = shown_url(url)
        if target.scheme not in ("http", "https") or not host:
            raise errors.ForbiddenTarget(f"{shown} is not an http(s) address with a host.")
        if target.userinfo:
            raise errors.ForbiddenTarget(f"{shown} carries a user or password.")
        if (host, port) in self._extra:
            return target
        if port not in WEB_PORTS:
            raise errors.ForbiddenTarget(f"{shown} names port {port}; only 80 and 443 are fetched from.")
        if self._hosts is not None and not self._is_listed(host.lower().rstrip(".")):
            raise errors.ForbiddenTarget(f"{shown} is not on the list of hosts that are fetched from.")
        return target

    def _is_listed(self, host: str) -> bool:
        return any(host == listed or host.endswith(f".{listed}") for listed in self._hosts or ())

    def _next(self, target: httpx.URL, response: httpx.Response) -> str:
        location = response.headers.get("location", "")
        try:
            return str(target.join(location))
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise errors.ForbiddenTarget(f"{shown_url(str(target))} redirects to what is not an address.") from None

    def _receive(self, target: httpx.URL, response: httpx.Response, sink: BinaryIO, *, kind: Kind) -> Fetched:
        shown = shown_url(str(target))
        is_simulated = response.headers.get("x-sandbox", "").strip().lower() == "simulated"
        if (target.host, target.port or 80) in self._sandbox and not is_simulated:
            raise errors.ForbiddenTarget(f"{shown} is let through as the sandbox but does not answer as one.")
        status = response.status_code
        if status in _EXPIRED:
            raise errors.Expired(f"{shown} is refused ({status}): its signature has expired.", status=status)
        if status in _GONE:
            raise errors.NotFound(f"{shown} is gone ({status}).", status=status)
        if status in (408, 425, 429) or status >= 500:
            raise errors.SourceUnavailable(f"{shown} failed with {status}.", status=status)
        if status != 200:
            raise errors.BadRequest(f"{shown} answered {status}.", status=status)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise errors.WrongContent(f"{shown} is compressed although no compression was asked for.")
        name, size = self._copy(response, sink, kind=kind, shown=shown)
        return Fetched(
            url=str(target), media_type=name, size_bytes=size, fetched_at=datetime.now(UTC), is_simulated=is_simulated
        )

    def _copy(self, response: httpx.Response, sink: BinaryIO, *, kind: Kind, shown: str) -> tuple[str, int]:
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > self.max_bytes:
            raise errors.TooLarge(f"{shown} is larger than {self.max_bytes:,} bytes; not fetched.")
        start = b""
        name: str | None = None
        size = 0
        for chunk in response.iter_raw(65_536):
            size += len(chunk)
            if size > self.max_bytes:
                raise errors.TooLarge(f"{shown} is larger than {self.max_bytes:,} bytes; given up.")
            if name is None:
                start += chunk
                if len(start) < MAGIC_BYTES:
                    continue
                name = _require(start, kind=kind, shown=shown)
                chunk = start
            sink.write(chunk)
        if name is None:
            name = _require(start, kind=kind, shown=shown)
            sink.write(start)
        return name, size


def as_sent(url: str) -> str:
    """An address as a server gets to see it: two that differ in the case of the host, the usual port or what stands
    behind # ask for the same thing. What is no address stays."""
    try:
        return str(httpx.URL(url).copy_with(fragment=None))
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
        return url


def _require(start: bytes, *, kind: Kind, shown: str) -> str:
    if not start:
        raise errors.WrongContent(f"{shown} is empty.")
    name = media_type(start)
    if name is None or (kind != "media" and not name.startswith(f"{kind}/")):
        wanted = {"media": "a picture or video", "image": "an image", "video": "a video"}[kind]
        raise errors.WrongContent(f"{shown} is not {wanted} but {name or 'something else'}, judged by its first bytes.")
    return name
