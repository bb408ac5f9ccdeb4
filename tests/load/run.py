"""Load and fault runs: two serving processes on one PostgreSQL against the same messages taken one by one.

    python -m tests.load.run                      200 people x 20 messages over 32 connections
    python -m tests.load.run --kill 4             the same, and four times `kill -9` of either process
    python -m tests.load.run --people 30 --messages 8 --kill 1

Prints what it measured and exits 1 when a recorded conversation differs, a message is lost or sent twice without
being counted, or a deadlock was logged.
"""

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import json
import random
import socket
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import select, text

from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.messages.models import Message
from tests.load.scenario import BUNDLE, Written, conversation
from tests.support.postgres import Databases, postgres_server
from tests.support.processes import BotProcess, free_port

SECRET = "load-run-app-secret"
NUMBER_ID = "106540000000001"
_REPEAT_PAUSE = 0.2
_DRAIN_SECONDS = 180.0
_FIRST_KILL = 0.3
_BETWEEN_KILLS = 1.5

Recorded = dict[str, list[tuple[str, str]]]
"""For each phone: (direction, content) by seq."""


@dataclass(slots=True)
class Graph:
    """A stand-in for Meta's send API that remembers what came: (phone, our message id), in order."""

    url: str = ""
    received: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, request: web.Request) -> web.Response:
        """Take one message."""
        body = await request.json()
        self.received.append((body["to"], body["biz_opaque_callback_data"]))
        given = {"messages": [{"id": f"wamid.OUT{len(self.received):08d}"}], "contacts": [{"wa_id": body["to"]}]}
        return web.json_response(given)


@asynccontextmanager
async def graph_api() -> AsyncIterator[Graph]:
    """A stand-in Graph API on loopback."""
    graph = Graph()
    app = web.Application()
    app.router.add_post("/{number}/messages", graph.send)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        graph.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        await web.SockSite(runner, listener).start()
        yield graph
        await runner.cleanup()


@asynccontextmanager
async def servers(databases: Databases, count: int, graph: Graph) -> AsyncIterator[tuple[list[BotProcess], str]]:
    """`count` serving processes on one fresh database with the load bundle published."""
    url = await databases.create()
    environment = {
        "DATABASE_URL": url,
        "WHATSAPP_API_URL": graph.url,
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_ACCESS_TOKEN": "token",
        "WHATSAPP_APP_SECRET": SECRET,
        "WHATSAPP_RATE": "10000",
        "BOT_LOG_LEVEL": "warning",
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "load.yaml").write_text(BUNDLE)
        loader = BotProcess(environment, 0, ("flows", "load", "load.yaml"), folder)
        await loader.start()
        assert loader.process is not None
        if await loader.process.wait():
            raise AssertionError(loader.output)
        made = []
        for number in range(count):
            own = folder / f"server{number}"
            own.mkdir()
            port = free_port()
            made.append(BotProcess(environment, port, ("run", "--port", str(port)), own))
        await asyncio.gather(*(server.start() for server in made))
        try:
            yield made, url
        finally:
            await asyncio.gather(*(server.stop() for server in made))
            await databases.drop(url)


@dataclass(slots=True)
class Provider:
    """Posts as Meta does: again, with the same id, until it gets a 2xx."""

    targets: Sequence[BotProcess]
    repeats: int = 0
    latencies: list[float] = field(default_factory=list)

    async def post(self, session: aiohttp.ClientSession, written: Written, choice: random.Random) -> None:
        """Post one message until it is taken."""
        body, headers = signed(written)
        while True:
            target = choice.choice(self.targets)
            started = time.perf_counter()
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with session.post(f"{target.url}/webhooks/whatsapp", data=body, headers=headers) as response:
                    if response.status == 200:
                        self.latencies.append(time.perf_counter() - started)
                        return
            self.repeats += 1
            await asyncio.sleep(_REPEAT_PAUSE)


def signed(written: Written) -> tuple[bytes, dict[str, str]]:
    """Body and headers of Meta's post for `written`."""
    message = {
        "from": written.phone,
        "id": written.message_id,
        "timestamp": str(int(utc_now().timestamp())),
        "type": "text",
        "text": {"body": written.text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15557770000", "phone_number_id": NUMBER_ID},
        "contacts": [{"profile": {"name": "Rui"}, "wa_id": written.phone}],
        "messages": [message],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return body, {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


async def post_all(provider: Provider, people: Sequence[Sequence[Written]], connections: int) -> None:
    """Everybody writes at once, each awaiting the 2xx before the next message."""
    connector = aiohttp.TCPConnector(limit=connections)
    timeout = aiohttp.ClientTimeout(total=20)
    waiting = list(people)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def carry(number: int) -> None:
            choice = random.Random(number)  # noqa: S311 - which server is asked must be repeatable, not secret
            while waiting:
                for written in waiting.pop():
                    await provider.post(session, written, choice)

        await asyncio.gather(*(carry(number) for number in range(connections)))


async def kill_now_and_then(servers: Sequence[BotProcess], times: int) -> None:
    """`kill -9` one process after the other in the middle of the load, and start each again."""
    for number in range(times):
        await asyncio.sleep(_BETWEEN_KILLS if number else _FIRST_KILL)
        victim = servers[number % len(servers)]
        await victim.kill()
        await asyncio.sleep(0.5)
        await victim.start()


async def drained(url: str) -> bool:
    """Wait until nothing is queued or pending; False when that takes too long."""
    engine = create_engine(url)
    question = text(
        "SELECT count(*) FROM messages WHERE (direction = 'outbound' AND status = 'queued') OR turn_state = 'pending'"
    )
    try:
        for _ in range(int(_DRAIN_SECONDS / 0.5)):
            async with engine.connect() as connection:
                if (await connection.execute(question)).scalar_one() == 0:
                    return True
            await asyncio.sleep(0.5)
        return False
    finally:
        await engine.dispose()


async def recorded(url: str) -> tuple[Recorded, dict[str, int], Counter[str]]:
    """The conversations as they stand in the database; sends_unknown by message id; outbound statuses."""
    engine = create_engine(url)
    columns = (Message.id, Message.address, Message.direction, Message.content, Message.status, Message.sends_unknown)
    conversations: Recorded = defaultdict(list)
    unknown: dict[str, int] = {}
    statuses: Counter[str] = Counter()
    async with engine.connect() as connection:
        for row in await connection.execute(select(*columns).order_by(Message.contact_id, Message.seq)):
            conversations[row.address].append((row.direction, row.content))
            if row.direction == "outbound":
                unknown[row.id] = row.sends_unknown
                statuses[row.status] += 1
    await engine.dispose()
    return conversations, unknown, statuses


async def one_by_one(databases: Databases, people: Sequence[Sequence[Written]]) -> Recorded:
    """The same messages through one process, each after the one before."""
    async with graph_api() as graph, servers(databases, 1, graph) as (made, url):
        provider = Provider(made)
        await post_all(provider, people, 1)
        await drained(url)
        return (await recorded(url))[0]


def differences(expected: Recorded, found: Recorded) -> list[str]:
    """A line for each person whose recorded conversation is not the expected one."""
    lines = []
    for phone in sorted(expected.keys() | found.keys()):
        if expected.get(phone) != found.get(phone):
            pairs = zip(expected.get(phone, []), found.get(phone, []), strict=False)
            at = next((number for number, (one, other) in enumerate(pairs) if one != other), -1)
            lines.append(f"{phone}: differs at message {at}")
    return lines


def sends(graph: Graph, unknown: Mapping[str, int]) -> tuple[list[str], int]:
    """What is wrong with what the provider received, and how many sends were repeats."""
    counts = Counter(message_id for _to, message_id in graph.received)
    wrong = [f"{message_id}: never sent" for message_id in unknown if counts[message_id] == 0]
    wrong += [f"{message_id}: sent, but not recorded" for message_id in counts if message_id not in unknown]
    repeats = 0
    for message_id, count in counts.items():
        repeats += count - 1
        if count - 1 > unknown.get(message_id, 0):
            wrong.append(f"{message_id}: sent {count} times, {unknown.get(message_id, 0)} counted")
    return wrong, repeats


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to.

    Attributes:
        lines: for a person.
        faults: what must not be; empty when all is well.
    """

    lines: list[str]
    faults: list[str]


async def run(databases: Databases, *, people: int, messages: int, connections: int, kills: int) -> Report:
    """One whole run."""
    written = [conversation(person, messages) for person in range(people)]
    expected = await one_by_one(databases, written)
    async with graph_api() as graph, servers(databases, 2, graph) as (made, url):
        provider = Provider(made)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(post_all(provider, written, connections))
            group.create_task(kill_now_and_then(made, kills))
        seconds = time.perf_counter() - started
        all_sent = await drained(url)
        found, unknown, statuses = await recorded(url)
        outputs = "\n".join(server.output for server in made)
    faults = differences(expected, found)
    wrong, repeats = sends(graph, unknown)
    faults += wrong
    if not statuses:
        # Two conversations in which nobody is answered are the same, too.
        faults.append("nobody was answered")
    if not all_sent:
        faults.append("the outbox did not drain")
    if statuses.keys() - {"sent"}:
        faults.append(f"outbound statuses: {dict(statuses)}")
    if "deadlock" in outputs.lower():
        faults.append("a deadlock was logged")
    if not kills and provider.repeats:
        faults.append(f"{provider.repeats} posts had to be repeated without a kill")
    inbound = sum(1 for rows in found.values() for direction, _content in rows if direction == "inbound")
    latencies = sorted(provider.latencies)
    rate, median = len(latencies) / seconds, latencies[len(latencies) // 2] * 1000
    p99 = latencies[int(len(latencies) * 0.99)] * 1000
    return Report(
        lines=[
            f"people {people} x messages {messages}, {connections} connections, 2 processes, {kills} kills",
            f"inbound recorded {inbound}, outbound {sum(statuses.values())} {dict(statuses)}",
            f"{rate:.0f} posts a second, median {median:.0f} ms, p99 {p99:.0f} ms, repeated {provider.repeats}",
            f"sends received {len(graph.received)}, repeats {repeats}, counted as unknown {sum(unknown.values())}",
            f"conversations that differ from one by one: {len(differences(expected, found))}",
        ],
        faults=faults,
    )


async def _main(arguments: argparse.Namespace) -> int:
    with postgres_server() as server:
        databases = Databases(server)
        await databases.prepare()
        report = await run(
            databases,
            people=arguments.people,
            messages=arguments.messages,
            connections=arguments.connections,
            kills=arguments.kill,
        )
        await databases.close()
    sys.stdout.write("\n".join([*report.lines, *(report.faults[:20] or ["all is well"])]) + "\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--kill", type=int, default=0, help="how many times a process is killed in the middle")
    sys.exit(asyncio.run(_main(parser.parse_args())))
