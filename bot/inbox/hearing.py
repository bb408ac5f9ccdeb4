"""What happens below, heard: conversations that become people's, the bot's again, and what is said in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.service import BY_A_USER, BY_TERMINAL
from bot.core.events import (
    ContactsMerged,
    Echoed,
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
from bot.inbox.kinds import EndedAs
from bot.inbox.leaving import limited, where_they_have_any
from bot.inbox.merging import merged, undone
from bot.inbox.notifying.collecting import LISTENERS as NOTIFYING
from bot.inbox.opening import opened, resolved
from bot.inbox.periods import keeping as periods
from bot.inbox.periods.keeping import CAME_BACK, HANDED_OFF, TAKEN, Opening, Reply
from bot.inbox.queries import Spoken
from bot.inbox.telling import tell_opened, tell_resolved
from bot.listeners.service import Hear, Listener, Listeners

_NAME = "inbox"
_GIVEN_BACK = "resumed"
"""The reason of who gave a conversation back; all others come about by themselves."""
_HOW: Mapping[TakenBy, Opening] = {TakenBy.FLOW: HANDED_OFF, TakenBy.REOPENED: CAME_BACK}
"""How conversations become people's where nobody of ours took them."""


async def _handed_off(connection: AsyncConnection, values: Sequence[HandedOff], now: datetime) -> None:
    """They are people's; who took one by being logged in has it, and who had one that goes on."""
    new = await opened(connection, {each.contact_id: _HOW.get(each.by, TAKEN) for each in values}, now)
    again = {each.contact_id for each in values if each.by is TakenBy.REOPENED}
    by = {each.contact_id: each.user_id for each in values}
    await kept(connection, new & again)
    await tell_opened(connection, {each: by[each] for each in new}, now)
    await given(connection, new - again, {each: user_id for each, user_id in by.items() if user_id}, now)


async def _handed_back(connection: AsyncConnection, values: Sequence[HandedBack], now: datetime) -> None:
    for as_ in (EndedAs.RESOLVED, EndedAs.LAPSED):
        by = {each.contact_id: each.user_id for each in values if _ended_as(each) is as_}
        done = await resolved(connection, by, now, as_=as_)
        await tell_resolved(connection, {each: by[each] for each in done}, now)


async def _heard(connection: AsyncConnection, values: Sequence[TurnCompleted], now: datetime) -> None:
    said = {each.contact_id: Spoken(each.channel.value, each.at) for each in values if each.paused}
    theirs = await _touch(connection, said, now)
    await periods.heard(connection, {each: said[each].channel for each in theirs})


async def _said(connection: AsyncConnection, values: Sequence[StatusChanged], now: datetime) -> None:
    replies = dict[str, Reply]()
    for each in values:
        if _is_ours(each):
            user_id = each.origin.removeprefix(BY_A_USER) if each.origin.startswith(BY_A_USER) else ""
            replies.setdefault(each.contact_id, Reply(each.channel.value, each.at, user_id, each.message_id))
    await _replied(connection, replies, values[-1].at, now)


async def _echoed(connection: AsyncConnection, values: Sequence[Echoed], now: datetime) -> None:
    replies = dict[str, Reply]()
    for each in values:
        replies.setdefault(each.contact_id, Reply(each.channel.value, each.said_at, "", each.message_id))
    await _replied(connection, replies, values[-1].at, now)


async def _replied(connection: AsyncConnection, replies: dict[str, Reply], at: datetime, now: datetime) -> None:
    await _touch(connection, dict.fromkeys(replies, Spoken(None, at)), now)
    await periods.replied(connection, replies)


async def _touch(connection: AsyncConnection, said: dict[str, Spoken], now: datetime) -> Sequence[str]:
    """Note what was said where people have it; gives where that is."""
    touched = await queries.touch(connection, said, now)
    hint(connection, Topic.TALKS, touched)
    hint(connection, Topic.INBOX, [each for each, woke in touched.items() if woke])
    return list(touched)


async def _where_people_have_it(_connection: AsyncConnection, values: Sequence[TurnCompleted]) -> Hear | None:
    return _heard if any(each.paused for each in values) else None


async def _where_ours_spoke(_connection: AsyncConnection, values: Sequence[StatusChanged]) -> Hear | None:
    return _said if any(_is_ours(each) for each in values) else None


def _is_ours(value: StatusChanged) -> bool:
    """Whether a person's words went out."""
    if value.before != Status.QUEUED or value.after == Status.FAILED:
        return False
    return value.origin == BY_TERMINAL or value.origin.startswith(BY_A_USER)


def _ended_as(value: HandedBack) -> EndedAs:
    return EndedAs.RESOLVED if value.reason == _GIVEN_BACK else EndedAs.LAPSED


_OWN: Listeners = {
    HandedOff: (Listener(_NAME, _handed_off),),
    HandedBack: (Listener(_NAME, _handed_back),),
    TurnCompleted: (Listener(_NAME, _heard, _where_people_have_it),),
    Echoed: (Listener(_NAME, _echoed),),
    StatusChanged: (Listener(_NAME, _said, _where_ours_spoke),),
    ContactsMerged: (Listener(_NAME, merged),),
    MergeUndone: (Listener(_NAME, undone),),
    UserLimited: (Listener(_NAME, limited, where_they_have_any),),
}
LISTENERS: Listeners = {kind: (*_OWN.get(kind, ()), *NOTIFYING.get(kind, ())) for kind in (*_OWN, *NOTIFYING)}
"""What is heard, by kind of value; how a conversation stands before of what somebody is told."""
