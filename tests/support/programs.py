"""Programs that ask the API of a server that is served, with a token each."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession
from multidict import MultiMapping
from yarl import URL

from bot.channels.service import SIMULATOR
from bot.contacts.service import find_contacts
from bot.conversations.views import INTAKE
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.ids import new_id
from bot.core.messages import Delivery, InboundMessage, MessageKind
from bot.core.permissions import Permission
from bot.db.engine import reading
from bot.users.service import Role, add_token, permissions_of
from tests.support.doors import Doors, open_doors
from tests.support.people import BY


@dataclass(frozen=True, slots=True)
class Told:
    """An answer.

    Attributes:
        status: of HTTP.
        headers: the answer's.
        body: its JSON; None for none.
    """

    status: int
    headers: MultiMapping[str]
    body: Any

    @property
    def problem(self) -> str:
        """The kind of problem, as `type` names it; empty for none."""
        return str(self.body["type"]).rpartition("#")[2] if self.headers["Content-Type"].startswith(PROBLEM) else ""


PROBLEM = "application/problem+json"


@dataclass(slots=True)
class Program:
    """A program with a token.

    Attributes:
        session: its connections.
        base: of the API.
        token: which it shows; empty for none.
        token_id: of its row.
        user_id: whose it is.
    """

    session: ClientSession
    base: URL
    token: str = ""
    token_id: str = ""
    user_id: str = ""

    async def get(self, path: str, **more: Any) -> Told:
        """Ask for something."""
        return await self.ask("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Told:
        """Make something."""
        return await self.ask("POST", path, **({} if body is None else {"json": body}), **more)

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Told:
        """Any request."""
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = self.base.join(URL(f"/api/v1{path}", encoded=True))
        async with self.session.request(method, url, headers={**shown, **(headers or {})}, **more) as answer:
            is_json = answer.content_type.endswith("json")
            return Told(answer.status, answer.headers, await answer.json(content_type=None) if is_json else None)


@dataclass(slots=True)
class Served:
    """A server with an API.

    Attributes:
        doors: the server.
        session: connections to it.
    """

    doors: Doors
    session: ClientSession

    async def program(
        self, role: Role = Role.ADMIN, scopes: Collection[Permission] | None = None, rate_limit: int | None = None
    ) -> Program:
        """A program of somebody new with that role; it may do all that they may, unless `scopes` say less."""
        people = self.doors.people
        user = await people.person(f"{role.lower()}-{len(await people.told())}@example.com", role)
        async with people.engine.begin() as connection:
            id_, token = await add_token(
                connection,
                user,
                "shop",
                permissions_of(role) if scopes is None else scopes,
                BY,
                people.clock.now,
                rate_limit=rate_limit,
            )
        return Program(self.session, self.doors.base, token, id_, user.id)

    async def hears(self, text: str, number: str = "+5511999990001") -> str:
        """Let somebody write on the simulator's WhatsApp; gives their id."""
        intake = self.doors.app[INTAKE]
        message = InboundMessage(
            account=SIMULATOR,
            provider_message_id=new_id(),
            addresses=(Address(AddressKind.SIMULATOR, f"whatsapp:{number}"),),
            channel=Channel.WHATSAPP,
            kind=MessageKind.TEXT,
            text=text,
        )
        await intake.receive(SIMULATOR, Delivery(messages=(message,)), b"")
        async with reading(self.doors.people.engine) as connection:
            (found,) = await find_contacts(connection, number)
        return found.id

    def stranger(self) -> Program:
        """A program without a token."""
        return Program(self.session, self.doors.base)


@asynccontextmanager
async def serve_api(database_url: str, **settings: str) -> AsyncIterator[Served]:
    """The whole application, and connections to it."""
    async with open_doors(database_url, **settings) as doors, ClientSession() as session:
        yield Served(doors, session)
