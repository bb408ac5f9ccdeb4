"""Ten people who page through messages, in a process of their own, so that their work is not taken for the server's.

python -m bench.reading --port PORT --cookie NAME=TOKEN

It reads commands, a line each, and answers each with a line of JSON. `begin` and `follow` let them click from then on,
each every five seconds at moments of their own: further into `/messages`, into a conversation and further back in it,
now and then into a search. With `follow` what they look at is also asked for again as a browser does it: a list's first
page while anything happens, a conversation while something is said there, once a second at most, and less often where
the server is slow; anything else never. `end` lets them stop, and tells how long they waited:
`[[page, seconds, bytes], …]`. `look PATH` asks once for a page.
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

from bench.scenario import TRIGGERS, word

READERS = 10
EVERY_SECONDS = 5.0
_FOLLOWED_EVERY, _REST = 1.0, 19.0
"""As in `live.js`: seconds between two questions, and how many times as long as the last one took it rests."""
_NEXT = re.compile(r'href="(/messages\?[^"]*after=[^"]+)"')
_OLDER = re.compile(r'href="(/contacts/[^"?]+\?before=[^"#]+)"')
_CONTACT = re.compile(r'href="(/contacts/[^"#]+\?at=[^"#]+)')

Seen = tuple[str, float, int]
"""Which page, the seconds until it was there as a whole, its bytes."""


@dataclass(slots=True)
class Reader:
    """Somebody at a browser.

    Attributes:
        number: which of them.
        session: over which they ask.
        seen: what they have looked at.
        path: where they are.
        list: where in the list they were last.
        text: what they see.
    """

    number: int
    session: aiohttp.ClientSession
    seen: list[Seen]
    path: str = "/messages"
    list: str = "/messages"
    text: str = ""
    hinted: asyncio.Event = field(default_factory=asyncio.Event)

    async def click(self, began: float) -> None:
        """Go on clicking."""
        chance = random.Random(self.number)
        await asyncio.sleep(self.number * EVERY_SECONDS / READERS)
        while True:
            self.path = self.next(chance)
            self.hinted.clear()
            await self.look(self.path)
            if self.path.startswith("/messages"):
                self.list = self.path
            now = time.perf_counter()
            await asyncio.sleep(EVERY_SECONDS - (now - began - self.number * EVERY_SECONDS / READERS) % EVERY_SECONDS)

    async def look(self, path: str, kind: str = "") -> None:
        """Ask for a page."""
        since = time.perf_counter()
        async with self.session.get(path) as answer:
            text = await answer.text()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}: {text[:200]}")
        self.text = text
        self.seen.append((kind or _kind(path), time.perf_counter() - since, len(text)))

    async def listen(self) -> None:
        """Hear of what has changed."""
        async with self.session.get("/live", timeout=aiohttp.ClientTimeout(total=None)) as answer:
            if answer.status != 200:
                raise RuntimeError(f"/live was answered {answer.status}")
            async for line in answer.content:
                if line.startswith(b"data:"):
                    self.hear(json.loads(line.removeprefix(b"data:")))

    def hear(self, hints: Mapping[str, Sequence[str] | None]) -> None:
        """Heed what touches what one looks at: of a conversation what is said there, of a list anything."""
        for ids in hints.values():
            if ids is None or self.path == "/messages" or any(f"/contacts/{each}" in self.path for each in ids):
                self.hinted.set()

    async def follow(self) -> None:
        """Ask again for what one looks at, as `live.js` does."""
        while True:
            await self.hinted.wait()
            self.hinted.clear()
            since = time.perf_counter()
            if self.path.startswith("/contacts/") or self.path == "/messages":
                await self.look(self.path, "asked again")
            took = time.perf_counter() - since
            await asyncio.sleep(max(_FOLLOWED_EVERY - took, _REST * took))

    def next(self, chance: random.Random) -> str:
        """Where the next click leads."""
        links = [html.unescape(each) for each in _NEXT.findall(self.text)]
        older = [html.unescape(each) for each in _OLDER.findall(self.text)]
        contacts = [html.unescape(each) for each in _CONTACT.findall(self.text)]
        drawn = chance.random()
        if self.path.startswith("/contacts/"):
            return older[0] if older and drawn < 0.5 else self.list
        if drawn < 0.1:
            return f"/messages?q={word(chance.randrange(1, TRIGGERS))}"
        if drawn < 0.45 and contacts:
            return chance.choice(contacts)
        return links[-1] if links and drawn < 0.95 else "/messages"


def _kind(path: str) -> str:
    if "q=" in path:
        return "search"
    if path.startswith("/contacts/"):
        return "conversation"
    return "list"


async def _run(port: int, cookie: str) -> None:
    loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Cookie": cookie, "Accept": "text/html"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector, headers=headers) as session:
        tasks: list[asyncio.Task[None]] = []
        seen: list[Seen] = []
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            verb, _, rest = line.partition(" ")
            if verb == "look":
                await Reader(0, session, seen := []).look(rest)
            elif verb == "end":
                await _stop(tasks)
            else:
                tasks, seen = _start(session, follows=verb == "follow")
            print(json.dumps(seen if verb in {"look", "end"} else []), flush=True)


def _start(session: aiohttp.ClientSession, *, follows: bool) -> tuple[list[asyncio.Task[None]], list[Seen]]:
    seen: list[Seen] = []
    began = time.perf_counter()
    readers = [Reader(number, session, seen) for number in range(READERS)]
    tasks = [asyncio.create_task(each.click(began)) for each in readers]
    if follows:
        tasks += [asyncio.create_task(work) for each in readers for work in (each.listen(), each.follow())]
    return tasks, seen


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    """End them; raises what one of them failed with."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cookie", required=True)
    given = parser.parse_args()
    asyncio.run(_run(given.port, given.cookie))
