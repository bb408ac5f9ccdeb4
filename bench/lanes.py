"""`lanes`: how long an answer takes to its provider beside a campaign of 100,000, against alone.

The delay is that from a person's message to the beginning of the request that carries the answer. The account sends 80
a second, to a provider that answers at once and to one that takes a second; then one a second. Alone and beside take
turns, on a database each, so that what else the machine does falls on both; meanwhile the other's account is paused.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain, count

from aiohttp import web

from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, connected, postgres, recado
from bench.progress import say
from bench.scenario import NUMBER_ID, TRIGGERS, phone, signed, text_for
from bench.stats import percentile
from bench.strangers import Stranger
from bench.targets import LANES, LANES_SLOWLY, Finding
from tests.support.processes import free_port

_RATE = 80
_PROVIDERS = {"quick": 0.0, "slow": 1.0}
"""Seconds until each answers."""
_EVERY = 0.2
"""Seconds between two people's messages. An account whose bulk meets a provider that takes a second has seven slots
left for answers; with more than seven a second they would wait for whichever is free next."""
_EVERY_SLOWLY = 3.0
_SHARES = (0.5, 0.95)
_PATIENCE_SECONDS = 30.0
_GRACE_SECONDS = 0.02
_ACCOUNT = f"whatsapp:{NUMBER_ID}"
_PAUSE = "UPDATE accounts SET paused = $1 WHERE id = $2"
_FILL = """
WITH people AS (
    INSERT INTO contacts (id, seq, created_at, updated_at)
    SELECT 'cbulk' || n, 1, now(), now() FROM generate_series(1, $1::int) AS n RETURNING id
), addresses AS (
    INSERT INTO contact_addresses (id, contact_id, kind, value, created_at, updated_at)
    SELECT id, id, 'phone', '+4479' || lpad(substr(id, 6), 8, '0'), now(), now() FROM people
    RETURNING id, contact_id, value
), agreed AS (
    INSERT INTO consents (id, address_id, channel, opted_in, reason, changed_at, marketing_opted_in, marketing_reason,
                          marketing_changed_at, created_at, updated_at)
    SELECT id, id, 'whatsapp', true, 'word', now(), true, 'word', now(), now(), now() FROM addresses
)
INSERT INTO messages (id, contact_id, account, channel, address_id, address, address_kind, direction, status, seq,
                      content, body, purpose, lane, created_at, updated_at)
SELECT 'm' || id, contact_id, $2, 'whatsapp', id, value, 'phone', 'outbound', 'queued', 1, 'Only today!',
       '{"template": {"name": "today", "language": "en", "parameters": [], "header": null, "buttons": []}}',
       'marketing', 'bulk', now(), now()
FROM addresses
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        bulk: messages of the campaign.
        rounds: each alone and beside, with each provider.
        answers: in a round.
        answers_slowly: at one a second.
    """

    bulk: int
    rounds: int
    answers: int
    answers_slowly: int


_FULL, _QUICK = Extent(100_000, 5, 50, 20), Extent(10_000, 2, 30, 4)


@dataclass(slots=True)
class Provider:
    """WhatsApp's API, which notes when it is asked.

    Attributes:
        url: where it listens.
        seconds: until it answers.
        began: when a request for an address began, by its digits.
    """

    url: str
    seconds: float = 0.0
    began: dict[str, float] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """Take a message, after a while."""
        now = time.perf_counter()
        to = (await request.json()).get("to", "").removeprefix("+")
        self.began.setdefault(to, now)
        self._changed.set()
        await asyncio.sleep(self.seconds)
        return web.json_response({"messages": [{"id": f"wamid.OUT{to}"}]})

    async def asked(self, to: str) -> float:
        """When it was asked for that person; the end of our patience where it was not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while to not in self.began:
                    await self._change()
        return self.began.get(to, time.perf_counter())

    async def takes(self, count: int) -> None:
        """Wait until it was asked for so many more people."""
        wanted = len(self.began) + count
        while len(self.began) < wanted:
            await self._change()

    async def _change(self) -> None:
        changed = self._changed
        await changed.wait()
        if changed is self._changed:
            self._changed = asyncio.Event()


@dataclass(slots=True)
class Place:
    """A server, its provider, and the people who have not written yet."""

    server: Server
    provider: Provider
    people: "count[int]"

    async def delays(self, answers: int, every: float) -> list[float]:
        """Of the answers to so many people, in seconds; they write one after the other, each at their own moment."""
        began = time.perf_counter()
        asked = []
        for number in range(answers):
            await asyncio.sleep(max(0.0, began + number * every - time.perf_counter()))
            asked.append(asyncio.create_task(self._delay(next(self.people))))
        return list(await asyncio.gather(*asked))

    async def _delay(self, person: int) -> float:
        """From the person's message to their answer."""
        since = time.perf_counter()
        async with Stranger(self.server.process.port).connected() as (reader, writer):
            text = text_for(1 + person % (TRIGGERS - 1))
            writer.write(signed("/webhooks/whatsapp", phone(person), f"wamid.LANES{person}", text))
            line = await reader.readuntil(b"\r\n")
            if b" 200 " not in line:
                raise RuntimeError(f"a signed post was answered {line!r}")
        return await self.provider.asked(phone(person)) - since

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Send nothing meanwhile."""
        await self._pause(paused=True)
        yield
        await self._pause(paused=False)

    async def _pause(self, *, paused: bool) -> None:
        async with connected(self.server.database) as connection:
            await connection.execute(_PAUSE, paused, _ACCOUNT)


async def measure(*, quick: bool = False) -> Outcome:
    """Alone and beside the campaign in turns, with either provider, then beside it at one a second."""
    extent, outcome = _QUICK if quick else _FULL, Outcome("lanes")
    async with postgres() as databases:
        empty, full = await databases.create(), await databases.create()
        async with _place(empty, _RATE) as alone, _place(full, _RATE) as beside:
            outcome.figures["postgresql"] = await postgresql(full)
            say(f"queueing {extent.bulk:,} messages")
            await _fill(full, extent.bulk)
            delays: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
            for name, seconds in _PROVIDERS.items():
                for number in range(extent.rounds + 1):
                    alone.provider.seconds = beside.provider.seconds = seconds
                    async with beside.alone():
                        first = await alone.delays(extent.answers, _EVERY)
                    # What the account has saved up meanwhile is spent first.
                    await beside.provider.takes(2 * _RATE)
                    second = await beside.delays(extent.answers, _EVERY)
                    if number:
                        delays[name, "alone"].append(first)
                        delays[name, "beside bulk"].append(second)
                        say(f"{name}: {_line('alone', first)}   {_line('beside', second)}")
        async with _place(full, 1, next(beside.people)) as beside:
            await beside.provider.takes(3)
            slowly = await beside.delays(extent.answers_slowly, _EVERY_SLOWLY)
    outcome.figures["bulk"] = extent.bulk
    pooled = {f"{name} provider, {how}": list(chain.from_iterable(rounds)) for (name, how), rounds in delays.items()}
    pooled["one a second, beside bulk"] = slowly
    outcome.figures["delays"] = pooled
    outcome.lines = [_line(name, seconds) for name, seconds in pooled.items()]
    outcome.findings = [
        *(
            _within(name, share, delays[name, "alone"], delays[name, "beside bulk"])
            for name in _PROVIDERS
            for share in _SHARES
        ),
        Finding(LANES_SLOWLY, percentile(slowly, 0.95), min(slowly), max(slowly), len(slowly)),
    ]
    return outcome


def _within(name: str, share: float, alone: list[list[float]], beside: list[list[float]]) -> Finding:
    """The delay beside bulk, as a part of what it may be: twice that alone, or 20 ms more."""
    parts = []
    for one, other in zip(alone, beside, strict=True):
        least = percentile(one, share)
        parts.append(percentile(other, share) / max(2 * least, least + _GRACE_SECONDS))
    return Finding.median_of(LANES[name, share], parts)


def _line(name: str, seconds: list[float]) -> str:
    """As a person reads it."""
    p50, p95, longest = (f"{percentile(seconds, share) * 1000:6.1f}" for share in (*_SHARES, 1.0))
    return f"{name:26} p50 {p50} ms   p95 {p95} ms   at most {longest} ms"


async def _fill(database: str, bulk: int) -> None:
    async with connected(database) as connection:
        await connection.execute(_FILL, bulk, _ACCOUNT)
        await connection.execute("ANALYZE")


@asynccontextmanager
async def _place(database: str, rate: int, first: int = 0) -> AsyncIterator[Place]:
    """A server on `database` that sends so many a second to a provider of its own; people from the `first` on write."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_post("/{rest:.*}", provider.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    settings = {"BOT_OUTBOX": "on", "WHATSAPP_API_URL": provider.url, "WHATSAPP_RATE": f"{rate}"}
    try:
        async with recado(database, settings) as server:
            yield Place(server, provider, count(first))
    finally:
        await runner.cleanup()
