"""Who is meant by a handle or a profile URL: recognition, normalised addresses and identity tokens.

Nothing is looked up: a short link or a legacy custom URL, which only the platform can resolve, is refused with a
sentence. Merging of candidates lives in `merging.py`.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from trend_assets.platforms import PLATFORMS, Profiles
from trend_assets.text import display_text

ProfilePlatform = str
"""The name of a platform that has profiles."""
PROFILES: dict[ProfilePlatform, Profiles] = {
    row.name: row.profiles for row in sorted(PLATFORMS.values(), key=lambda row: row.name) if row.profiles
}
PROFILE_PLATFORMS: tuple[ProfilePlatform, ...] = tuple(PROFILES)

_HOSTS = {host: name for name, profiles in PROFILES.items() for host in profiles.hosts}
_SHORT_HOSTS = {host for profiles in PROFILES.values() for host in profiles.short_hosts}
_HANDLE = {
    name: re.compile(profiles.handle_shape, re.IGNORECASE | (re.ASCII if profiles.is_ascii else 0))
    for name, profiles in PROFILES.items()
}
_PREFIXED = re.compile(rf"({'|'.join(PROFILES)})\s*:\s*(?!//)(.+)", re.I)


class UnknownProfile(ValueError):
    """The text names no profile that can be recognised without asking the platform; the message says why."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A recognised profile. At least one of `external_id` and `handle` is known."""

    platform: ProfilePlatform
    external_id: str | None = None
    handle: str | None = None

    @property
    def identity(self) -> str:
        """The strongest token: the stable id where known, else the handle."""
        return identity_tokens(self.platform, external_id=self.external_id, handle=self.handle)[0]

    @property
    def url(self) -> str:
        return profile_url(self.platform, external_id=self.external_id, handle=self.handle) or ""


def identity_tokens(platform: str, *, external_id: str | None, handle: str | None, url: str | None = None) -> list[str]:
    """Identity tokens, strongest first: `platform:id:…`, `platform:handle:…` (case folded), and what `url` adds.

    A URL that names another id than `external_id` adds nothing: the row's own id is the better witness.
    """
    tokens = []
    if external_id:
        tokens.append(f"{platform}:id:{external_id}")
    if handle:
        tokens.append(f"{platform}:handle:{handle.lstrip('@').casefold()}")
    if url and not tokens:
        try:
            tokens.append(recognise(url).identity)
        except UnknownProfile:
            tokens.append(f"{platform}:url:{url.strip().rstrip('/')}")
    return tokens


def profile_url(platform: str, *, external_id: str | None, handle: str | None) -> str | None:
    """The public https address of a profile; None when the platform has none for what is known. `recognise` reads the
    same profile out of every address that is given here."""
    profiles = PROFILES.get(platform)
    if profiles is None:
        return None
    if external_id and _is_id(profiles, external_id):
        return profiles.id_address.format(external_id)
    name = (handle or "").lstrip("@")
    return profiles.address.format(name) if _HANDLE[platform].fullmatch(name) else None


def recognise(text: str, *, platform: ProfilePlatform | None = None) -> Profile:
    """The profile that `text` names: a profile or post URL, `@handle`, `handle`, or `tiktok:handle`.

    A bare handle needs `platform`. Raises UnknownProfile with a sentence for everything else.
    """
    given = display_text(text, limit=500)
    if not given:
        raise UnknownProfile("The handle is empty; give a handle such as @name or a profile address.")
    if prefixed := _PREFIXED.fullmatch(given):
        return recognise(prefixed[2], platform=prefixed[1].lower())
    host = _host(given)
    if host is None:
        return _bare(given, platform)
    if host in _SHORT_HOSTS:
        raise UnknownProfile(
            f"{given} is a short link that only the platform can resolve; open it and give where it leads."
        )
    if host not in _HOSTS:
        raise UnknownProfile(f"{given} is not an address of {_listed()}; give a profile address of one of them.")
    return _from_path(_HOSTS[host], urlsplit(_with_scheme(given)).path, given)


def _with_scheme(text: str) -> str:
    return text if "://" in text else f"https://{text}"


def _host(text: str) -> str | None:
    """Host of what looks like a URL, None for what looks like a handle."""
    if "/" not in text and text.casefold() not in _HOSTS:
        return None
    try:
        parts = urlsplit(_with_scheme(text))
        host = parts.hostname
    except ValueError:
        raise UnknownProfile(f"{text} is not a readable address; give a handle or a profile address.") from None
    if parts.scheme not in ("http", "https") or parts.username is not None:
        raise UnknownProfile(f"{text} is not a plain http(s) profile address.")
    return (host or "").rstrip(".")


def _bare(text: str, platform: ProfilePlatform | None) -> Profile:
    if platform is None:
        raise UnknownProfile(
            f"{text} could be a handle on any platform; write it as {PROFILE_PLATFORMS[0]}:{text} or give its address."
        )
    if _is_id(PROFILES[platform], text):
        return Profile(platform, external_id=text)
    return Profile(platform, handle=_handle(platform, text.lstrip("@"), text))


def _from_path(platform: ProfilePlatform, path: str, given: str) -> Profile:
    parts = [unquote(part) for part in path.split("/") if part]
    first = parts[0] if parts else ""
    profiles = PROFILES[platform]
    if first and first == profiles.id_page and len(parts) > 1 and _is_id(profiles, parts[1]):
        return Profile(platform, external_id=parts[1])
    if profiles.has_at_sign and first.startswith("@"):
        return Profile(platform, handle=_handle(platform, first.lstrip("@"), given))
    if first in profiles.unresolved:
        label = PLATFORMS[platform].label
        raise UnknownProfile(
            f"{given} is a legacy {label} address that only {label} can resolve; give its @handle instead."
        )
    if not profiles.has_at_sign:
        if first in profiles.before_handle and len(parts) > 1:
            first = parts[1]
        if first and first.casefold() not in profiles.reserved:
            return Profile(platform, handle=_handle(platform, first.lstrip("@"), given))
    raise UnknownProfile(f"{given} names no profile; give the address of a profile page.")


def _is_id(profiles: Profiles, text: str) -> bool:
    return bool(profiles.id and re.fullmatch(profiles.id, text))


def _handle(platform: ProfilePlatform, handle: str, given: str) -> str:
    if not _HANDLE[platform].fullmatch(handle):
        raise UnknownProfile(f"{given} holds no handle that {platform} allows.")
    return handle if PROFILES[platform].keeps_case else handle.lower()


def _listed() -> str:
    *others, last = (row.label for row in PLATFORMS.values() if row.profiles)
    return f"{', '.join(others)} or {last}"
