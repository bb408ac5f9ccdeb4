"""How often signing in may be tried, by account and by network address; counted in the database, for all processes.

An attempt is counted before anything is looked at, so that many at once are no way around it, and taken back when it
succeeds. What is counted is what was typed, whether there is such an account or not.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.i18n import N_
from bot.users.digests import digest
from bot.users.models import FailureKind
from bot.users.signing import queries
from bot.users.signing.gate import LaterError

WINDOW = timedelta(minutes=15)
"""As long failures count, from the first of them."""
MOST: Mapping[FailureKind, int] = {FailureKind.ACCOUNT: 10, FailureKind.ADDRESS: 60, FailureKind.CODE: 5}
"""Failures within that time; behind one address a whole shop may be."""
_V6_HOST = 64


class ThrottledError(LaterError):
    """It was tried too often."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            N_("signing in was tried too often"),
            mend=N_("Try again in {minutes} min, or ask an admin for a link to choose another password."),
            retry_after=seconds,
            minutes=str(math.ceil(seconds / 60)),
        )


async def count(connection: AsyncConnection, kind: FailureKind, what: str, now: datetime) -> None:
    """Count one more attempt; raises ThrottledError where that is too many, and then the caller rolls back."""
    failures, since = await queries.count_failure(connection, kind, _key(kind, what), now, now - WINDOW)
    if failures > MOST[kind]:
        raise ThrottledError(max(1, math.ceil((since + WINDOW - now).total_seconds())))


async def forgive(connection: AsyncConnection, kind: FailureKind, what: str) -> None:
    """It succeeded: an account's failures are forgotten, and of an address's this one."""
    if kind is FailureKind.ADDRESS:
        await queries.uncount_failure(connection, kind, _key(kind, what))
    else:
        await queries.forget_failures(connection, kind, _key(kind, what))


def _key(kind: FailureKind, what: str) -> str:
    return digest(_network(what) if kind is FailureKind.ADDRESS else what)


def _network(address: str) -> str:
    """The address; of IPv6 its network, since who has one has them all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, _V6_HOST), strict=False)) if isinstance(parsed, IPv6Address) else address
