"""Pages that only behave as ours ask as seldom, and about the same."""

import asyncio
import time

from bench.agents import Asker
from bench.arrivals import Arrivals
from tests.support.waiting import eventually


async def test_a_page_asks_about_what_concerns_it_and_rests_by_how_long_an_answer_took() -> None:
    asked: list[float] = []

    async def ask(told: frozenset[str]) -> None:
        assert told == {"messages"}
        asked.append(time.perf_counter())
        await asyncio.sleep(0.02)

    asker = Asker(ask, (0.0, 2.0), {"messages"}, lambda _topic, each: each == "ana")
    task = asyncio.create_task(asker.run())
    asker.hear({"messages": ["bia"], "jobs": ["ana"]})
    await asyncio.sleep(0.01)
    assert asked == []
    asker.hear({"messages": ["ana"]})

    async def once() -> bool:
        return len(asked) == 1

    await eventually(once)
    asker.hear({"messages": None})
    asker.hear(None)

    async def twice() -> bool:
        return len(asked) == 2

    await eventually(twice)
    task.cancel()
    assert asked[1] - asked[0] >= 0.06


def test_what_never_stood_on_a_page_is_told_as_lost() -> None:
    arrivals = Arrivals.of(
        {"word000001": 10.0, "word000002": 11.0, "word000003": 12.0}, {"word000001": 10.5, "word000003": 11.9}
    )

    assert arrivals.waits == [0.5, 0.0]
    assert arrivals.lost == 1
