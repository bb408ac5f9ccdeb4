"""`/contacts/duplicates`: who may be one person, the likeliest first, to be compared or told apart for good."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.admin.answers import chosen, done
from bot.admin.conversations.kin_words import reasons_in_words
from bot.admin.conversations.spoken import name_of
from bot.admin.merging.back import LIST, lead_back
from bot.contacts.service import (
    ContactCard,
    Suggestion,
    SuggestionPlace,
    count_suggestions,
    dismiss_suggestion,
    suggest_again,
    suggestions,
)
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.frame import render
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.lists import Filters, Page, counted
from bot.web.pages import language
from bot.web.posted import posted_by

_FILTERS = Filters()
_ROWS = 50
_SHOWN = 2
"""Addresses of each that the list shows."""


@dataclass(frozen=True, slots=True)
class Half:
    """One of two who may be one person.

    Attributes:
        id: theirs.
        name: how they are called.
        reached: some of their addresses, but for one by which they are called.
        others: how many they have beside those.
    """

    id: str
    name: str
    reached: Sequence[str]
    others: int


@dataclass(frozen=True, slots=True)
class Row:
    """Two who may be one person.

    Attributes:
        id: the suggestion's.
        first: the one of whom more is known, who would be kept.
        second: the other.
        reasons: in what they are alike.
    """

    id: str
    first: Half
    second: Half
    reasons: Sequence[str]


async def show(request: web.Request) -> web.StreamResponse:
    """A page of them."""
    _ = language(request)
    asked = _FILTERS.read(request, _ROWS)
    after = None if asked.after is None else SuggestionPlace(float(str(asked.after[0])), str(asked.after[1]))
    async with request.app[READER].reading() as connection:
        found = await suggestions(connection, asked.limit, after)
        page = asked.page(found, lambda each: (str(each.score), each.id))
        count = await page.count(lambda: count_suggestions(connection))
    return await render(
        request,
        "admin/merging/duplicates.html",
        title=_("Possible duplicates"),
        asked=asked,
        page=Page([_row(each, _) for each in page.rows], page.next, page.first),
        count=counted("{count} pair", "{count} pairs", count, _),
        may_edit=Permission.CONTACTS_EDIT in signed_in(request).permissions,
    )


async def dismiss(request: web.Request) -> web.StreamResponse:
    """Say of those that are chosen that they are two people."""
    _, said = language(request), list[str]()
    async with request.app[ENGINE].begin() as connection:
        for each in chosen(request)[:_ROWS]:
            if await dismiss_suggestion(connection, each, actor_of(request), request.app[CLOCK]()):
                said.append(each)
    if not said:
        return done(request, lead_back(_back(request)), _("That was said before."))
    told = _.plural(
        "They are two people: this is not suggested again",
        "{count} pairs are two people each: these are not suggested again",
        len(said),
    )
    fields = (*(("id", each) for each in said), ("back", _back(request)))
    return done(request, lead_back(_back(request)), told, undo=f"{LIST}/again", fields=fields)


async def again(request: web.Request) -> web.StreamResponse:
    """Take that back."""
    _, count = language(request), 0
    async with request.app[ENGINE].begin() as connection:
        for each in chosen(request)[:_ROWS]:
            count += await suggest_again(connection, each, actor_of(request), request.app[CLOCK]())
    return done(
        request, lead_back(_back(request)), _("They may be one person, again") if count else _("It is so already.")
    )


def _back(request: web.Request) -> str:
    return posted_by(request).last("back")


def _row(each: Suggestion, _: Translator) -> Row:
    kept, other = in_order(each.first, each.second)
    return Row(each.id, _half(kept, _), _half(other, _), reasons_in_words(each.reasons, _))


def in_order(one: ContactCard, other: ContactCard) -> tuple[ContactCard, ContactCard]:
    """Who would be kept, and the other: known for longer is kept."""
    first, second = sorted((one, other), key=lambda each: (each.created_at, each.id))
    return first, second


def _half(card: ContactCard, _: Translator) -> Half:
    name = name_of(card, _)
    reached = [one_line(each) for each in card.reached if one_line(each) != name]
    return Half(card.id, name, reached[:_SHOWN], len(reached[_SHOWN:]))
