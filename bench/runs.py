"""One run of a closed loop against one server, with what it cost."""

from dataclasses import dataclass

from bench.committed import Committed, committed, require_true
from bench.cpu import Meter
from bench.load import CONNECTIONS, LoadError, Measured
from bench.places import Server, connected
from bench.scenario import Posts
from bot.core.clock import utc_now

WEBHOOK = "/webhooks/whatsapp"
_MOST_A_SECOND = 9_000
"""More than any server here takes; making more posts than are needed only costs time."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a closed loop; times in seconds, costs in microseconds of CPU a turn.

    Attributes:
        server: its name.
        connections: how many posted.
        rate: turns (for the naive server: rows) committed a second.
        turns: how many there were.
        answers: outbound messages committed for them.
        pending: messages taken, whose turn had not come when the run was over; they do not count.
        refused: answers other than 2xx.
        p50: of the answers' latencies.
        p99: of the answers' latencies.
        server_us: of the server.
        postgres_us: of PostgreSQL.
        generator_us: of the load generator.
        rest_us: of everything else on the machine.
    """

    server: str
    connections: int
    rate: float
    turns: int
    answers: int
    pending: int
    refused: int
    p50: float
    p99: float
    server_us: float
    postgres_us: float
    generator_us: float
    rest_us: float

    @property
    def line(self) -> str:
        """As a person reads it."""
        latency = f"p50 {self.p50 * 1000:4.0f} ms   p99 {self.p99 * 1000:4.0f} ms"
        costs = f"server {self.server_us:4.0f}  PostgreSQL {self.postgres_us:4.0f}  generator {self.generator_us:3.0f}"
        return (
            f"{self.server:8} {self.connections:3} connections {self.rate:6.0f} a second   {latency}"
            f"   CPU a turn: {costs}  rest {self.rest_us:4.0f} us"
            + (f"   {self.refused} refused" if self.refused else "")
            + (f"   {self.pending} pending" if self.pending else "")
        )


def posts_for(seconds: float, name: str, people: int) -> list[bytes]:
    """More posts than a server can take in `seconds`; the same ones for the same `name`."""
    return Posts(WEBHOOK, name, people).take(int(seconds * _MOST_A_SECOND))


async def closed(server: Server, posts: list[bytes], seconds: float, connections: int = CONNECTIONS) -> Run:
    """Post to `server` as fast as it answers for `seconds`, and count what it has committed by then."""
    run, _measured, _found = await closed_in_full(server, posts, seconds, connections)
    return run


async def closed_in_full(
    server: Server, posts: list[bytes], seconds: float, connections: int = CONNECTIONS
) -> tuple[Run, Measured, Committed]:
    """The same, with what the generator measured and what was found in the database.

    On PostgreSQL a run begins with a checkpoint, so that no server pays for the pages that another one left to write.
    """
    if not server.on_sqlite:
        async with connected(server.database) as connection:
            await connection.execute("CHECKPOINT")
    meter = await Meter.of(server)
    since = utc_now()
    before = meter.read()
    measured = await server.take(posts, seconds=seconds, connections=connections)
    spent = meter.read() - before
    if measured.taken + measured.refused == len(posts):
        raise LoadError(f"{server.name} took all {len(posts)} posts before the time was over")
    found = await committed(server, since)
    require_true(server, measured, found)
    each = 1e6 / found.turns
    run = Run(
        server=server.name,
        connections=connections,
        rate=found.turns / measured.seconds,
        turns=found.turns,
        answers=found.answers,
        pending=found.pending,
        refused=measured.refused,
        p50=measured.percentile(0.5),
        p99=measured.percentile(0.99),
        server_us=spent.server * each,
        postgres_us=spent.postgres * each,
        generator_us=spent.generator * each,
        rest_us=max(0.0, spent.rest) * each,
    )
    return run, measured, found
