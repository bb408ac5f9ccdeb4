"""The frame of all pages: navigation by what somebody may see, who they are, their language, theme and time zone.

A room adds its entries to the navigation and renders its views within the layout:

    add_entries(app, Entry("/users", N_("Users"), "users", Permission.USERS_MANAGE, key="u", part=Part.SETTINGS))

    return render(request, "users/list.html", title=_("Users"), page=page, asked=asked)
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.web.access import (
    SIGN_IN,
    Identity,
    Open,
    Routes,
    SignedIn,
    carries_token,
    identify,
    identity_of,
    is_asked_by_a_browser,
    own_path,
    stated_routes,
)
from bot.web.i18n import LOCALES, N_
from bot.web.keys import CLOCK, READER
from bot.web.pages import Pages, language, policy
from bot.web.posted import CSRF_FIELD, Posted, was_posted
from bot.web.times import Times, zone
from bot.web.toasts import Toast, end_toast, take_toast

ZONE = "recado_zone"
"""The cookie with the time zone that their browser tells."""
PAGES = Pages("")
LANGUAGES: Mapping[str, str] = dict(zip(LOCALES, ("English", "Português"), strict=True))
"""How each language calls itself."""
_FIRST, _OTHERWISE = "/inbox", "/account"
"""The view with which people begin, and what they have where that one is not for them."""
_CONCERN_SECONDS = 1.0
"""How long a page waits for what its navigation tells beside."""
_MOST_SHOWN = 99
"""Where there is room for two figures."""
_ON_THE_BAR = 4
"""Entries that a phone shows at the bottom, beside what leads to the others."""
_HEADERS = {
    "Content-Security-Policy": policy({"form-action": "'self'"}),
    # With `no-referrer` browsers say `Origin: null`, and every form would be refused.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
_REFUSALS: Mapping[int, tuple[str, str]] = {
    400: (N_("This could not be read"), N_("Go back and try it once more.")),
    401: (
        N_("You are not signed in any more"),
        N_("What you wrote is still here. Sign in in another tab, then send it again."),
    ),
    403: (
        N_("You may not see this"),
        N_("Your role does not allow it. An administrator can give you another one."),
    ),
    404: (N_("There is nothing here"), N_("It may have been deleted, or the address was mistyped.")),
    405: (N_("This cannot be opened like that"), N_("Go back and use the button there.")),
    408: (N_("This took too long"), N_("The connection seems to be slow. Send it again.")),
    413: (N_("This is too large"), N_("Send less at once.")),
    500: (N_("Something failed here"), N_("It is our fault, and the log says where. Try it again in a moment.")),
    503: (N_("The server is busy or its database does not answer"), N_("Try it again in a moment.")),
}
_FOREIGN = (N_("This form has grown old"), N_("What you wrote is still here. Send it again."))

_FORBIDDEN, _FAULT = 403, 500
_SECRET = re.compile("password|secret|token|key|code")
"""What a field is called that is never shown again."""


class Part(Enum):
    """Where in the navigation an entry stands."""

    DAILY = "daily"
    """What people work with; the first ones are on a phone's bar."""
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Concern:
    """Why somebody is to look at a view.

    Attributes:
        count: of how many things.
        words: in a sentence, translated.
        follows: where pages ask for it again when the inbox changes (`wanting.js`): then it stands in their titles,
            too, and can be heard, and there may be nothing just now. Empty for what is told with each page alone.
    """

    count: int
    words: str
    follows: str = ""

    @property
    def shown(self) -> str:
        """The count as it stands at an entry."""
        return f"{_MOST_SHOWN}+" if self.count > _MOST_SHOWN else str(self.count)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation.

    Attributes:
        path: where it leads; views below it count as there, too.
        label: marked for translation.
        icon: of the sprite.
        asks: what its route asks for: who has it not does not see it.
        key: the letter that leads there after `g`; empty for none.
        part: where it stands.
        concern: says why to look there, at each page, so it reads a few rows at most; None where nothing is the matter.
    """

    path: str
    label: str
    icon: str
    asks: Permission | SignedIn
    key: str = ""
    part: Part = Part.DAILY
    concern: Callable[[AsyncConnection, web.Request], Awaitable[Concern | None]] | None = None

    def is_for(self, who: Identity) -> bool:
        """Whether it is shown to `who`."""
        return isinstance(self.asks, SignedIn) or self.asks in who.permissions

    def leads_to(self, path: str) -> bool:
        """Whether `path` is its view or one below."""
        return path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the layout shows around a view.

    Attributes:
        title: of the view.
        who: who is signed in; None for pages before that.
        daily: the navigation's entries.
        settings: those of its second part.
        concerns: why to look at some of them, by path.
        bar: how many entries a phone's bar has.
        path: of the view.
        here: the path of the entry that leads there; of several the nearest one, and empty for none.
        back: path and query, to come back to it.
        languages: by locale, how each calls itself.
        zone: in which times are told.
        zone_is_chosen: whether they chose it; else their browser may tell another one.
    """

    title: str
    who: Identity | None
    daily: Sequence[Entry]
    settings: Sequence[Entry]
    concerns: Mapping[str, Concern]
    bar: int
    path: str
    here: str
    back: str
    languages: Mapping[str, str]
    zone: str
    zone_is_chosen: bool

    @property
    def wants(self) -> Concern | None:
        """The one that pages follow; None where there is none."""
        return next((each for each in self.concerns.values() if each.follows), None)


_ENTRIES: web.AppKey[list[Entry]] = web.AppKey("entries")


def setup(app: web.Application) -> None:
    """Add the routes of the frame's own files."""
    PAGES.setup(app)
    Routes(app).get("/help", _help, Open("it says what the keys do"))


async def _help(request: web.Request) -> web.StreamResponse:
    """What opens over each page, as a page."""
    await identify(request)
    _ = language(request)
    return await render(request, "web/help.html", title=_("Help and shortcuts"))


def add_entries(app: web.Application, *entries: Entry) -> None:
    """Add to the navigation, below what is there."""
    app.setdefault(_ENTRIES, []).extend(entries)


def start_of(app: web.Application, who: Identity) -> str:
    """The path of the view with which somebody begins."""
    return next((each.path for each in app.get(_ENTRIES, []) if each.path == _FIRST and each.is_for(who)), _OTHERWISE)


async def render(
    request: web.Request, template: str, *, title: str, status: int = 200, **values: object
) -> web.Response:
    """The view `template` of a room (`users/list.html`), which extends `web/layout.html`, within the frame.

    In it `_` translates, `times` says moments and numbers, `frame.who` is who is signed in, `csrf` their token;
    `{% import "web/parts.html" as part with context %}` has the parts.

    Args:
        request: of whoever looks.
        template: its room and name.
        title: of the view, translated.
        status: of the answer.
        values: by the names that the template knows.
    """
    toast = take_toast(request)
    page = await _rendered(request, template, title, status, toast, values, has_frame=True)
    if toast is not None:
        end_toast(page)
    return page


async def fragment(request: web.Request, template: str, *, title: str = "", **values: object) -> web.Response:
    """A part of a view that a module asks for; what was just done is left for the next page to tell."""
    return await _rendered(request, template, title, 200, None, values, has_frame=False)


async def _rendered(
    request: web.Request,
    template: str,
    title: str,
    status: int,
    toast: Toast | None,
    values: Mapping[str, object],
    *,
    has_frame: bool,
) -> web.Response:
    who, _ = identity_of(request), language(request)
    place = place_of(request)
    entries = [each for each in request.app.get(_ENTRIES, []) if who is not None and each.is_for(who)]
    page = await PAGES.render(
        request,
        template,
        status=status,
        frame=Frame(
            title=title,
            who=who,
            daily=[each for each in entries if each.part is Part.DAILY],
            settings=[each for each in entries if each.part is Part.SETTINGS],
            concerns=await _concerns(request, entries) if has_frame else {},
            bar=_ON_THE_BAR,
            path=request.path,
            here=max((each.path for each in entries if each.leads_to(request.path)), key=len, default=""),
            back=own_path(request.path_qs),
            languages=LANGUAGES,
            zone=place.key,
            zone_is_chosen=chosen_zone(who) is not None,
        ),
        sign_in_path=SIGN_IN,
        csrf="" if who is None else who.csrf,
        times=Times(_, place, request.app[CLOCK]()),
        toast=toast,
        **values,
    )
    page.headers.update(_HEADERS)
    return page


async def _concerns(request: web.Request, entries: Sequence[Entry]) -> Mapping[str, Concern]:
    """Why to look at some of the entries, by path; nothing where the database has no time for it."""
    found: dict[str, Concern] = {}
    asked = [(each.path, each.concern) for each in entries if each.concern is not None]
    if not asked:
        return found
    with contextlib.suppress(SQLAlchemyError, OSError, BotError):
        async with asyncio.timeout(_CONCERN_SECONDS), request.app[READER].reading() as connection:
            for path, concern in asked:
                told = await concern(connection, request)
                if told is not None:
                    found[path] = told
    return found


async def refusal(request: web.Request, error: web.HTTPException) -> web.Response | None:
    """The page that says why not, in the place of a sentence for programs.

    None where no browser asks for a page, and where a route that is open has said it in its own words.
    """
    stated = stated_routes(request.app).get(request.match_info.route)
    if error.status < web.HTTPBadRequest.status_code or isinstance(stated, Open) or not is_asked_by_a_browser(request):
        return None
    # Who is signed in keeps their navigation, even where there is nothing; not where the database is away.
    with contextlib.suppress(SQLAlchemyError, OSError):
        await identify(request)
    who, posted = identity_of(request), was_posted(request)
    grown_old = error.status == _FORBIDDEN and posted is not None and not carries_token(request, posted, who)
    title, mend = (
        _FOREIGN if grown_old else _REFUSALS.get(error.status, _REFUSALS[400 if error.status < _FAULT else 500])
    )
    _ = language(request)
    page = await render(
        request,
        "web/refusal.html",
        title=_(title),
        status=error.status,
        mend=_(mend),
        resend=() if posted is None else _fields(posted),
        sign_in=error.status == web.HTTPUnauthorized.status_code,
    )
    page.headers.update({name: value for name, value in error.headers.items() if name == hdrs.RETRY_AFTER})
    return page


def place_of(request: web.BaseRequest) -> ZoneInfo:
    """The time zone of whoever asks: as they have chosen, else as their browser tells."""
    return chosen_zone(identity_of(request)) or zone(request.cookies.get(ZONE)) or ZoneInfo("UTC")


def chosen_zone(who: Identity | None) -> ZoneInfo | None:
    """The time zone that they chose; None where their browser is to tell it."""
    return zone(who.timezone if who is not None else None)


def _fields(posted: Posted) -> Sequence[tuple[str, str]]:
    """What was typed, to be sent once more; neither files nor what must not be shown."""
    form = posted.form
    if form is None or form.has_files():
        return ()
    named = ((each.name, each.text(len(each.raw))) for each in form)
    return [(name, text) for name, text in named if name != CSRF_FIELD and not _SECRET.search(name)]
