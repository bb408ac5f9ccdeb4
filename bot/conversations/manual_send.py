"""Answering a contact by hand, in the order of the conversation; who does so takes it over."""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import Row, case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.conversations import queries
from bot.conversations.responding import take_over
from bot.conversations.takeover import handoff_of
from bot.core.addresses import Channel
from bot.core.consents import NOTHING
from bot.core.email import from_body, reply_headers
from bot.core.errors import BotError
from bot.core.events import TakenBy
from bot.flows.placeholder import NO_FLOW
from bot.flows.service import Catalogue
from bot.messages import records
from bot.messages.models import Direction, Message
from bot.messages.outbound import outbound_rows, recipient_of
from bot.messages.parts import limit_of
from bot.messages.records import MessageRow
from bot.messages.service import is_closed, windows_of
from bot.web.i18n import N_

LIFETIME = timedelta(hours=24)
"""A person's words stay worth sending longer than the bot's."""


async def send_by_hand(
    connection: AsyncConnection, catalogue: Catalogue, contact_id: str, text: str, now: datetime
) -> str:
    """Queue `text` through the account on which the contact last wrote; returns the id of it, or of its first part.

    From then on the bot is silent towards the contact, as long as after a hand-off, for they answer a person. What it
    had queued before is not sent any more.

    Raises BotError when the contact is gone, has no conversation to go on with, has opted out, or has not written for
    so long that the channel lets only approved templates through, and when the channel takes not as many parts.
    """
    contact = (await contacts.lock(connection, [contact_id])).get(contact_id)
    last = await _last(connection, contact_id)
    if contact is None or last is None:
        raise BotError(N_("there is no conversation with this contact yet"), mend=N_("Wait until they write."))
    consents = await contacts.consents_of(connection, [last.address_id])
    if consents.get((last.address_id, Channel(last.channel)), NOTHING).refuses:
        raise BotError(
            N_("this contact has opted out on this channel"), mend=N_("They come back by writing START or VOLTAR.")
        )
    _refuse_closed_window(last, now)
    place = itertools.count(contact.seq + 1)
    rows = _rows(last, text, partial(next, place), now)
    _refuse_long(last, rows)
    instance = (await queries.open_instances(connection, [contact_id], now)).get(contact_id)
    definitions = await catalogue.with_flows(connection, {instance.flow_id} - {NO_FLOW} if instance else set())
    await take_over(connection, {contact_id: now + handoff_of(instance, definitions)}, now, by=TakenBy.SEND)
    await records.INSERT.execute(connection, rows)
    await contacts.set_seq(connection, contact_id, rows[-1]["seq"], now)
    return rows[0]["id"]


def _refuse_long(last: Row[Any], rows: Sequence[MessageRow]) -> None:
    limit = limit_of(last.account, Channel(last.channel))
    if limit is not None and not all(limit.takes(row["content"]) for row in rows):
        raise BotError(N_("these words are too long for {channel}"), mend=N_("Send fewer."), channel=last.channel)


def _refuse_closed_window(last: Row[Any], now: datetime) -> None:
    heard_at = last.sent_at or last.created_at if last.direction == Direction.INBOUND else None
    if is_closed(last.account, last.channel, heard_at, now):
        hours = windows_of(last.account)[Channel(last.channel)] // timedelta(hours=1)
        raise BotError(
            N_("this contact has not written for {hours} hours: {channel} lets only approved templates through"),
            mend=N_("Wait until they write, or reach them elsewhere."),
            hours=str(hours),
            channel=last.channel,
        )


async def _last(connection: AsyncConnection, contact_id: str) -> Row[Any] | None:
    """The contact's last inbound message, or the last one of ours where there is none."""
    statement = (
        select(Message.__table__)
        .where(Message.contact_id == contact_id)
        .order_by(case((Message.direction == Direction.INBOUND, 0), else_=1), Message.seq.desc())
        .limit(1)
    )
    return (await connection.execute(statement)).one_or_none()


def _rows(last: Row[Any], text: str, next_seq: Callable[[], int], now: datetime) -> list[MessageRow]:
    email = (last.body or {}).get("email")
    return outbound_rows(
        recipient_of(cast("MessageRow", last._mapping)),  # noqa: SLF001 - a Row's public mapping
        text,
        {},
        next_seq,
        now,
        mail=None if email is None else reply_headers(from_body(email)),
        thread_id=last.thread_id,
        expires_at=now + LIFETIME,
    )
