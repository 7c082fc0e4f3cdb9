"""The gate in front of every provider: whose request is it, when is "now", is a key there, and the transport faults.

    request ─▶ prefix off ─▶ Ask ─▶ log ─▶ rate limit ─▶ latency ─▶ key ─▶ faults ─▶ provider ─▶ faults ─▶ bill

Pure ASGI, because cutting an answer short needs the raw `send`. Shape faults belong to the provider modules.
"""

import asyncio
import re
import time
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_assets.sandbox import broken
from trend_assets.sandbox.faults import Ask, UnknownFault, from_header, iso_day
from trend_assets.sandbox.providers import apify, instagram, reddit, tikhub, youtube
from trend_assets.sandbox.state import BAD_KEY, Sandbox, reply

PREFIXES = ("tikhub", "apify", "youtube", "reddit", "instagram")
ENDPOINTS: tuple[tuple[str, str, str], ...] = (
    # path pattern, provider, endpoint (\1 is the first group)
    (r"^/api/v1/tiktok/(?:web|app/v3)/(\w+)", "tikhub", r"\1"),
    (r"^/api/v1/tikhub/", "tikhub", "account"),
    (r"^/v2/(?:actors|acts)/[^/]+/runs$", "apify", "run-actor"),
    (r"^/v2/(?:actors|acts)/[^/]+/run-sync", "apify", "run-sync"),
    (r"^/v2/(?:actors|acts)/", "apify", "get-actor"),
    (r"^/v2/actor-runs$", "apify", "list-runs"),
    (r"^/v2/actor-runs/[^/]+/abort", "apify", "abort-run"),
    (r"^/v2/actor-runs/[^/]+/log", "apify", "run-log"),
    (r"^/v2/actor-runs/", "apify", "get-run"),
    (r"^/v2/datasets/", "apify", "dataset-items"),
    (r"^/v2/key-value-stores/", "apify", "key-value"),
    (r"^/v2/", "apify", "other"),
    (r"^/youtube/v3/([\w:]+)", "youtube", r"\1"),
    (r"^/api/v1/access_token", "reddit", "access_token"),
    (r"^/(?:r|subreddits)/", "reddit", "listing"),
    (r"^/covers/", "cdn", "cover"),
    (r"^/(?:media|watch)/", "cdn", "media"),
    (r"^/(?:v\d+\.\d+/)?\d+$", "instagram", "business_discovery"),
)
NOT_FOUND = ("sandbox", "page")
OPEN_ENDPOINTS = {("apify", "get-run"), ("apify", "dataset-items"), ("apify", "get-actor"), ("reddit", "access_token")}
OPEN_ENDPOINTS |= {("reddit", "listing")}  # answers for itself, with its own token


def provider_of(path: str) -> tuple[str, str]:
    """Provider and endpoint of a path."""
    for pattern, provider, endpoint in ENDPOINTS:
        if found := re.match(pattern, path):
            return provider, found.expand(endpoint)
    return NOT_FOUND


def strip_prefix(path: str) -> str:
    """The path without `/tikhub`, `/apify`, … in front, so that a provider's base URL may carry its name."""
    first, _, rest = path.lstrip("/").partition("/")
    if first in PREFIXES and not (first == "youtube" and rest.startswith("v3/")):
        return "/" + rest
    return path


def _key_of(provider: str, headers: Headers, query: QueryParams) -> tuple[str, str]:
    """(where the key came, the key); both empty without one. Only `where` is ever logged."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if value:
        return f"header Authorization ({scheme})", value
    for name in ("x-api-key", "x-goog-api-key"):
        if headers.get(name):
            return f"header {name}", headers[name]
    for name in {"youtube": ("key",), "apify": ("token",), "instagram": ("access_token",)}.get(provider, ()):
        if query.get(name):
            return f"query {name}", query[name]
    return "", ""


def failure(provider: str, ask: Ask, request: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error of a status in the provider's own shape."""
    if provider == "tikhub":
        texts = {401: "Invalid API key.", 403: "The API key lacks this scope.", 429: "Too many requests."}
        return tikhub.error(request, status, texts.get(status, "Upstream error."), headers)
    if provider == "apify":
        kinds = {
            401: "invalid-token",
            403: "insufficient-permissions",
            429: "rate-limit-exceeded",
            404: "record-not-found",
        }
        texts = {
            401: "User was not found or authentication token is not valid",
            429: "You have exceeded the rate limit",
        }
        return apify.error(status, kinds.get(status, "internal-error"), texts.get(status, "Unexpected error."), headers)
    if provider == "youtube":
        reasons = {400: "keyInvalid", 403: "forbidden", 429: "rateLimitExceeded", 500: "backendError"}
        return youtube.error(status, reasons.get(status, "backendError"), "Simulated failure.", "global", headers)
    if provider == "reddit":
        if status == 429:
            return reddit.rate_limited((headers or {}).get("Retry-After"))
        return (
            reddit.unauthorized(status)
            if status == 401
            else reply({"message": "Error", "error": status}, status, headers)
        )
    if provider == "instagram":
        return (
            instagram.throttled()
            if status == 429
            else instagram.error(status, 2, "Simulated failure.", headers=headers)
        )
    return Response("Simulated failure.", status, headers, media_type="text/plain")


class Gate:
    """ASGI middleware around the providers' routes."""

    def __init__(self, app: ASGIApp, *, sandbox: Sandbox) -> None:
        self.app, self.sandbox = app, sandbox
        self._windows: dict[str, list[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        from starlette.requests import Request

        path = strip_prefix(scope["path"])
        scope["path"], scope["raw_path"] = path, path.encode()
        headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
        provider, endpoint = provider_of(path)
        marked = _marking(send)
        if provider == "sandbox":
            scope["ask"] = Ask(provider, endpoint, path, time.time(), _base_url(headers))
            await self.app(scope, receive, marked)
            return
        try:
            ask = _ask(provider, endpoint, path, headers)
        except (ValueError, OverflowError, OSError) as problem:
            await reply({"error": f"{problem}"}, 400)(scope, receive, marked)
            return
        scope["ask"] = ask
        where, key = _key_of(provider, headers, query)
        meter = self.sandbox.meter
        meter.request(provider, endpoint)
        entry: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "provider": provider,
            "endpoint": endpoint,
            "method": scope["method"],
            "path": path,
            "query": {name: value for name, value in query.items() if name not in ("key", "token", "access_token")},
            "has_key": bool(key),
            "key_in": where,
            "now": datetime.fromtimestamp(ask.instant, UTC).isoformat(timespec="seconds"),
            "status": None,
        }
        meter.log.append(entry)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
                if provider == "tikhub" and message["status"] == 200 and endpoint != "account":
                    entry["usd"] = meter.bill_tikhub(endpoint, iso_day(ask.instant))
            await marked(message)

        early = await self._before(ask, Request(scope, receive), key, send, entry)
        if early is _DROPPED:
            return
        if early is not None:
            await early(scope, receive, counted)
            return
        await self._answer(scope, receive, counted, send, ask)

    async def _before(self, ask: Ask, request: Any, key: str, raw_send: Send, entry: dict[str, Any]) -> Any:
        """Everything that can end a request before the provider sees it: a Response, _DROPPED, or None to go on."""
        take = self.sandbox.faults.take
        provider = ask.provider
        if not self._within_rate(provider):
            entry["limited"] = True
            return failure(provider, ask, request, 429, {"Retry-After": "1"})
        if self.sandbox.latency_seconds:
            await asyncio.sleep(self.sandbox.latency_seconds)
        if (options := take("latency", ask)) is not None:
            await asyncio.sleep(float(options.get("seconds", 0.3)))
        if take("reset", ask) is not None:
            broken.drop(raw_send, reset=True)
            return _DROPPED
        if (options := take("hang", ask)) is not None:
            await asyncio.sleep(float(options.get("seconds", 3600)))
            broken.drop(raw_send)
            return _DROPPED
        if take("down", ask) is not None:
            return failure(provider, ask, request, 503)
        if (options := take("rate_limited", ask)) is not None:
            after = options.get("retry_after")
            return failure(provider, ask, request, 429, None if after is None else {"Retry-After": str(after)})
        if (options := take("status", ask)) is not None:
            after = options.get("retry_after")
            headers = None if after is None else {"Retry-After": str(after)}
            return failure(provider, ask, request, int(options.get("status", 500)), headers)
        if take("unauthorized", ask) is not None:
            return _refuse(provider, ask, request, BAD_KEY)
        if provider != "cdn" and (provider, ask.endpoint) not in OPEN_ENDPOINTS and (not key or BAD_KEY in key):
            return _refuse(provider, ask, request, key)
        return broken.instead(take, ask)

    def _within_rate(self, provider: str) -> bool:
        """A sliding window of one second per provider."""
        limit = self.sandbox.rate_limits.get(provider)
        if not limit:
            return True
        now = time.monotonic()
        window = [moment for moment in self._windows.get(provider, []) if now - moment < 1.0]
        self._windows[provider] = window
        if len(window) >= limit:
            return False
        window.append(now)
        return True

    async def _answer(self, scope: Scope, receive: Receive, send: Send, raw_send: Send, ask: Ask) -> None:
        """Let the provider answer, then spoil the answer where a fault says so."""
        take = self.sandbox.faults.take
        if take("lost_reply", ask) is not None:
            await self.app(scope, receive, broken.nowhere)
            broken.drop(raw_send)
            return
        if (options := take("error_after", ask)) is not None:
            from starlette.requests import Request

            await self.app(scope, receive, broken.nowhere)
            wrong = failure(ask.provider, ask, Request(scope), int(options.get("status", 502)))
            await wrong(scope, receive, send)
            return
        for name in broken.CUTS:
            if (options := take(name, ask)) is not None:
                await broken.cut(name, options, self.app, scope, receive, send, raw_send)
                return
        if (skew := take("clock_skew", ask)) is not None:
            status, headers, body = await broken.collected(self.app, scope, receive)
            date = formatdate(time.time() + float(skew.get("seconds", 7200)), usegmt=True).encode()
            await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"date", date)]})
            await send({"type": "http.response.body", "body": body})
            return
        await self.app(scope, receive, send)


class _Dropped:
    pass


_DROPPED = _Dropped()


def _refuse(provider: str, ask: Ask, request: Any, key: str) -> Response:
    if provider == "apify" and not key:
        return apify.error(401, "token-not-provided", "Authentication token was not provided")
    if provider == "instagram":
        return instagram.error(400, 190, "Invalid OAuth access token.")
    return failure(provider, ask, request, 400 if provider == "youtube" else 401)


def _ask(provider: str, endpoint: str, path: str, headers: Headers) -> Ask:
    now = headers.get("x-sandbox-now")
    if now:
        try:
            moment = datetime.fromisoformat(now.replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f"X-Sandbox-Now must be an ISO date-time, not {now[:60]!r}.") from None
        instant = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    else:
        instant = time.time()
    try:
        faults = from_header(headers.get("x-sandbox-fault", ""))
    except UnknownFault as problem:
        raise ValueError(str(problem)) from None
    return Ask(provider, endpoint, path, instant, _base_url(headers), is_time_travel=bool(now), faults=faults)


def _base_url(headers: Headers) -> str:
    return f"http://{headers.get('host', '127.0.0.1')}"


def _marking(send: Send) -> Send:
    """Every answer says that it is simulated."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (b"x-sandbox", b"simulated")]
            if not any(name == b"date" for name, _ in headers):
                headers.append((b"date", formatdate(time.time(), usegmt=True).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return marked
