"""The fetcher: brings the files that people sent into the store, in the background, for as long as the process lives.

Any number of processes may run one beside each other on PostgreSQL; each file is one process's until its lease ends.
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import Accounts
from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.core.shares import Shares
from bot.db.full_disk import FullDisk
from bot.messages.media import claims
from bot.messages.media.claims import ClaimedFile
from bot.messages.media.download import FULL, NO_WAY, Later, download
from bot.messages.media.files import FileVerdict, counted
from bot.messages.media.models import MediaState
from bot.messages.media.store import Store

LEASE_SECONDS = 120.0
"""How long a claim holds; longer than all steps of one file may take."""
SLOTS = 4
"""Files fetched at once by one process, which the accounts share: each is held in memory whole."""
OWN_SLOTS = 1
"""Files that may be fetched for each account beside those, so that none waits for another's slow host."""
POLL_SECONDS = 2.0

log = structlog.get_logger()


class Fetcher:
    """Fetches pending files."""

    def __init__(self, engine: AsyncEngine, accounts: Accounts, store: Store, *, limit: int) -> None:
        """A fetcher that does nothing until `run`.

        Args:
            engine: the database.
            accounts: through which files are fetched.
            store: where they go.
            limit: bytes a file may have.
        """
        self._engine = engine
        self._accounts = accounts
        self._store = store
        self._limit = limit
        self._fetching = Shares(SLOTS, OWN_SLOTS)
        self._news = asyncio.Event()
        self.disk = FullDisk()
        self._stopping = False

    def wake(self) -> None:
        """Look for what is to be fetched."""
        self._news.set()

    async def run(self) -> None:
        """Fetch until `stop`; a database that is away is waited for. Cut off, it leaves its claims to run out."""
        failures = 0
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                self._news.clear()
                try:
                    claimed = await self._claim()
                except Exception as error:  # noqa: BLE001 - it has to outlive every fault of its surroundings
                    failures += 1
                    self._tell(error, "files wait for the database")
                    await self._pause(POLL_SECONDS + backoff(failures, jitter()))
                    continue
                failures = 0
                for each in claimed:
                    self._fetching.take(each.account)
                    group.create_task(self._fetch(each))
                await self._pause(POLL_SECONDS)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what is under way is done."""
        self._stopping = True
        self._news.set()

    async def _claim(self) -> list[ClaimedFile]:
        async with self._engine.begin() as connection:
            lease = timedelta(seconds=LEASE_SECONDS)
            return await claims.claim(connection, self._fetching.copy(), lease=lease)

    async def _fetch(self, claimed: ClaimedFile) -> None:
        try:
            result = await self._download(claimed)
            self._heed(result)
            await self._record(claimed, result)
        finally:
            self._fetching.give(claimed.account)
            # There is room for another one.
            self._news.set()

    async def _download(self, claimed: ClaimedFile) -> FileVerdict | Later:
        account = self._accounts.get(claimed.account)
        if account is not None:
            return await download(account, claimed.entry, self._store, self._limit)
        if claimed.account in self._accounts:
            # The simulator's, which has no provider.
            return FileVerdict(MediaState.REFUSED, error=NO_WAY)
        return Later(f"There is no account {claimed.account} any more.")

    def _heed(self, result: FileVerdict | Later) -> None:
        """See from what came of a file whether its disk is full."""
        if isinstance(result, Later) and result.reason == FULL:
            self.disk.tell()
            log.error("the files' disk is full")
        elif isinstance(result, FileVerdict) and result.state is MediaState.STORED:
            self.disk.written()

    def _tell(self, error: Exception, what: str, **details: str) -> None:
        """Log what is to be done again, as what kept it from being done."""
        if self.disk.heed(error):
            log.error("the database's disk is full", **details)
        else:
            log.warning(what, error=type(error).__name__, **details)

    async def _record(self, claimed: ClaimedFile, result: FileVerdict | Later) -> None:
        try:
            async with self._engine.begin() as connection:
                state = await claims.record(connection, claimed, result)
        except Exception as error:  # noqa: BLE001 - it has to outlive every fault of its surroundings
            # It is fetched again when its claim has run out; the store has the bytes once all the same.
            self._tell(error, "a file's fetching is not recorded", file=claimed.id)
            return
        if state is None:
            return
        counted(claimed.account.partition(":")[0], state).inc()
        reason = result.reason if isinstance(result, Later) else result.error
        details = {"reason": reason} if reason else {}
        log.info("file", file=claimed.id, attempt=claimed.attempt, state=state, **details)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
