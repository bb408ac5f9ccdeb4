"""`/contacts/{id}/consent`: what somebody agreed to, how that came about, and writing down what they said."""

from typing import Any

from aiohttp import web

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.conversations.agreed import Why, Word, places_of
from bot.admin.conversations.contact import PATH, require_contact
from bot.admin.conversations.spoken import name_of
from bot.admin.conversations.words import CONSENTS
from bot.contacts.service import addresses, consent_history, write_down_consent
from bot.conversations.shown.channel_words import CHANNELS
from bot.conversations.shown.consent_words import REASONS
from bot.core.errors import BotError
from bot.core.purposes import ConsentPurpose
from bot.users.views.known import actor_of
from bot.web.forms import Filled, empty_form, read_form
from bot.web.frame import render
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language

_HISTORY = 50


class Explained(Word):
    """The same with how we know.

    Attributes:
        why: that.
    """

    why: Why


async def ask(request: web.Request) -> web.StreamResponse:
    """What they agreed to."""
    return await _page(request, empty_form(where="", purpose=ConsentPurpose.ALL.value, agrees="", why=""))


async def write_down(request: web.Request) -> web.StreamResponse:
    """Write down what they said."""
    form, contact_id, _ = read_form(request, Explained), request.match_info["id"], language(request)
    if form.value is None:
        return await _page(request, form, INVALID)
    word, now = form.value, request.app[CLOCK]()
    try:
        async with request.app[ENGINE].begin() as connection:
            contact_id = (await require_contact(connection, contact_id)).id
            said = word.said(word.why, now)
            is_new = await write_down_consent(connection, contact_id, said, actor_of(request), now)
    except BotError as error:
        return await _page(request, form.wrong("where", reason(request, error)), CONFLICT)
    told = _("Written down") if is_new else _("That was known already")
    return done(request, f"{PATH}/{contact_id}/consent", told)


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    _, contact_id = language(request), request.match_info["id"]
    async with request.app[READER].reading() as connection:
        card = await require_contact(connection, contact_id)
        contact_id = card.id
        reached = await addresses(connection, contact_id)
        history = await consent_history(connection, contact_id, _HISTORY)
    return await render(
        request,
        "admin/contact_consent.html",
        title=_("Consent of {name}", name=name_of(card, _)),
        status=status,
        form=form,
        contact_id=contact_id,
        addresses=reached,
        places=places_of(reached, _),
        history=history,
        channels=CHANNELS,
        consents=CONSENTS,
        reasons=REASONS,
    )
