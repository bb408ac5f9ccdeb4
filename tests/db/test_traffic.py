"""What people look at gives way to who writes to the bot, and not for ever."""

import asyncio

import pytest

from bot.db.traffic import PATIENCE_SECONDS, Courtesy, Traffic


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was rested each time."""
    rested: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        rested.append(seconds)
        await sleep(0)

    monkeypatch.setattr("bot.db.traffic.asyncio.sleep", noted)
    return rested


async def test_a_page_rests_seven_times_as_long_as_it_worked_while_somebody_writes(rests: list[float]) -> None:
    under_way = Traffic()
    page = Courtesy(under_way)

    await page.give_way(0.01)
    with under_way.one_more(), under_way.one_more():
        await page.give_way(0.01)
    await page.give_way(0.01)

    assert rests == [0.0, pytest.approx(0.07), 0.0]


async def test_a_page_is_patient_for_a_while_and_the_next_one_anew(rests: list[float]) -> None:
    under_way = Traffic()
    with under_way.one_more():
        page = Courtesy(under_way)
        for _ in range(20):
            await page.give_way(0.01)
        assert sum(rests) == pytest.approx(PATIENCE_SECONDS)
        assert rests[-1] == 0.0

        await Courtesy(under_way).give_way(0.01)
    assert rests[-1] == pytest.approx(0.07)
