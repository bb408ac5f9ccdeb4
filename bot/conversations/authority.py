"""Which account's credentials prove a post to be the provider's, and for which accounts it may speak.

Several accounts of one provider may belong to different people, each with a secret of their own. A post that one of
these secrets proves says nothing about another's account.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from bot.core.consents import Preference
from bot.core.errors import NotConfiguredError, SignatureError
from bot.core.messages import Delivery, Echo, InboundMessage, StatusUpdate
from bot.providers.base import Credentials, Provider

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


def accounts_of(provider: Provider, credentials: Credentials) -> Sequence[str]:
    """The accounts that the credentials belong to, at least one; one without a name where they name none."""
    return [f"{provider.name}:{each}" for each in provider.identity(credentials) or ("",)]


class Unproven(NamedTuple):
    """Why none of the credentials proves a request; words, since an error would hold on to the body.

    Attributes:
        reason: what is wrong with the signature.
        missing: the setting that is not there, where none could be checked at all; else empty.
    """

    reason: str
    missing: str = ""


class Proven(NamedTuple, Generic[T]):
    """What a check accepted.

    Attributes:
        credentials: those it accepted.
        value: what it gave.
    """

    credentials: Credentials
    value: T


def first_proof(check: Callable[[Credentials], T], tried: Iterable[Credentials]) -> Proven[T] | Unproven:
    """The first of the credentials that `check` accepts, and what it gave; else what it said of the first ones.

    It raises SignatureError, which counts for more, or NotConfiguredError.
    """
    refused = unchecked = None
    for credentials in tried:
        try:
            return Proven(credentials, check(credentials))
        except SignatureError as error:
            refused = refused or Unproven(str(error))
        except NotConfiguredError as error:
            unchecked = unchecked or Unproven(str(error), error.setting)
    return refused or unchecked or Unproven("there is no account")


def admitted(check: Callable[[Credentials], None], tried: Iterable[Credentials]) -> Sequence[Credentials] | Unproven:
    """Those of the credentials that `check` accepts, at least one; else as `first_proof`."""
    remaining = iter(tried)
    first = first_proof(check, remaining)
    if isinstance(first, Unproven):
        return first
    found = [first.credentials]
    while isinstance(another := first_proof(check, remaining), Proven):
        found.append(another.credentials)
    return found


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
