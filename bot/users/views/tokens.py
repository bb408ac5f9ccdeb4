"""`/account/tokens`: tokens of one's own, for programs."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field

from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.spelled import read_name
from bot.db.engine import reading
from bot.users import service as users
from bot.users.views.account import TOKENS, account_page, done
from bot.users.views.known import actor_of, known_to
from bot.users.words import SCOPES
from bot.web.forms import Filled, checked, empty_form, read_form, sentence_of
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

_INVALID = 422


class NewToken(BaseModel):
    """What somebody asks for."""

    name: Annotated[str, Field(max_length=255), AfterValidator(checked(read_name))]
    scopes: Annotated[list[Permission], Field(min_length=1)]
    days: Literal["30", "90", "365", ""] = ""


async def show(request: web.Request) -> web.StreamResponse:
    """Those that there are, and a form for another one."""
    return await _page(request, empty_form(days="90", scopes=[]))


async def add(request: web.Request) -> web.StreamResponse:
    """Make one, and show it this once."""
    form = read_form(request, NewToken)
    if form.value is None:
        return await _page(request, form, _INVALID)
    asked, now = form.value, request.app[CLOCK]()
    expires_at = now + timedelta(days=int(asked.days)) if asked.days else None
    try:
        async with request.app[ENGINE].begin() as connection:
            user = await users.find_user(connection, known_to(request).user_id)
            by = actor_of(request)
            _id, token = await users.add_token(
                connection, user, asked.name, asked.scopes, by, now, expires_at=expires_at
            )
    except BotError as error:
        return await _page(request, form.wrong("scopes", sentence_of(error, language(request))), _INVALID)
    return await _page(request, empty_form(days="90", scopes=[]), token=token)


async def revoke(request: web.Request) -> web.StreamResponse:
    """Let one of them be worth nothing; somebody else's is not found."""
    who, id_ = known_to(request), posted_by(request).last("id")
    async with request.app[ENGINE].begin() as connection:
        token = await users.token_of(connection, id_)
        if token is None or token.user_id != who.user_id:
            raise web.HTTPNotFound(text="you have no such token\n")
        await users.revoke_token(connection, id_, actor_of(request), request.app[CLOCK]())
    return done(request, TOKENS, language(request)(N_("The token is worth nothing any more")))


async def _page(request: web.Request, form: Filled[Any], status: int = 200, token: str = "") -> web.Response:
    who, now, _ = known_to(request), request.app[CLOCK](), language(request)
    async with reading(request.app[ENGINE]) as connection:
        living = await users.tokens(connection, users.TokenFilter(who.user_id, good_at=now))
    return account_page(
        request,
        "users/tokens.html",
        TOKENS,
        status,
        tokens=living,
        form=form,
        token=token,
        scopes=[(scope.value, _(label)) for scope, label in SCOPES.items() if scope in who.permissions],
        words=SCOPES,
    )
