"""`memory`: the serving process's resident size, after ten thousand turns and after a million."""

import psutil

from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, graph, postgres, recado
from bench.progress import say
from bench.runs import WEBHOOK
from bench.scenario import PEOPLE, Posts
from bench.sending import drained
from bench.targets import MEMORY, MEMORY_RATIO, Finding

_FIRST = 10_000
_LAST = 1_000_000
_CHUNK = 10_000
_TELL_EVERY = 100_000


async def measure() -> Outcome:
    """A million turns through one process that delivers its outbox, too; its size after every ten thousand."""
    outcome = Outcome("memory")
    async with postgres() as databases, graph() as provider:
        database = await databases.create()
        outcome.figures["postgresql"] = await postgresql(database)
        async with recado(database, provider.settings) as server:
            sizes = await _sizes(server)
    early, late = sizes[_FIRST], sizes[_LAST]
    outcome.figures["megabytes"] = sizes
    most = max(sizes.values())
    outcome.lines.append(f"{early:.0f} MB after {_FIRST} turns, {late:.0f} MB after {_LAST}, {most:.0f} MB at most")
    outcome.findings = [
        Finding.median_of(MEMORY_RATIO, [late / early]),
        Finding.median_of(MEMORY, [late]),
    ]
    return outcome


async def _sizes(server: Server) -> dict[int, float]:
    """Turns to megabytes resident; what one chunk queued is sent before the next one comes."""
    posts = Posts(WEBHOOK, "MEMORY", PEOPLE)
    process = psutil.Process(server.pid)
    made: dict[int, float] = {}
    turns = 0
    waiting = posts.begin_flows()
    while turns < _LAST:
        chunk, waiting = waiting[:_CHUNK], waiting[_CHUNK:]
        measured = await server.take(chunk or posts.take(_CHUNK))
        await drained(server)
        turns += _CHUNK
        if measured.taken != _CHUNK:
            raise RuntimeError(f"{measured.refused} posts were refused:\n{server.process.output[-2000:]}")
        made[turns] = process.memory_info().rss / 1e6
        if turns % _TELL_EVERY == 0:
            say(f"{turns} turns: {made[turns]:.0f} MB, {measured.rate:.0f} a second")
    return made
