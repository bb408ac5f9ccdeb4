"""Whose connection it is, so that nobody has too many of them."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from bot.web.guard import Network

_LOCAL = frozenset({IPv4Address("127.0.0.1"), IPv6Address("::1")})
"""Where this computer's own proxies and tunnels come from; other loopback addresses somebody chose to have."""
_V6_HOST = 64
"""Bits of an IPv6 address that name a network: who has one address has them all."""


def origin_of(peer: object, trusted: Sequence[Network]) -> object:
    """Whose connection it is: an address, or a network of IPv6; None where no bound holds: here, and behind a proxy."""
    try:
        address = ip_address(str(peer[0]).partition("%")[0]) if isinstance(peer, tuple) else None
    except ValueError:
        address = None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address is None or address in _LOCAL or any(address in network for network in trusted):
        return None
    return IPv6Network((address, _V6_HOST), strict=False) if isinstance(address, IPv6Address) else address
