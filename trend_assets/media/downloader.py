"""yt-dlp behind our walls: it reads pages and finds the file, but every byte it gets comes through the guarded sockets.

    yt-dlp ─▶ GuardedHandler (scheme, host list, redirects, bytes) ─▶ GuardedBackend (public address only) ─▶ socket

It has no other way out: our handler is the only one it knows, ffmpeg and other programs are out of reach, playlists
and streaming manifests are not chosen, plugins, netrc, cookies of browsers, caches and proxies are off.
"""

import http.cookiejar
import io
import os
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from trend_assets.media.policy import MediaPlatform, is_allowed_host
from trend_assets.platforms import PLATFORMS
from trend_assets.sources.errors import (
    Expired,
    ForbiddenTarget,
    NotFound,
    SourceError,
    SourceUnavailable,
    TooLarge,
    WrongContent,
)
from trend_assets.sources.http_library import httpx
from trend_assets.sources.network import GuardedBackend, Resolver, Target, client_over, deadline, resolve
from trend_assets.sources.redact import redact, shown_url

MAX_REDIRECTS = 5
# pages and player scripts, besides the file itself: the largest player script has 3 MB
PAGE_BYTES = 40_000_000
# only these may read a page; the generic extractor, which follows anything, is not among them
EXTRACTORS: dict[MediaPlatform, list[str]] = {
    row.name: list(row.media.extractors) for row in PLATFORMS.values() if row.media
}
# one ready file over plain HTTP: nothing that would need a manifest, a merge or another program
FORMAT = "best[protocol=https]/best[protocol=http]/bestvideo[protocol=https]/bestvideo[protocol=http]"


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the page said about the file: facts to show, never names or types to trust."""

    external_id: str | None
    creator_id: str | None
    creator_handle: str | None
    caption: str | None


@dataclass(frozen=True, slots=True)
class Wall:
    """The limits of one download. `resolver` and `test_targets` are for tests; no setting leads there."""

    max_bytes: int
    seconds: float
    resolver: Resolver = resolve
    test_targets: frozenset[Target] = frozenset()
    host_allowed: Callable[[str], bool] = is_allowed_host


def download_page(
    url: str, destination: Path, *, platform: MediaPlatform, wall: Wall, alive: Callable[[], None] = lambda: None
) -> PageFacts:
    """Download the video behind a page address into `destination`.

    `alive` is called between pieces and may raise to stop. Raises ForbiddenTarget, TooLarge, Expired, NotFound,
    WrongContent (no plain file offered) and SourceUnavailable, each with a sentence.
    """
    yt_dlp = _yt_dlp()
    gate = _Gate(wall, alive)
    options = _options(destination, platform, wall, alive)
    try:
        with deadline(wall.seconds), _downloader(yt_dlp, gate, options) as downloader:
            info = downloader.extract_info(url, download=True)
    except yt_dlp.utils.YoutubeDLError as error:
        raise gate.refusal or _classified(error, url) from None
    finally:
        gate.close()
    if gate.refusal:
        raise gate.refusal
    if not isinstance(info, dict) or not destination.is_file() or destination.stat().st_size == 0:
        raise WrongContent(f"{shown_url(url)} offers no single video file.")
    return PageFacts(
        external_id=_text(info.get("id")),
        creator_id=_text(info.get("channel_id") or info.get("uploader_id")),
        creator_handle=_text(info.get("uploader") or info.get("uploader_id")),
        caption=_text(info.get("description") or info.get("title")),
    )


def _yt_dlp() -> Any:
    # read when its plugin loader is imported; plugins found on the machine would bring their own network code
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    import yt_dlp

    return yt_dlp


def _options(destination: Path, platform: MediaPlatform, wall: Wall, alive: Callable[[], None]) -> dict[str, Any]:
    return {
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Silent(),
        "progress_hooks": [lambda _: alive()],
        "outtmpl": {"default": str(destination).replace("%", "%%")},
        "allowed_extractors": EXTRACTORS[platform],
        "format": FORMAT,
        "max_filesize": wall.max_bytes,
        "noplaylist": True,
        "playlist_items": "1",
        "retries": 1,
        "extractor_retries": 1,
        "fragment_retries": 0,
        "file_access_retries": 0,
        "socket_timeout": 15,
        "nopart": True,
        "continuedl": False,
        "overwrites": True,
        "updatetime": False,
        "cachedir": False,
        "proxy": "",
        "usenetrc": False,
        "fixup": "never",
        "postprocessors": [],
        "ffmpeg_location": "/nonexistent",
        "external_downloader": {"default": "native"},
        "hls_prefer_native": True,
        "js_runtimes": {},
        "remote_components": [],
        "enable_file_urls": False,
        "check_formats": False,
    }


def _downloader(yt_dlp: Any, gate: "_Gate", options: dict[str, Any]) -> Any:
    """A YoutubeDL whose only request handler is ours."""
    from yt_dlp.networking.common import RequestHandler, Response
    from yt_dlp.networking.exceptions import HTTPError, TransportError

    class GuardedRH(RequestHandler):
        _SUPPORTED_URL_SCHEMES = ("http", "https")
        _SUPPORTED_PROXY_SCHEMES = ()
        RH_NAME = "guarded"

        def _check_extensions(self, extensions: dict[str, Any]) -> None:
            super()._check_extensions(extensions)
            for known in ("cookiejar", "timeout", "legacy_ssl", "keep_header_casing"):
                extensions.pop(known, None)

        def _send(self, request: Any) -> Any:
            try:
                answer = gate.send(request, self._get_headers(request), self._get_cookiejar(request))
            except SourceError as error:
                raise TransportError(str(error), cause=error) from error
            except httpx.HTTPError as error:
                raise TransportError(redact(str(error), limit=200), cause=error) from error
            response = Response(
                fp=_Body(answer, gate),
                url=str(answer.url),
                headers=dict(answer.headers),
                status=answer.status_code,
                reason=answer.reason_phrase,
            )
            if not 200 <= answer.status_code < 300:
                raise HTTPError(response)
            return response

    class GuardedDownloader(yt_dlp.YoutubeDL):
        def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
            return super().build_request_director([GuardedRH], ())

    return GuardedDownloader(options)


class _Gate:
    """Sends one request at a time through the guarded transport, follows redirects itself, counts every byte."""

    def __init__(self, wall: Wall, alive: Callable[[], None]) -> None:
        self._wall, self._alive = wall, alive
        self._left = wall.max_bytes + PAGE_BYTES
        self.refusal: SourceError | None = None
        backend = GuardedBackend(resolver=wall.resolver, allowed=wall.test_targets)
        self._client = client_over(backend, connections=4)

    def close(self) -> None:
        self._client.close()

    def send(self, request: Any, headers: dict[str, str], cookies: http.cookiejar.CookieJar) -> httpx.Response:
        url, method, body = request.url, request.method, request.data
        for _ in range(MAX_REDIRECTS + 1):
            self._alive()
            self._require_allowed(url)
            sent = {name: value for name, value in headers.items() if name.lower() not in ("cookie", "accept-encoding")}
            if cookie := _cookie_header(cookies, url):
                sent["Cookie"] = cookie
            outgoing = self._client.build_request(
                method, url, headers=sent | {"Accept-Encoding": "identity"}, content=body
            )
            try:
                answer = self._client.send(outgoing, stream=True)
            except ForbiddenTarget as error:
                self.refusal = error
                raise
            _remember_cookies(cookies, answer)
            if answer.status_code not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return answer
            answer.close()
            url = urljoin(str(answer.url), answer.headers["location"])
            if answer.status_code in (301, 302, 303) and method != "HEAD":
                method, body = "GET", None
        raise self._refuse(ForbiddenTarget(f"{shown_url(request.url)} redirects more than {MAX_REDIRECTS} times."))

    def count(self, size: int) -> None:
        """Take `size` bytes from what may still be received."""
        self._alive()
        self._left -= size
        if self._left < 0:
            raise self._refuse(TooLarge(f"The download is larger than {self._wall.max_bytes:,} bytes; given up."))

    def _require_allowed(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError:
            raise self._refuse(ForbiddenTarget("The page leads to what is not an address.")) from None
        if (host, port) in self._wall.test_targets:
            return
        if parts.scheme not in ("http", "https") or parts.username is not None or port not in (80, 443):
            raise self._refuse(ForbiddenTarget(f"{shown_url(url)} is not a plain http(s) address."))
        if not self._wall.host_allowed(host):
            raise self._refuse(ForbiddenTarget(f"The page leads to {host}, which is not on the list of allowed hosts."))

    def _refuse(self, error: SourceError) -> SourceError:
        self.refusal = self.refusal or error
        return error


class _Body(io.RawIOBase):
    """The body of an answer as a file whose every byte is counted."""

    def __init__(self, answer: httpx.Response, gate: _Gate) -> None:
        self._answer, self._gate = answer, gate
        self._pieces = answer.iter_raw(65_536)
        self._held = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        wanted = -1 if size is None else size
        while wanted < 0 or len(self._held) < wanted:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._gate.count(len(piece))
            self._held += piece
        end = len(self._held) if wanted < 0 else wanted
        taken, self._held = self._held[:end], self._held[end:]
        return taken

    def close(self) -> None:
        self._answer.close()
        super().close()


class _Silent:
    """yt-dlp's messages hold signed addresses; what matters comes as errors."""

    def debug(self, message: str) -> None: ...
    def info(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...


def _cookie_header(jar: http.cookiejar.CookieJar, url: str) -> str | None:
    request = urllib.request.Request(url)
    jar.add_cookie_header(request)
    return request.get_header("Cookie")


def _remember_cookies(jar: http.cookiejar.CookieJar, answer: httpx.Response) -> None:
    headers = Message()
    for name, value in answer.headers.multi_items():
        if name.lower() == "set-cookie":
            headers[name] = value

    class Shaped:
        def info(self) -> Message:
            return headers

    jar.extract_cookies(Shaped(), urllib.request.Request(str(answer.url)))  # type: ignore[arg-type]


def _classified(error: Exception, url: str) -> SourceError:
    """yt-dlp's errors are texts; what they mean for another try."""
    message = redact(str(error), limit=300)
    low = message.lower()
    if "403" in low or "expired" in low:
        return Expired(f"{shown_url(url)} is refused by the platform: {message}", status=403)
    if any(word in low for word in ("404", "410", "not found", "private", "unavailable", "removed", "login")):
        return NotFound(f"{shown_url(url)} cannot be had: {message}")
    if any(word in low for word in ("requested format", "no video", "unsupported url", "no suitable")):
        return WrongContent(f"{shown_url(url)} offers no single video file: {message}")
    if "larger than max-filesize" in low:
        return TooLarge(f"{shown_url(url)} is larger than allowed: {message}")
    return SourceUnavailable(f"{shown_url(url)} could not be downloaded: {message}")


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and str(value) else None
