"""`/inbox/new`: writing first, to a contact or to an address that is nobody's yet, with the rules of each channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.conversations.spoken import name_of
from bot.admin.inbox.lists import PATH
from bot.admin.inbox.ways import WayCard, read_ways
from bot.contacts.importing.service import (
    KnownContactError,
    Person,
    add_contact,
    phone_of,
)
from bot.contacts.service import ContactCard, ContactsChangedError, ContactsHeldError, find_contacts
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.addresses import AddressKind, Channel, channels_of
from bot.core.email_addresses import read_email
from bot.core.errors import BotError
from bot.core.text import clean, one_line
from bot.search.service import search_contacts
from bot.users.views.known import actor_of
from bot.web.forms import Filled, empty_form, read_form
from bot.web.frame import render
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language

NEW = f"{PATH}/new"
_MOST = 8
_LONGEST = 254


class To(BaseModel):
    """An address as somebody typed it."""

    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST)]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom one may write to.

    Attributes:
        id: the contact's; empty for who is none yet.
        name: how they are called.
        reached: where, by each address.
        rules: what each channel takes now, a sentence each.
    """

    id: str
    name: str
    reached: Sequence[str]
    rules: Sequence[str]


async def ask(request: web.Request) -> web.StreamResponse:
    """Who may be meant by what is typed."""
    typed = clean(request.query.get("to", ""), _LONGEST)[0].strip()
    return await _page(request, empty_form(to=typed))


async def begin(request: web.Request) -> web.StreamResponse:
    """Keep somebody who is none yet, and lead to their conversation; to the one that there is, where they are known."""
    form, _ = read_form(request, To), language(request)
    if form.value is None:
        return await _page(request, form, INVALID)
    try:
        person = person_of(form.value.to)
        async with request.app[ENGINE].begin() as connection:
            contact_id = await add_contact(connection, person, actor_of(request), request.app[CLOCK]())
    except KnownContactError as error:
        raise web.HTTPSeeOther(f"{PATH}/{error.contact_id}") from None
    except (ContactsChangedError, ContactsHeldError):
        taken = _("Somebody else has just taken this address. Try again.")
        return await _page(request, form.wrong("to", taken), CONFLICT)
    except BotError as error:
        return await _page(request, form.wrong("to", reason(request, error)), INVALID)
    return done(request, f"{PATH}/{contact_id}", _("They are a contact now; write to them below"))


def person_of(typed: str) -> Person:
    """Who is meant by an address alone; raises BotError for what is none.

    >>> person_of("Ana@Example.com").email, person_of("+55 11 99999-0000").phone
    ('ana@example.com', '+5511999990000')
    """
    if "@" in typed:
        return Person(line=1, email=read_email(typed))
    return Person(line=1, phone=phone_of(typed, ""))


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    _, typed = language(request), str(form.typed.get("to", ""))
    stranger = _stranger(typed, _) if typed else None
    async with request.app[READER].reading() as connection:
        spelled = [typed] if stranger is None else [*stranger.reached, typed]
        people = await _people(request, connection, spelled) if typed else []
    is_known = stranger is not None and any(set(stranger.reached) <= set(each.reached) for each in people)
    return await render(
        request,
        "admin/inbox/new.html",
        title=_("New message"),
        status=status,
        form=form,
        people=people,
        stranger=None if is_known else stranger,
    )


async def _people(request: web.Request, connection: AsyncConnection, spelled: Sequence[str]) -> list[Candidate]:
    """Contacts of an address, which may be spelled in several ways, then those that have words that begin so."""
    _ = language(request)
    found: dict[str, ContactCard] = {}
    for address in dict.fromkeys(spelled):
        found |= {each.id: each for each in await find_contacts(connection, address)}
    for each in (await search_contacts(connection, spelled[-1], limit=_MOST)).contacts:
        found.setdefault(each.contact.id, each.contact)
    return [
        Candidate(
            id=card.id,
            name=name_of(card, _),
            reached=[one_line(each) for each in card.reached],
            rules=[rule(each, _) for each in (await read_ways(request, connection, card.id)).cards],
        )
        for card in [*found.values()][:_MOST]
    ]


def rule(way: WayCard, _: Translator) -> str:
    """What a way takes now."""
    if way.is_paused:
        return _("{channel}: paused, nothing is sent now", channel=way.name)
    if way.is_closed:
        return _("{channel}: only an approved template, until they write", channel=way.name)
    if way.left:
        return _("{channel}: any words, for {left} more", channel=way.name, left=way.left)
    return _("{channel}: any words", channel=way.name)


def _stranger(typed: str, _: Translator) -> Candidate | None:
    """Somebody of that address, who is no contact yet; None for what is no address."""
    try:
        person = person_of(typed)
    except BotError:
        return None
    kind, value = (AddressKind.EMAIL, person.email) if person.email else (AddressKind.PHONE, person.phone)
    rules = [
        _("{channel}: only an approved template, until they write", channel=_(CHANNELS[each]))
        if each is Channel.WHATSAPP
        else _("{channel}: any words, where we have an account", channel=_(CHANNELS[each]))
        for each in channels_of(kind, value)
    ]
    return Candidate("", value, [value], rules)
