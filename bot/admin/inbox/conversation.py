"""One conversation beside the list: how it stands, what was said, who the person is, and what can be done."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.contact import Person, attributes_of, facts_of, lead_to_kept, read_person
from bot.admin.conversations.kin import Kin, read_kin
from bot.admin.conversations.timeline import Timeline, read_news, read_timeline
from bot.admin.held_points import HeldPoints, held_points
from bot.admin.inbox.around import Around, read_around
from bot.admin.inbox.lists import Team, called, here_of, read_team
from bot.admin.inbox.notes import with_notes
from bot.admin.inbox.scheduled import Waiting, read_waiting
from bot.admin.inbox.snoozing import WHEN
from bot.admin.inbox.ways import Ways, read_ways
from bot.contacts.service import Responder, kept_family
from bot.conversations.service import Thread, threads_with
from bot.conversations.shown.explain import ended_because
from bot.conversations.shown.results import Result, last_results
from bot.core.hints import Topic
from bot.core.permissions import Permission
from bot.inbox.service import (
    ConversationStatus,
    DraftCard,
    DraftMode,
    LabelRow,
    ListedConversation,
    Present,
    conversations,
    drafts,
    present,
)
from bot.users.service import writing_of
from bot.web.access import signed_in
from bot.web.forms import Filled
from bot.web.keys import CLOCK
from bot.web.pages import language

_RESULTS = 5
Facts = Sequence[tuple[str, str]]
_STANDS = frozenset({Topic.INBOX, Topic.CONTACTS, Topic.PRESENCE})
"""What is hinted of how a conversation stands, and of who is in it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands, and what can be done with it.

    Attributes:
        of: all of that.
        name: how the contact is called.
        is_open: whether people have it, put off or not.
        is_mine: whether whoever looks has it.
        agents: who may have it, by id: how they are called.
        labels: all that there are.
        snoozes: until when it can be put off: what to choose, and how it is called.
        others: who else is in it.
    """

    of: ListedConversation
    name: str
    is_open: bool
    is_mine: bool
    agents: Mapping[str, str]
    labels: Sequence[LabelRow]
    snoozes: Mapping[str, str]
    others: Sequence[Present]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as it is shown.

    Attributes:
        standing: how it stands.
        person: all there is to know of the contact.
        timeline: what was said, with the notes beside it.
        attributes: what is kept of them, by name.
        answers: what the flow that runs has collected.
        results: flows that are over, why, and what they collected.
        ways: by which they are reached.
        threads: of mails with them, where mails reach them.
        signature: below mails of whoever looks; empty for none.
        kin: who may be the same person, and who was merged into them.
        held: what they have in each programme of points, for who may see it.
        around: what else stands beside it.
        drafts: what whoever looks has begun to write, by mode.
        waiting: what goes to the contact later.
    """

    standing: Standing
    person: Person
    timeline: Timeline
    attributes: Facts
    answers: Facts
    results: Sequence[tuple[Result, str, Facts]]
    ways: Ways
    threads: Sequence[Thread]
    signature: str
    kin: Kin
    held: Sequence[HeldPoints]
    around: Around
    drafts: Mapping[DraftMode, DraftCard]
    waiting: Sequence[Waiting]


class Change(NamedTuple):
    """What there is to tell of a conversation that is shown already; None for what cannot have changed.

    Attributes:
        standing: how it stands.
        timeline: what is new or changed in it.
        waiting: what goes to the contact later.
        ways: by which they are reached.
    """

    standing: Standing | None
    timeline: Timeline
    waiting: Sequence[Waiting] | None
    ways: Ways | None


async def read_talk(
    request: web.Request,
    connection: AsyncConnection,
    contact_id: str,
    path: str,
    team: Team,
    refused: tuple[str, Filled[Any]] | None = None,
) -> Talk:
    """A conversation that is shown at `path`; raises HTTPNotFound where there is no such contact.

    `refused` is the id of a message that goes later whose change was refused, with its form.
    """
    _, me = language(request), signed_in(request).user_id
    person = await read_person(connection, contact_id)
    lead_to_kept(request, here_of(request, person.card.id), contact_id, person)
    contact_id = person.card.id
    results = await last_results(connection, person.family, _RESULTS)
    timeline = await read_timeline(request, connection, person.family, path)
    ways = await _ways(request, connection, contact_id)
    return Talk(
        standing=await read_standing(request, connection, contact_id, team),
        person=person,
        timeline=await with_notes(request, connection, person.family, timeline),
        attributes=attributes_of(person.card, _),
        answers=facts_of({} if person.position is None else person.position.state),
        results=[(each, ended_because(each.end_reason, _), facts_of(each.state)) for each in results],
        ways=ways,
        threads=await threads_with(connection, contact_id) if ways.by_mail else (),
        signature=(await writing_of(connection, me)).signature if ways.by_mail else "",
        kin=await read_kin(connection, person.card, _),
        held=await held_points(request, connection, contact_id, request.app[CLOCK]()),
        around=await read_around(request, connection, person),
        drafts=await drafts(connection, person.family, me),
        waiting=await read_waiting(request, connection, contact_id, refused),
    )


async def read_change(
    request: web.Request, connection: AsyncConnection, contact_id: str, path: str, topics: AbstractSet[str]
) -> Change:
    """What there is to tell of a conversation that is shown already; raises HTTPNotFound for no such contact.

    `topics` are what was hinted since it was last asked for: what they cannot have changed is not read.
    """
    kept = await kept_family(connection, contact_id)
    if not kept:
        raise web.HTTPNotFound(text="there is no such contact\n")
    contact_id = kept[0]
    timeline, since = await read_news(request, connection, kept, path)
    has_words = since is None or timeline.end != request.query["after"]
    if since is None or Topic.INBOX in topics:
        timeline = await with_notes(request, connection, kept, timeline, since=since)
    stands = not topics.isdisjoint(_STANDS)
    return Change(
        standing=await read_standing(request, connection, contact_id, await read_team(connection)) if stands else None,
        timeline=timeline,
        waiting=await read_waiting(request, connection, contact_id) if Topic.MESSAGES in topics else None,
        # What they write opens a window, and what is said anywhere is where the next words go.
        ways=await _ways(request, connection, contact_id) if has_words or Topic.CONTACTS in topics else None,
    )


async def _ways(request: web.Request, connection: AsyncConnection, contact_id: str) -> Ways:
    """The ways to a contact, for who may write to them."""
    may_send = Permission.MESSAGES_SEND in signed_in(request).permissions
    return await read_ways(request, connection, contact_id) if may_send else Ways(())


async def read_standing(request: web.Request, connection: AsyncConnection, contact_id: str, team: Team) -> Standing:
    """How a conversation stands; raises HTTPNotFound where there is no such contact."""
    _, me, now = language(request), signed_in(request).user_id, request.app[CLOCK]()
    of = (await conversations(connection, [contact_id], me, now, with_words=False)).get(contact_id)
    if of is None:
        raise web.HTTPNotFound(text="there is no such contact\n")
    is_open = of.responder is Responder.HUMAN or of.status in (ConversationStatus.OPEN, ConversationStatus.SNOOZED)
    there = (await present(connection, [contact_id], now)).get(contact_id, [])
    return Standing(
        of=of,
        name=called(of, _),
        is_open=is_open,
        is_mine=is_open and of.assignee_id == me,
        agents=team.agents,
        labels=team.labels,
        snoozes=WHEN,
        others=[each for each in there if each.user_id != me],
    )
