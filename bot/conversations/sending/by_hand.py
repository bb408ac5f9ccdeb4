"""Answering a contact by hand, in the order of the conversation; who does so takes it over."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.conversations.queries import open_instances
from bot.conversations.responding import take_over
from bot.conversations.sending.queue import queue
from bot.conversations.sending.requests import BY_A_USER, BY_TERMINAL, REASONS, Code, Refused, SendRequest, Words
from bot.conversations.takeover import handoff_of
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.events import TakenBy
from bot.core.i18n import N_
from bot.flows.placeholder import NO_FLOW
from bot.flows.service import Catalogue

_REASONS: Mapping[Code, str] = MappingProxyType(
    {
        **REASONS,
        Code.NO_CONTACT: N_("there is no conversation with this contact yet"),
        Code.NO_CONVERSATION: N_("there is no conversation with this contact yet"),
        Code.NO_ADDRESS: N_("there is no conversation with this contact yet"),
    }
)
_MENDS: Mapping[Code, str] = MappingProxyType(
    {
        Code.NO_CONTACT: N_("Wait until they write."),
        Code.NO_CONVERSATION: N_("Wait until they write."),
        Code.NO_ADDRESS: N_("Wait until they write."),
        Code.NO_ACCOUNT: N_("Connect the account again, or reach them elsewhere."),
        Code.ACCOUNT_PAUSED: N_("Let it go on with `bot.py accounts resume`."),
        Code.OPTED_OUT: N_("They come back by writing START or VOLTAR."),
        Code.WINDOW_CLOSED: N_("Wait until they write, or reach them elsewhere."),
        Code.TOO_LONG: N_("Send fewer."),
        Code.NO_WORDS: N_("Put them in quotes."),
    }
)


class SentByHand(NamedTuple):
    """What was asked to be sent.

    Attributes:
        message_id: of the message, or of its first part.
        is_repeated: it was queued already, as the key says.
    """

    message_id: str
    is_repeated: bool


async def send_by_hand(
    connection: AsyncConnection,
    catalogue: Catalogue,
    contact_id: str,
    text: str,
    by: Actor,
    now: datetime,
    *,
    channel: Channel | None = None,
    key: str = "",
) -> SentByHand:
    """Queue `text` for a contact.

    It leaves through the account on which they last wrote, or on `channel`, if one is given. The same `key` again sends
    nothing again, and gives back the id of then.

    From then on the bot is silent towards the contact, as long as after a hand-off, for they answer a person. What it
    had queued before is not sent any more. What is sent is a line of the audit.

    Raises BotError when the contact is gone, has no conversation to go on with, has opted out, or has not written for
    so long that the channel lets only approved templates through, and when the channel takes not as many parts.
    """
    user_id = by.user_id or ""
    request = SendRequest(
        contact_id=contact_id,
        say=Words(text),
        channels=() if channel is None else (channel,),
        by_person=True,
        origin=f"{BY_A_USER}{user_id}" if user_id else BY_TERMINAL,
        key=key,
    )
    (outcome,) = await queue(connection, catalogue.definitions, [request], now)
    if isinstance(outcome, Refused):
        code = outcome.code
        if code is Code.REPEATED:
            return SentByHand(outcome.detail, is_repeated=True)
        raise BotError(_REASONS[code], mend=_MENDS[code], detail=outcome.detail)
    instance = (await open_instances(connection, [contact_id], now)).get(contact_id)
    definitions = await catalogue.with_flows(connection, {instance.flow_id} - {NO_FLOW} if instance else set())
    await take_over(
        connection, {contact_id: now + handoff_of(instance, definitions)}, now, by=TakenBy.SEND, user_id=user_id
    )
    await record(connection, by, "message.send", "contact", contact_id, {"message": outcome.message_id}, at=now)
    return SentByHand(outcome.message_id, is_repeated=False)
