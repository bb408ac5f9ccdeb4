"""Pages of the inbox that are open, in a process of their own, so that their work is not taken for the server's.

python -m bench.agents --agents FILE

FILE is JSON, a list of `{"port", "token", "contact"}`: where somebody is signed in, and whose conversation they open.
It reads commands, a line each, and answers each with a line of JSON. `open COUNT` lets so many open their page and keep
it as the modules of ours do: `/live` tells what changed, then the conversation is asked for its news and the list for
itself, each as seldom as `live.js` has it, and somebody says that they are there. `click` lets them open another
conversation of the list every ten seconds, at moments of their own. `end` closes all, and tells which words stood on
whose page when, and how long each question took, `{"words": {word: moment}, "asked": {kind: [seconds, …]}}`, and which
were refused. `look PATH` asks the first one's server once: `[seconds, bytes]`. `churn COUNT` opens and closes so many.
"""

import argparse
import asyncio
import contextlib
import html
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

CLICK_SECONDS = 10.0
_BEAT_SECONDS, _HERE_SECONDS = 15.0, 10.0
_LIST_PACE, _NEWS_PACE = (1.0, 19.0), (0.25, 1.0)
"""As in `list.js`, `timeline.js` and `live.js`: seconds between two questions, and how many times as long as an answer
took it rests."""
_HEEDED = {
    "list": {"inbox", "talks", "reads", "messages", "contacts"},
    "news": {"inbox", "presence", "messages", "contacts"},
}
"""What each asks about again."""
_LIST = "?list=all"
_OPENING = 8
"""Pages that are opened at once, before anything is measured."""
_CHURNING = 25
"""Pages that are open at once while many are opened and closed."""
_END = re.compile(r'data-end="([^"]*)" data-since="([^"]*)"')
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
_ROW = re.compile(r'<li class="row[^"]*" data-id="([^"]+)"')
WORD = re.compile(r"\bword\d{10}\b")
"""What is written, and looked for on the pages."""

_Hints = Mapping[str, Sequence[str] | None]


@dataclass(slots=True)
class Told:
    """What became of all pages.

    Attributes:
        words: when each stood on a page; seconds since the epoch.
        asked: by kind of question, how many seconds each took.
        refused: by kind, how many were answered that the server has too much to do.
    """

    words: dict[str, float] = field(default_factory=dict)
    asked: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)


class BusyError(Exception):
    """The server has too much to do; a page stays as it is, and asks again."""


class Asker:
    """As `live` of `live.js`: asks when something has changed, once at a time, and rests after each answer."""

    def __init__(
        self,
        ask: Callable[[frozenset[str]], Awaitable[None]],
        pace: tuple[float, float],
        topics: Collection[str],
        concerns: Callable[[str, str], bool],
    ) -> None:
        self._ask, self._topics, self._concerns = ask, topics, concerns
        self._every, self._rest = pace
        self._news = asyncio.Event()
        self._told = set[str]()

    def hear(self, hints: _Hints | None) -> None:
        """Something has changed; None for anything."""
        told = self._topics if hints is None else [each for each, ids in hints.items() if self._is_about(each, ids)]
        if told:
            self._told.update(told)
            self._news.set()

    async def run(self) -> None:
        """Ask for ever."""
        due = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_SECONDS):
                    await self._news.wait()
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            told = frozenset(self._told or self._topics)
            self._told.clear()
            self._news.clear()
            since = time.perf_counter()
            with contextlib.suppress(BusyError):
                await self._ask(told)
            now = time.perf_counter()
            due = max(since + self._every, now + self._rest * (now - since))

    def _is_about(self, topic: str, ids: Sequence[str] | None) -> bool:
        return topic in self._topics and (ids is None or any(self._concerns(topic, each) for each in ids))


class Page:
    """A page of the inbox in somebody's browser."""

    def __init__(self, given: Mapping[str, Any], told: Told) -> None:
        port = given["port"]
        self.contact: str = given["contact"]
        headers = {"Cookie": f"recado_session_{port}={given['token']}", "Accept": "text/html"}
        self._session = aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", headers=headers, timeout=aiohttp.ClientTimeout(total=60)
        )
        self._told = told
        self._rows: Sequence[str] = ()
        self._end = self._since = self._csrf = ""
        self._said_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._news = Asker(self._ask_news, _NEWS_PACE, _HEEDED["news"], lambda _topic, each: each == self.contact)
        self._list = Asker(
            self._ask_list,
            _LIST_PACE,
            _HEEDED["list"],
            lambda topic, each: topic in {"inbox", "talks", "reads"} or each in self._rows,
        )

    async def open(self) -> None:
        """Open it, and follow what happens."""
        await self.show(self.contact)
        stands = asyncio.Event()
        work = (self._listen(stands), self._news.run(), self._list.run(), self._stay())
        self._tasks = [asyncio.create_task(each) for each in work]
        await asyncio.wait_for(stands.wait(), 60)

    async def show(self, contact_id: str) -> None:
        """Open a conversation."""
        text = await self.get("page", f"/inbox/{contact_id}{_LIST}", part="talking" if self._rows else "")
        self.contact = contact_id
        self._take(text)
        self._csrf = _found(_CSRF, text)[1]
        self._rows = _ROW.findall(text) or self._rows
        await self._here()

    async def click(self, number: int, of: int) -> None:
        """Open another conversation of the list every ten seconds."""
        chance = random.Random(number)
        await asyncio.sleep(CLICK_SECONDS * number / of)
        while True:
            until = time.perf_counter() + CLICK_SECONDS
            with contextlib.suppress(BusyError):
                await self.show(chance.choice(self._rows))
            await asyncio.sleep(max(0.0, until - time.perf_counter()))

    def begin(self, work: Awaitable[None]) -> None:
        """Let something else happen on it until it is closed."""
        self._tasks.append(asyncio.ensure_future(work))

    async def close(self) -> None:
        """Close it; raises what failed on it."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._session.close()

    async def get(self, kind: str, path: str, part: str = "") -> str:
        """Ask for something, or a part of it; returns what it says."""
        since = time.perf_counter()
        async with self._session.get(path, headers={"X-Part": part} if part else None) as answer:
            text = await answer.text()
            self._heed(kind, answer)
        self._told.asked[kind].append(time.perf_counter() - since)
        return text

    async def _listen(self, stands: asyncio.Event) -> None:
        async with self._session.get("/live", timeout=aiohttp.ClientTimeout(total=None)) as answer:
            if answer.status != 200:
                raise RuntimeError(f"/live was answered {answer.status}")
            async for line in answer.content:
                stands.set()
                if line.startswith(b"data:"):
                    hints = json.loads(line.removeprefix(b"data:"))
                    self._news.hear(hints)
                    self._list.hear(hints)

    async def _ask_news(self, told: frozenset[str]) -> None:
        contact_id, before = self.contact, self._end
        query = f"&after={self._end}&since={self._since.replace('+', '%2B')}&told={','.join(sorted(told))}"
        text = await self.get("news", f"/inbox/{contact_id}/news{_LIST}{query}")
        # Another conversation was opened meanwhile.
        if contact_id == self.contact:
            self._take(text)
            if self._end != before:
                await self._here()

    async def _ask_list(self, _told: frozenset[str]) -> None:
        self._rows = _ROW.findall(await self.get("list", f"/inbox/list{_LIST}"))

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(max(0.0, self._said_at + _HERE_SECONDS - time.perf_counter()))
            if time.perf_counter() >= self._said_at + _HERE_SECONDS:
                with contextlib.suppress(BusyError):
                    await self._here()

    async def _here(self) -> None:
        said = {"csrf": self._csrf, "seq": self._end.split(".")[0] or "0", "status": "viewing"}
        since = self._said_at = time.perf_counter()
        async with self._session.post(f"/inbox/{self.contact}/here", data=said) as answer:
            self._heed("here", answer)
        self._told.asked["here"].append(time.perf_counter() - since)

    def _heed(self, kind: str, answer: aiohttp.ClientResponse) -> None:
        """Raises BusyError where the server says so, and RuntimeError for any other answer that does not do."""
        if answer.status == 503:
            self._told.refused[kind] += 1
            raise BusyError
        if not answer.ok:
            raise RuntimeError(f"{answer.url} was answered {answer.status}")

    def _take(self, text: str) -> None:
        """Show what came."""
        now = time.time()
        _whole, self._end, self._since = (html.unescape(each) for each in _found(_END, text).group(0, 1, 2))
        for word in WORD.findall(text[text.index("data-bubbles") :]):
            self._told.words.setdefault(word, now)


def _found(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.search(text)
    if found is None:
        raise RuntimeError(f"no {pattern.pattern} on a page: {text[:300]}")
    return found


class Team:
    """All who have a page open."""

    def __init__(self, agents: Sequence[Mapping[str, Any]]) -> None:
        self._agents = agents
        self._told = Told()
        self._pages: list[Page] = []

    async def do(self, verb: str, rest: str) -> Any:
        """What is told of a command."""
        if verb == "open":
            self._told = Told()
            self._pages = [Page(each, self._told) for each in self._agents[: int(rest)]]
            for first in range(0, len(self._pages), _OPENING):
                await asyncio.gather(*(page.open() for page in self._pages[first : first + _OPENING]))
            self._told.asked.clear()
            self._told.words.clear()
        elif verb == "click":
            for number, page in enumerate(self._pages):
                page.begin(page.click(number, len(self._pages)))
        elif verb == "end":
            for page in self._pages:
                await page.close()
            return {"words": self._told.words, "asked": self._told.asked, "refused": self._told.refused}
        elif verb == "churn":
            await self._churn(int(rest))
        else:
            page = Page(self._agents[0], Told())
            since = time.perf_counter()
            text = await page.get(verb, rest)
            took = time.perf_counter() - since
            await page.close()
            return [took, len(text)]
        return []

    async def _churn(self, count: int) -> None:
        """Open and close pages, some at once."""
        numbers = iter(range(count))

        async def work() -> None:
            for number in numbers:
                page = Page(self._agents[number % len(self._agents)], Told())
                await page.open()
                await page.close()

        await asyncio.gather(*(work() for _ in range(_CHURNING)))


async def _run(agents: Sequence[Mapping[str, Any]]) -> None:
    loop, team = asyncio.get_running_loop(), Team(agents)
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        verb, _, rest = line.partition(" ")
        print(json.dumps(await team.do(verb, rest)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=Path, required=True)
    given = parser.parse_args()
    asyncio.run(_run(json.loads(given.agents.read_text())))
