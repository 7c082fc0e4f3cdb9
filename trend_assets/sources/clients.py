"""Builds the client of a provider from the settings: key, address, pacing, and the sandbox in its place.

The only place where settings and clients meet. Clients are built when asked for, never at import.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from trend_assets.settings import Provider, Settings
from trend_assets.sources.call import Answer, Call
from trend_assets.sources.errors import MissingKey, SourceError
from trend_assets.sources.fetch import Fetcher
from trend_assets.sources.http import Connection

Pace = Callable[[], None]
"""Blocks until this provider's next request may start (shared by all processes), called before every request."""

KEYS: dict[Provider, tuple[str, str]] = {
    "tikhub": ("TIKHUB_API_KEY", "https://user.tikhub.io (API keys)"),
    "apify": ("APIFY_TOKEN", "https://console.apify.com/account/integrations"),
    "youtube": ("YOUTUBE_API_KEY", "https://console.cloud.google.com/apis/credentials"),
    "reddit": (
        "REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET",
        "https://www.reddit.com/prefs/apps (new apps need approval)",
    ),
    "instagram": ("INSTAGRAM_ACCESS_TOKEN", "https://developers.facebook.com/apps"),
}
"""Variable of each provider's key, and where to get one."""

SANDBOX_KEY = "sandbox-key-without-value"


class Client(Protocol):
    """What every provider's client can do."""

    def execute(self, call: Call) -> Answer:
        """Make the call and return its verbatim answer. Raises a SourceError subclass."""

    def close(self) -> None:
        """Close connections."""


def client_for(provider: str, settings: Settings, *, pacing: Pace | None = None, now: datetime | None = None) -> Client:
    """The client of `provider`: tikhub, apify, youtube, reddit, instagram, or covers (images, no key).

    `now` is the instant as of which a simulated world answers (sent only to the sandbox; it is then also the answers'
    fetched_at). Raises MissingKey, with the variable and where to get a key, when the provider is off."""
    if provider == "covers":
        from trend_assets.sources.covers.client import CoverClient

        is_sandbox = settings.mode("tikhub") == "sandbox"
        moment = now if is_sandbox and settings.sandbox_time_travel else None
        return CoverClient(fetcher_for(settings), now=moment, is_sandbox=is_sandbox)
    if provider == "tikhub":
        from trend_assets.sources.tikhub.client import TikHubClient

        return TikHubClient(connection_for("tikhub", settings, pacing=pacing, now=now))
    if provider == "apify":
        from trend_assets.sources.apify.client import ApifyRuns

        return ApifyRuns(connection_for("apify", settings, pacing=pacing, now=now))
    if provider == "youtube":
        from trend_assets.sources.youtube.client import YouTubeClient

        return YouTubeClient(connection_for("youtube", settings, pacing=pacing, now=now))
    if provider == "reddit":
        from trend_assets.sources.reddit.client import RedditClient

        return RedditClient(
            connection_for("reddit", settings, pacing=pacing, now=now),
            token_url=reddit_token_url(settings),
            client_id=settings.reddit_client_id.get_secret_value() if settings.reddit_client_id else SANDBOX_KEY,
            user_agent=settings.reddit_user_agent,
        )
    if provider == "instagram":
        from trend_assets.sources.instagram.client import InstagramClient

        return InstagramClient(connection_for("instagram", settings, pacing=pacing, now=now))
    raise ValueError(
        f"There is no client for {provider!r}: choose tikhub, apify, youtube, reddit, instagram or covers."
    )


def connection_for(
    provider: Provider, settings: Settings, *, pacing: Pace | None = None, now: datetime | None = None
) -> Connection:
    """Where `provider` is reached by these settings: live with its key, or the sandbox. Raises MissingKey when it is
    off, SourceError when the sandbox has no address yet."""
    variable, where = KEYS[provider]
    mode = settings.mode(provider)
    if mode == "off":
        raise MissingKey(
            f"{provider} is off: {variable} is not set and the sandbox is switched off. Get a key at {where}, put it "
            "into .env, or set TREND_ASSETS_SANDBOX=auto.",
            provider=provider,
        )
    if mode == "sandbox":
        return Connection(
            provider=provider,
            base_url=sandbox_url(settings, provider),
            key=SANDBOX_KEY,
            key_variable=variable,
            is_sandbox=True,
            pacing=pacing,
            now=now if settings.sandbox_time_travel else None,
        )
    key = settings.key_of(provider)
    return Connection(
        provider=provider,
        base_url=getattr(settings, f"{provider}_url"),
        key=key.get_secret_value() if key else "",
        key_variable=variable,
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


def reddit_token_url(settings: Settings) -> str:
    """Where Reddit's tokens come from: the sandbox's own endpoint in sandbox mode."""
    if settings.mode("reddit") == "sandbox":
        return f"{sandbox_url(settings, 'reddit')}/api/v1/access_token"
    return settings.reddit_token_url


def fetcher_for(settings: Settings, *, max_bytes: int = 10_000_000, deadline_seconds: float = 30.0) -> Fetcher:
    """The guarded fetcher for third-party addresses (covers, media). While TikHub or Apify is answered by the sandbox,
    exactly the sandbox's own loopback address may be reached too, and must answer as a sandbox."""
    allowed = set()
    if "sandbox" in (settings.mode("tikhub"), settings.mode("apify")) and settings.sandbox_url:
        parts = urlsplit(settings.sandbox_url)
        if parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.port:
            allowed.add((parts.hostname, parts.port))
    return Fetcher(max_bytes=max_bytes, deadline_seconds=deadline_seconds, sandbox=frozenset(allowed))
