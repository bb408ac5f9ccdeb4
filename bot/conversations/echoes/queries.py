"""What is asked of messages and conversations before echoes are recorded."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Row, Select, func, literal_column, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact
from bot.conversations.models import FlowInstance
from bot.core.messages import Echo
from bot.db.bulk import among
from bot.engine.conversation import EndReason
from bot.messages.models import Direction, Message

SentRow = Row[str, str, str, str, str | None]
"""id, account, contact_id, content, provider_message_id."""


async def sent_or_under_way(
    connection: AsyncConnection, echoes: Sequence[Echo], contact_ids: Iterable[str]
) -> Sequence[SentRow]:
    """The messages of ours that an echo may be one of.

    Those with an echo's provider's id, and those of the contacts that may have gone out although nobody knows their
    provider's id yet.
    """
    parameters = {
        "accounts": sorted({each.account for each in echoes}),
        "provider_ids": sorted({each.provider_message_id for each in echoes}),
        "contacts": sorted(contact_ids),
    }
    return (await connection.execute(_sent_or_under_way(connection.dialect.name), parameters)).all()


@cache
def _sent_or_under_way(dialect: str) -> CompoundSelect[str, str, str, str, str | None]:
    outbound = Message.direction == literal_column("'outbound'")
    ours = select(Message.id, Message.account, Message.contact_id, Message.content, Message.provider_message_id).where(
        outbound
    )
    return union(
        ours.where(
            among(dialect, Message.account, "accounts"), among(dialect, Message.provider_message_id, "provider_ids")
        ),
        ours.where(
            among(dialect, Message.contact_id, "contacts"),
            Message.status == literal_column("'queued'"),
            Message.attempt_started_at.is_not(None),
        ),
    )


async def before_echoes(connection: AsyncConnection, contact_ids: Iterable[str]) -> Mapping[str, Row[Any]]:
    """By contact: `given_back_at`, when a person last gave the conversation back to the bot, or None; `last_inbound`.

    That is the id of what the contact wrote last, or None.
    """
    parameters = {"ids": sorted(contact_ids)}
    rows = await connection.execute(_before_echoes(connection.dialect.name), parameters)
    return {row.contact_id: row for row in rows}


@cache
def _before_echoes(dialect: str) -> Select[*tuple[Any, ...]]:
    given_back_at = (
        select(func.max(FlowInstance.ended_at))
        .where(FlowInstance.contact_id == Contact.id, FlowInstance.end_reason == EndReason.RESUMED)
        .scalar_subquery()
    )
    last_inbound = (
        select(Message.id)
        .where(Message.contact_id == Contact.id, Message.direction == Direction.INBOUND)
        .order_by(Message.seq.desc())
        .limit(literal_column("1", Integer))
        .scalar_subquery()
    )
    return select(
        Contact.id.label("contact_id"), given_back_at.label("given_back_at"), last_inbound.label("last_inbound")
    ).where(among(dialect, Contact.id, "ids"))
