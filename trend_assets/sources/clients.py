"""Builds the client of a provider from the settings: key, address, pacing, and the sandbox in its place.

The only place where settings and clients meet. Clients are built when asked for, never at import.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from trend_assets.settings import Settings
from trend_assets.sources.declare import Client, Provider
from trend_assets.sources.discovery import PROVIDERS
from trend_assets.sources.errors import MissingKey, SourceError
from trend_assets.sources.fetch import Fetcher
from trend_assets.sources.http import Connection

Pace = Callable[[], None]
"""Blocks until this provider's next request may start (shared by all processes), called before every request."""

SANDBOX_KEY = "sandbox-key-without-value"


def mode_of(provider: Provider, settings: Settings) -> Literal["live", "sandbox", "off"]:
    """How a provider answers by these settings; one that lives with another one as that one does."""
    return settings.mode(provider.lives_with or provider.name)  # type: ignore[arg-type]


def client_for(name: str, settings: Settings, *, pacing: Pace | None = None, now: datetime | None = None) -> Client:
    """The client of the provider `name`.

    `now` is the instant as of which a simulated world answers (sent only to the sandbox; it is then also the answers'
    fetched_at). Raises MissingKey, with the variable and where to get a key, when the provider is off."""
    provider = _provider(name)
    return provider.client(connection_for(name, settings, pacing=pacing, now=now), settings)


def _provider(name: str) -> Provider:
    if name not in PROVIDERS:
        raise ValueError(f"There is no provider {name!r}: choose one of {', '.join(PROVIDERS)}.")
    return PROVIDERS[name]


def connection_for(
    name: str, settings: Settings, *, pacing: Pace | None = None, now: datetime | None = None
) -> Connection:
    """Where a provider is reached by these settings: live with its key, or the sandbox. Raises MissingKey when it is
    off, SourceError when the sandbox has no address yet."""
    provider = _provider(name)
    if not provider.has_account:
        is_sandbox = mode_of(provider, settings) == "sandbox"
        moment = now if is_sandbox and settings.sandbox_time_travel else None
        return Connection(provider=name, base_url="", is_sandbox=is_sandbox, pacing=pacing, now=moment)
    mode = mode_of(provider, settings)
    if mode == "off":
        raise MissingKey(
            f"{name} is off: {provider.key} is not set and the sandbox is switched off. Get a key at "
            f"{provider.key_from}, put it into .env, or set TREND_ASSETS_SANDBOX=auto.",
            provider=name,
        )
    if mode == "sandbox":
        return Connection(
            provider=name,
            base_url=sandbox_url(settings, name),
            key=SANDBOX_KEY,
            key_variable=provider.key,
            is_sandbox=True,
            pacing=pacing,
            now=now if settings.sandbox_time_travel else None,
        )
    key = settings.key_of(name)  # type: ignore[arg-type]
    return Connection(
        provider=name,
        base_url=getattr(settings, f"{name}_url"),
        key=key.get_secret_value() if key else "",
        key_variable=provider.key,
        pacing=pacing,
    )


def sandbox_url(settings: Settings, provider: str = "sandbox") -> str:
    """Address of the running sandbox. Raises SourceError when none is set."""
    if not settings.sandbox_url:
        raise SourceError(
            f"{provider} is answered by the sandbox, but none runs: start it with `trend-assets sandbox` and set "
            "TREND_ASSETS_SANDBOX_URL, or set the provider's key.",
            provider=provider,
        )
    return settings.sandbox_url.rstrip("/")


def fetcher_for(settings: Settings, *, max_bytes: int = 10_000_000, deadline_seconds: float = 30.0) -> Fetcher:
    """The guarded fetcher for third-party addresses (covers, media). While TikHub or Apify is answered by the sandbox,
    exactly the sandbox's own loopback address may be reached too, and must answer as a sandbox."""
    allowed = set()
    if "sandbox" in (settings.mode("tikhub"), settings.mode("apify")) and settings.sandbox_url:
        parts = urlsplit(settings.sandbox_url)
        if parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.port:
            allowed.add((parts.hostname, parts.port))
    return Fetcher(max_bytes=max_bytes, deadline_seconds=deadline_seconds, sandbox=frozenset(allowed))
