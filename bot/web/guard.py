"""Who may see what stands open on this computer only, and which posts come from our own pages."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import HttpVersion11, hdrs, web
from yarl import URL

_FORWARDING = frozenset(
    {
        *("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for"),
        *("x-original-host", "x-original-url", "x-request-start", "true-client-ip", "cf-connecting-ip", "cf-ray"),
        *("cdn-loop", "fly-client-ip", "fastly-client-ip", "tailscale-user-login"),
    }
)
_FORWARDING_PREFIXES = ("x-forwarded", "x-envoy-", "x-azure-", "x-arr-", "ngrok-")

Network = IPv4Network | IPv6Network
"""An address or a range of them."""


def is_local(request: web.BaseRequest) -> bool:
    """Whether `request` seems to be made at this computer; who may rely on it, `bot.web.local_token` tells.

    The peer must be loopback and nothing may show that the request was passed on: a tunnel's end is a loopback peer
    too. Browsers speak HTTP/1.1 at least; HTTP/1.0 is what proxies speak unless they are told otherwise. The Host
    must name this computer: a page elsewhere can have its own name point here (DNS rebinding).
    """
    return _is_loopback(request.remote or "") and _names_this_computer(request) and not _was_forwarded(request)


def is_same_origin(request: web.BaseRequest) -> bool:
    """Whether a request that changes something comes from a page of ours, or from no page at all.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; what sends neither has no cookies of a person to abuse.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    try:
        page = URL(origin)
        return page.scheme in {"http", "https"} and page.origin() == URL(f"{page.scheme}://{request.host}").origin()
    except ValueError:
        return False


def port_of(request: web.BaseRequest) -> int | None:
    """The port that the Host names, or stands for; None where it names none that there can be."""
    try:
        return request.url.port
    except ValueError:
        return None


def client_address(request: web.BaseRequest, trusted: Sequence[Network]) -> str:
    """Whose request it is: the peer's address, or where the peer is a trusted proxy, the one it names.

    Each proxy writes at the right end of X-Forwarded-For, so the nearest address that is not `trusted` is the last
    one that a proxy of ours saw; what stands left of it, anyone may have written.
    """
    address = _address(request.remote or "")
    if address is None:
        return request.remote or ""
    for spelled in reversed(",".join(request.headers.getall("X-Forwarded-For", ())).split(",")):
        if not any(address in network for network in trusted):
            break
        hop = _address(spelled.strip())
        if hop is None:
            break
        address = hop
    return str(address)


def is_https(request: web.BaseRequest, trusted: Sequence[Network]) -> bool:
    """Whether whoever asks does so over https: here, or at the proxy before us, where that one is `trusted`."""
    if request.secure:
        return True
    peer = _address(request.remote or "")
    if peer is None or not any(peer in network for network in trusted):
        return False
    told = ",".join(request.headers.getall("X-Forwarded-Proto", ()))
    return told.rpartition(",")[2].strip().lower() == "https"


def _names_this_computer(request: web.BaseRequest) -> bool:
    try:
        name = URL(f"http://{request.headers.get(hdrs.HOST, '')}").host or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _was_forwarded(request: web.BaseRequest) -> bool:
    if request.version < HttpVersion11:
        return True
    names = {name.lower() for name in request.headers}
    return not names.isdisjoint(_FORWARDING) or any(name.startswith(_FORWARDING_PREFIXES) for name in names)


def _is_loopback(spelled: str) -> bool:
    address = _address(spelled)
    return address is not None and address.is_loopback


def _address(spelled: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one where it is mapped into IPv6; None when it is none."""
    try:
        parsed = ip_address(spelled.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed
