"""Which web requests come from somebody who may ask: one of our own pages, or no page at all.

A browser sends requests for every page that its user happens to look at, from inside this machine. Such a page shows in
what a browser adds and a page cannot change: Host (a foreign name that resolves to us: DNS rebinding), Origin and
Sec-Fetch-Site. The HTTP API (`api/security.py`) and Dagster's webserver (`runtime/webserver.py`) judge by the same
functions; who may do what on which path is theirs to say.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
RawHeaders = Iterable[tuple[bytes, bytes]]


class Refusal(NamedTuple):
    """Why a request is not answered: the HTTP status and a sentence."""

    status: int
    detail: str


def header_values(headers: RawHeaders, name: bytes) -> list[str]:
    """All values that a request gives for a header; more than one is a reason for suspicion."""
    return [value.decode("latin-1").strip() for key, value in headers if key.lower() == name]


def known_hosts(*addresses: str) -> set[str]:
    """The names that requests may call a server by: this machine's own, and those of `addresses` (URLs or names)."""
    named = {_name(_authority(address) or address) for address in addresses}
    return {*LOCAL_HOSTS, *named} - {"", "0.0.0.0", "::", "[::]"}


def unknown_host(headers: RawHeaders, hosts: Collection[str]) -> bool:
    """Whether a request does not call us by exactly one name, one that we know."""
    given = header_values(headers, b"host")
    return len(given) != 1 or "@" in given[0] or _name(given[0]) not in hosts


def from_foreign_page(headers: RawHeaders, *, own: Collection[str] = ()) -> bool:
    """Whether a page of another origin sent this request. `own`: authorities (host:port) that are ours besides the
    request's Host, as a proxy in front of us may show another. What says nothing of a page comes from a program."""
    headers = list(headers)
    ours = {value.lower() for value in header_values(headers, b"host")} | set(own)
    origins = header_values(headers, b"origin")
    if origins and (len(origins) > 1 or _authority(origins[0]) not in ours):
        return True
    return any(site not in ("same-origin", "none") for site in header_values(headers, b"sec-fetch-site"))


def from_own_page(headers: RawHeaders, *, own: Collection[str] = ()) -> bool:
    """Whether the browser vouches that one of our own pages sent this request."""
    headers = list(headers)
    vouched = header_values(headers, b"origin") or header_values(headers, b"sec-fetch-site") == ["same-origin"]
    return bool(vouched) and not from_foreign_page(headers, own=own)


def referred_from_elsewhere(headers: RawHeaders) -> bool:
    """Whether the page that a request names as its referrer is not ours: all that an old browser, or any browser over
    plain HTTP to another machine, says of a GET."""
    headers = list(headers)
    ours = {value.lower() for value in header_values(headers, b"host")}
    return any(_authority(page) not in ours for page in header_values(headers, b"referer"))


def followed_a_link(method: str, headers: RawHeaders) -> bool:
    """Whether the user goes to a page of ours as a page of its own, from wherever: a link, a bookmark, a message."""
    headers = list(headers)
    return (
        method == "GET"
        and header_values(headers, b"sec-fetch-mode") == ["navigate"]
        and header_values(headers, b"sec-fetch-dest") == ["document"]
        and not header_values(headers, b"origin")
    )


def public_authorities(*addresses: str) -> set[str]:
    """host:port of those addresses that name another machine. A local one may be anybody's: ports are shared."""
    authorities = set(map(_authority, addresses))
    return {authority for authority in authorities if authority and _name(authority) not in LOCAL_HOSTS}


def _authority(address: str) -> str:
    """host:port of an address, lower case; empty where it has none or cannot be read as one."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _name(authority: str) -> str:
    """The name in host:port, lower case; an IPv6 address keeps its brackets."""
    host = authority.rpartition("@")[2].lower()
    if host.startswith("["):
        name, bracket, port = host.partition("]")
        return name + bracket if not port or _is_port(port) else ""
    if host.count(":") > 1:
        return f"[{host}]"
    name, colon, port = host.partition(":")
    return name if not colon or _is_port(":" + port) else ""


def _is_port(text: str) -> bool:
    return text[0] == ":" and text[1:].isascii() and text[1:].isdigit()
