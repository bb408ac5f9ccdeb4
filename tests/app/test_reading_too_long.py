from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app.server import make_app
from bot.contacts import service as contacts
from bot.db.reader import TookTooLongError
from bot.settings import Settings
from tests.support import rows
from tests.support.doors import Doors, open_doors


async def _too_long(_request: web.Request) -> web.Response:
    raise TookTooLongError


@pytest.mark.parametrize(("language", "said"), [("en", "Narrow the filters"), ("pt-BR", "Restrinja os filtros")])
async def test_what_takes_too_long_is_told_and_is_no_fault_of_ours(sqlite_url: str, language: str, said: str) -> None:
    app = make_app(Settings.read({"DATABASE_URL": sqlite_url}))
    app.router.add_get("/a-report", _too_long)

    async with (
        TestClient(TestServer(app)) as client,
        client.get("/a-report", headers={"Accept-Language": language}) as answer,
    ):
        assert answer.status == 503
        assert said in await answer.text()


@pytest.fixture
async def doors(postgres_url: str) -> AsyncIterator[Doors]:
    async with open_doors(postgres_url) as opened:
        yield opened


async def test_who_changes_what_somebody_holds_is_asked_to_try_again_and_keeps_what_was_typed(doors: Doors) -> None:
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection)
    await doors.people.person()
    ana, path = await doors.inside(), f"/contacts/{person.id}"
    await ana.get(path)
    async with doors.people.engine.begin() as connection:
        await contacts.lock(connection, [person.id])
        page = await ana.post(f"{path}/tag", {"tags": "vip, <gold>"})

    assert (page.status, page.headers["Retry-After"]) == (503, "5"), page.words
    assert "vip, &lt;gold&gt;</textarea>" in page.text
