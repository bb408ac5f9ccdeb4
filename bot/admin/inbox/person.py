"""The person beside the conversation: what is known of them, each thing changed where it stands, and saved at once."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.conversations.agreed import Why, Word
from bot.admin.conversations.contact import require_contact
from bot.admin.conversations.contact_edit import spelled
from bot.admin.inbox.lists import here_of
from bot.admin.inbox.page import inbox
from bot.contacts.service import ContactCard, addresses, correct, tag, typed, write_down_consent
from bot.core.errors import BotError
from bot.users.views.known import actor_of
from bot.web.forms import read_form
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PLACE = "#person"
"""Where the person is, on a page without room for three panes."""
_Value = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class Known(StrEnum):
    """What somebody may know better."""

    NAME = "name"
    LOCALE = "locale"
    TIMEZONE = "timezone"
    ATTRIBUTE = "attribute"


_ONCE = (Known.NAME, Known.LOCALE, Known.TIMEZONE)
"""What everybody has once at most."""


class Better(BaseModel):
    """What somebody knows better.

    Attributes:
        field: what.
        attribute: which one.
        value: what it is; empty where nobody knows.
        is_text: whether an attribute is text, be it all digits.
    """

    field: Known
    attribute: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    value: _Value = ""
    is_text: bool = False


class Tags(BaseModel):
    """Tags as somebody typed them, with commas between them."""

    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    field: str = "tags"


class Explained(Word):
    """What somebody said about messages.

    Attributes:
        value: how we know.
    """

    value: Why


async def know_better(request: web.Request) -> web.StreamResponse:
    """Write down one thing that somebody knows better; undone by what was there."""
    form, _ = read_form(request, Better), language(request)
    if form.value is None:
        return await inbox(request, INVALID, person_form=form)
    better = form.value
    try:
        async with request.app[ENGINE].begin() as connection:
            card = await require_contact(connection, request.match_info["id"])
            before = _before(card, better)
            await _correct(request, connection, card, better)
    except BotError as error:
        return await inbox(request, CONFLICT, person_form=form.wrong("value", reason(request, error)))
    return _done(request, _("Saved"), "know", before)


def _before(card: ContactCard, better: Better) -> tuple[tuple[str, str], ...]:
    """What is posted to write down again what was there."""
    if better.field is not Known.ATTRIBUTE:
        return (("field", better.field), ("value", getattr(card, better.field) or ""))
    was_text = isinstance(card.attributes.get(better.attribute), str)
    value = spelled(card).get(better.attribute, "")
    return (
        *(("field", better.field), ("attribute", better.attribute), ("value", value)),
        *([("is_text", "true")] if was_text else []),
    )


async def _correct(request: web.Request, connection: AsyncConnection, card: ContactCard, better: Better) -> None:
    by, now, value = actor_of(request), request.app[CLOCK](), better.value
    if better.field is Known.ATTRIBUTE:
        kept = value if better.is_text else typed(value)
        await correct(connection, card.id, by, now, attributes={better.attribute: kept})
    elif not value:
        await correct(connection, card.id, by, now, emptied=[better.field.value])
    else:
        name, locale, timezone = (value if better.field is each else None for each in _ONCE)
        await correct(connection, card.id, by, now, name=name, locale=locale, timezone=timezone)


def tagged(*, has: bool) -> Handler:
    """A handler that gives them tags, or takes them away; undone by the other one."""

    async def change(request: web.Request) -> web.StreamResponse:
        form, _ = read_form(request, Tags), language(request)
        if form.value is None:
            return await inbox(request, INVALID, person_form=form)
        names = form.value.value
        try:
            async with request.app[ENGINE].begin() as connection:
                card = await require_contact(connection, request.match_info["id"])
                await tag(connection, card.id, names, actor_of(request), request.app[CLOCK](), has=has)
        except BotError as error:
            return await inbox(request, CONFLICT, person_form=form.wrong("value", reason(request, error)))
        said = (
            _("They have the tag now: {tags}", tags=names) if has else _("They have lost the tag: {tags}", tags=names)
        )
        return _done(request, said, "untag" if has else "tag", (("field", "tags"), ("value", names)))

    return change


async def agree(request: web.Request) -> web.StreamResponse:
    """Write down what they said about messages; undone by what they had said before, where they had said anything."""
    form, _ = read_form(request, Explained), language(request)
    if form.value is None:
        return await inbox(request, INVALID, person_form=form)
    word, now = form.value, request.app[CLOCK]()
    try:
        async with request.app[ENGINE].begin() as connection:
            card = await require_contact(connection, request.match_info["id"])
            before = await _said_before(connection, card.id, word)
            said = word.said(word.value, now)
            is_new = await write_down_consent(connection, card.id, said, actor_of(request), now)
    except BotError as error:
        return await inbox(request, CONFLICT, person_form=form.wrong("value", reason(request, error)))
    if not is_new:
        return _done(request, _("That was known already"))
    if before is None or before is word.agrees:
        return _done(request, _("Written down"))
    why = _("Taken back: {why}", why=word.value)[:255]
    undo = (("where", word.where), ("purpose", word.purpose), ("agrees", str(before).lower()), ("value", why))
    return _done(request, _("Written down"), "consent", undo)


async def _said_before(connection: AsyncConnection, contact_id: str, word: Word) -> bool | None:
    """Whether they agreed to the same until now; None where they had said nothing."""
    asked = (word.address_id, word.channel, word.purpose)
    for each in await addresses(connection, contact_id):
        for held in each.consents:
            if (each.id, held.channel, held.purpose) == asked:
                return held.opted_in
    return None


def _done(request: web.Request, said: str, undo: str = "", fields: tuple[tuple[str, str], ...] = ()) -> web.Response:
    contact_id = request.match_info["id"]
    path = here_of(request, contact_id, undo) if undo else ""
    return done(request, f"{here_of(request, contact_id)}{_PLACE}", said, undo=path, fields=fields)


UNDER: tuple[tuple[str, Handler], ...] = (
    ("know", know_better),
    ("tag", tagged(has=True)),
    ("untag", tagged(has=False)),
    ("consent", agree),
)
"""What posts do, by the last part of their path."""
