"""One press stops the notices of one's points, and another one has them again; looking at the link does not."""

from collections.abc import AsyncIterator

import pytest

from bot.loyalty import service as loyalty
from bot.loyalty.notices.stopping import stop_url
from bot.settings import Settings
from tests.support.points import club_on
from tests.support.served import Served, serving

SECRET = "the operator's key, which nobody guesses"


@pytest.fixture
async def bot(sqlite_url: str) -> AsyncIterator[Served]:
    async with serving(sqlite_url, BOT_SECRET_KEY=SECRET) as served:
        yield served


async def test_a_press_stops_them_and_another_has_them_again(bot: Served) -> None:
    club = await club_on(bot.engine)
    ana = await club.contact()
    await club.earn(ana, 4)
    (account,) = await club.accounts()
    settings = Settings.read({"BOT_PUBLIC_URL": "https://x", "BOT_SECRET_KEY": SECRET})
    path = stop_url(settings, account.id).removeprefix("https://x")

    async def is_told() -> bool:
        async with bot.engine.connect() as connection:
            standing = await loyalty.standing(connection, club.programme, ana, club.now)
        return all(each.email_notifications for each in standing.accounts)

    answer = await bot.client.get(path)
    assert (answer.status, await is_told()) == (200, True)
    assert "Clube" in await answer.text()
    answer = await bot.client.post(path, data={"notices": "off"})
    assert (answer.status, await is_told()) == (200, False)
    answer = await bot.client.post(path, data={"notices": "on"})
    assert (answer.status, await is_told()) == (200, True)
    answer = await bot.client.post(f"{path}x", data={"notices": "off"})
    assert (answer.status, await is_told()) == (404, True)
