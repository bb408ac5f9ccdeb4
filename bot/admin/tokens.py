"""`/tokens`: programs that act for people; one sees one's own, and who manages users everybody's."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field

from bot.admin.answers import INVALID, done, reason, unkept
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.spelled import read_name
from bot.users.service import (
    TokenFilter,
    TokenStatus,
    TokenView,
    add_token,
    count_tokens,
    find_user,
    revoke_token,
    token_of,
    tokens,
)
from bot.users.views.known import actor_of
from bot.users.words import SCOPES
from bot.web.access import signed_in
from bot.web.forms import Filled, checked, empty_form, read_form
from bot.web.frame import render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.lists import Choice, Filters, Words, counted
from bot.web.pages import language

PATH = "/tokens"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(Words("q", N_("Search name or owner")), Choice("only", N_("Only"), {"good": N_("Good")}))
LIVES = {
    "30": N_("30 days"),
    "90": N_("90 days"),
    "365": N_("A year"),
    "never": N_("Until it is revoked"),
}
_USUAL = "90"
_STATES = {
    TokenStatus.GOOD: (N_("Good"), "good"),
    TokenStatus.OVER: (N_("Over"), "warn"),
    TokenStatus.REVOKED: (N_("Revoked"), ""),
    TokenStatus.OWNER_DISABLED: (N_("Owner disabled"), "warn"),
}
"""What a token is worth, marked for translation, and with which colour that is shown."""


class NewToken(BaseModel):
    """What somebody lets a program do."""

    name: Annotated[str, Field(max_length=255), AfterValidator(checked(read_name))]
    scopes: Annotated[list[Permission], Field(min_length=1, validate_default=True)] = []
    lives: Literal["30", "90", "365", "never"] = "90"

    def ends(self, now: datetime) -> datetime | None:
        """When it ends; None for not by itself."""
        return None if self.lives == "never" else now + timedelta(days=int(self.lives))


async def show(request: web.Request) -> web.StreamResponse:
    """The tokens that there are, the newest first."""
    _, asked, who, now = language(request), FILTERS.read(request), signed_in(request), request.app[CLOCK]()
    sees_all = Permission.USERS_MANAGE in who.permissions
    wanted = TokenFilter(None if sees_all else who.user_id, asked.one("q"), now if asked.all("only") else None)
    async with request.app[READER].reading() as connection:
        rows = await tokens(connection, wanted, asked.limit, asked.after_moment)
        page = asked.page(rows, lambda token: (token.created_at, token.id))
        count = await page.count(lambda: count_tokens(connection, wanted))
    states = {token.id: _STATES[token.status(now)] for token in page.rows}
    return await render(
        request,
        "admin/tokens.html",
        title=_("Tokens"),
        asked=asked,
        page=page,
        count=counted("{count} token", "{count} tokens", count, _),
        states=states,
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask what a new one is to do."""
    return await _new(request, empty_form(name="", scopes=[], lives=_USUAL))


async def add(request: web.Request) -> web.StreamResponse:
    """Make one; it is on the page that answers, and nowhere else."""
    form, _, who, now = read_form(request, NewToken), language(request), signed_in(request), request.app[CLOCK]()
    if form.value is None:
        return await _new(request, form, INVALID)
    wanted = form.value
    try:
        async with request.app[ENGINE].begin() as connection:
            owner = await find_user(connection, who.user_id)
            id_, token = await add_token(
                connection, owner, wanted.name, wanted.scopes, actor_of(request), now, expires_at=wanted.ends(now)
            )
    except BotError as error:
        return await _new(request, form.wrong("scopes", reason(request, error)), INVALID)
    page = await render(
        request,
        "admin/token_made.html",
        title=_("The token {name}", name=wanted.name),
        token=token,
        id=id_,
    )
    return unkept(page)


async def one(request: web.Request) -> web.StreamResponse:
    """What one may do, and whose it is."""
    now = request.app[CLOCK]()
    token = await _seen(request)
    return await render(
        request,
        "admin/token.html",
        title=token.name,
        token=token,
        state=_STATES[token.status(now)],
        scopes=[SCOPES[each] for each in SCOPES if each.value in token.scopes],
        manages=Permission.USERS_MANAGE in signed_in(request).permissions,
    )


async def revoke(request: web.Request) -> web.StreamResponse:
    """End one at once."""
    token, _ = await _seen(request), language(request)
    async with request.app[ENGINE].begin() as connection:
        revoked = await revoke_token(connection, token.id, actor_of(request), request.app[CLOCK]())
    said = _("{name} is revoked", name=token.name) if revoked else _("{name} was revoked before", name=token.name)
    return done(request, PATH, said)


async def _seen(request: web.Request) -> TokenView:
    """The token, where whoever asks may see it; whose it is tells nobody else."""
    who = signed_in(request)
    async with request.app[READER].reading() as connection:
        token = await token_of(connection, request.match_info["id"])
    if token is None or not (token.user_id == who.user_id or Permission.USERS_MANAGE in who.permissions):
        raise web.HTTPNotFound(text="there is no such token\n")
    return token


async def _new(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    who, _ = signed_in(request), language(request)
    scopes = [(scope.value, _(label)) for scope, label in SCOPES.items() if scope in who.permissions]
    lives = {value: _(label) for value, label in LIVES.items()}
    title = _("New token")
    return await render(
        request, "admin/token_new.html", title=title, status=status, form=form, scopes=scopes, lives=lives
    )
