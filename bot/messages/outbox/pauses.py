"""Letting a person's next message wait until a file has arrived: providers take files at once and bring them later."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.addresses import Channel
from bot.core.messages import OutboundMessage
from bot.core.sms import segments
from bot.messages.outbox import queries
from bot.providers.table import PROVIDERS

_SEVERAL_SMS_SECONDS = 1.0
"""Carriers put the parts of a long SMS together, and a short one that follows at once overtakes them."""
_ONE_SMS = 70
"""Characters that are one SMS, whatever they are."""


def pause_after(message: OutboundMessage) -> float:
    """Seconds that the person's next message waits once this one was taken; 0 for words, but for several SMS."""
    has_file = message.media is not None or (message.template is not None and message.template.header is not None)
    provider = PROVIDERS.get(message.account.partition(":")[0])
    if has_file:
        return provider.file_seconds if provider is not None else 0.0
    several = message.channel is Channel.SMS and len(message.text) > _ONE_SMS and segments(message.text).parts > 1
    return _SEVERAL_SMS_SECONDS if several else 0.0


async def hold_next(connection: AsyncConnection, taken: Iterable[OutboundMessage], now: datetime) -> None:
    """Let what waits behind each of these messages, to the same person by its account in its lane, wait for its file.

    Args:
        connection: in a transaction that wrote down that they were taken.
        taken: sent a moment ago.
        now: by the database's clock.
    """
    for message in sorted(taken, key=lambda each: each.id):
        at = now + timedelta(seconds=pause_after(message))
        await connection.execute(queries.HOLD_NEXT, {"sent": message.id, "at": at, "moment": at})
