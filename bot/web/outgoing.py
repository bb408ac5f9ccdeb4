"""Requests to where somebody told us: only https, and only to the open internet.

An address in a post, in a redirect, or in what a person wrote may name this computer or its network's neighbours. It is
checked as it is spelled, and once more when its name is looked up: its owner may answer otherwise the next time.
"""

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

_WEB = frozenset({"http", "https"})
_INSIDE = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_NAT64 = IPv6Network("64:ff9b::/96")
"""Where networks of IPv6 alone show the IPv4 ones (RFC 6052)."""


class NoHttpsError(Exception):
    """An address to which no https leads."""


class PrivateAddressError(Exception):
    """An address of this computer or of its neighbours."""


class OpenInternetResolver(AbstractResolver):
    """Looks up names, and gives only addresses of the open internet: the connection is made to one of these.

    Args:
        own: the origins that the operator chose, which may lie anywhere.
    """

    def __init__(self, own: Collection[URL] = ()) -> None:
        self._own = frozenset((each.host, each.port) for each in own)
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses outside; raises PrivateAddressError where there are none."""
        found = await self._resolver.resolve(host, port, family)
        if (host, port) in self._own:
            return found
        outside = [each for each in found if _is_outside(each["host"])]
        if not outside:
            raise PrivateAddressError
        return outside

    async def close(self) -> None:
        """Close it."""
        await self._resolver.close()


def require_open_internet(url: URL, own: Collection[URL] = ()) -> None:
    """Raise NoHttpsError or PrivateAddressError unless a request may go there, as far as it shows before a look-up.

    Args:
        url: where to.
        own: the origins that the operator chose, which may lie anywhere.
    """
    if not url.absolute:
        raise NoHttpsError
    if own and url.scheme in _WEB and url.origin() in own:
        return
    if url.scheme != "https" or not url.host or url.user or url.password:
        raise NoHttpsError
    if not _is_name(url.host) and not (_is_address(url.host) and _is_outside(url.host)):
        raise PrivateAddressError


def is_neighbour(host: str) -> bool:
    """Whether a name is one that only its own network has: `localhost`, `db`, `mail.internal`."""
    # A dot at the end says only that nothing follows.
    name = host.removesuffix(".")
    return ("." not in name and ":" not in name) or name.endswith(_INSIDE)


def _is_name(host: str) -> bool:
    """Whether it is looked up: what only looks like an address (`127.1`, `::1%`) is connected to as it is."""
    return ":" not in host and not host.replace(".", "").isdigit()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_outside(spelled: str) -> bool:
    """Whether an address is of the open internet; one that only carries an IPv4 address is what that one is."""
    address = ip_address(spelled.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            address = IPv4Address(int(address) & 0xFFFFFFFF)
        elif address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
