"""What a post says, once it is here: which credentials prove it, what it carries, and of whom it may speak.

No step of it asks anybody or waits, so that a large post can be opened in a thread.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.channels.service import SIMULATOR, Accounts
from bot.conversations.authority import Foreign, Unproven, accounts_of, first_proof, only_own
from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import Delivery
from bot.providers.base import Credentials, Provider, WebhookRequest


class Opened(NamedTuple):
    """A post that is its provider's.

    Attributes:
        delivery: what it carries.
        foreign: what it says of accounts for which it does not speak.
        account: whose credentials it was read with.
    """

    delivery: Delivery
    foreign: tuple[Foreign, ...]
    account: str


class Unreadable(NamedTuple):
    """A post that is none that its provider makes.

    Attributes:
        reason: what is wrong with it.
        proven: that it is its provider's, somebody's credentials say.
        account: whose credentials it was read with.
    """

    reason: str
    proven: bool
    account: str


def open_post(
    provider: Provider, received: WebhookRequest, tried: Sequence[Credentials], accounts: Accounts, now: datetime
) -> Opened | Unproven | Unreadable:
    """What a post says that one of the credentials proves."""
    found = first_proof(lambda each: provider.verify(received, each, now), tried)
    if isinstance(found, Unproven):
        return found
    opened = _parsed(provider, received, found.credentials, proven=True)
    if isinstance(opened, Unreadable):
        return opened
    delivery, foreign = only_own(opened.delivery, _speaks_for(accounts, provider, received, found.credentials, now))
    return opened._replace(delivery=delivery, foreign=foreign) if foreign else opened


def open_unsigned(
    provider: Provider, received: WebhookRequest, tried: Sequence[Credentials]
) -> Opened | Unproven | Unreadable:
    """What a post says that nobody has to prove."""
    credentials = next((each for each in tried if provider.identity(each)), tried[0])
    return _parsed(provider, received, credentials, proven=False)


def open_again(
    provider: Provider, received: WebhookRequest, credentials: Credentials, accounts: Accounts, came: datetime
) -> Opened | Unreadable:
    """What a post says that the credentials have proven before, when it came; its secret headers are not kept."""
    opened = _parsed(provider, received, credentials, proven=True)
    if isinstance(opened, Unreadable):
        return opened
    delivery, foreign = only_own(opened.delivery, _speaks_for(accounts, provider, received, credentials, came))
    return opened._replace(delivery=delivery, foreign=foreign) if foreign else opened


def _parsed(
    provider: Provider, received: WebhookRequest, credentials: Credentials, *, proven: bool
) -> Opened | Unreadable:
    account = accounts_of(provider, credentials)[0]
    try:
        return Opened(provider.parse(received, credentials), (), account)
    except UnparsableError as error:
        return Unreadable(str(error), proven, account)


def _speaks_for(
    accounts: Accounts, provider: Provider, received: WebhookRequest, proven: Credentials, now: datetime
) -> Callable[[str], bool]:
    """Whether a post that the credentials `proven` prove may speak for an account."""

    def speaks_for(account_id: str) -> bool:
        account = accounts.get(account_id)
        if account is None:
            # One that nobody has is sorted out later; the simulator is nobody's to post for.
            return account_id != SIMULATOR
        if account.credentials is proven:
            return True
        if account.provider is not provider:
            return False
        # Meta posts all numbers of an app to one URL: these share its secret, though not all else.
        try:
            provider.verify(received, account.credentials, now)
        except (SignatureError, NotConfiguredError):
            return False
        return True

    return speaks_for
