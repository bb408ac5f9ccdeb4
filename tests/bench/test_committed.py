"""A rate counts committed rows: an answer without its row is found out."""

from datetime import timedelta
from pathlib import Path

import pytest

from bench.committed import Committed, UntrueError, committed, require_true
from bench.load import Measured
from bench.places import Server
from bench.scenario import Posts
from bot.core.clock import utc_now
from tests.support.processes import BotProcess
from tests.support.served import serving, signed


def server(name: str, database: str = "sqlite://") -> Server:
    return Server(name, BotProcess({}, 0, (), Path()), database)


def taken(count: int) -> Measured:
    return Measured(seconds=1.0, latencies=[0.001] * count, finished=[0.5] * count)


async def test_turns_and_answers_are_counted_from_the_moment_a_run_began(database_url: str) -> None:
    async with serving(database_url) as bot:
        await bot.post("whatsapp", signed("whatsapp", "hi"))
        began = utc_now()
        await bot.post("whatsapp", signed("whatsapp", "hi again"))
        await bot.until_sent(2)
    found = await committed(server("recado", database_url), began)
    assert found == Committed(turns=1, pending=0, answers=1, queued=0)
    everything = await committed(server("recado", database_url), began - timedelta(minutes=1))
    assert (everything.turns, everything.answers) == (2, 2)


def test_a_2xx_without_a_row_is_untrue() -> None:
    require_true(server("naive"), taken(10), Committed(turns=10))
    with pytest.raises(UntrueError):
        require_true(server("naive"), taken(11), Committed(turns=10))


def test_turns_that_give_no_answers_are_untrue() -> None:
    require_true(server("recado"), taken(100), Committed(turns=99, pending=1, answers=99))
    with pytest.raises(UntrueError):
        require_true(server("recado"), taken(100), Committed(turns=100, answers=50))


def test_the_same_posts_are_made_for_the_same_name_and_others_for_another() -> None:
    first, again, other = (Posts("/", name, people=10).take(25) for name in ("A", "A", "B"))
    assert first == again
    assert not set(first) & set(other)
    assert len(set(first)) == 25
