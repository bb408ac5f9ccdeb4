"""What a process needs to do its work, opened and closed in order."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.action_specs import SPECS
from bot.app.actions import ACTIONS
from bot.app.background import Background
from bot.app.due_work import HANDLERS
from bot.app.listeners import LISTENERS
from bot.channels.service import Accounts
from bot.channels.templates.lister import Lister
from bot.conversations.intake import Intake
from bot.conversations.job_services import JobServices
from bot.conversations.sweeper import Sweeper
from bot.core.clock import Clock, utc_now
from bot.core.ids import new_id
from bot.db.clock import SharedClock
from bot.db.engine import create_engine, reach
from bot.db.hub import Hub
from bot.db.migrate import require_current, upgrade
from bot.db.reader import Reader
from bot.endpoints.service import Deliverer, terms_of
from bot.flows.folder import FLOWS
from bot.flows.service import Catalogue
from bot.jobs.service import AT_ONCE, Jobs
from bot.listeners.service import listening
from bot.messages.media.fetcher import Fetcher
from bot.messages.media.service import Files
from bot.messages.media.store import FolderStore, media_folder
from bot.messages.service import Bound, Outbox
from bot.notices.service import Notifier
from bot.search.service import Follower
from bot.settings import Settings
from bot.web.i18n import words

DRAIN_SECONDS = 20.0
"""How long a stopping process finishes what is under way, in all; supervisors commonly kill after 30."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything a server or a worker holds; each attribute is that room's own object."""

    settings: Settings
    engine: AsyncEngine
    reader: Reader
    hub: Hub
    follower: Follower
    deliverer: Deliverer
    clock: SharedClock
    accounts: Accounts
    catalogue: Catalogue
    intake: Intake
    outbox: Outbox
    sweeper: Sweeper
    jobs: Jobs[JobServices]
    store: FolderStore
    fetcher: Fetcher
    lister: Lister
    notifier: Notifier
    background: Background


class Role(StrEnum):
    """What a process is there for."""

    SERVER = "server"
    """Everything."""
    WORKER = "worker"
    """Everything but the way in."""
    CHAT = "chat"
    """A person at the terminal: only the way in; nothing is sent, and nobody else's turn is taken."""


@asynccontextmanager
async def open_resources(settings: Settings, role: Role, *, clock: Clock = utc_now) -> AsyncIterator[Resources]:
    """Open the database, start what runs in the background, and on leaving finish what is under way.

    Raises BotError when the schema is older than the code needs. SQLite is migrated instead; where no bundle is
    published there yet, those of the folder are, and a server watches it.
    """
    database = create_engine(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    hub = Hub(database)
    engine = listening(hub.attach(database), LISTENERS)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        embedded = engine.dialect.name == "sqlite"
        await reach(engine)
        await (upgrade(engine) if embedded else require_current(engine))
        shared = clock if isinstance(clock, SharedClock) else SharedClock(clock)
        await shared.set_right(engine)
        engine_of_jobs = engine if embedded else _engine_of_jobs(settings, hub)
        stack.push_async_callback(engine_of_jobs.dispose)
        resources = await _make(settings, engine, engine_of_jobs, shared, Reader(engine), hub)
        stack.push_async_callback(resources.reader.dispose)
        has_folder = embedded and _has_folder()
        if has_folder:
            await _load_folder(resources)
        await resources.catalogue.refresh()
        watch = has_folder and role is Role.SERVER
        await stack.enter_async_context(_running(resources, role, watch=watch))
        yield resources


def _engine_of_jobs(settings: Settings, hub: Hub) -> AsyncEngine:
    """One whose connections no turn waits for, opened when a job, search or an endpoint needs them."""
    made = create_engine(settings.database_url.get_secret_value(), pool_size=AT_ONCE + 4)
    return listening(hub.attach(made), LISTENERS)


def _has_folder() -> bool:
    return FLOWS.is_dir()


async def _load_folder(resources: Resources) -> None:
    # What reads and checks bundles is large, and most servers are given theirs by the database.
    from bot.flows.watching import load_initial  # noqa: PLC0415

    await load_initial(resources.engine, FLOWS, resources.store, specs=SPECS)


async def _watch_folder(resources: Resources) -> None:
    from bot.flows.watching import watch_folder  # noqa: PLC0415 - as above

    await watch_folder(resources.engine, FLOWS, resources.store, specs=SPECS)


async def _make(
    settings: Settings, engine: AsyncEngine, engine_of_jobs: AsyncEngine, clock: SharedClock, reader: Reader, hub: Hub
) -> Resources:
    accounts = Accounts(settings)
    async with engine.begin() as connection:
        await accounts.store(connection)
    await accounts.refresh(engine)
    catalogue = Catalogue(engine, words(), ACTIONS)
    owner = f"{socket.gethostname()[:30]}:{os.getpid()}:{new_id()[-8:]}"
    store = FolderStore(media_folder(settings))
    outbox = Outbox(
        engine, accounts, owner=owner, public_url=settings.public_url, keys=settings.secret_key, store=store
    )
    fetcher = Fetcher(engine, accounts, store, limit=settings.media_max)
    return Resources(
        settings=settings,
        engine=engine,
        reader=reader,
        hub=hub,
        follower=Follower(engine_of_jobs),
        deliverer=Deliverer(engine_of_jobs, terms_of(settings), owner=owner),
        clock=clock,
        accounts=accounts,
        catalogue=catalogue,
        intake=Intake(
            engine,
            catalogue,
            accounts,
            clock,
            outbox.wake,
            Files(store, settings.media_max),
            fetcher.wake,
            settings.max_message_age,
            Bound(settings.kept_max),
            traffic=reader.traffic,
        ),
        outbox=outbox,
        sweeper=Sweeper(engine, catalogue, clock, outbox.wake, settings.max_message_age),
        jobs=Jobs(
            engine_of_jobs, owner, HANDLERS, JobServices(accounts, catalogue, clock, settings), on_committed=outbox.wake
        ),
        store=store,
        fetcher=fetcher,
        lister=Lister(engine, accounts, clock),
        notifier=Notifier(engine_of_jobs, accounts, clock, settings.public_url),
        background=Background(),
    )


@asynccontextmanager
async def _running(resources: Resources, role: Role, *, watch: bool) -> AsyncIterator[None]:
    """Run the background work; on leaving, take nothing new, finish, and cut off what takes too long."""
    start = resources.background.start
    intake = [start("intake", resources.intake.run())] if role is not Role.WORKER else []
    sweeping = [start("sweeper", resources.sweeper.run())] if role is not Role.CHAT else []
    delivers = role is Role.WORKER or (role is Role.SERVER and resources.settings.outbox == "on")
    work = []
    if delivers:
        swept = await resources.store.sweep()
        if swept:
            log.info("files that were never finished are removed", files=swept)
        work = [
            start("outbox", resources.outbox.run()),
            start("jobs", resources.jobs.run()),
            start("media fetcher", resources.fetcher.run()),
            start("endpoints", resources.deliverer.run()),
            start("templates", resources.lister.run()),
            start("notices", resources.notifier.run()),
        ]
    endless = [
        start("catalogue follower", resources.catalogue.keep_fresh()),
        start("accounts follower", resources.accounts.keep_fresh(resources.engine)),
        start("clock", resources.clock.keep_right(resources.engine)),
    ]
    if delivers:
        endless.append(start("search", resources.follower.run()))
    if resources.engine.dialect.name != "sqlite":
        endless.append(start("hints", resources.hub.run()))
    if watch:
        endless.append(start("folder watcher", _watch_folder(resources)))
    try:
        yield
    finally:
        now = asyncio.get_running_loop().time
        deadline = now() + DRAIN_SECONDS
        resources.background.let_end()
        resources.intake.stop()
        await _finish(intake, deadline)
        resources.sweeper.stop()
        resources.jobs.stop()
        resources.fetcher.stop()
        resources.deliverer.stop()
        resources.lister.stop()
        resources.notifier.stop()
        if work:
            await resources.outbox.stop(max(0.0, deadline - now()))
        await _finish([*sweeping, *work], deadline)
        for task in endless:
            task.cancel()
        await asyncio.gather(*endless, return_exceptions=True)


async def _finish(tasks: Sequence[asyncio.Task[None]], deadline: float) -> None:
    """Wait for `tasks` until `deadline` (by the loop's clock), then cut them off."""
    if tasks:
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        _done, late = await asyncio.wait(tasks, timeout=left)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
