"""`/contacts/{id}/edit`: how somebody is called, their language and zone, and what is kept of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.conversations.contact import PATH, require_contact
from bot.admin.conversations.spoken import name_of
from bot.contacts.service import ContactCard, correct, typed
from bot.core.errors import BotError
from bot.core.spelled import read_locale, read_name, read_timezone
from bot.users.views.known import actor_of
from bot.web.forms import Filled, checked, empty_form, read_form
from bot.web.frame import render
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language

_MOST = 100
"""Attributes in one form."""
_ONCE = ("name", "locale", "timezone")
"""What everybody has once at most."""


class Profile(BaseModel):
    """What somebody knows of a contact; what is left empty is taken away."""

    name: Annotated[str, Field(max_length=255), AfterValidator(checked(read_name))] | None = None
    locale: Annotated[str, Field(max_length=35), AfterValidator(checked(read_locale))] | None = None
    timezone: Annotated[str, Field(max_length=64), AfterValidator(checked(read_timezone))] | None = None
    attribute: Annotated[tuple[str, ...], Field(max_length=_MOST)] = ()
    value: Annotated[tuple[str, ...], Field(max_length=_MOST)] = ()


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask what is to be changed."""
    async with request.app[READER].reading() as connection:
        card = await require_contact(connection, request.match_info["id"])
    kept = spelled(card)
    form = empty_form(
        name=card.name or "",
        locale=card.locale or "",
        timezone=card.timezone or "",
        attribute=[*kept],
        value=[*kept.values()],
    )
    return await _page(request, card, form)


async def change(request: web.Request) -> web.StreamResponse:
    """Change what is another now."""
    _ = language(request)
    form, contact_id, status = read_form(request, Profile), request.match_info["id"], INVALID
    try:
        async with request.app[ENGINE].begin() as connection:
            card = await require_contact(connection, contact_id)
            if form.value is not None:
                emptied = [each for each in _ONCE if form.typed.get(each) == "" and getattr(card, each)]
                await _correct(request, connection, card, form.value, emptied)
    except BotError as error:
        form, status = form.wrong("attribute", reason(request, error)), CONFLICT
    if form.errors:
        return await _page(request, card, form, status)
    return done(request, f"{PATH}/{contact_id}", _("Saved"))


async def _correct(
    request: web.Request, connection: AsyncConnection, card: ContactCard, profile: Profile, emptied: Sequence[str]
) -> None:
    kept = spelled(card)
    values = {name: new for name in _ONCE if (new := getattr(profile, name)) is not None and new != getattr(card, name)}
    # What stays as it is keeps its kind, be it a text of digits.
    attributes = {
        name.strip(): typed(value.strip())
        for name, value in zip(profile.attribute, profile.value, strict=False)
        if name.strip() and value.strip() != kept.get(name.strip(), "")
    }
    if values or attributes or emptied:
        by, now = actor_of(request), request.app[CLOCK]()
        await correct(connection, card.id, by, now, attributes=attributes, emptied=emptied, **values)


def spelled(card: ContactCard) -> Mapping[str, str]:
    """What is kept of them, as somebody would type it."""
    return {name: _spelled(value) for name, value in sorted(card.attributes.items())}


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _page(request: web.Request, card: ContactCard, form: Filled[Any], status: int = 200) -> web.Response:
    _ = language(request)
    pairs = list(zip(form.typed["attribute"], form.typed["value"], strict=False))
    title = _("Edit {name}", name=name_of(card, _))
    return await render(
        request, "admin/contact_edit.html", title=title, status=status, form=form, card=card, pairs=[*pairs, ("", "")]
    )
