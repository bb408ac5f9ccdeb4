"""From a verified, parsed webhook to a commit: what waits at the same moment shares one transaction.

`receive` returns once everything the post carried is committed. On PostgreSQL two batches are under way at a time in
a process, one in Python while the other is in the database; meanwhile the next one gathers. A person is never in two
at once, so that their messages keep their order. A fault of the data bisects the batch, so that it costs only the
message that carries it; a lock that another process holds is waited for in halves.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.channels.service import Accounts
from bot.contacts import service as contacts
from bot.contacts.service import ContactsChangedError, ContactsHeldError
from bot.conversations.authority import Foreign
from bot.conversations.batch import DuplicatesError, InboundKey, Judgements, Taken, take
from bot.conversations.intake_report import report
from bot.conversations.posts import Item, Post, ReplayedError, judged_of, refuse, spend_tokens
from bot.conversations.rounds import MAX_SAVEPOINTS, ActionFailedError
from bot.conversations.runner import MAX_AGE
from bot.conversations.triage import Carried, Kept, Sorted, carried, sort
from bot.conversations.waiting import Waiting
from bot.core.clock import Clock
from bot.core.errors import Blame, BotError
from bot.core.messages import Delivery, InboundMessage
from bot.db.faults import is_contention, is_disconnect, is_outage
from bot.db.full_disk import FullDisk
from bot.db.traffic import Traffic
from bot.flows.service import Catalogue
from bot.messages import service as messages
from bot.messages.media.service import Files, FileVerdict
from bot.messages.service import RawPost
from bot.providers.base import WebhookRequest
from bot.web import metrics

MAX_BATCH = 100
"""Items (messages, statuses, events) in one transaction."""
BATCHES_UNDER_WAY = 2
"""More would only be smaller: the process that runs their turns has one core."""
WORTH_ANOTHER = 32
"""Items that must wait before a second batch sets out beside the first: small ones cost more than they gain."""
MAX_WAITING = 5_000
"""A post is refused while so many places are taken, and its provider sends it again; else it is taken whole."""
PENDING_ABOVE = 10 * MAX_BATCH
"""Places taken above which messages are committed with their turns still to come."""
MAX_TRIES = 6
"""How often one item is tried against locks that others hold."""
FIRST_REST, LONGEST_REST = 0.02, 0.5
"""Seconds after which somebody's contact that another process holds is tried again, doubled each time."""
MAX_RESTS = 24
"""How often: ten seconds in all, for providers give up on a post after fifteen."""

log = structlog.get_logger()


class OverloadedError(BotError):
    """Too much is waiting: HTTP 503 with Retry-After."""

    blame = Blame.SURROUNDINGS


@dataclass(slots=True)
class Intake:
    """The way in.

    Attributes:
        engine: the database.
        catalogue: what is published.
        accounts: those we know; a message for another one is kept, not answered.
        clock: gives the moment of each batch.
        on_queued: told after a commit that queued outbound messages, so that the outbox need not poll for them.
        files: takes the files that come within posts.
        on_files: told after a commit of messages whose files are to be fetched.
        disk: whether what came last could not be written, because a disk is full.
        max_age: what was said longer ago is not answered.
        bound: of what is kept raw.
        traffic: counts each post from when it waits until it has its answer.
    """

    engine: AsyncEngine
    catalogue: Catalogue
    accounts: Accounts
    clock: Clock
    on_queued: Callable[[], None]
    files: Files
    on_files: Callable[[], None]
    max_age: timedelta = MAX_AGE
    bound: messages.Bound = field(default_factory=messages.Bound)
    disk: FullDisk = field(default_factory=FullDisk)
    traffic: Traffic = field(default_factory=Traffic)
    _waiting: Waiting = field(default_factory=Waiting)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    async def receive(
        self,
        provider: str,
        delivery: Delivery,
        payload: bytes,
        *,
        foreign: Sequence[Foreign] = (),
        request: WebhookRequest | None = None,
        proven_by: str = "",
    ) -> None:
        """Commit all that `delivery` carries, turns included; a caller that goes away cancels nothing.

        Raises OverloadedError when too much waits, BotError with blame SURROUNDINGS when the database is away, and
        SignatureError when the post was signed with a one-time token that stood for something else before.

        Args:
            provider: its name.
            delivery: what the post may say.
            payload: the raw post.
            foreign: what it said of accounts for which it does not speak; that is only kept.
            request: as it was received, so that what is kept of it can be read again; None for no webhook.
            proven_by: the account whose credentials proved it; empty where nothing did.
        """
        what: tuple[Carried, ...] = (*carried(delivery), *foreign)
        if not what:
            return
        self._require_room()
        judged: dict[InboundKey, Mapping[int, FileVerdict]] = {}
        for each in delivery.messages:
            if each.files and each.account in self.accounts:
                judged[each.account, each.provider_message_id] = await self._kept(each)
        if judged:
            # Keeping files takes a while, in which it may have been told to stop.
            self._require_room()
        done = asyncio.get_running_loop().create_future()
        post = Post(RawPost(provider, payload, request, proven_by), delivery, len(what), done, judged)
        places = min(len(what), MAX_BATCH)
        self._waiting.enter(post, what, places)
        self._changed.set()
        with self.traffic.one_more():
            try:
                await post.done
            finally:
                self._waiting.leave(places)

    async def _kept(self, message: InboundMessage) -> Mapping[int, FileVerdict]:
        try:
            return await self.files.keep(message)
        except OSError as error:
            self.disk.heed(error)
            raise

    def _require_room(self) -> None:
        if self._stopping or self._waiting.places >= MAX_WAITING:
            raise OverloadedError("too much is waiting", mend="Try again in a few seconds.")

    async def run(self) -> None:
        """Commit batches until `stop`; then finish what waits."""
        # SQLite has one writer.
        under_way = 1 if self.engine.dialect.name == "sqlite" else BATCHES_UNDER_WAY
        async with asyncio.TaskGroup() as lanes:
            for _ in range(under_way):
                lanes.create_task(self._run_lane())

    def stop(self) -> None:
        """Take nothing new; `run` returns when all that waits is committed."""
        self._stopping = True
        self._changed.set()

    async def _run_lane(self) -> None:
        while self._waiting or not self._stopping:
            may_begin = self._waiting.is_idle or len(self._waiting) >= WORTH_ANOTHER
            batch = self._waiting.next_batch(MAX_BATCH) if may_begin else []
            if not batch:
                self._changed.clear()
                await self._changed.wait()
                continue
            try:
                await self._process(batch, run_turns=self._waiting.places <= PENDING_ABOVE)
            finally:
                self._waiting.done(batch)
                self._changed.set()

    async def _process(self, items: Sequence[Item], *, run_turns: bool, tries: int = 1, apart: bool = False) -> None:
        # A post that has failed is sent again as a whole: its later messages must not come before its earlier ones.
        items = [item for item in items if not item.post.failed]
        if not items:
            return
        try:
            queued = await self._commit(items, run_turns=run_turns, apart=apart)
        except ContactsHeldError as error:
            self._rest([item for item in items if not error.named.isdisjoint(item.people)])
            others = [item for item in items if error.named.isdisjoint(item.people)]
            await self._process(others, run_turns=run_turns, tries=tries)
            return
        except ActionFailedError:
            for at in range(0, len(items), MAX_SAVEPOINTS):
                part = items[at : at + MAX_SAVEPOINTS]
                await self._process(part, run_turns=run_turns, tries=tries, apart=True)
            return
        except Exception as error:  # noqa: BLE001 - every fault is sorted here, and no post is left without an answer
            await self._recover(items, error, run_turns=run_turns, tries=tries)
            return
        self.disk.written()
        for item in items:
            item.post.settle()
        if queued:
            self.on_queued()
        if self.bound.is_due:
            await self._trim()

    def _rest(self, items: Sequence[Item]) -> None:
        """Let items whose contacts somebody else holds wait for them, with their people's later ones behind them."""
        self._waiting.rest(items)
        for item in items:
            rests = self._waiting.rests(item)
            if rests > MAX_RESTS:
                log.error("contact not had", provider=item.post.raw.provider)
                item.post.fail(_away())
            pause = min(FIRST_REST * 2 ** (rests - 1), LONGEST_REST)
            asyncio.get_running_loop().call_later(pause, self._wake, item)

    def _wake(self, item: Item) -> None:
        self._waiting.wake(item)
        self._changed.set()

    async def _recover(self, items: Sequence[Item], error: Exception, *, run_turns: bool, tries: int) -> None:
        """Sort a batch's fault: contention and data faults go on in halves, an outage is told to the providers."""
        contention = is_contention(error) or isinstance(error, ContactsChangedError)
        if is_disconnect(error) and tries == 1:
            # A connection that died while it lay idle says nothing of the database, and not every provider asks twice.
            await self._process(items, run_turns=run_turns, tries=2)
            return
        full = self.disk.heed(error)
        if is_outage(error) or (contention and tries >= MAX_TRIES):
            what = "the database's disk is full" if full else "database away"
            log.error(what if is_outage(error) else "locks not had", error=type(error).__name__)
            for item in items:
                item.post.fail(_away())
            return
        if contention:
            await asyncio.sleep(0.01 * 2**tries)
        if len(items) > 1:
            half = len(items) // 2
            # Halves in order, so that a contact's messages keep theirs.
            for part in (items[:half], items[half:]):
                await self._process(part, run_turns=run_turns, tries=tries + contention)
        elif contention:
            await self._process(items, run_turns=run_turns, tries=tries + 1)
        elif run_turns:
            # Perhaps the message is sound and only what its turn came to is refused: then the sweeper parks it.
            await self._process(items, run_turns=False, tries=tries)
        else:
            await self._keep_unstorable(items[0], error)

    async def _keep_unstorable(self, item: Item, error: Exception) -> None:
        """An item that the database refuses by itself: authentic, so it is kept raw and not asked for again."""
        post, provider = item.post, item.post.raw.provider
        log.error("item refused by the database", provider=provider, error=type(error).__name__)
        try:
            async with self.engine.begin() as connection:
                added = await self._keep(connection, Kept(post.raw, "unknown", "", [type(error).__name__]))
        except Exception as fault:  # noqa: BLE001 - the post must have an answer, and its provider will send it again
            log.error("post not kept", provider=provider, error=type(fault).__name__)  # noqa: TRY400 - its text may quote the post
            post.fail(_away())
        else:
            metrics.NOT_UNDERSTOOD.labels(provider=provider, kind="unknown").inc()
            self.bound.grown(added)
            post.settle()

    async def _commit(self, items: Sequence[Item], *, run_turns: bool, apart: bool) -> int:
        """Commit `items` in one transaction; returns how many outbound messages were queued."""
        seen: frozenset[InboundKey] = frozenset()
        while items:
            found = sort(((each.post.raw, each.what) for each in items), self.accounts, seen)
            for kept in found.kept.values():
                # A large body takes a while to look through, in which no lock is to be held.
                await kept.post.kept()
            try:
                async with self.engine.begin() as connection:
                    await spend_tokens(connection, items, self.clock())
                    judged = judged_of(items)
                    taken = await self._write(connection, found, judged, run_turns=run_turns, apart=apart)
                    added = sum([await self._keep(connection, kept) for kept in found.kept.values()])
            except DuplicatesError as error:
                # Each round removes at least one message, so this ends.
                seen |= error.keys
                continue
            except ReplayedError as error:
                items = refuse(items, error.tokens)
                continue
            report(found, taken)
            self.bound.grown(added)
            if taken.files_wait:
                self.on_files()
            return taken.queued
        return 0

    async def _write(
        self, connection: AsyncConnection, found: Sorted, judged: Judgements, *, run_turns: bool, apart: bool
    ) -> Taken:
        now = self.clock()
        taken = Taken()
        if found.incoming:
            taken = await take(
                connection,
                self.catalogue,
                found.incoming,
                now,
                run_turns=run_turns,
                judged=judged,
                max_age=self.max_age,
                apart=apart,
            )
        if found.statuses:
            await messages.apply(connection, [each for updates in found.statuses.values() for each in updates], now)
        if found.preferences:
            await self._apply_preferences(connection, found, now)
        return taken

    async def _apply_preferences(self, connection: AsyncConnection, found: Sorted, now: datetime) -> None:
        """Set what people told their providers; of somebody we do not know only the post is kept."""
        preferences = [each for _post, each in found.preferences]
        unknown = await contacts.apply_preferences(connection, preferences, now)
        for post, each in found.preferences:
            if each in unknown:
                found.keep(post, "unknown", each.account, "preference of an unknown address")

    async def _keep(self, connection: AsyncConnection, kept: Kept) -> int:
        return await messages.keep(connection, kept.post, kept.kind, kept.detail, kept.account or None, self.clock())

    async def _trim(self) -> None:
        """Hold what is kept raw within its bound; in a transaction of its own, since no post is to fail for it."""
        self.bound.is_due = False
        try:
            async with self.engine.begin() as connection:
                dropped = await messages.trim(connection, self.bound.most)
        except Exception as error:  # noqa: BLE001 - the next post that is kept asks for it again
            log.warning("kept posts not trimmed", error=type(error).__name__)
        else:
            self.bound.held(dropped)


def _away() -> BotError:
    return BotError("the database does not answer", mend="Try again in a few seconds.", blame=Blame.SURROUNDINGS)
