"""Which internet addresses nobody may make us connect to, as explicit ranges.

`ipaddress.is_global` is true for NAT64, 6to4 and multicast and looks through no tunnel, so the ranges are written out.
IPv6 is judged the other way round: only global unicast (2000::/3) is allowed at all, less its special parts.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_FORBIDDEN_V4 = {
    ip_network("0.0.0.0/8"): "this host",
    ip_network("10.0.0.0/8"): "a private address",
    ip_network("100.64.0.0/10"): "a carrier's private address",
    ip_network("127.0.0.0/8"): "this machine",
    ip_network("168.63.129.16/32"): "a cloud's management address",
    ip_network("169.254.0.0/16"): "a link-local address (cloud metadata)",
    ip_network("172.16.0.0/12"): "a private address",
    ip_network("192.0.0.0/24"): "a protocol address",
    ip_network("192.0.2.0/24"): "a documentation address",
    ip_network("192.88.99.0/24"): "a 6to4 relay",
    ip_network("192.168.0.0/16"): "a private address",
    ip_network("198.18.0.0/15"): "a benchmarking address",
    ip_network("198.51.100.0/24"): "a documentation address",
    ip_network("203.0.113.0/24"): "a documentation address",
    ip_network("224.0.0.0/4"): "a multicast address",
    ip_network("240.0.0.0/4"): "a reserved address",
}
_GLOBAL_V6 = ip_network("2000::/3")
_FORBIDDEN_V6 = {
    ip_network("2001::/23"): "a protocol or tunnel address (Teredo, ORCHID)",
    ip_network("2001:db8::/32"): "a documentation address",
    ip_network("2002::/16"): "a 6to4 tunnel",
    ip_network("3fff::/20"): "a documentation address",
}
_WRAPPED_V4 = (
    ip_network("::ffff:0:0/96"),  # IPv4-mapped
    ip_network("::ffff:0:0:0/96"),  # IPv4-translated
    ip_network("64:ff9b::/96"),  # NAT64: how an IPv6-only host reaches IPv4, so what is inside decides
)
_ISATAP = (0x00005EFE, 0x02005EFE)


def forbidden_reason(address: str) -> str | None:
    """Why an address must not be connected to (a few words), None when it is public."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "no address"
    if isinstance(parsed, IPv4Address):
        return _reason_v4(parsed)
    return _reason_v6(parsed)


def _reason_v4(address: IPv4Address) -> str | None:
    return next((reason for network, reason in _FORBIDDEN_V4.items() if address in network), None)


def _reason_v6(address: IPv6Address) -> str | None:
    if any(address in network for network in _WRAPPED_V4):
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
        reason = _reason_v4(inner)
        return f"which is {inner}, {reason}" if reason else None
    if address not in _GLOBAL_V6:
        return "no public IPv6 address"
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return "an ISATAP tunnel"
    return next((reason for network, reason in _FORBIDDEN_V6.items() if address in network), None)
