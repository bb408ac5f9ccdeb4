"""`inbox`: a team at its inbox, with a million messages of a hundred thousand people, on PostgreSQL.

How long a list and a search take; how long words need from a webhook's 2xx to another one's open page, with 200 pages
open on two processes, one of them in a real Chromium; what 50 agents at work cost the turns; and what pages leave
behind in memory that were opened and closed.
"""

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psutil

from bench.arrivals import Arrivals, post_words
from bench.committed import committed, require_true
from bench.cpu import Meter
from bench.fill import fill, people
from bench.handed import hand, open_for
from bench.load import Measured
from bench.machine import postgresql
from bench.onlooker import looking
from bench.outcome import Outcome
from bench.places import Server, postgres, recado
from bench.progress import say
from bench.runs import WEBHOOK, closed, posts_for
from bench.scenario import Posts, phone
from bench.seats import TEAM, Pages, Seat, pages_of, seated
from bench.stats import percentile
from bench.targets import INBOX_LIST, INBOX_MEMORY, INBOX_SEARCH, INBOX_TURNS, INBOX_WORDS, Finding, Target
from bench.words import gather_words
from bot.core.clock import utc_now
from tests.support.chromium import chromium

_SETTLING_SECONDS = 5.0
"""After the last post: what is not on its page by then is told as lost."""
_LISTS = {
    **{f"/inbox, {each}": f"/inbox?list={each}" for each in ("mine", "unassigned", "all", "waiting", "mentioned")},
    **{f"/inbox, {each}": f"/inbox?list={each}" for each in ("snoozed", "resolved")},
    "/inbox, by waiting": "/inbox?list=all&sort=waiting",
    "/inbox, resolved by waiting": "/inbox?list=resolved&sort=waiting",
    "/inbox, unassigned by waiting": "/inbox?list=unassigned&sort=waiting",
    "/inbox, a label": "/inbox?list=all&label=label1",
}
_SEARCHES = {
    "/inbox, search": "/inbox?list=all&q=rui",
    "/contacts, search": "/contacts?q=rui",
    "/messages, search": "/messages?q=rui",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        writers: people whom the bot answers, beside those who write to pages.
        contacts: people there are.
        messages: there are.
        looks: at each list.
        pages: that are open while words come.
        rate: of words a second, so that each page has one every four seconds.
        seconds: for which they come.
        rounds: of turns, alone and beside agents.
        agents: at work beside turns.
        round_seconds: of each such round.
        churned: pages that are opened and closed; a tenth of them before the first look at memory.
    """

    writers: int
    contacts: int
    messages: int
    looks: int
    pages: int
    rate: float
    seconds: float
    rounds: int
    agents: int
    round_seconds: float
    churned: int


_FULL = Extent(10_000, 100_000, 1_000_000, 40, 200, 50.0, 30.0, 3, 50, 20.0, 5_000)
_QUICK = Extent(1_000, 4_000, 40_000, 8, 24, 6.0, 6.0, 1, 20, 5.0, 200)


async def measure(*, quick: bool = False) -> Outcome:
    """On PostgreSQL."""
    extent, outcome = _QUICK if quick else _FULL, Outcome("inbox")
    async with postgres() as databases:
        url = await databases.create()
        written_to = range(extent.writers, extent.writers + extent.pages)
        await people(url, extent.writers + extent.pages)
        say(await fill(url, extent.messages, extent.contacts))
        await gather_words(url)
        seats = await seated(url, extent.pages)
        team = [each.user_id for each in seats[:TEAM]]
        say(await hand(url, team))
        contacts = await open_for(url, [f"+{phone(each)}" for each in written_to], team)
        seats = [replace(seat, contact=contact) for seat, contact in zip(seats, contacts, strict=True)]
        outcome.figures["postgresql"] = await postgresql(url)
        async with recado(url) as server, _pages(seats, [server]) as pages:
            outcome.findings += await _lists(pages, extent, outcome)
            outcome.findings += await _memory(server, pages, extent, outcome)
        async with recado(url) as server, _pages(seats, [server]) as pages:
            found = await _turns(server, pages, extent, outcome)
            # One round of a few seconds gives no figure that turns a change away.
            outcome.findings += [] if quick else found
        async with recado(url) as one, recado(url) as other:
            outcome.findings += await _words([one, other], seats, written_to, extent, outcome)
    return outcome


@asynccontextmanager
async def _pages(seats: Sequence[Seat], servers: Sequence[Server]) -> AsyncIterator[Pages]:
    """Their pages, on the servers in turn."""
    placed = _placed(seats, servers)
    with tempfile.TemporaryDirectory(prefix="recado-bench-") as folder:
        async with pages_of(placed, Path(folder)) as pages:
            yield pages


def _placed(seats: Sequence[Seat], servers: Sequence[Server]) -> list[Seat]:
    return [replace(seat, port=servers[at % len(servers)].process.port) for at, seat in enumerate(seats)]


async def _lists(pages: Pages, extent: Extent, outcome: Outcome) -> list[Finding]:
    """Seconds until each list is there as a whole, with nobody writing; the first look does not count."""
    took = {
        label: [(await pages.tell(f"look {path}"))[0] for _ in range(extent.looks + 1)][1:]
        for label, path in {**_LISTS, **_SEARCHES}.items()
    }
    outcome.figures["lists"] = took
    for label, seconds in took.items():
        outcome.lines.append(f"  {label:30} {_times(seconds)}")
        say(outcome.lines[-1])
    return [
        _slowest(INBOX_LIST, [took[label] for label in _LISTS]),
        _slowest(INBOX_SEARCH, [took[label] for label in _SEARCHES]),
    ]


async def _memory(server: Server, pages: Pages, extent: Extent, outcome: Outcome) -> list[Finding]:
    """What stays in the process of pages that were opened, heard hints, and were closed."""
    process, sizes = psutil.Process(server.pid), []
    for number in range(10):
        await pages.tell(f"churn {extent.churned // 10}")
        sizes.append(process.memory_info().rss / 1e6)
        say(f"{(number + 1) * extent.churned // 10:,} pages were opened and closed: {sizes[-1]:.0f} MB")
    outcome.figures["megabytes"] = sizes
    outcome.lines.append(
        f"  {sizes[0]:.0f} MB after {extent.churned // 10:,} pages, {sizes[-1]:.0f} MB after {extent.churned:,}"
    )
    return [Finding.median_of(INBOX_MEMORY, [sizes[-1] / sizes[0]])]


async def _turns(server: Server, pages: Pages, extent: Extent, outcome: Outcome) -> list[Finding]:
    """Turns at half the highest rate, alone and beside agents at work, in turns."""
    made = [
        await closed(server, posts_for(4.0, f"MOST{number}N", extent.writers), extent.round_seconds / 5)
        for number in range(3)
    ]
    rate = 0.5 * median(each.rate for each in made[1:])
    say(f"{rate:.0f} turns a second, half the highest rate")
    runs: dict[str, list[Measured]] = defaultdict(list)
    asked: dict[str, list[float]] = defaultdict(list)
    spent: dict[str, list[float]] = defaultdict(list)
    refused: Counter[str] = Counter()
    meter = await Meter.of(server)
    for number in range(extent.rounds):
        for how in ("alone", "beside agents"):
            if how != "alone":
                await pages.tell(f"open {extent.agents}")
                await pages.tell("click")
            since = utc_now()
            posts = Posts(WEBHOOK, f"{how}{number}N", extent.writers).take(int(rate * extent.round_seconds))
            before = meter.read()
            measured = await server.take_at(rate, posts)
            spent[how].append((meter.read() - before).server / measured.seconds)
            if how != "alone":
                told = await pages.tell("end")
                refused.update(told["refused"])
                for kind, seconds in told["asked"].items():
                    asked[kind] += seconds
            require_true(server, measured, await committed(server, since))
            runs[how].append(measured)
            say(f"turns {how:14} {_times(measured.latencies)}   server {spent[how][-1]:.0%} of a core")
    ratios = [
        beside.percentile(0.95) / alone.percentile(0.95)
        for alone, beside in zip(runs["alone"], runs["beside agents"], strict=True)
    ]
    for how, each in runs.items():
        latencies = [took for run in each for took in run.latencies]
        outcome.lines.append(f"  turns {how:14} {_times(latencies)}   server {median(spent[how]):.0%} of a core")
    outcome.lines += _asked(asked, refused)
    outcome.figures["turns"] = {"rate": rate, "ratios": ratios, "spent": spent, "asked": asked}
    return [Finding.median_of(INBOX_TURNS, ratios)]


async def _words(
    servers: Sequence[Server], seats: Sequence[Seat], persons: Sequence[int], extent: Extent, outcome: Outcome
) -> list[Finding]:
    """Words to pages that are open; the last of them is Chromium's, where there is one."""
    placed, ports = _placed(seats, servers), [each.process.port for each in servers]
    async with AsyncExitStack() as stack:
        has_chromium = chromium() is not None
        behaving = len(placed) - has_chromium
        pages = await stack.enter_async_context(_pages(placed, servers))
        await pages.tell(f"open {behaving}")
        last = placed[-1]
        real = await stack.enter_async_context(looking(last.port, last.token, last.contact)) if has_chromium else None
        say(f"{behaving} pages are open" + (", and one in Chromium" if has_chromium else "; there is no Chromium"))
        taken = await post_words(ports, WEBHOOK, persons, extent.rate, extent.seconds)
        await asyncio.sleep(_SETTLING_SECONDS)
        in_chromium = {} if real is None else await real.heard()
        told = await pages.tell("end")
    arrivals = Arrivals.of(taken, {**told["words"], **in_chromium})
    chromiums = Arrivals.of({word: at for word, at in taken.items() if word in in_chromium}, in_chromium)
    outcome.lines.append(f"  words on pages                 {_times(arrivals.waits)}   {arrivals.lost} lost")
    if chromiums.waits:
        outcome.lines.append(f"  of them in Chromium            {_times(chromiums.waits)}")
    outcome.lines += _asked(told["asked"], told["refused"])
    outcome.figures["words"] = {"waits": arrivals.waits, "lost": arrivals.lost, "chromium": chromiums.waits}
    if arrivals.lost:
        # What never came is later than anything that was waited for.
        return [Finding.median_of(INBOX_WORDS, [extent.seconds])]
    return [Finding.median_of(INBOX_WORDS, [percentile(arrivals.waits, 0.99)])]


def _slowest(target: Target, of_each: Sequence[Sequence[float]]) -> Finding:
    """The one whose 95th percentile is the longest decides."""
    return Finding.median_of(target, [max(percentile(seconds, 0.95) for seconds in of_each) * 1000])


def _asked(asked: Mapping[str, Sequence[float]], refused: Mapping[str, int]) -> list[str]:
    return [
        f"    pages asked {kind:8} {len(took):6} times   {_times(took)}   {refused.get(kind, 0)} refused"
        for kind, took in sorted(asked.items())
        if took
    ]


def _times(seconds: Sequence[float]) -> str:
    p50, p95, p99, longest = (f"{percentile(seconds, share) * 1000:6.1f}" for share in (0.5, 0.95, 0.99, 1.0))
    return f"p50 {p50} ms   p95 {p95} ms   p99 {p99} ms   at most {longest} ms"
