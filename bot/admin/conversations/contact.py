"""`/contacts/{id}`: all there is to know of somebody, beside what was said with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.spoken import name_of
from bot.admin.conversations.timeline import read_timeline
from bot.admin.conversations.words import ADDRESS_KINDS, CHANNELS, CONSENTS, FILES, STATE_KINDS, STATES
from bot.contacts.service import (
    AddressCard,
    ContactCard,
    FormerCard,
    addresses,
    cards,
    former_addresses,
    tags,
)
from bot.conversations.shown.explain import ended_because
from bot.conversations.shown.flow_position import FlowPosition, flow_position
from bot.conversations.shown.results import last_results
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.engine.state import decode_state
from bot.web.access import signed_in
from bot.web.frame import render
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, READER
from bot.web.pages import language

PATH = "/contacts"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
_RESULTS = 5
Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Person:
    """All there is to know of a contact.

    Attributes:
        card: themselves.
        addresses: where they are reached, and what they agreed to there.
        former: where they were reached before.
        tags: theirs, by name.
        position: the flow that runs, and who has the conversation; None where neither.
    """

    card: ContactCard
    addresses: Sequence[AddressCard]
    former: Sequence[FormerCard]
    tags: Sequence[str]
    position: FlowPosition | None


async def one(request: web.Request) -> web.StreamResponse:
    """All of one."""
    return await detail(request)


async def detail(request: web.Request, **more: Any) -> web.Response:
    """All of one contact; `more` is what a form that was refused adds to it."""
    _, contact_id = language(request), request.match_info["id"]
    may = signed_in(request).permissions
    async with request.app[READER].reading() as connection:
        person = await read_person(connection, contact_id)
        talk = await read_timeline(request, connection, contact_id) if Permission.MESSAGES_READ in may else None
        results = await last_results(connection, contact_id, _RESULTS)
    position = person.position
    return render(
        request,
        "admin/contact.html",
        title=name_of(person.card, _),
        person=person,
        is_with_a_person=is_with_a_person(request, position),
        answers=_facts({} if position is None else position.state),
        results=[(each, ended_because(each.end_reason, _), _facts(each.state)) for each in results],
        attributes=attributes_of(person.card, _),
        talk=talk,
        channels=CHANNELS,
        states=STATES,
        kinds=STATE_KINDS,
        address_kinds=ADDRESS_KINDS,
        consents=CONSENTS,
        files=FILES,
        came_from_messages="at" in request.query,
        **more,
    )


async def read_person(connection: AsyncConnection, contact_id: str) -> Person:
    """All of a contact; raises HTTPNotFound where there is none."""
    found = await cards(connection, [contact_id])
    if not found:
        raise web.HTTPNotFound(text="there is no such contact\n")
    return Person(
        card=found[0],
        addresses=await addresses(connection, contact_id),
        former=await former_addresses(connection, contact_id),
        tags=await tags(connection, contact_id),
        position=await flow_position(connection, contact_id),
    )


def is_with_a_person(request: web.Request, position: FlowPosition | None) -> bool:
    """Whether the bot is silent towards them."""
    if position is None or not position.paused:
        return False
    return position.paused_until is None or request.app[CLOCK]() < position.paused_until


def attributes_of(card: ContactCard, _: Translator) -> Facts:
    """What is kept of them, by name."""
    return [(one_line(name), said(value, _)) for name, value in sorted(card.attributes.items())]


def said(value: object, _: Translator) -> str:
    """A value of an attribute as it is shown."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return one_line(str(value))


def _facts(state: Mapping[str, Any]) -> Facts:
    return [(one_line(name), one_line(str(value))) for name, value in decode_state(state).items()]
