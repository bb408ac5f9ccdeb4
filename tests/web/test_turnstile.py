"""What pages ask by themselves goes through one by one, with rests between."""

import asyncio
import time

import pytest

from bot.web.turnstile import Turnstile


async def test_one_goes_through_at_a_time_and_rests_three_times_as_long_as_it_took() -> None:
    turnstile, told, began = Turnstile(), list[tuple[str, float]](), time.perf_counter()

    async def ask(name: str) -> None:
        async with turnstile.through():
            told.append((name, time.perf_counter() - began))
            await asyncio.sleep(0.01)
            told.append((name, time.perf_counter() - began))

    await asyncio.gather(*(ask(name) for name in "abc"))

    assert [name for name, _at in told] == list("aabbcc")
    for (_a, left), (_b, entered) in ((told[1], told[2]), (told[3], told[4])):
        assert entered - left >= 0.025


async def test_who_fails_keeps_nobody_out() -> None:
    turnstile = Turnstile()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with turnstile.through():
                assert 1 / 0
    async with turnstile.through():
        pass
