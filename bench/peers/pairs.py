"""`peers`: messages a second against other chat bot servers'. They keep nothing on disk; ours keeps all of it.

A message counts when its post got a 2xx and its right answer arrived at the provider. All answer into the same
stand-in, one process each, ours on a durable PostgreSQL beside it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.load import LoadError
from bench.outcome import Outcome
from bench.peers.installs import NotRunError
from bench.peers.keywords import PEOPLE, Crowd
from bench.peers.rounds import WINDOWS, Provider, Round, Table, providing
from bench.peers.servers import Builderbot, Opsdroid, Peer, Pywa, recado
from bench.places import connected, postgres
from bench.progress import say
from bench.targets import Finding, peer

_PAIRS = 5
_SECONDS = 2.5
_PRACTICE = 256
"""Messages that a server answers before a round, to be warm."""
_WITH_A_PAUSE = 20
"""Messages for builderbot with its own pause, which answers five a second."""
_USUAL = WINDOWS[1]
_HISTORY = 100_000
"""Entries of 50,000 messages."""
_WITH_A_HISTORY = 1_000


@dataclass(slots=True)
class Compared:
    """A peer and ours, round by round.

    Attributes:
        name: the peer's, with its version.
        note: how it is set up, and what it cannot do.
        ours: rounds of ours.
        theirs: rounds of the peer.
        not_run: why there are none; empty when there are.
    """

    name: str
    note: str
    ours: list[Round] = field(default_factory=list)
    theirs: list[Round] = field(default_factory=list)
    not_run: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours by theirs, pair by pair."""
        return [our.rate / their.rate for our, their in zip(self.ours, self.theirs, strict=True)]

    @property
    def lines(self) -> list[str]:
        """As a person reads it."""
        if self.not_run:
            return [f"{self.name}: not run: {self.not_run}"]
        ours, theirs = (median(each.rate for each in rounds) for rounds in (self.ours, self.theirs))
        lost = sum(each.missing for each in self.theirs)
        return [
            f"{self.name:18} {theirs:6.0f} messages a second, ours {ours:6.0f}: ratio {median(self.ratios):.2f}"
            f" ({min(self.ratios):.2f} to {max(self.ratios):.2f})" + (f"; it lost {lost} answers" if lost else ""),
            f"{'':18} {self.note}",
        ]


async def measure() -> Outcome:
    """Install each of them, then measure pairs with ours; about six minutes."""
    with TemporaryDirectory(prefix="recado-peers-") as folder:
        scratch = Path(folder)
        async with providing() as provider:
            peers = [make(scratch, provider.url) for make in (Builderbot, Pywa, Opsdroid)]
            compared = [await _installed(each) for each in peers]
            async with _ours(scratch, provider) as ours:
                for each, result in zip(peers, compared, strict=True):
                    if not result.not_run:
                        await _compare(each, result, ours)
            aside = {} if compared[0].not_run else await _aside(scratch, provider)
    return _outcome(compared, aside)


async def _installed(each: Peer) -> Compared:
    say(f"installing {each.name}")
    result = Compared(each.name, each.note)
    try:
        await each.install()
    except NotRunError as error:
        result.not_run = str(error)
        say(result.lines[0])
    return result


@dataclass(frozen=True, slots=True)
class _Ours:
    """Ours, warm, and at what rate of posts it answers most."""

    table: Table
    database: str
    best: Round


@asynccontextmanager
async def _ours(scratch: Path, provider: Provider) -> AsyncIterator[_Ours]:
    """Started once, with everyone known and its tables looked at: what a server is that has run for a while."""
    async with postgres() as databases:
        database = await databases.create()
        async with recado(database, provider.url, scratch / "recado") as server:
            table = Table(server, Crowd(server.path, server.form, "OURS"), provider)
            say(f"{PEOPLE} people write to ours once")
            await table.round(PEOPLE, WINDOWS[-1])
            async with connected(database) as connection:
                await connection.execute("VACUUM ANALYZE")
            best = await table.best(_SECONDS)
            say(f"ours: {_told(best)}")
            yield _Ours(table, database, best)


async def _aside(scratch: Path, provider: Provider) -> dict[str, Round]:
    """Builderbot as the pairs do not measure it: a sentence, and the round it tells of."""
    say("builderbot with its pause, and with a history")
    made = {}
    async with Builderbot(scratch, provider.url, pause=True).running() as server:
        table = Table(server, Crowd(server.path, server.form, "PAUSE"), provider)
        made["builderbot with the pause that its queue comes with"] = await table.round(_WITH_A_PAUSE, _USUAL)
    async with Builderbot(scratch, provider.url, history=_HISTORY).running() as server:
        table = Table(server, Crowd(server.path, server.form, "HISTORY"), provider)
        await table.round(_PRACTICE, _USUAL)
        sentence = f"builderbot without it, when its memory database, which it reads through, has {_HISTORY} entries"
        made[sentence] = await table.round(_WITH_A_HISTORY, _USUAL)
    return made


async def _compare(each: Peer, result: Compared, ours: _Ours) -> None:
    """Measure A B A B …; a peer that fails is told of, and the others go on."""
    try:
        async with each.running() as server:
            best = await Table(server, Crowd(server.path, server.form, "BEST"), ours.table.provider).best(_SECONDS)
        say(f"{each.name}: {_told(best)}")
        for number in range(_PAIRS):
            async with each.running() as server:
                table = Table(server, Crowd(server.path, server.form, f"PAIR{number}N"), ours.table.provider)
                await table.round(_PRACTICE, best.window)
                their = await _round(table, best, ours.database)
            our = await _round(ours.table, ours.best, ours.database)
            result.theirs.append(their)
            result.ours.append(our)
            say(f"{each.name} {their.rate:.0f}, ours {our.rate:.0f}: ratio {our.rate / their.rate:.2f}")
    except (NotRunError, LoadError) as error:
        result.not_run = str(error)
        say(result.lines[0])


async def _round(table: Table, best: Round, database: str) -> Round:
    """One that counts.

    It begins with a checkpoint, so that no server pays for the pages that another round left to write.
    """
    async with connected(database) as connection:
        await connection.execute("CHECKPOINT")
    return await table.round(int(best.rate * _SECONDS), best.window)


def _told(best: Round) -> str:
    return f"{best.rate:.0f} messages answered a second at best, with {best.window} unanswered at a time"


def _outcome(compared: list[Compared], aside: dict[str, Round]) -> Outcome:
    outcome = Outcome("peers")
    for each in compared:
        outcome.lines += each.lines
        outcome.figures[each.name] = asdict(each)
        if not each.not_run:
            outcome.findings.append(Finding.median_of(peer(each.name), each.ratios))
    outcome.lines += [f"{sentence}: {each.rate:.0f} a second" for sentence, each in aside.items()]
    outcome.figures["aside"] = {sentence: asdict(each) for sentence, each in aside.items()}
    return outcome
