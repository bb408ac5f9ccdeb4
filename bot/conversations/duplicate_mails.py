"""Mails that came to several addresses of ours: each is recorded where it came, and one of them is answered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import LockedContact
from bot.conversations import queries
from bot.conversations.queries import Mail
from bot.core.addresses import Address
from bot.core.messages import Echo, InboundMessage

COPY = "copy of an earlier mail"
"""Why such a mail is not answered."""
_WITHIN = timedelta(days=7)
"""Longer than any mail server goes on trying; what has the same id later comes from a program that gives them twice."""


async def answered_once(
    connection: AsyncConnection,
    incoming: Sequence[InboundMessage | Echo],
    people: Mapping[Address, LockedContact],
    now: datetime,
) -> Sequence[InboundMessage | Echo]:
    """The messages, with each mail automatic whose contact has sent the same one to another address of ours before.

    Only Message-ID tells, and only within a contact, so that nobody can silence another one's mail.

    Args:
        connection: in the transaction that holds the locks of the contacts.
        incoming: in order.
        people: the contacts by the senders' preferred addresses.
        now: of the batch.
    """
    mails = {id(each): mail for each in incoming if (mail := _mail(each, people))}
    if not mails:
        return incoming
    seen = await _recorded(connection, set(mails.values()), people, now)
    first: dict[Mail, str] = {}
    checked: list[InboundMessage | Echo] = []
    for each in incoming:
        mail = mails.get(id(each))
        if mail is None or isinstance(each, Echo):
            checked.append(each)
            continue
        ids = {*seen.get(mail, ()), *([first[mail]] if mail in first else ())}
        first.setdefault(mail, each.provider_message_id)
        is_copy = bool(ids - {each.provider_message_id}) and each.provider_message_id not in ids
        checked.append(each._replace(automatic=each.automatic or COPY) if is_copy else each)
    return checked


async def _recorded(
    connection: AsyncConnection, mails: Collection[Mail], people: Mapping[Address, LockedContact], now: datetime
) -> Mapping[Mail, set[str]]:
    """The provider's ids under which the mails are recorded, be that with somebody who was merged since."""
    merged = await contacts.merged(connection, [each.id for each in people.values() if each.has_merged])
    theirs = [(each, mail) for each, kept in merged.items() for contact_id, mail in mails if contact_id == kept]
    found = await queries.recorded_mails(connection, {*mails, *theirs}, now - _WITHIN)
    seen: dict[Mail, set[str]] = {}
    for (contact_id, mail), ids in found.items():
        seen.setdefault((merged.get(contact_id, contact_id), mail), set()).update(ids)
    return seen


def _mail(message: InboundMessage | Echo, people: Mapping[Address, LockedContact]) -> Mail | None:
    if isinstance(message, Echo) or message.email is None or not message.email.message_id:
        return None
    return people[message.addresses[0]].id, message.email.message_id
