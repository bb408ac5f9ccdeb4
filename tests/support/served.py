"""The real application in this process, on a real database, with stand-in providers to send to.

In a test:

    async with serving(database_url) as bot:
        answer = await bot.post("whatsapp", signed("whatsapp", "hi"))
        assert answer.status == 200
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, chdir
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, BaseRunner
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from bot.app.doors import RUNNER
from bot.app.server import make_app
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.messages.kept.models import WebhookEvent
from bot.messages.models import Message
from bot.settings import Settings
from bot.web.keys import LOCAL_TOKEN
from tests.support import posts
from tests.support.bundles import published
from tests.support.standins import StandIns, standing_in
from tests.support.waiting import eventually

PUBLIC_URL = "https://bot.example.com"
BUNDLE = """
bundle: cafe
locale: en
templates:
  hello: {content: Hello!}
  menu: {content: Rye or wheat?}
triggers:
  - {type: equals, pattern: hi, priority: 1, template: hello}
  - {type: regex, pattern: ., template: menu}
"""
"""Answers `hi` with `Hello!`, and everything else with `Rye or wheat?`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Served:
    """A running server.

    Attributes:
        client: speaks to it.
        engine: its database.
        providers: what it sends to.
    """

    client: TestClient[Any, Any]
    engine: AsyncEngine
    providers: StandIns

    @property
    def app(self) -> Application:
        """The application."""
        app: Application = self.client.server.app  # type: ignore[attr-defined]  # it runs ours
        return app

    @property
    def token(self) -> str:
        """What `run` prints in its links."""
        return self.app[LOCAL_TOKEN]

    @property
    def operator(self) -> dict[str, str]:
        """Headers of whoever has seen what `run` printed."""
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, provider: str, post: posts.Post, path: str = "", **more: Any) -> Answer:
        """Post to `/webhooks/{provider}{path}`; `more` are arguments of the client, `headers` added to the post's."""
        headers = {**post[0], **more.pop("headers", {})}
        return await self.ask("POST", f"/webhooks/{provider}{path}", data=post[1], headers=headers, **more)

    async def ask(self, method: str, path: str | URL, **more: Any) -> Answer:
        """Make one request."""
        async with self.client.request(method, path, **more) as response:
            return Answer(response.status, await response.text(), response.headers)

    async def messages(self, direction: str) -> Sequence[Any]:
        """The recorded messages of that direction, as committed, in order."""
        table = Message.__table__
        statement = select(table).where(table.c.direction == direction).order_by(table.c.contact_id, table.c.seq)
        async with self.engine.connect() as connection:
            return (await connection.execute(statement)).all()

    async def texts(self, direction: str = "inbound") -> list[str]:
        """What the recorded messages of that direction say."""
        return [each.content for each in await self.messages(direction)]

    async def kept(self) -> list[str]:
        """The kinds of the posts kept raw, in order."""
        async with self.engine.connect() as connection:
            return list(await connection.scalars(select(WebhookEvent.kind).order_by(WebhookEvent.id)))

    async def kept_payloads(self) -> list[bytes | None]:
        """The bodies of the posts kept raw, in order."""
        async with self.engine.connect() as connection:
            return list(await connection.scalars(select(WebhookEvent.payload).order_by(WebhookEvent.id)))

    async def nothing_stored(self) -> bool:
        """Whether there is no message and no kept post."""
        async with self.engine.connect() as connection:
            counts = [
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (Message, WebhookEvent)
            ]
        return not any(counts)

    async def until_sent(self, count: int, provider: str | None = None) -> None:
        """Wait until that many messages were taken by a provider, and that is recorded."""

        async def happened() -> bool:
            sent = [each for each in await self.messages("outbound") if each.status != "queued"]
            return len(sent) >= count and len(self.providers.sends(provider)) >= count

        await eventually(happened)

    async def metric(self, name: str, **labels: str) -> float:
        """The value that `/metrics` shows for a series; 0 when it is not there."""
        text = (await self.ask("GET", "/metrics", headers=self.operator)).text
        spelled = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        series = f"{name}{{{spelled}}} " if labels else f"{name} "
        return next((float(line.removeprefix(series)) for line in text.splitlines() if line.startswith(series)), 0.0)


def signed(provider: str, text: str, **fields: Any) -> posts.Post:
    """A post of a text through `provider`; `fields` go to the provider's message in `tests.support.posts`."""
    return _SIGNED[provider](text, fields)


_SIGNED: Mapping[str, Callable[[str, dict[str, Any]], posts.Post]] = {
    "whatsapp": lambda text, fields: posts.signed_whatsapp(posts.whatsapp_message(text, **fields)),
    "twilio": lambda text, fields: posts.signed_twilio(
        posts.twilio_message(text, **fields), f"{PUBLIC_URL}/webhooks/twilio"
    ),
    "mailgun": lambda text, fields: posts.signed_mailgun(
        posts.mailgun_message(text, **fields), int(utc_now().timestamp())
    ),
}

PROVIDER_NAMES = sorted(_SIGNED)
"""Those that stand in for all in tests of the whole: one signs the body, one the URL, one a token.

The others differ from them only in what their own tests look at.
"""


class _Server(TestServer):
    """Reads requests as the real one does."""

    async def _make_runner(self, **options: Any) -> BaseRunner:
        return await super()._make_runner(**RUNNER, **options)


@asynccontextmanager
async def serving(
    database_url: str, *, bundle: str = BUNDLE, folder: str = "", **settings: str
) -> AsyncIterator[Served]:
    """The application with every provider configured; a setting given as an empty text counts as not set.

    It works in `folder`; where none is named, in an empty one, without the shipped bundles.
    """
    engine = create_engine(database_url)
    await published(engine, bundle)
    with TemporaryDirectory() as empty, chdir(folder or empty):
        async with standing_in() as providers:
            environment = {
                **providers.settings(),
                "DATABASE_URL": database_url,
                "BOT_PUBLIC_URL": PUBLIC_URL,
                **settings,
            }
            app = make_app(Settings.read(environment))
            async with TestClient(_Server(app)) as client:
                yield Served(client, engine, providers)
    await engine.dispose()
