"""What an e-mail provider reports of a mail, with the right weight: of a mail of ours, or of an address alone."""

from datetime import datetime

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.messages import Delivery, StatusUpdate
from bot.core.text import clean
from bot.providers.kit import given_back
from bot.providers.kit.json_lenient import text_at
from bot.providers.kit.json_reader import Part
from bot.providers.mail.headers import email_address

OWN_ID = "bot_msg"
"""A variable that goes along with each mail, and comes back with its events: our own id."""
OWN_ACCOUNT = "bot_account"
"""Another one: the account that sends, for providers whose events do not name it."""

_MAX_ACCOUNT = 300


def own_id(variables: Part) -> str:
    """Our id among an event's variables; empty where it is not there, or cannot be one of ours."""
    return given_back.own_id(text_at(variables, OWN_ID))


def own_account(variables: Part, otherwise: str) -> str:
    """The account among an event's variables; `otherwise`, of the same provider, where it is not there."""
    found, mended = clean(text_at(variables, OWN_ACCOUNT), _MAX_ACCOUNT)
    same = found.partition(":")[0] == otherwise.partition(":")[0]
    return found if same and not mended else otherwise


def reported(status: StatusUpdate, recipient: str) -> Delivery:
    """What a report of a mail carries.

    An opt-out through a mail that does not carry our id, e.g. a newsletter sent from the same domain, counts for the
    address that the report names.
    """
    if status.opt_out is None or status.message_id:
        return Delivery(statuses=(status,))
    preferences = preference(status.account, recipient, status.opt_out, said_at=status.at)
    return Delivery(statuses=(status,), preferences=preferences)


def preference(
    account: str,
    recipient: str,
    reason: ConsentReason,
    *,
    opted_in: bool = False,
    said_at: datetime | None = None,
) -> tuple[Preference, ...]:
    """What holds for an address from `said_at` on; nothing where it is no address."""
    address = email_address(recipient)
    if not address:
        return ()
    return (Preference(account, Channel.EMAIL, Address(AddressKind.EMAIL, address), opted_in, reason, said_at),)


def joined(deliveries: list[Delivery]) -> Delivery:
    """What several reports or mails of one post carry."""
    return Delivery(
        messages=tuple(each for delivery in deliveries for each in delivery.messages),
        statuses=tuple(each for delivery in deliveries for each in delivery.statuses),
        unknown=tuple(each for delivery in deliveries for each in delivery.unknown),
        preferences=tuple(each for delivery in deliveries for each in delivery.preferences),
    )
