"""The real application, and browsers of people who sign in to it."""

import html
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, chdir
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession, CookieJar, FormData, web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict, MultiMapping
from yarl import URL

from bot.app.server import make_app
from bot.core.clock import Clock
from bot.settings import Settings
from bot.users.openid.service import Identities, identity_providers
from bot.users.views import DOOR, FACTORS, IDENTITIES
from bot.web.keys import CLOCK, ENGINE, SETTINGS
from tests.support.accounts import SECRET_KEY
from tests.support.people import PASSWORD, People, people_of

START = "/inbox"
"""Where people begin who are let in."""
_PEOPLE: web.AppKey[People] = web.AppKey("people", People)


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows.

    Attributes:
        url: where it has ended.
        status: of the answer.
        text: as it came.
        headers: the last answer's.
    """

    url: URL
    status: int
    text: str
    headers: MultiMapping[str]

    @property
    def path(self) -> str:
        """Path and query."""
        return self.url.raw_path_qs

    @property
    def words(self) -> str:
        """What one reads: without markup."""
        body = re.sub(r"<(script|style|template|dialog)\b.*?</\1>", " ", self.text, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def csrf(self) -> str:
        """What its forms carry."""
        found = re.search(r'name="csrf" value="([^"]*)"', self.text)
        return "" if found is None else found[1]


class Browser:
    """One browser, with the cookies that it has been given."""

    def __init__(self, session: ClientSession, base: URL) -> None:
        self._session = session
        self.base = base
        self.page = Page(base, 0, "", CIMultiDict())

    @property
    def cookies(self) -> Mapping[str, str]:
        """What it would show, by name."""
        return {name: each.value for name, each in self._session.cookie_jar.filter_cookies(self.base).items()}

    def show(self, cookies: Mapping[str, str]) -> None:
        """Let it show these, too."""
        self._session.cookie_jar.update_cookies(dict(cookies), self.base)

    async def get(self, path: str, **more: Any) -> Page:
        """Open a page."""
        return await self._ask("GET", path, **more)

    async def post(
        self, path: str, fields: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None, **more: Any
    ) -> Page:
        """Send a form of the page that is shown."""
        pairs = [*fields.items()] if isinstance(fields, Mapping) else [*(fields or ())]
        return await self._ask("POST", path, data=[("csrf", self.page.csrf), *pairs], **more)

    async def sends(self, path: str, data: FormData) -> Page:
        """Send a form with files; it brings the page's token itself."""
        return await self._ask("POST", path, data=data)

    async def signs_in(self, email: str = "ana@example.com", password: str = PASSWORD) -> Page:
        """Sign in by password."""
        return await self.post("/sign-in", {"email": email, "password": password})

    async def _ask(self, method: str, path: str, **more: Any) -> Page:
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        url = self.base.join(URL(path, encoded=True))
        async with self._session.request(method, url, headers=headers, **more) as answer:
            self.page = Page(answer.url, answer.status, await answer.text(), answer.headers)
        return self.page


@dataclass(slots=True)
class Doors:
    """A server that people sign in to.

    Attributes:
        app: the application.
        people: whom it knows, and its clock.
        base: where it serves.
    """

    app: web.Application
    people: People
    base: URL
    _stack: AsyncExitStack

    async def browser(self) -> Browser:
        """A new one."""
        session = await self._stack.enter_async_context(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        return Browser(session, self.base)

    async def inside(self, email: str = "ana@example.com") -> Browser:
        """A browser in which somebody is signed in."""
        browser = await self.browser()
        page = await browser.signs_in(email)
        assert page.status == 200, page.words
        return browser


@asynccontextmanager
async def open_doors(database_url: str, **settings: str) -> AsyncIterator[Doors]:
    """The application on a database, where passwords cost little and the clock stands."""
    with TemporaryDirectory() as folder, chdir(folder):
        given = {"DATABASE_URL": database_url, "BOT_SECRET_KEY": SECRET_KEY, "BOT_OUTBOX": "off", **settings}
        app = make_app(Settings.read(given))
        app.cleanup_ctx.append(_cheap)
        server = TestServer(app)
        async with AsyncExitStack() as stack, server:
            yield Doors(app, app[_PEOPLE], server.make_url("/"), stack)


async def _cheap(app: web.Application) -> AsyncIterator[None]:
    async with people_of(app[ENGINE]) as people:
        app[_PEOPLE] = people
        clock: Clock = people.clock
        app[CLOCK] = clock
        app[DOOR] = people.door
        app[FACTORS] = people.factors
        settings = app[SETTINGS]
        identities = Identities(app[ENGINE], people.door, clock, identity_providers(settings), settings.sign_in_domains)
        app[IDENTITIES] = identities
        yield
        await identities.close()
