"""From a webhook's 2xx to its words on somebody's open page: posts at a steady rate, each with a word of its own."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.scenario import phone, signed

_CONNECTIONS = 64
"""On which posts wait for their moment, each server half of them: a slow answer keeps no other post waiting."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What came of the posts.

    Attributes:
        taken: when each word's post got its 2xx, in seconds since the epoch.
        waits: seconds from then until it stood on the page, for those that did.
        lost: how many never did.
    """

    taken: Mapping[str, float]
    waits: Sequence[float]
    lost: int

    @classmethod
    def of(cls, taken: Mapping[str, float], seen: Mapping[str, float]) -> "Arrivals":
        """What was taken, beside what was seen."""
        # An answer may come to the sender a little after the words came to a page.
        waits = [max(0.0, seen[word] - at) for word, at in taken.items() if word in seen]
        return cls(taken, waits, len(taken) - len(waits))


async def post_words(
    ports: Sequence[int], path: str, persons: Sequence[int], rate: float, seconds: float
) -> dict[str, float]:
    """Let those persons write in turn, `rate` of them a second, to the servers in turn; when each got its 2xx."""
    taken: dict[str, float] = {}
    numbers = iter(range(int(rate * seconds)))
    # Others were written by a run before this one.
    began, run = time.perf_counter(), int(time.time()) % 100_000

    async def work(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            word, sender = f"word{run:05d}{number:05d}", phone(persons[number % len(persons)])
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            writer.write(signed(path, sender, f"wamid.{word}", f"{word}: is anybody there?"))
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if not head.startswith(b"http/1.1 2"):
                raise RuntimeError(f"a post was answered {head.splitlines()[0].decode()}")
            taken[word] = time.time()
            length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
        writer.close()

    await asyncio.gather(*(work(ports[number % len(ports)]) for number in range(_CONNECTIONS)))
    return taken
