from collections.abc import Mapping
from ipaddress import ip_network
from unittest.mock import Mock

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bot.web.guard import client_address, is_local, is_same_origin
from tests.support.tables import for_each

HERE = {"Host": "127.0.0.1:8080"}


def a_request(headers: Mapping[str, str], peer: str | None = "127.0.0.1") -> web.Request:
    transport = Mock()
    transport.get_extra_info = lambda name, default=None: (peer, 50000) if name == "peername" and peer else default
    return make_mocked_request("POST", "/simulator/messages", headers=headers, transport=transport)


@for_each("host", ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080", "bot.localhost"])
@for_each("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_a_person_at_this_computer_is_local(host: str, peer: str) -> None:
    assert is_local(a_request({"Host": host}, peer))


@for_each("peer", ["192.168.0.7", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", None])
def test_another_computer_is_not_local(peer: str | None) -> None:
    assert not is_local(a_request(HERE, peer))


@for_each("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.7:8080", "localhost.evil", "", "["])
def test_a_foreign_name_that_points_here_is_not_local(host: str) -> None:
    assert not is_local(a_request({"Host": host}))


@for_each(
    "header",
    [
        "X-Forwarded-For",
        "x-forwarded-proto",
        "X-Forwarded-Anything",
        "Forwarded",
        "CF-Connecting-IP",
        "X-Real-IP",
        "Via",
    ],
)
def test_what_comes_through_a_tunnel_is_not_local(header: str) -> None:
    assert not is_local(a_request({**HERE, header: "127.0.0.1"}))


@for_each(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://127.0.0.1:8080"},
        {},
    ],
)
def test_a_post_from_our_own_page_or_from_no_page_is_taken(headers: dict[str, str]) -> None:
    assert is_same_origin(a_request({**HERE, **headers}))


@for_each(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8080"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:9090"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_a_post_from_another_site_is_refused(headers: dict[str, str]) -> None:
    assert not is_same_origin(a_request({**HERE, **headers}))


def test_the_default_port_need_not_be_spelled() -> None:
    assert is_same_origin(a_request({"Host": "bot.example", "Origin": "https://bot.example"}))


PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


@for_each(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "127.0.0.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        (None, "203.0.113.9", ""),
    ],
)
def test_a_client_is_the_nearest_address_that_is_no_trusted_proxy(
    peer: str | None, forwarded: str, client: str
) -> None:
    assert client_address(a_request({**HERE, "X-Forwarded-For": forwarded}, peer), PROXIES) == client


def test_several_forwarding_headers_are_one_list() -> None:
    headers = CIMultiDict([("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "10.0.0.2")])
    assert client_address(a_request(headers, "10.0.0.1"), PROXIES) == "203.0.113.9"
