"""What a sourceIPAddress is: an address of the internet, a private one, or the name of a service."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_LONGEST = 64
_PRIVATE = tuple(
    ip_network(net)
    for net in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"),
        *("::/127", "fc00::/7", "fe80::/10"),
    )
)
_SERVICE_ENDINGS = (".amazonaws.com", ".amazonaws.com.cn", ".aws.internal")
_SERVICES = frozenset({"AWS Internal"})


class Origin(StrEnum):
    """What it is; the value says so beside it, where there is something to say."""

    PUBLIC = ""
    PRIVATE = "a private address"
    SERVICE = "a service of AWS, no address"
    OTHER = "no address"


def origin_of(source: str) -> Origin:
    """Tell what stands under sourceIPAddress; only a PUBLIC one is worth looking up."""
    if source in _SERVICES or source.endswith(_SERVICE_ENDINGS):
        return Origin.SERVICE
    address = address_of(source)
    if address is None:
        return Origin.OTHER
    return Origin.PRIVATE if any(address in net for net in _PRIVATE) else Origin.PUBLIC


def address_of(source: str) -> IPv4Address | IPv6Address | None:
    """As an address, IPv4 in IPv6's clothes as IPv4; None when it is none."""
    try:
        address = ip_address(source[:_LONGEST])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
