"""One conversation beside the list: how it stands, what was said, who the person is, and what can be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.contact import Person, attributes_of, closed_channel, facts_of, read_person, ways_to
from bot.admin.conversations.timeline import Timeline, read_timeline
from bot.admin.inbox.lists import called
from bot.admin.inbox.snoozing import WHEN
from bot.contacts.service import Responder, family
from bot.conversations.shown.explain import ended_because
from bot.conversations.shown.results import Result, last_results
from bot.core.permissions import Permission
from bot.inbox.service import ConversationStatus, ListedConversation, conversations
from bot.users.service import able
from bot.web.access import signed_in
from bot.web.keys import CLOCK
from bot.web.pages import language

_RESULTS = 5
Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as it is shown.

    Attributes:
        of: how it stands.
        name: how the contact is called.
        person: all there is to know of them.
        timeline: what was said.
        attributes: what is kept of them, by name.
        answers: what the flow that runs has collected.
        results: flows that are over, why, and what they collected.
        agents: who may have it, by id: how they are called.
        is_open: whether people have it, snoozed or not.
        is_mine: whether whoever looks has it.
        ways: the channels on which they are reached.
        closed: the channel that lets only approved templates through by now; empty for none.
        snoozes: until when it can be put off: what to choose, and how it is called.
    """

    of: ListedConversation
    name: str
    person: Person
    timeline: Timeline
    attributes: Facts
    answers: Facts
    results: Sequence[tuple[Result, str, Facts]]
    agents: Mapping[str, str]
    is_open: bool
    is_mine: bool
    ways: Mapping[str, str]
    closed: str
    snoozes: Mapping[str, str]


async def read_talk(request: web.Request, connection: AsyncConnection, contact_id: str, path: str) -> Talk:
    """A conversation that is shown at `path`; raises HTTPNotFound where there is no such contact."""
    _, me, now = language(request), signed_in(request).user_id, request.app[CLOCK]()
    person = await read_person(connection, contact_id)
    of = await read_standing(connection, contact_id, me, now)
    results = await last_results(connection, await family(connection, contact_id), _RESULTS)
    return Talk(
        of=of,
        name=called(of, _),
        person=person,
        timeline=await read_timeline(request, connection, contact_id, path),
        attributes=attributes_of(person.card, _),
        answers=facts_of({} if person.position is None else person.position.state),
        results=[(each, ended_because(each.end_reason, _), facts_of(each.state)) for each in results],
        agents=await able(connection, Permission.MESSAGES_SEND),
        is_open=is_peoples(of),
        is_mine=is_peoples(of) and of.assignee_id == me,
        ways=ways_to(person, _),
        closed=await closed_channel(request, connection, contact_id),
        snoozes=WHEN,
    )


async def read_standing(
    connection: AsyncConnection, contact_id: str, user_id: str, now: datetime
) -> ListedConversation:
    """How a conversation stands; raises HTTPNotFound where there is no such contact."""
    found = await conversations(connection, [contact_id], user_id, now)
    if contact_id not in found:
        raise web.HTTPNotFound(text="there is no such contact\n")
    return found[contact_id]


def is_peoples(of: ListedConversation) -> bool:
    """Whether people have it, put off or not."""
    return of.responder is Responder.HUMAN or of.status in (ConversationStatus.OPEN, ConversationStatus.SNOOZED)
