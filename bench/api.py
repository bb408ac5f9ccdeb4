"""`api`: how long a program waits for lists among a million messages, and for ten thousand messages to be queued."""

import asyncio
import time
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import aiohttp
from sqlalchemy import select

from bench.fill import fill, people
from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, postgres, recado
from bench.progress import say
from bench.runs import WEBHOOK
from bench.scenario import Posts
from bench.stats import percentile
from bench.targets import API_LIST, API_SENDING, Finding
from bench.words import gather_words
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.messages.models import Message
from bot.users.rules import Role, permissions_of
from bot.users.service import MOST_A_MINUTE, add_token, add_user, find_user

_CONNECTIONS = 16
_LOOKS = 200
"""Pages of each list; the first ten do not count."""
_WARM = 10


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        writers: people who have just written, to whom is sent.
        contacts: people there are.
        messages: there are.
        sends: messages that are asked to be sent.
    """

    writers: int
    contacts: int
    messages: int
    sends: int


_FULL = Extent(10_000, 100_000, 1_000_000, 10_000)
_QUICK = Extent(500, 4_000, 40_000, 1_000)


async def measure(*, quick: bool = False) -> Outcome:
    """On PostgreSQL."""
    extent, outcome = _QUICK if quick else _FULL, Outcome("api")
    async with postgres() as databases:
        url = await databases.create()
        await people(url, extent.writers)
        say(await fill(url, extent.messages, extent.contacts))
        await gather_words(url)
        outcome.figures["postgresql"] = await postgresql(url)
        async with recado(url) as server:
            # WhatsApp lets words through for a day after somebody wrote.
            await server.take(Posts(WEBHOOK, "NOW", extent.writers).take(extent.writers))
            token, writers = await _prepared(server, extent)
            async with aiohttp.ClientSession(
                f"http://127.0.0.1:{server.process.port}",
                headers={"Authorization": f"Bearer {token}"},
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            ) as session:
                lists = {
                    "contacts": await _paged(session, "/api/v1/contacts"),
                    "a contact's messages": await _pages_of(session, writers),
                    "messages": await _paged(session, "/api/v1/messages"),
                }
                took, waits = await _sent(session, writers, extent.sends)
    outcome.lines += [f"  {label:24} {_times(waited)}" for label, waited in lists.items()]
    outcome.lines.append(f"  {extent.sends:,} messages in {took:.1f} s on {_CONNECTIONS} connections   {_times(waits)}")
    worst = max(percentile(lists[each], 0.95) for each in ("contacts", "a contact's messages"))
    a_minute = extent.sends / took * 60
    outcome.findings = [Finding.median_of(API_LIST, [worst * 1000]), Finding.median_of(API_SENDING, [a_minute])]
    outcome.figures["lists"] = lists
    outcome.figures["sending"] = {"seconds": took, "messages": extent.sends}
    return outcome


async def _prepared(server: Server, extent: Extent) -> tuple[str, list[str]]:
    """A token, and to whom it may send."""
    engine = create_engine(server.database)
    try:
        async with engine.begin() as connection:
            made = await add_user(connection, "program@example.com", Role.ADMIN, Actor("bench"), utc_now())
            user = await find_user(connection, made.id)
            scopes = permissions_of(Role.ADMIN)
            _id, token = await add_token(
                connection, user, "bench", scopes, Actor("bench"), utc_now(), rate_limit=MOST_A_MINUTE
            )
            written = Message.provider_message_id.like("wamid.NOW%")
            newest = select(Message.contact_id).where(written).distinct().limit(extent.writers)
            return token, list(await connection.scalars(newest))
    finally:
        await engine.dispose()


async def _paged(session: aiohttp.ClientSession, path: str) -> list[float]:
    """Seconds for each page, going on from page to page."""
    waited, cursor = [], None
    for _ in range(_LOOKS):
        since = time.perf_counter()
        told = await _got(session, path, {"limit": "50", **({"cursor": cursor} if cursor else {})})
        waited.append(time.perf_counter() - since)
        cursor = told["next"]
    return waited[_WARM:]


async def _pages_of(session: aiohttp.ClientSession, contacts: list[str]) -> list[float]:
    """Seconds for the first page of each of some contacts' messages."""
    waited = []
    for contact_id in contacts[:_LOOKS]:
        since = time.perf_counter()
        await _got(session, f"/api/v1/contacts/{contact_id}/messages", {"limit": "50"})
        waited.append(time.perf_counter() - since)
    return waited[_WARM:]


async def _got(session: aiohttp.ClientSession, path: str, query: dict[str, str]) -> dict[str, Any]:
    async with session.get(path, params=query) as answer:
        told: dict[str, Any] = await answer.json()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}: {told}")
        return told


async def _sent(session: aiohttp.ClientSession, contacts: list[str], count: int) -> tuple[float, list[float]]:
    """Queue so many messages, each with a key of its own; the seconds for all, and for each."""
    wanted = iter([(number, contact) for number, contact in zip(range(count), cycle(contacts), strict=False)])
    waited: list[float] = []

    async def work() -> None:
        for number, contact_id in wanted:
            body = {"contact_id": contact_id, "text": f"Your order {number} is ready."}
            since = time.perf_counter()
            async with session.post("/api/v1/messages", json=body, headers={"Idempotency-Key": f"o{number}"}) as answer:
                told = await answer.text()
                if answer.status != 201:
                    raise RuntimeError(f"a message was answered {answer.status}: {told[:300]}")
            waited.append(time.perf_counter() - since)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
    return time.perf_counter() - began, waited


def _times(seconds: list[float]) -> str:
    p50, p95, longest = (f"{percentile(seconds, share) * 1000:6.1f}" for share in (0.5, 0.95, 1.0))
    return f"p50 {p50} ms   p95 {p95} ms   at most {longest} ms"
