"""`/sign-in/with/…`: to a provider, and back."""

from aiohttp import hdrs, web

from bot.core.errors import BotError
from bot.users.openid.service import IdentityProvider, ProviderError, RequestOverError
from bot.users.service import JoinedElsewhereError, LaterError, LinkError, UnknownPersonError
from bot.users.views.known import IDENTITIES, led, let_in, visitor_of
from bot.users.views.sign_in import after, door_page, refused_later
from bot.users.views.ways import STATE, WITH, Way, back, give_state, provider_of
from bot.web.access import SIGN_IN, identify
from bot.web.cookies import end_cookie, read_cookie
from bot.web.forms import empty_form, sentence_of
from bot.web.pages import language

PATH = f"{SIGN_IN}/{WITH}"
BACK = f"{PATH}/back"
BY_LINK = f"/welcome/{{token}}/{WITH}"
_FORBIDDEN, _GONE, _AWAY = 403, 410, 503


async def begin(request: web.Request) -> web.StreamResponse:
    """Send somebody to a provider."""
    if await identify(request) is not None:
        return led(after(request))
    return await _sent(request, "")


async def begin_by_link(request: web.Request) -> web.StreamResponse:
    """The same of who has a link that is good once."""
    return await _sent(request, request.match_info["token"])


async def come_back(request: web.Request) -> web.StreamResponse:
    """Let in who comes back from a provider, if it is who was sent there."""
    provider, shown = provider_of(request), read_cookie(request, STATE)
    try:
        outcome, where = await request.app[IDENTITIES].take(
            provider.key, back(request, provider), request.query, shown, visitor_of(request)
        )
    except BotError as error:
        answer = await _refused(request, provider, error)
        if not isinstance(error, RequestOverError):
            end_cookie(request, answer, STATE)
        return answer
    answer = await let_in(request, outcome, where)
    end_cookie(request, answer, STATE)
    return answer


async def _sent(request: web.Request, token: str) -> web.Response:
    # What a browser fetches ahead, or a page elsewhere embeds, is nobody who wants to sign in.
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        raise web.HTTPForbidden(text="this is opened by a person\n")
    provider, choose = provider_of(request), "choose" in request.query
    where, visitor = back(request, provider), visitor_of(request)
    try:
        asked = await request.app[IDENTITIES].ask(
            provider.key, where, visitor, after(request), token=token, choose=choose
        )
    except BotError as error:
        return await _refused(request, provider, error)
    answer = web.Response(status=303, headers={hdrs.LOCATION: asked.url, hdrs.CACHE_CONTROL: "no-store"})
    give_state(request, answer, asked)
    return answer


async def _refused(request: web.Request, provider: IdentityProvider, error: BotError) -> web.Response:
    """The page that says why somebody is not in, and what they can do."""
    _ = language(request)
    other = isinstance(error, UnknownPersonError | JoinedElsewhereError)
    page = await door_page(
        request,
        "users/provider_refused.html",
        _("You are not signed in"),
        empty_form(),
        _status(error),
        why=sentence_of(error, _),
        other=Way(_("Take another account"), f"{SIGN_IN}/with/{provider.key}?choose=1") if other else None,
    )
    return refused_later(page, error) if isinstance(error, LaterError) else page


def _status(error: BotError) -> int:
    if isinstance(error, ProviderError):
        return _AWAY
    return _GONE if isinstance(error, RequestOverError | LinkError) else _FORBIDDEN
