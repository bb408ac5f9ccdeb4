"""Which account's credentials prove a post to be the provider's, and for which accounts it may speak.

Several accounts of one provider may belong to different people, each with a secret of their own. A post that one of
these secrets proves says nothing about another's account.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple, TypeVar

from bot.core.errors import NotConfiguredError, SignatureError
from bot.core.messages import Delivery, Echo, InboundMessage, Preference, StatusUpdate
from bot.providers.base import Credentials

Claim = InboundMessage | StatusUpdate | Preference | Echo
ClaimT = TypeVar("ClaimT", InboundMessage, StatusUpdate, Preference, Echo)
T = TypeVar("T")


class Foreign(NamedTuple):
    """Something a post said of an account for which it does not speak.

    Attributes:
        account: that account.
        item: the provider's id of it; empty where it has none.
    """

    account: str
    item: str


def first_proof(check: Callable[[Credentials], T], tried: Iterable[Credentials]) -> tuple[Credentials, T]:
    """The first of the credentials, at least one, that `check` accepts, and what it gave.

    Raises the first SignatureError where none is accepted, and the first NotConfiguredError where none could be
    checked at all.
    """
    refused: list[SignatureError] = []
    unchecked: list[NotConfiguredError] = []
    for credentials in tried:
        try:
            return credentials, check(credentials)
        except SignatureError as error:
            refused.append(error)
        except NotConfiguredError as error:
            unchecked.append(error)
    raise [*refused, *unchecked][0]


def only_own(delivery: Delivery, speaks_for: Callable[[str], bool]) -> tuple[Delivery, tuple[Foreign, ...]]:
    """What the post says of accounts it speaks for, and what it says of others.

    Args:
        delivery: what it carried.
        speaks_for: whether it may speak for an account; asked once for each that it names.
    """
    others = {account for account in {each.account for each in _claims(delivery)} if not speaks_for(account)}
    if not others:
        return delivery, ()

    def own(claims: tuple[ClaimT, ...]) -> tuple[ClaimT, ...]:
        return tuple(each for each in claims if each.account not in others)

    foreign = tuple(Foreign(each.account, _item(each)) for each in _claims(delivery) if each.account in others)
    kept = delivery._replace(
        messages=own(delivery.messages),
        statuses=own(delivery.statuses),
        preferences=own(delivery.preferences),
        echoes=own(delivery.echoes),
    )
    return kept, foreign


def _claims(delivery: Delivery) -> Iterator[Claim]:
    return chain(delivery.messages, delivery.statuses, delivery.preferences, delivery.echoes)


def _item(claim: Claim) -> str:
    return "" if isinstance(claim, Preference) else claim.provider_message_id
