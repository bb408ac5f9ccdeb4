"""Who is asking, by the cookie of their session; and what is kept of how they want pages to be."""

from collections.abc import Mapping

from aiohttp import hdrs, web
from yarl import URL

from bot.core.actors import Actor
from bot.users.openid.service import Identities
from bot.users.service import (
    LONGEST,
    CodeNeeded,
    Known,
    Role,
    SecondFactors,
    SignedIn,
    SignIn,
    Visitor,
    change_profile,
    identify_session,
    sign_out,
)
from bot.web.access import SIGN_IN, Identity, Theme, own_path
from bot.web.cookies import end_cookie, give_cookie, read_cookie
from bot.web.guard import client_address
from bot.web.keys import CLOCK, ENGINE, SETTINGS

DOOR: web.AppKey[SignIn] = web.AppKey("door", SignIn)
"""Lets people in. `app` hands it in."""
FACTORS: web.AppKey[SecondFactors] = web.AppKey("factors", SecondFactors)
"""Takes up and takes away second factors. `app` hands it in."""
IDENTITIES: web.AppKey[Identities] = web.AppKey("identities", Identities)
"""Lets people in who sign in at a provider. `app` hands it in."""
SESSION, CODE = "session", "code"
"""The cookies of a session, and of a password that was right and waits for its code."""
LATER = "second_factor_later"
"""The cookie of who wants to hear of a second factor later."""
_KNOWN: web.RequestKey[Known] = web.RequestKey("known", Known)


async def identify(request: web.Request) -> Identity | None:
    """Who is asking."""
    token = read_cookie(request, SESSION)
    known = await identify_session(request.app[ENGINE], token, request.app[CLOCK]()) if token else None
    if known is None:
        return None
    request[_KNOWN] = known
    return Identity(
        user_id=known.user_id,
        name=known.name,
        email=known.email,
        role=known.role,
        locale=known.locale,
        timezone=known.timezone,
        theme=None if known.theme is None else Theme(known.theme),
        permissions=known.permissions,
        csrf=known.csrf,
        session_id=known.session_id,
        should_have_second_factor=known.role is Role.ADMIN and not known.has_totp and not read_cookie(request, LATER),
    )


def known_to(request: web.Request) -> Known:
    """Who is asking, as users know them, for a handler whose route is not open."""
    return request[_KNOWN]


def visitor_of(request: web.Request) -> Visitor:
    """Who stands at the door."""
    address = client_address(request, request.app[SETTINGS].trusted_proxies)
    return Visitor(address, request.headers.get(hdrs.USER_AGENT, ""))


def actor_of(request: web.Request) -> Actor:
    """Who changes something, for a handler whose route is not open."""
    return known_to(request).actor(visitor_of(request).address)


async def keep_appearance(request: web.Request, who: Identity, changes: Mapping[str, str | None]) -> None:
    """Keep the language or the theme that somebody chose; None is what their system has."""
    async with request.app[ENGINE].begin() as connection:
        await change_profile(
            connection,
            who.user_id,
            actor_of(request),
            request.app[CLOCK](),
            **{name: value or "" for name, value in changes.items()},
        )


async def let_in(request: web.Request, outcome: SignedIn | CodeNeeded, after: str) -> web.Response:
    """Lead somebody on who has proved who they are: to the path `after`, or to where their code is asked for."""
    if isinstance(outcome, CodeNeeded):
        answer = led(f"{SIGN_IN}/code", after)
        left = outcome.expires_at - request.app[CLOCK]()
        give_cookie(request, answer, CODE, outcome.token, int(left.total_seconds()))
        return answer
    before = read_cookie(request, SESSION)
    if before:
        # Whoever signs in anew leaves no session behind that nothing shows any more.
        async with request.app[ENGINE].begin() as connection:
            await sign_out(connection, before)
    answer = web.Response(status=303, headers={hdrs.LOCATION: own_path(after), hdrs.CACHE_CONTROL: "no-store"})
    end_cookie(request, answer, CODE)
    give_session(request, answer, outcome)
    return answer


def give_session(request: web.Request, response: web.StreamResponse, signed_in: SignedIn) -> None:
    """Let the browser show the token of a session."""
    give_cookie(request, response, SESSION, signed_in.token, int(LONGEST.total_seconds()))


def led(path: str, after: str = "/") -> web.Response:
    """Lead on to `path`, which leads on to `after`."""
    return web.Response(status=303, headers={hdrs.LOCATION: with_next(path, after), hdrs.CACHE_CONTROL: "no-store"})


def with_next(path: str, after: str) -> str:
    """`path`, which leads on to `after`."""
    return path if own_path(after) == "/" else str(URL(path).with_query(next=after))
