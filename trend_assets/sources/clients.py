"""Builds the client of a provider from the settings: key, address, pacing, and the sandbox in its place.

The only place where settings and clients meet. Clients are built when asked for, never at import.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from trend_assets.settings import Settings
from trend_assets.sources.call import CollectContext
from trend_assets.sources.declare import Client, Provider, Source
from trend_assets.sources.discovery import PROVIDERS, options_of, provider_options
from trend_assets.sources.errors import MissingKey, SourceError
from trend_assets.sources.fetch import Fetcher
from trend_assets.sources.http import Connection

Pace = Callable[[], None]
"""Blocks until this provider's next request may start (shared by all processes), called before every request."""

SANDBOX_KEY = "sandbox-key-without-value"


def mode_of(provider: Provider | str, settings: Settings) -> Literal["live", "sandbox", "off"]:
    """`live` with a key, else `sandbox`, or `off` when the sandbox is switched off; `TREND_ASSETS_SANDBOX=on` sends
    every provider to the sandbox, whatever keys there are.

    A provider that needs no key is live when the sandbox is off, and as soon as another one is live: a first run needs
    no network. One that brings no data is off without its key. One that lives with another one is what that one is."""
    asked = _provider(provider) if isinstance(provider, str) else provider
    if asked.lives_with:
        return mode_of(asked.lives_with, settings)
    if settings.sandbox == "on":
        return "sandbox"
    if asked.keys:
        is_live = _has_key(asked, settings)
    else:
        is_live = settings.sandbox == "off" or any(
            _has_key(each, settings) for each in PROVIDERS.values() if each.keys and each.brings_data
        )
    if is_live:
        return "live"
    return "off" if settings.sandbox == "off" or not asked.brings_data else "sandbox"


def _has_key(provider: Provider, settings: Settings) -> bool:
    options = provider_options(provider, settings)
    return all(getattr(options, name) for name in provider.keys)


def is_simulated(provider: Provider | str | None, settings: Settings) -> bool:
    """Whether the sandbox answers for a provider; never for none (the user's own files)."""
    return bool(provider) and mode_of(provider, settings) == "sandbox"  # type: ignore[arg-type]


def is_any_simulated(settings: Settings) -> bool:
    """Whether the sandbox is needed at all."""
    return any(is_simulated(provider, settings) for provider in PROVIDERS.values())


def context_for(
    source: Source, settings: Settings, *, day: date, now: datetime, inputs: Mapping[str, Any] | None = None
) -> CollectContext:
    """What a source's `collect` may know, by these settings. Raises SettingsError."""
    return CollectContext(
        day=day,
        now=now,
        options=options_of(source, settings),
        provider=provider_options(source.provider, settings),
        inputs=inputs or {},
    )


def secrets_in(settings: Settings) -> list[str]:
    """Every secret that the settings and the providers' options hold, to be kept out of what is stored and said."""
    return [*_secrets_of(settings), *(secret for each in PROVIDERS.values() for secret in _of_provider(each, settings))]


def _of_provider(provider: Provider, settings: Settings) -> list[str]:
    return _secrets_of(provider_options(provider, settings))


def _secrets_of(holder: BaseModel) -> list[str]:
    values = (getattr(holder, name) for name in type(holder).model_fields)
    return [part for value in values if isinstance(value, SecretStr) for part in _parts(value.get_secret_value())]


def _parts(secret: str) -> list[str]:
    """A secret, and what is secret in it when it is an address: a password, the last step of a webhook's path."""
    if "://" not in secret:
        return [secret]
    try:
        parts = urlsplit(secret)
    except ValueError:
        return [secret]
    last = parts.path.rsplit("/", 1)[-1] if parts.scheme.startswith("http") else ""
    return [part for part in (secret, unquote(parts.password or ""), last if len(last) >= 12 else "") if part]


def client_for(name: str, settings: Settings, *, pacing: Pace | None = None, now: datetime | None = None) -> Client:
    """The client of the provider `name`.

    `now` is the instant as of which a simulated world answers (sent only to the sandbox; it is then also the answers'
    fetched_at). Raises MissingKey, with the variable and where to get a key, when the provider is off."""
    provider = _provider(name)
    options = provider_options(provider, settings) if provider.has_account else settings
    return provider.client(connection_for(name, settings, pacing=pacing, now=now), options)


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
    mode = mode_of(provider, settings)
    moment = now if mode == "sandbox" and settings.sandbox_time_travel else None
    if not provider.has_account:
        return Connection(name, "", is_sandbox=mode == "sandbox", pacing=pacing, now=moment)
    if mode == "off":
        raise MissingKey(
            f"{name} is off: {provider.key} is not set"
            + (" and the sandbox is switched off" if provider.brings_data else "")
            + f". Get a key at {provider.key_from}, put it into .env, or set TREND_ASSETS_SANDBOX="
            f"{'auto' if provider.brings_data else 'on'}.",
            provider=name,
        )
    about: dict[str, Any] = {"key_variable": provider.key, "pacing": pacing}
    if mode == "sandbox":
        return Connection(name, sandbox_url(settings, name), key=SANDBOX_KEY, is_sandbox=True, now=moment, **about)
    options = provider_options(provider, settings)
    key = getattr(options, provider.keys[-1]) if provider.keys else None
    secrets = tuple(_of_provider(provider, settings))
    return Connection(name, options.url, key=key.get_secret_value() if key else "", secrets=secrets, **about)


def sandbox_url(settings: Settings, provider: str = "sandbox") -> str:
    """Address of the running sandbox. Raises SourceError when none is set."""
    if not settings.sandbox_url:
        raise SourceError(
            f"{provider} is answered by the sandbox, but none runs: start it with `trend-assets sandbox` and set "
            "TREND_ASSETS_SANDBOX_URL, or set the provider's key.",
            provider=provider,
        )
    return settings.sandbox_url.rstrip("/")


def fetcher_for(settings: Settings) -> Fetcher:
    """The guarded fetcher for third-party addresses (covers, media). While a provider is answered by the sandbox,
    exactly the sandbox's own loopback address may be reached too, and must answer as a sandbox."""
    allowed = set()
    if is_any_simulated(settings) and settings.sandbox_url:
        parts = urlsplit(settings.sandbox_url)
        if parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.port:
            allowed.add((parts.hostname, parts.port))
    return Fetcher(sandbox=frozenset(allowed))
