"""`/contacts/{id}`: all there is to know of somebody, beside what was said with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.conversations.kin import read_kin
from bot.admin.conversations.spoken import name_of
from bot.admin.conversations.timeline import read_news, read_timeline
from bot.admin.conversations.words import ADDRESS_KINDS, CONSENTS, FILES, STATE_KINDS, STATES
from bot.admin.held_points import held_points
from bot.contacts.service import (
    AddressCard,
    ContactCard,
    FormerCard,
    addresses,
    cards,
    family,
    former_addresses,
    tags,
)
from bot.conversations.shown.channel_words import CHANNELS
from bot.conversations.shown.explain import ended_because
from bot.conversations.shown.flow_position import FlowPosition, flow_position
from bot.conversations.shown.results import last_results
from bot.core.addresses import AddressKind, Channel, channels_of
from bot.core.ids import new_id
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.engine.state import decode_state
from bot.messages.models import Direction
from bot.messages.service import heard_within, latest
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form
from bot.web.frame import fragment, render
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
        family: whose messages are theirs: their own id, then of those who were merged into them.
    """

    card: ContactCard
    addresses: Sequence[AddressCard]
    former: Sequence[FormerCard]
    tags: Sequence[str]
    position: FlowPosition | None
    family: Sequence[str]


async def one(request: web.Request) -> web.StreamResponse:
    """All of one."""
    return await detail(request)


async def detail(
    request: web.Request,
    status: int = 200,
    *,
    tag_form: Filled[Any] | None = None,
    send_form: Filled[Any] | None = None,
) -> web.Response:
    """All of one contact, with a form that was refused in its place."""
    _, contact_id = language(request), request.match_info["id"]
    may = signed_in(request).permissions
    async with request.app[READER].reading() as connection:
        person = await read_person(connection, contact_id)
        path = f"{PATH}/{person.card.id}"
        lead_to_kept(request, str(URL(path).with_query(request.query)), contact_id, person)
        may_read = Permission.MESSAGES_READ in may
        talk = await read_timeline(request, connection, person.family, path) if may_read else None
        results = await last_results(connection, person.family, _RESULTS)
        closed = await closed_channel(request, connection, person.family)
        kin = await read_kin(connection, person.card, _)
        held = await held_points(request, connection, person.card.id, request.app[CLOCK]())
    position = person.position
    return await render(
        request,
        "admin/contact.html",
        title=name_of(person.card, _),
        status=status,
        person=person,
        is_with_a_person=is_with_a_person(request, position),
        answers=facts_of({} if position is None else position.state),
        results=[(each, ended_because(each.end_reason, _), facts_of(each.state)) for each in results],
        attributes=attributes_of(person.card, _),
        talk=talk,
        channels=CHANNELS,
        states=STATES,
        kinds=STATE_KINDS,
        address_kinds=ADDRESS_KINDS,
        consents=CONSENTS,
        files=FILES,
        came_from_messages="at" in request.query,
        may_edit=Permission.CONTACTS_EDIT in may,
        may_send=Permission.MESSAGES_SEND in may,
        tag_form=tag_form or empty_form(tags=""),
        send_form=send_form or empty_form(text="", channel=""),
        # Twice by mistake is once; what is corrected after a refusal is another one.
        send_once=new_id(),
        ways=ways_to(person, _),
        closed=closed,
        kin=kin,
        held=held,
    )


async def news(request: web.Request) -> web.StreamResponse:
    """What is new in what was said with one, who answers them, and the flow that runs."""
    _, contact_id, may = language(request), request.match_info["id"], signed_in(request).permissions
    async with request.app[READER].reading() as connection:
        person = await read_person(connection, contact_id)
        talk, _since = await read_news(request, connection, person.family, f"{PATH}/{person.card.id}")
        results = await last_results(connection, person.family, _RESULTS)
    position = person.position
    return await fragment(
        request,
        "admin/contact_news.html",
        person=person,
        is_with_a_person=is_with_a_person(request, position),
        answers=facts_of({} if position is None else position.state),
        results=[(each, ended_because(each.end_reason, _), facts_of(each.state)) for each in results],
        talk=talk,
        channels=CHANNELS,
        states=STATES,
        kinds=STATE_KINDS,
        files=FILES,
        may_edit=Permission.CONTACTS_EDIT in may,
    )


def lead_to_kept(request: web.Request, path: str, asked: str, person: Person) -> None:
    """Raise the redirect to `path` where a page is asked for by the id of somebody who was merged."""
    if asked != person.card.id and request.method == hdrs.METH_GET:
        raise web.HTTPSeeOther(path, headers={hdrs.CACHE_CONTROL: "no-store"})


async def require_contact(connection: AsyncConnection, contact_id: str) -> ContactCard:
    """A contact, or who goes on for one who was merged; raises HTTPNotFound where there is none."""
    found = await cards(connection, [contact_id])
    if not found:
        raise web.HTTPNotFound(text="there is no such contact\n")
    return found[0]


async def read_person(connection: AsyncConnection, contact_id: str) -> Person:
    """All of a contact, or of who goes on; raises HTTPNotFound where there is none."""
    card = await require_contact(connection, contact_id)
    theirs = await family(connection, card.id) if card.has_merged else (card.id,)
    return Person(
        card=card,
        addresses=await addresses(connection, card.id),
        former=await former_addresses(connection, theirs),
        tags=await tags(connection, card.id),
        position=await flow_position(connection, card.id),
        family=theirs,
    )


def is_with_a_person(request: web.Request, position: FlowPosition | None) -> bool:
    """Whether the bot is silent towards them."""
    if position is None or not position.paused:
        return False
    return position.paused_until is None or request.app[CLOCK]() < position.paused_until


def ways_to(person: Person, _: Translator) -> Mapping[str, str]:
    """The channels on which they are reached."""
    found = (each for address in person.addresses for each in channels_of(AddressKind(address.kind), address.value))
    return {channel: _(CHANNELS[channel]) for channel in dict.fromkeys(found)}


async def closed_channel(request: web.Request, connection: AsyncConnection, family: Sequence[str]) -> str:
    """The channel on which they last wrote, where by now it lets only approved templates through; empty for none."""
    last = await latest(connection, contact_ids=family, direction=Direction.INBOUND, limit=1)
    for each in last:
        channel, now = Channel(each.channel), request.app[CLOCK]()
        if not await heard_within(connection, each.account, channel, family[:1], now):
            return language(request)(CHANNELS[channel])
    return ""


def attributes_of(card: ContactCard, _: Translator) -> Facts:
    """What is kept of them, by name."""
    return [(one_line(name), said(value, _)) for name, value in sorted(card.attributes.items())]


def said(value: object, _: Translator) -> str:
    """A value of an attribute as it is shown."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return one_line(str(value))


def facts_of(state: Mapping[str, Any]) -> Facts:
    """What a flow has collected, by name."""
    return [(one_line(name), one_line(str(value))) for name, value in decode_state(state).items()]
