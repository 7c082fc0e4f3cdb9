"""Which URLs a media job may have: the switch, the allow list per platform, and what is a page and what a file.

The allow list is the first wall. That a name leads to a public address is checked by the guarded fetcher for every
connection, redirects and the downloader's own requests included.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from trend_assets.platforms import PLATFORMS, platform_serving
from trend_assets.settings import Settings
from trend_assets.sources.clients import is_any_simulated
from trend_assets.sources.fetch import as_sent
from trend_assets.text import clean_text

MediaPlatform = str
"""The name of a platform that has media, or `sandbox`."""
TargetKind = Literal["page", "file"]

SWITCH = "ALLOW_EXTERNAL_MEDIA_DOWNLOAD"
_MOST_URL = 2000


class Refused(ValueError):
    """The URL may not be downloaded; the message says why and what would be allowed."""


@dataclass(frozen=True, slots=True)
class Target:
    """An allowed URL as a server gets to see it, the platform it belongs to, and whether it is a page (for yt-dlp) or a
    file."""

    url: str
    platform: MediaPlatform
    kind: TargetKind
    is_simulated: bool = False
    creator_handle: str | None = None


def require_switch(settings: Settings) -> None:
    """Raise Refused while external downloads are off (the default)."""
    if not settings.allow_external_media_download:
        raise Refused(
            f"Media downloads are off. Set {SWITCH}=true in .env and start again to allow them; then only public "
            "addresses of the platforms' own hosts are fetched."
        )


def target_of(url: str, *, settings: Settings) -> Target:
    """What an allowed URL is. Raises Refused for everything else, before any connection."""
    require_switch(settings)
    if len(url) > _MOST_URL or url != clean_text(url) or any(char.isspace() for char in url) or "\\" in url:
        raise Refused("The address holds characters that no address has, or is longer than 2,000 characters.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip(".").lower(), parts.port
    except ValueError:
        raise Refused("The address cannot be read; give one that begins with https://.") from None
    if sandbox := _sandbox_target(url, settings):
        return sandbox
    if parts.scheme not in ("http", "https") or parts.username is not None or parts.password is not None:
        raise Refused("Only plain http(s) addresses without user name are allowed.")
    if port not in (None, 80, 443):
        raise Refused("Only the ports 80 and 443 are allowed.")
    if platform := platform_serving(host, "file_names") or platform_serving(host, "files"):
        return Target(as_sent(url), platform, "file")
    if platform := platform_serving(host, "pages"):
        return Target(as_sent(url), platform, "page", creator_handle=_handle_in(parts.path, platform))
    allowed = ", ".join(sorted(host for row in PLATFORMS.values() if row.media for host in row.media.pages))
    raise Refused(
        f"{host or 'This'} is not on the list of hosts that media may come from: {allowed} and their file servers."
    )


def file_hosts(platform: MediaPlatform) -> list[str]:
    """The hosts that a file of this platform may come from, redirects included."""
    media = PLATFORMS[platform].media
    return [*media.files, *media.file_names] if media else []


def is_allowed_host(host: str) -> bool:
    """Whether the downloader may ask this host at all, for a page or a file."""
    host = host.rstrip(".").lower()
    return any(platform_serving(host, what) for what in ("file_names", "files", "pages"))


def _sandbox_target(url: str, settings: Settings) -> Target | None:
    """Files of the bundled sandbox: exactly its own address, and only while some provider is answered by it."""
    base = settings.sandbox_url
    if not base or not is_any_simulated(settings):
        return None
    ours, asked = urlsplit(base), urlsplit(url)
    same = (ours.scheme, ours.hostname, ours.port) == (asked.scheme, asked.hostname, asked.port)
    return Target(as_sent(url), "sandbox", "file", is_simulated=True) if same and asked.username is None else None


def _handle_in(path: str, platform: MediaPlatform) -> str | None:
    first = path.strip("/").split("/")[0]
    profiles = PLATFORMS[platform].profiles
    if profiles and profiles.has_at_sign and first.startswith("@") and len(first) > 1:
        return first[1:]
    return None
