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
from trend_assets.sandbox.simulation import gates, plain_failure
from trend_assets.sandbox.state import BAD_KEY, Sandbox, reply

NOT_FOUND = ("sandbox", "page")


def provider_of(path: str) -> tuple[str, str]:
    """Provider and endpoint of a path."""
    for provider, gate in gates().items():
        for pattern, endpoint in gate.endpoints:
            if match := re.match(pattern, path):
                return provider, match.expand(endpoint)
    return NOT_FOUND


def strip_prefix(path: str) -> str:
    """The path without `/tikhub`, `/apify`, … in front, so that a provider's base URL may carry its name."""
    first, _, rest = path.lstrip("/").partition("/")
    gate = gates().get(first)
    # a path of the provider's own may begin with its name too
    if gate and gate.has_prefix and not any(re.match(pattern, path) for pattern, _ in gate.endpoints):
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
    for name in gates()[provider].keys_in_query:
        if query.get(name):
            return f"query {name}", query[name]
    return "", ""


def failure(provider: str, request: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    """An error of a status in the provider's own shape."""
    gate = gates().get(provider)
    return (gate.failure if gate else plain_failure)(request, status, headers)


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
                bill = gates()[provider].bill
                if bill and message["status"] == 200:
                    entry["usd"] = bill(meter, endpoint, iso_day(ask.instant))
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
            return failure(provider, request, 429, {"Retry-After": "1"})
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
            return failure(provider, request, 503)
        if (options := take("rate_limited", ask)) is not None:
            after = options.get("retry_after")
            return failure(provider, request, 429, None if after is None else {"Retry-After": str(after)})
        if (options := take("status", ask)) is not None:
            after = options.get("retry_after")
            headers = None if after is None else {"Retry-After": str(after)}
            return failure(provider, request, int(options.get("status", 500)), headers)
        if take("unauthorized", ask) is not None:
            return _refuse(provider, request, BAD_KEY)
        gate = gates()[provider]
        if gate.needs_key and ask.endpoint not in gate.open_endpoints and (not key or BAD_KEY in key):
            return _refuse(provider, request, key)
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
            wrong = failure(ask.provider, Request(scope), int(options.get("status", 502)))
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


_DROPPED = object()


def _refuse(provider: str, request: Any, key: str) -> Response:
    refuse = gates()[provider].refuse
    return refuse(request, key) if refuse else failure(provider, request, 401)


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
