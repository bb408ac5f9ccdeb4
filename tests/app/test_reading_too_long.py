import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app.server import make_app
from bot.db.reader import TookTooLongError
from bot.settings import Settings


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
