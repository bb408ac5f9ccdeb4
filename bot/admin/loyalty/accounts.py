"""Who has points in a programme, and what one person has: what counts, when it ends, and how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.spoken import name_of
from bot.admin.loyalty.programmes import PATH, may, programme_here
from bot.admin.loyalty.words import KINDS
from bot.contacts.service import ContactCard, cards
from bot.core.ids import new_id
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.loyalty.service import (
    AccountCard,
    Entry,
    EntryKind,
    NotThereError,
    Programme,
    Standing,
    find_account,
    holders,
    pendings,
    standing,
    standings,
    statement,
)
from bot.search.service import search_contacts
from bot.web.forms import Filled, empty_form
from bot.web.frame import render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, READER
from bot.web.lists import Asked, Filters, Page, Words
from bot.web.pages import language
from bot.web.times import Times

ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{16,64}}}}/people/{{contact:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(Words("q", N_("Search name, phone, e-mail or number")))
_STATEMENT = Filters()
_ROWS = 51
_MOST_PENDING = 50
_REVERSED = (EntryKind.EARN, EntryKind.REDEEM)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody in the list.

    Attributes:
        id: the contact's.
        name: as pages call them.
        standing: what they have.
    """

    id: str
    name: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the statement.

    Attributes:
        entry: what was posted.
        balance: what there was after it.
        kind: in words, marked for translation.
        reverse: the URL of the form that reverses it; empty where there is none.
    """

    entry: Entry
    balance: int
    kind: str
    reverse: str


async def show(request: web.Request) -> web.StreamResponse:
    """A page of those who have points."""
    _, asked, now = language(request), FILTERS.read(request, _ROWS), request.app[CLOCK]()
    async with request.app[READER].reading() as connection:
        programme = await programme_here(request, connection)
        found = await _found(connection, programme, asked)
        people = await cards(connection, found.rows)
        stands = await standings(connection, programme, [each.id for each in people], now)
    rows = [Holder(each.id, name_of(each, _), stands[each.id]) for each in people]
    return await render(
        request,
        "admin/loyalty/accounts.html",
        title=one_line(programme.name),
        programme=programme,
        asked=asked,
        page=Page(rows, found.next, found.first, found.is_cut),
    )


async def one(request: web.Request) -> web.StreamResponse:
    """What one person has."""
    return await detail(request)


async def detail(
    request: web.Request, form: Filled[Any] | None = None, doing: str = "", status: int = 200
) -> web.Response:
    """What one person has, with a form that was refused; raises HTTPNotFound."""
    _, asked, now = language(request), _STATEMENT.read(request, _ROWS), request.app[CLOCK]()
    async with request.app[READER].reading() as connection:
        programme = await programme_here(request, connection)
        person = await _person(request, connection)
        has = await standing(connection, programme, person.id, now)
        entries = await statement(connection, has.accounts, asked.limit, asked.after_moment)
        to_confirm = await pendings(connection, has.accounts, _MOST_PENDING)
    path = f"{PATH}/{programme.id}/people/{person.id}"
    lines = _lines(request, asked, has.accounts, entries)
    shown = asked.page(lines, lambda row: (row.entry.created_at, row.entry.id, str(row.balance - _change(row.entry))))
    chosen = (form or empty_form()).typed.get("entry") or request.query.get("entry", "")
    reversed_ = next((each.entry for each in lines if each.entry.id == chosen and each.reverse), None)
    return await render(
        request,
        "admin/loyalty/account.html",
        title=name_of(person, _),
        status=status,
        programme=programme,
        person=person,
        path=path,
        standing=has,
        page=shown,
        pendings=to_confirm,
        form=form or empty_form(),
        doing=doing or _doing(request, reversed_),
        reversed=reversed_,
        once=new_id(),
        days=Times(_, programme.zone, now),
        may_post=programme.asked.is_active and may(request, Permission.POINTS_POST),
        may_manage=programme.asked.is_active and may(request, Permission.POINTS_MANAGE),
        may_see_person=may(request, Permission.CONTACTS_READ),
    )


def _doing(request: web.Request, reversed_: Entry | None) -> str:
    """Which form is open."""
    wanted = request.query.get("do", "")
    return "reverse" if reversed_ is not None else wanted if wanted in ("earn", "redeem", "adjust") else ""


def _lines(
    request: web.Request, asked: Asked, accounts: Sequence[AccountCard], entries: Sequence[Entry]
) -> Sequence[Line]:
    """The entries with what there was after each: counted back from the balance, or from the page before."""
    balance = sum(each.balance for each in accounts) if asked.after is None else int(asked.after[2] or 0)
    lines = []
    for entry in entries:
        reverse = str(request.rel_url.update_query(entry=entry.id)) if entry.kind in _REVERSED else ""
        lines.append(Line(entry, balance, KINDS[entry.kind], reverse))
        balance -= _change(entry)
    return lines


def _change(entry: Entry) -> int:
    return entry.credit - entry.debit


async def _person(request: web.Request, connection: AsyncConnection) -> ContactCard:
    found = await cards(connection, [request.match_info["contact"]])
    if not found:
        raise web.HTTPNotFound(text="there is no such contact\n")
    return found[0]


async def _found(connection: AsyncConnection, programme: Programme, asked: Asked) -> Page[str]:
    """The ids of a page of those who fit: all who have points, or whoever is searched for, to give them some."""
    words = asked.one("q")
    if not words:
        after = None if asked.after is None else str(asked.after[0])
        ids = await holders(connection, programme.id, asked.limit, after)
        return asked.page(ids, lambda each: (each,))
    try:
        account = await find_account(connection, words)
    except NotThereError:
        account = None
    if account is not None and account.contact_id is not None and account.programme_id == programme.id:
        return Page([account.contact_id], "", "")
    searched = await search_contacts(connection, words, limit=asked.limit, after=asked.after_number)
    cursors = {each.contact.id: each.cursor for each in searched.contacts}
    further = None if searched.further is None else (searched.further,)
    return asked.page(list(cursors), lambda each: (cursors[each],), further)
