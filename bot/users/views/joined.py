"""`/account/security`: joining a provider, at which somebody signs in from then on, and leaving it."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from bot.core.errors import BotError
from bot.users import service as users
from bot.users.openid.service import ProviderError
from bot.users.views.account import SECURITY, account_page, done
from bot.users.views.known import DOOR, IDENTITIES, give_session, known_to, visitor_of
from bot.users.views.security import security_page
from bot.users.views.sign_in import refused_later
from bot.users.views.ways import Way, back, give_state, label_of
from bot.web.forms import Filled, empty_form, read_form, sentence_of
from bot.web.i18n import N_
from bot.web.pages import language

JOIN, LEAVE = f"{SECURITY}/join", f"{SECURITY}/leave"
_INVALID, _AWAY = 422, 503


class Proof(BaseModel):
    """What is asked for before the way to sign in changes: the password."""

    password: str
    provider: Annotated[str, Field(max_length=16)] = ""


async def join(request: web.Request) -> web.StreamResponse:
    """Show the way to a provider, once somebody has shown their password."""
    form, who, visitor = read_form(request, Proof), known_to(request), visitor_of(request)
    if form.value is None:
        return await security_page(request, empty_form(), _INVALID, joining=form)
    provider = request.app[IDENTITIES].providers.get(form.value.provider)
    if provider is None:
        raise web.HTTPNotFound(text="nobody signs in there\n")
    try:
        await request.app[DOOR].require_password(who, form.value.password, visitor)
        asked = await request.app[IDENTITIES].ask_to_join(
            provider.key, back(request, provider), visitor, who.user_id, SECURITY
        )
    except BotError as error:
        return await _refused(request, form, error)
    # A form may lead to this server alone, a link anywhere.
    onward = Way(label_of(request, provider), asked.url)
    page = await account_page(request, "users/provider_onward.html", SECURITY, provider=provider.name, onward=onward)
    give_state(request, page, asked)
    return page


async def leave(request: web.Request) -> web.StreamResponse:
    """Let somebody sign in by their password alone."""
    form, who = read_form(request, Proof), known_to(request)
    if form.value is None:
        return await security_page(request, empty_form(), _INVALID, joining=form)
    try:
        renewed = await request.app[DOOR].leave_provider(who, form.value.password, visitor_of(request))
    except BotError as error:
        return await _refused(request, form, error)
    said = language(request)(N_("You sign in by your password alone; your other sessions have ended"))
    answer = done(request, SECURITY, said)
    give_session(request, answer, renewed)
    return answer


async def _refused(request: web.Request, form: Filled[Proof], error: BotError) -> web.Response:
    field = "password" if isinstance(error, users.PasswordError) else ""
    wrong = form.wrong(field, sentence_of(error, language(request)))
    status = _AWAY if isinstance(error, ProviderError) else _INVALID
    page = await security_page(request, empty_form(), status, joining=wrong)
    return refused_later(page, error) if isinstance(error, users.LaterError) else page
