"""Where a request may go that somebody else asked us for."""

import pytest
from yarl import URL

from bot.web.outgoing import NoHttpsError, PrivateAddressError, is_neighbour, require_open_internet
from tests.support.tables import for_each


@for_each("host", ["example.com", "93.184.216.34", "[2606:2800:220:1::1]", "[64:ff9b::5db8:d822]"])
def test_the_open_internet_is_let_through_however_it_is_reached(host: str) -> None:
    require_open_internet(URL(f"https://{host}/x"))


@for_each(
    "host",
    [
        *("127.0.0.1", "127.1", "0.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "224.0.0.1"),
        *(
            "[::1]",
            "[fe80::1]",
            "[fd00::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:1::]",
        ),
    ],
)
def test_addresses_of_this_computer_and_its_neighbours_are_refused(host: str) -> None:
    with pytest.raises(PrivateAddressError):
        require_open_internet(URL(f"https://{host}/x"))


@for_each("url", ["http://example.com/x", "/x", "ftp://example.com", "https://ana:secret@example.com"])
def test_only_https_without_a_name_and_password_is_spoken(url: str) -> None:
    with pytest.raises(NoHttpsError):
        require_open_internet(URL(url))


def test_what_the_operator_chose_may_lie_anywhere() -> None:
    require_open_internet(URL("http://127.0.0.1:8080/x"), [URL("http://127.0.0.1:8080")])
    with pytest.raises(NoHttpsError):
        require_open_internet(URL("http://127.0.0.1:8081/x"), [URL("http://127.0.0.1:8080")])


def test_a_name_of_its_own_network_is_one_with_a_dot_at_its_end_too() -> None:
    for name in ("localhost", "db", "mail.internal", "printer.local"):
        assert is_neighbour(name), name
        assert is_neighbour(f"{name}."), name
    for name in ("shop.example", "shop.example.", "2606:4700::1111"):
        assert not is_neighbour(name), name
