"""Tests speak to this host only: anything else is a mistake, and would make them slow and unsure."""

import ipaddress
import os
import socket
import sys
from typing import Any

from sqlalchemy import make_url


def close_to_other_hosts() -> None:
    """From here on, connecting or resolving anywhere else raises; there is no way back."""
    allowed = {"", "localhost", socket.gethostname()}
    given = os.environ.get("BOT_TEST_DATABASE_URL")
    if given and make_url(given).host:
        allowed.add(str(make_url(given).host))

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            host = arguments[1][0]
        elif event == "socket.getaddrinfo":
            host = arguments[0]
        else:
            return
        host = host.decode() if isinstance(host, bytes) else host or ""
        if host not in allowed and not _is_loopback(host):
            raise RuntimeError(f"a test tried to reach {host}")

    # An audit hook sees what asyncio does, too, where replacing `socket.connect` would not.
    sys.addaudithook(check)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
