"""Which addresses may become links in what we publish: https, a public host name, on a host that we know."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

from trend_assets.platforms import PLATFORMS
from trend_assets.text import display_text

# the platforms' own hosts; anything else is shown as text, never as a link
ALLOWED_HOSTS = frozenset(host for platform in PLATFORMS.values() for host in platform.link_hosts)
_HOST = re.compile(r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE_PATH = "/:@!$&'()*+,;=~-._%"
LIMIT = 2000
_PICTURE = re.compile(
    "|".join(
        form
        for platform in PLATFORMS.values()
        if platform.picture
        for form in (
            re.escape(platform.picture).replace(r"\{id\}", platform.id_shape),
            rf"/pictures/{platform.name}/{platform.id_shape}\.jpg",
        )
    )
)
PICTURE_HOSTS = tuple(sorted(f"https://{urlsplit(row.picture).hostname}" for row in PLATFORMS.values() if row.picture))
"""Where pictures of issues come from, besides ourselves."""


def safe_picture(url: object) -> str | None:
    """The address of a picture when an issue may show it: a path that we draw, or an address of a platform that is one
    and the same for every reader; None for everything else, whatever stands in a row."""
    return url if isinstance(url, str) and _PICTURE.fullmatch(url) else None


def safe_link(url: object) -> str | None:
    """The address, normalised and percent-encoded, when it may be a link: https without user name or odd port, on an
    allowed host. None otherwise (javascript:, data:, http:, addresses, look-alike hosts, what is not a text)."""
    if not isinstance(url, str) or not url or len(url) > LIMIT or display_text(url) != url or re.search(r"[\s\\]", url):
        return None
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() != "https" or "@" in parts.netloc or port not in (None, 443) or not _HOST.match(host):
        return None
    labels = host.split(".")
    if ALLOWED_HOSTS.isdisjoint(".".join(labels[start:]) for start in range(len(labels))):
        return None
    return urlunsplit(("https", host, _encoded(parts.path), _encoded(parts.query, also="?"), ""))


def _encoded(part: str, *, also: str = "") -> str:
    """Percent-encoded; what is encoded already stays, a lone % does not: it would make an Atom feed invalid."""
    return _LONE_PERCENT.sub("%25", quote(part, safe=_SAFE_PATH + also))
