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


def safe_link(url: object) -> str | None:
    """The address, normalised and percent-encoded, when it may be a link: https without user name or odd port, on an
    allowed host. None otherwise (javascript:, data:, http:, addresses, look-alike hosts, anything that is no text)."""
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
