"""By which ways somebody can write to a contact now: accounts, channels, and how long a window stays open."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.conversations.sending import queries
from bot.conversations.sending.routes import last_of, ways
from bot.core.addresses import Channel
from bot.messages import service as messages


@dataclass(frozen=True, slots=True)
class Way:
    """An account that reaches a contact on a channel.

    Attributes:
        account: ours.
        name: what its owner calls that; empty for nothing.
        channel: on which.
        is_last: the conversation was last there, so what says nothing else goes there.
        is_paused: it sends nothing for now.
        is_limited: anything may be sent for a while after the contact last wrote; else only an approved template.
        open_until: the end of that while; None where it is over, or nothing is limited.
    """

    account: str
    name: str
    channel: Channel
    is_last: bool
    is_paused: bool
    is_limited: bool
    open_until: datetime | None

    @property
    def takes_words(self) -> bool:
        """Whether any words may be sent now."""
        return not self.is_paused and (not self.is_limited or self.open_until is not None)


async def ways_to(connection: AsyncConnection, contact_id: str, now: datetime) -> list[Way]:
    """All ways to a contact, through the oldest accounts first; none to one who is gone."""
    contact = (await contacts.look_at(connection, [contact_id])).get(contact_id)
    if contact is None:
        return []
    last = await last_of(connection, contact)
    there = None if last is None else (last.account, last.channel)
    found: list[Way] = []
    for account, channel in ways(await queries.accounts(connection), contact):
        limited = channel in messages.windows_of(account.id)
        until = await messages.open_until(connection, account.id, channel, [contact.id], now) if limited else {}
        found.append(
            Way(
                account=account.id,
                name=account.name or "",
                channel=channel,
                is_last=(account.id, channel) == there,
                is_paused=account.paused,
                is_limited=limited,
                open_until=until.get(contact.id),
            )
        )
    return found


async def last_channel(connection: AsyncConnection, contact_id: str) -> Channel | None:
    """On which channel words go that say nothing of it; None where nothing was said yet."""
    contact = (await contacts.look_at(connection, [contact_id])).get(contact_id)
    last = None if contact is None else await last_of(connection, contact)
    return None if last is None else last.channel
