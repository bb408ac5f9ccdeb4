"""The threads of mails with a contact, to go on with one of them."""

import heapq
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.conversations.sending import queries
from bot.conversations.sending.queries import MailRow
from bot.core.email import reply_subject

_MOST = 10
_LOOKED_AT = 100


class Thread(NamedTuple):
    """A thread of mails.

    Attributes:
        message_id: of the mail by which it is gone on with: the newest of theirs, else of ours.
        subject: as an answer has it; empty for none.
        thread_id: as of `messages`.
    """

    message_id: str
    subject: str
    thread_id: str | None


async def threads_with(connection: AsyncConnection, contact_id: str) -> list[Thread]:
    """The threads with a contact, the one of the newest mail first: a few, as far as the last mails tell.

    Those with who was merged into them are theirs.
    """
    kin = await contacts.family(connection, contact_id)
    each = [await queries.newest_mails(connection, one, _LOOKED_AT) for one in kin]
    found: dict[str, MailRow] = {}
    for mail in heapq.merge(*each, key=lambda one: one.at, reverse=True):
        key = mail.thread_id or mail.id
        if key not in found or (mail.is_inbound and not found[key].is_inbound):
            found[key] = mail
    return [Thread(mail.id, reply_subject(mail.email.subject), mail.thread_id) for mail in list(found.values())[:_MOST]]
