"""`/contacts`: who there is, the newest first, found by name and address and narrowed by what is known of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.spoken import Piece, marked, name_of
from bot.admin.conversations.words import AGREEMENTS, RESPONDERS
from bot.contacts.service import (
    ContactCard,
    ContactFilter,
    all_tags,
    count_contacts,
    list_contacts,
    recent_locales,
    tags_of_contacts,
)
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.text import one_line
from bot.search.service import FoundContact, search_contacts
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Asked, Choice, Filters, Page, Words, counted
from bot.web.pages import language

PATH = "/contacts"
_ROWS = 50
_SHOWN_TAGS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A contact in the list.

    Attributes:
        id: their own.
        name: how they are called, else their first address, with what was looked for marked.
        reached: at which address, likewise: the one that was looked for, else the first; not the one that stands for
            their name.
        others: how many addresses they have beside these.
        tags: some of theirs, by name.
        more_tags: how many they have beside those.
        responder: who answers them.
        last_inbound_at: when they last wrote; None for never.
    """

    id: str
    name: Sequence[Piece]
    reached: Sequence[Piece]
    others: int
    tags: Sequence[str]
    more_tags: int
    responder: str
    last_inbound_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Found:
    contact: ContactCard
    looked_for: FoundContact | None = None


async def show(request: web.Request) -> web.StreamResponse:
    """A page of them."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        filters = _filters(await all_tags(connection), await recent_locales(connection))
        asked = filters.read(request, _ROWS)
        page = await (_searched if asked.one("q") else _listed)(connection, asked)
        count = await page.count(lambda: _count(connection, asked))
        tags: dict[str, list[str]] = {}
        for row in await tags_of_contacts(connection, [each.contact.id for each in page.rows]):
            tags.setdefault(row.contact_id, []).append(row.name)
    return await render(
        request,
        "admin/contacts.html",
        title=_("Contacts"),
        asked=asked,
        page=Page([_row(each, tags, _) for each in page.rows], page.next, page.first, page.is_cut),
        count=counted("{count} contact", "{count} contacts", count, _),
        responders=RESPONDERS,
    )


def _filters(tags: Sequence[str], locales: Sequence[str]) -> Filters:
    return Filters(
        Words("q", N_("Search name, phone or e-mail")),
        Choice("channel", N_("Can be reached by"), CHANNELS),
        Choice("tag", N_("Tag"), {each: each for each in tags}, is_marked=False),
        Choice("language", N_("Language"), {each: each for each in locales}, is_marked=False),
        Choice("answers", N_("Who answers"), RESPONDERS),
        Choice("consent", N_("Agreed to"), AGREEMENTS),
    )


def _wanted(asked: Asked) -> ContactFilter:
    return ContactFilter(
        channels=asked.all("channel"),
        tags=asked.all("tag"),
        locales=asked.all("language"),
        responders=asked.all("answers"),
        agreements=asked.all("consent"),
    )


async def _count(connection: AsyncConnection, asked: Asked) -> int:
    """How many fit; 0 where counting would look at too many."""
    return 0 if asked.is_narrowed else await count_contacts(connection)


async def _listed(connection: AsyncConnection, asked: Asked) -> Page[_Found]:
    after = None if asked.after is None else str(asked.after[0])
    found = await list_contacts(connection, _wanted(asked), asked.limit, after)
    further = None if found.further is None else (found.further,)
    return asked.page([_Found(each) for each in found.contacts], lambda row: (row.contact.id,), further)


async def _searched(connection: AsyncConnection, asked: Asked) -> Page[_Found]:
    after = asked.after_number
    found = await search_contacts(connection, asked.one("q"), wanted=_wanted(asked), limit=asked.limit, after=after)
    ranks = {each.contact.id: each.cursor for each in found.contacts}
    further = None if found.further is None else (found.further,)
    rows = [_Found(each.contact, each) for each in found.contacts]
    return asked.page(rows, lambda row: (ranks[row.contact.id],), further)


def _row(found: _Found, tags: Mapping[str, Sequence[str]], _: Translator) -> Row:
    card, looked_for = found.contact, found.looked_for
    address_marks = {} if looked_for is None else looked_for.address_marks
    first = card.phone or card.email or next(iter(card.reached), "")
    address = next(iter(address_marks), first)
    if card.name:
        name = marked(card.name, () if looked_for is None else looked_for.name_marks)
    else:
        name = marked(first, address_marks.get(first, ()))
        address = address if address != first else next((each for each in card.reached if each != first), "")
    shown = {address} if card.name else {first, address}
    own = [one_line(each) for each in tags.get(card.id, ())]
    return Row(
        id=card.id,
        name=name or (Piece(name_of(card, _)),),
        reached=marked(address, address_marks.get(address, ())),
        others=len(set(card.reached) - shown),
        tags=own[:_SHOWN_TAGS],
        more_tags=len(own[_SHOWN_TAGS:]),
        responder=card.responder,
        last_inbound_at=card.last_inbound_at,
    )
