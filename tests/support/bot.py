"""The conversation without HTTP: a published bundle, the way in, and what was recorded."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.actions import ACTIONS
from bot.channels.service import Accounts
from bot.conversations.intake import Intake
from bot.conversations.sweeper import Sweeper
from bot.core.actors import Actor
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.messages import Delivery, InboundMessage
from bot.engine.actions import ActionSpec
from bot.engine.words import ENGLISH
from bot.flows.actions import specs_of
from bot.flows.checking import CheckedBundle, Source, check
from bot.flows.publish import publish
from bot.flows.service import Actions, Catalogue, WordSource
from bot.messages.media.service import Files
from bot.messages.media.store import FolderStore
from bot.messages.models import Message
from bot.settings import Settings

NUMBER = "whatsapp:1000"
MOST_BYTES = 100_000
"""Of a file that people send."""
SETTINGS = {
    "WHATSAPP_PHONE_NUMBER_ID": "1000",
    "WHATSAPP_ACCESS_TOKEN": "token",
    "WHATSAPP_APP_SECRET": "secret",
    "WHATSAPP_VERIFY_TOKEN": "verify",
}


@dataclass(slots=True)
class Clock:
    """A clock that tests move."""

    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        """The moment it stands at."""
        return self.now

    def advance(self, **by: float) -> None:
        """Move it on, by the arguments of `timedelta`."""
        self.now += timedelta(**by)


@dataclass(slots=True)
class Bot:
    """One process's conversation: what a webhook's handler would call, and the background work."""

    engine: AsyncEngine
    catalogue: Catalogue
    intake: Intake
    sweeper: Sweeper
    clock: Clock
    queued: list[None]
    store: FolderStore
    waiting_files: list[None]

    async def hears(self, *messages: InboundMessage, provider: str = "whatsapp") -> None:
        """One webhook post that carries `messages`."""
        await self.intake.receive(provider, Delivery(messages=messages), b"raw")

    async def says(self, phone: str = "+5511999990001") -> list[str]:
        """What the bot has queued or sent to `phone` so far, in order."""
        return [content for direction, content in await self.conversation(phone) if direction == "outbound"]

    async def conversation(self, address: str) -> list[tuple[str, str]]:
        """(direction, content) of all messages with `address`, in order."""
        statement = select(Message.direction, Message.content).where(Message.address == address).order_by(Message.seq)
        async with self.engine.connect() as connection:
            return [(row.direction, row.content) for row in await connection.execute(statement)]

    async def rows(self, **where: object) -> Sequence[Message]:
        """The message rows with those column values, by creation and order."""
        statement = select(Message.__table__).order_by(Message.created_at, Message.seq)
        for name, value in where.items():
            statement = statement.where(Message.__table__.c[name] == value)
        async with self.engine.connect() as connection:
            return (await connection.execute(statement)).all()  # type: ignore[return-value]  # rows name the same columns


@asynccontextmanager
async def running_bot(
    engine: AsyncEngine,
    bundle: str | None,
    clock: Clock | None = None,
    actions: Actions = ACTIONS,
    words: Sequence[WordSource] = (),
) -> AsyncIterator[Bot]:
    """A running conversation on `engine`, with `bundle` (YAML) published unless it is None."""
    clock = clock or Clock()
    if bundle is not None:
        bundles = _checked(bundle, frozenset(specs_of(actions).items()))
        async with engine.begin() as connection:
            await publish(connection, bundles, by=Actor("test"), now=clock.now)
    accounts = Accounts(Settings.read(SETTINGS))
    async with engine.begin() as connection:
        await accounts.store(connection)
    catalogue = Catalogue(engine, {"en": ENGLISH}, actions, words)
    await catalogue.refresh()
    queued: list[None] = []
    waiting_files: list[None] = []

    def note() -> None:
        queued.append(None)

    with TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "media")
        files = Files(store, MOST_BYTES)
        intake = Intake(engine, catalogue, accounts, clock, note, files, lambda: waiting_files.append(None))
        sweeper = Sweeper(engine, catalogue, clock, note)
        bot = Bot(engine, catalogue, intake, sweeper, clock, queued, store, waiting_files)
        task = asyncio.create_task(intake.run())
        try:
            yield bot
        finally:
            intake.stop()
            await asyncio.wait_for(task, 10)


@cache
def _checked(bundle: str, specs: frozenset[tuple[str, ActionSpec]]) -> Sequence[CheckedBundle]:
    checked = check([Source("test.yaml", bundle.encode())], dict(specs))
    assert not checked.faults, [str(fault.sentence()) for fault in checked.faults]
    return checked.bundles


_numbers = iter(range(1, 1_000_000_000))


def message(text: str, *, phone: str = "+5511999990001", message_id: str = "", **fields: object) -> InboundMessage:
    """A WhatsApp text from `phone`; a fresh id unless one is given; `fields` overrides any field."""
    known: dict[str, object] = {
        "account": NUMBER,
        "provider_message_id": message_id or f"wamid.{next(_numbers)}",
        "channel": Channel.WHATSAPP,
        "addresses": (Address(AddressKind.PHONE, phone),),
        "text": text,
        "name": "Ana",
    }
    return InboundMessage(**{**known, **fields})  # type: ignore[arg-type]  # the fields a test names are right
