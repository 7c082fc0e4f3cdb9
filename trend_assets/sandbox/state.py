"""What a running sandbox holds in memory, and the small things every provider module needs."""

import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from trend_assets.sandbox.faults import Ask, Faults
from trend_assets.sandbox.meter import Meter
from trend_assets.sandbox.world import World

BAD_KEY = "bad-key"
URL_LIFETIME_SECONDS = 6 * 3600


@dataclass(slots=True)
class Sandbox:
    """A server's state. `rate_limits` are requests per second and provider, None for no limit."""

    world: World
    faults: Faults = field(default_factory=Faults)
    meter: Meter = field(default_factory=Meter)
    latency_seconds: float = 0.0
    rate_limits: dict[str, float] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)


def sandbox_of(request: Request) -> Sandbox:
    """The state behind a request."""
    return cast(Sandbox, request.app.state.sandbox)


def ask_of(request: Request) -> Ask:
    """What the gate found out about a request."""
    return cast(Ask, request.scope["ask"])


def fault(request: Request, name: str) -> dict[str, Any] | None:
    """The options of a fault that this request meets, else None."""
    return sandbox_of(request).faults.take(name, ask_of(request))


def reply(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer. Text that UTF-8 cannot carry (lone surrogates, under fault) goes out as escapes."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    try:
        body = text.encode()
    except UnicodeEncodeError:
        body = json.dumps(content, separators=(",", ":")).encode()
    return Response(body, status, headers, media_type="application/json")


def number(text: str | None, default: int, *, low: int = 0, high: int = 10**9) -> int:
    """A query value as a number within bounds; the default where it is missing or no number."""
    try:
        return min(max(int(text), low), high) if text else default
    except ValueError:
        return default


def iso(instant: float, *, milliseconds: bool = True) -> str:
    """An instant as providers write it: 2026-11-20T19:08:54.000Z."""
    text = datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text.replace("+00:00", "Z")


def _signature(seed: int, path: str, expires: int) -> str:
    return hmac.new(f"sandbox-{seed}".encode(), f"{path}|{expires}".encode(), sha256).hexdigest()[:24]


def signed_url(ask: Ask, seed: int, path: str) -> str:
    """A CDN address that stops working URL_LIFETIME_SECONDS after the instant of the answer it stands in."""
    expires = int(ask.instant) + URL_LIFETIME_SECONDS
    travel = "&x-travel=1" if ask.is_time_travel else ""
    return f"{ask.base_url}{path}?x-expires={expires}&x-signature={_signature(seed, path, expires)}{travel}"


def is_signed(ask: Ask, seed: int, *, path: str, expires: str, signature: str, is_travel: bool) -> bool:
    """Whether a CDN address is genuine and still good. An address that was handed out under X-Sandbox-Now belongs to
    that simulated moment: asked for without the header, it counts as asked for at once."""
    if not expires.isdigit() or not hmac.compare_digest(signature, _signature(seed, path, int(expires))):
        return False
    return (is_travel and not ask.is_time_travel) or ask.instant < int(expires)
