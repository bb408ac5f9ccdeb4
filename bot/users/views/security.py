"""`/account/security`: password, and second factor."""

import io
from typing import Annotated, Any

import segno
from aiohttp import hdrs, web
from markupsafe import Markup
from pydantic import BaseModel, Field

from bot.core.errors import BotError
from bot.db.engine import reading
from bot.users import service as users
from bot.users.views.account import SECURITY, account_page, done
from bot.users.views.known import DOOR, FACTORS, IDENTITIES, LATER, actor_of, give_session, known_to, visitor_of
from bot.users.views.sign_in import refused_later
from bot.users.views.ways import label_of
from bot.web.access import own_path
from bot.web.cookies import give_cookie
from bot.web.forms import Filled, empty_form, read_form, sentence_of
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

FACTOR = f"{SECURITY}/second-factor"
_INVALID = 422
_LATER_SECONDS = 14 * 24 * 3600


class Passwords(BaseModel):
    """The present password, and another one."""

    current_password: str
    new_password: str


class Confirmed(BaseModel):
    """An offered secret, and the first code that the app shows."""

    sealed: Annotated[str, Field(max_length=2000)]
    code: Annotated[str, Field(max_length=64)]


class Proof(BaseModel):
    """What is asked for before a second factor changes: the password, or a code of who has none."""

    password: str = ""
    code: Annotated[str, Field(max_length=64)] = ""


async def show(request: web.Request) -> web.StreamResponse:
    """How somebody signs in."""
    return await security_page(request, empty_form())


async def change_password(request: web.Request) -> web.StreamResponse:
    """Take another password; all other browsers are signed out."""
    form, said = read_form(request, Passwords), language(request)
    if form.value is None:
        return await security_page(request, form, _INVALID)
    given = form.value
    try:
        renewed = await request.app[DOOR].change_password(
            known_to(request), given.current_password, given.new_password, visitor_of(request)
        )
    except users.LaterError as error:
        return refused_later(await security_page(request, form.wrong("", sentence_of(error, said))), error)
    except users.PasswordError as error:
        return await security_page(request, form.wrong("current_password", sentence_of(error, said)), _INVALID)
    except users.WeakPasswordError as error:
        return await security_page(request, form.wrong("new_password", sentence_of(error, said)), _INVALID)
    answer = done(request, SECURITY, said(N_("Your password is changed; your other sessions have ended")))
    give_session(request, answer, renewed)
    return answer


async def show_factor(request: web.Request) -> web.StreamResponse:
    """Set one up, or see to the one that is there."""
    if known_to(request).has_totp:
        return await _managing(request, empty_form())
    return await _offering(request, empty_form())


async def put_off(request: web.Request) -> web.StreamResponse:
    """Ask this browser again in two weeks, and go on where it was."""
    answer = web.Response(status=303, headers={hdrs.LOCATION: own_path(posted_by(request).last("next"))})
    give_cookie(request, answer, LATER, "1", _LATER_SECONDS)
    return answer


async def take_factor(request: web.Request) -> web.StreamResponse:
    """Take an app up whose code is right, and show the recovery codes this once."""
    who, form, said = known_to(request), read_form(request, Confirmed), language(request)
    if who.has_totp:
        return done(request, FACTOR, said(N_("You have a second factor already")))
    if form.value is None:
        return await _offering(request, form, _INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            codes = await request.app[FACTORS].confirm(
                connection, who.user_id, form.value.sealed, form.value.code, actor_of(request), request.app[CLOCK]()
            )
            renewed = await users.renew_session(connection, who.user_id, who.session_id)
    except users.CodeError:
        # There are no recovery codes yet, which the error itself names.
        wrong = said(N_("The code is wrong, or was used already. Take the newest one of your app."))
        return await _offering(request, form.wrong("code", wrong), _INVALID)
    page = await _codes(request, codes)
    if renewed is not None:
        give_session(request, page, renewed)
    return page


async def renew_codes(request: web.Request) -> web.StreamResponse:
    """Other recovery codes in place of those before."""
    refused = await _refused(request)
    if refused is not None:
        return refused
    async with request.app[ENGINE].begin() as connection:
        user_id, now = known_to(request).user_id, request.app[CLOCK]()
        codes = await users.new_recovery_codes(connection, user_id, actor_of(request), now)
    return await _codes(request, codes)


async def switch_off(request: web.Request) -> web.StreamResponse:
    """Ask for no code any more."""
    refused = await _refused(request)
    if refused is not None:
        return refused
    async with request.app[ENGINE].begin() as connection:
        user_id, now = known_to(request).user_id, request.app[CLOCK]()
        await users.remove_second_factor(connection, user_id, actor_of(request), now)
    return done(request, SECURITY, language(request)(N_("The second factor is off")))


async def _refused(request: web.Request) -> web.Response | None:
    """Why a second factor may not be changed; None for who has proved once more who they are."""
    who, form, said = known_to(request), read_form(request, Proof), language(request)
    if not who.has_totp:
        raise web.HTTPNotFound(text="there is no second factor\n")
    has_password, given = (await _user(request)).has_password, form.value or Proof()
    field = "password" if has_password else "code"
    try:
        if has_password:
            await request.app[DOOR].require_password(who, given.password, visitor_of(request))
        else:
            await request.app[DOOR].require_code(who, given.code, visitor_of(request))
    except users.LaterError as error:
        return refused_later(await _managing(request, form.wrong("", sentence_of(error, said))), error)
    except (users.PasswordError, users.CodeError) as error:
        return await _managing(request, form.wrong(field, sentence_of(error, said)), _INVALID)
    return None


async def _user(request: web.Request) -> users.UserView:
    async with reading(request.app[ENGINE]) as connection:
        return await users.find_user(connection, known_to(request).user_id)


async def security_page(
    request: web.Request, form: Filled[Any], status: int = 200, *, joining: Filled[Any] | None = None
) -> web.Response:
    """The page, with the form of another password, and the one that is `joining` a provider or leaving it."""
    user, providers = await _user(request), request.app[IDENTITIES].providers.values()
    return await account_page(
        request,
        "users/security.html",
        SECURITY,
        status,
        form=form,
        joining=joining or empty_form(),
        user=user,
        factor=FACTOR,
        provider=next((each.name for each in providers if each.issuer == user.provider), user.provider),
        ways=[(each.key, label_of(request, each)) for each in providers],
    )


async def _offering(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    """The page with a secret for an app; whoever mistyped its code keeps what the app has taken up."""
    who, said = known_to(request), language(request)
    before = str(form.typed.get("sealed", ""))
    try:
        offer = request.app[FACTORS].offer(who.user_id, who.email, before)
    except BotError as error:
        return await account_page(request, "users/factor_away.html", SECURITY, 503, why=sentence_of(error, said))
    return await account_page(
        request, "users/factor_new.html", SECURITY, status, form=form, offer=offer, picture=_picture(offer.uri)
    )


async def _managing(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    user = await _user(request)
    async with reading(request.app[ENGINE]) as connection:
        count = await users.recovery_codes_left(connection, user.id)
    left = language(request).plural("{count} recovery code is left.", "{count} recovery codes are left.", count)
    return await account_page(
        request, "users/factor.html", SECURITY, status, form=form, user=user, left=left, factor=FACTOR
    )


async def _codes(request: web.Request, codes: list[str]) -> web.Response:
    return await account_page(request, "users/recovery_codes.html", SECURITY, codes=codes)


def _picture(uri: str) -> Markup:
    """A QR code as SVG, without styles of its own."""
    out = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, border=2, scale=1, omitsize=True, dark="#000", light="#fff"
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, of squares alone
