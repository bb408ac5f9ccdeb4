"""What happens below, heard: conversations that become people's, the bot's again, and what is said in them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.service import BY_A_USER
from bot.core.events import (
    ContactsMerged,
    HandedBack,
    HandedOff,
    MergeUndone,
    StatusChanged,
    TakenBy,
    TurnCompleted,
    UserLimited,
)
from bot.core.hints import Topic
from bot.core.messages import Status
from bot.db.hub import hint
from bot.inbox import queries
from bot.inbox.assigning import given, kept
from bot.inbox.leaving import limited, where_they_have_any
from bot.inbox.merging import merged, undone
from bot.inbox.opening import opened, resolved
from bot.inbox.queries import Spoken
from bot.inbox.telling import tell_opened, tell_resolved
from bot.listeners.service import Hear, Listener, Listeners

_NAME = "inbox"


async def _handed_off(connection: AsyncConnection, values: Sequence[HandedOff], now: datetime) -> None:
    """They are people's; who took one by being logged in has it, and who had one that goes on."""
    new = await opened(connection, (each.contact_id for each in values), now)
    again = {each.contact_id for each in values if each.by is TakenBy.REOPENED}
    by = {each.contact_id: each.user_id for each in values}
    await kept(connection, new & again)
    await tell_opened(connection, {each: by[each] for each in new}, now)
    await given(connection, new - again, {each: user_id for each, user_id in by.items() if user_id}, now)


async def _handed_back(connection: AsyncConnection, values: Sequence[HandedBack], now: datetime) -> None:
    by = {each.contact_id: each.user_id for each in values}
    done = await resolved(connection, by, now)
    await tell_resolved(connection, {each: by[each] for each in done}, now)


async def _heard(connection: AsyncConnection, values: Sequence[TurnCompleted], now: datetime) -> None:
    said = {each.contact_id: Spoken(each.channel.value, each.at) for each in values if each.paused}
    await _touch(connection, said, now)


async def _said(connection: AsyncConnection, values: Sequence[StatusChanged], now: datetime) -> None:
    await _touch(connection, {each.contact_id: Spoken(None, each.at) for each in values if _is_ours(each)}, now)


async def _touch(connection: AsyncConnection, said: dict[str, Spoken], now: datetime) -> None:
    hint(connection, Topic.INBOX, await queries.touch(connection, said, now))


async def _where_people_have_it(_connection: AsyncConnection, values: Sequence[TurnCompleted]) -> Hear | None:
    return _heard if any(each.paused for each in values) else None


async def _where_ours_spoke(_connection: AsyncConnection, values: Sequence[StatusChanged]) -> Hear | None:
    return _said if any(_is_ours(each) for each in values) else None


def _is_ours(value: StatusChanged) -> bool:
    """Whether a person's words went out."""
    return value.after == Status.SENT and value.origin.startswith(BY_A_USER)


LISTENERS: Listeners = {
    HandedOff: (Listener(_NAME, _handed_off),),
    HandedBack: (Listener(_NAME, _handed_back),),
    TurnCompleted: (Listener(_NAME, _heard, _where_people_have_it),),
    StatusChanged: (Listener(_NAME, _said, _where_ours_spoke),),
    ContactsMerged: (Listener(_NAME, merged),),
    MergeUndone: (Listener(_NAME, undone),),
    UserLimited: (Listener(_NAME, limited, where_they_have_any),),
}
"""What is heard, by kind of value."""
