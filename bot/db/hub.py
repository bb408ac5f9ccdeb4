"""The hub: tells, after a commit, who shows what has changed, in this process and in the others.

Whoever changes something says so with `hint` within its transaction. What was hinted goes out once the transaction's
connection is free again, gathered for a tenth of a second; after a rollback somebody may so ask in vain, which costs
one look. Nothing is gathered while nobody listens anywhere: who listens says so, and again before it is forgotten.

PostgreSQL carries hints from process to process over a connection of the hub's own: within the transactions of turns,
NOTIFY would let them commit one after the other. On SQLite a hint stays in its process.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog
from sqlalchemy import NullPool, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.backoff import backoff
from bot.core.hints import Hints, Topic
from bot.core.ids import jitter
from bot.db.engine import connect_arguments

GATHER_SECONDS = 0.1
"""How long hints are gathered, so that there are ten a second at most."""
_BEAT_SECONDS = 10.0
"""How often who listens says so, and the connection is tried."""
_FORGET_SECONDS = 25.0
_COMMAND_SECONDS = 5.0
_CHANNEL = "recado_hints"
_LISTENING = "!"
_WHO_LISTENS = "?"
_NOTIFY = "SELECT pg_notify($1, $2)"
_OPTION = "recado_hub"
_NOTED = "recado_hints"

log = structlog.get_logger()


def hint(connection: AsyncConnection, topic: Topic, ids: Iterable[str] | None) -> None:
    """Let it be known, once this transaction is over, that these have changed; None for many.

    Costs nothing to speak of where nobody listens, or the engine has no hub.
    """
    begun = connection.sync_connection
    assert begun is not None  # noqa: S101 - it is within a transaction
    hub: Hub | None = begun.get_execution_options().get(_OPTION)
    if hub is not None and hub.is_heard:
        begun.info.setdefault(_NOTED, Hints()).add(topic, ids)


class Ear:
    """What one listener has not heard yet: however long it does not ask, it is not more than that anything changed."""

    def __init__(self) -> None:
        self._hints = Hints()
        self._news = asyncio.Event()
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing comes any more."""
        return self._is_closed

    def hear(self, hints: Hints) -> None:
        """More has changed; what is told so is not added to any more, since all ears share it."""
        before, self._hints = self._hints, hints
        if before:
            self._hints = Hints()
            self._hints.merge(before)
            self._hints.merge(hints)
        self._news.set()

    def close(self) -> None:
        """Nothing comes any more."""
        self._is_closed = True
        self._news.set()

    async def next(self, seconds: float) -> Hints:
        """What has changed since the last time, once anything has; nothing after `seconds`, or when it is closed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()
        hints, self._hints = self._hints, Hints()
        return hints


class Hub:
    """That of one process."""

    def __init__(self, engine: AsyncEngine) -> None:
        """A hub that listens to no other process until `run`."""
        self._engine = engine
        self._is_alone = engine.dialect.name == "sqlite"
        self._ears: set[Ear] = set()
        self._gathered = Hints()
        self._gathering: asyncio.TimerHandle | None = None
        self._outgoing = Hints()
        self._news = asyncio.Event()
        self._others_until = 0.0
        self._beat_at = 0.0
        self._is_closed = False

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens, here or in another process."""
        return bool(self._ears) or (self._others_until > 0.0 and asyncio.get_running_loop().time() < self._others_until)

    def attach(self, engine: AsyncEngine) -> AsyncEngine:
        """The same engine, from whose transactions this hub takes hints."""
        event.listen(engine.sync_engine.pool, "checkin", self._over)
        return engine.execution_options(**{_OPTION: self})

    def tell(self, hints: Hints) -> None:
        """Tell everybody; ten times a second at most."""
        self._gathered.merge(hints)
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._send)

    @contextmanager
    def listening(self) -> Iterator[Ear]:
        """Hear what changes from now on."""
        ear = Ear()
        if self._is_closed:
            ear.close()
        self._ears.add(ear)
        self._beat()
        try:
            yield ear
        finally:
            self._ears.discard(ear)

    def close(self) -> None:
        """Let nobody listen any more."""
        self._is_closed = True
        for ear in self._ears:
            ear.close()

    async def run(self) -> None:
        """Exchange hints with other processes, until cancelled; a database that is away is waited for."""
        failures = 0
        while True:
            try:
                async with self._connected() as driver:
                    # What changed meanwhile nobody has told us.
                    self._deliver(Hints.everything())
                    failures = 0
                    await self._exchange(driver)
            except Exception as error:  # noqa: BLE001 - hints have to outlive every fault of their surroundings
                failures += 1
                log.warning("hints wait for the database", error=type(error).__name__)
            await asyncio.sleep(min(_BEAT_SECONDS, backoff(failures, jitter())))

    def _over(self, _driver: object, record: Any) -> None:
        hints = record.info.pop(_NOTED, None)
        if hints is not None:
            self.tell(hints)

    def _send(self) -> None:
        self._gathering = None
        gathered, self._gathered = self._gathered, Hints()
        self._deliver(gathered)
        if not self._is_alone:
            self._outgoing.merge(gathered)
            self._news.set()

    def _deliver(self, hints: Hints) -> None:
        for ear in self._ears:
            ear.hear(hints)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """A connection of asyncpg's that listens."""
        usual = connect_arguments(self._engine)
        settings = {**usual["server_settings"], "application_name": "recado hints", "tcp_keepalives_idle": "60"}
        arguments = {**usual, "server_settings": settings, "command_timeout": _COMMAND_SECONDS}
        own = create_async_engine(self._engine.url, poolclass=NullPool, connect_args=arguments)
        try:
            async with own.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                driver.add_termination_listener(lambda _driver: self._news.set())
                await driver.add_listener(_CHANNEL, self._heard)
                yield driver
        finally:
            await own.dispose()

    async def _exchange(self, driver: Any) -> None:
        """Send what there is to send, until the connection is lost."""
        now = asyncio.get_running_loop().time
        await driver.execute(_NOTIFY, _CHANNEL, _WHO_LISTENS)
        while not driver.is_closed():
            self._news.clear()
            if self._outgoing:
                await self._say(driver)
            if now() >= self._beat_at:
                self._beat_at = now() + _BEAT_SECONDS
                await (driver.execute(_NOTIFY, _CHANNEL, _LISTENING) if self._ears else driver.execute("SELECT 1"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._beat_at):
                    await self._news.wait()

    def _beat(self) -> None:
        """Say at once that somebody listens."""
        self._beat_at = 0.0
        self._news.set()

    async def _say(self, driver: Any) -> None:
        hints, self._outgoing = self._outgoing, Hints()
        try:
            await driver.execute(_NOTIFY, _CHANNEL, hints.to_text())
        except BaseException:
            self._outgoing.merge(hints)
            raise

    def _heard(self, driver: Any, process: int, _channel: str, text: str) -> None:
        if process == driver.get_server_pid():
            return
        if text == _LISTENING:
            self._others_until = asyncio.get_running_loop().time() + _FORGET_SECONDS
        elif self._ears and text == _WHO_LISTENS:
            self._beat()
        elif self._ears:
            self._deliver(Hints.from_text(text))
