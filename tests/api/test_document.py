"""The server does what its document says, whatever is asked."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.api import document
from bot.api.operations import Operation
from bot.web.access import IDENTIFY
from tests.api.fuzz import fuzz
from tests.support.framed import framed, identity
from tests.support.programs import serve_api
from tests.support.signed_in import Door


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_examples_show_a_token_to_the_server_as_its_operator_names_it(database_url: str) -> None:
    async with serve_api(database_url, BOT_PUBLIC_URL="https://bot.example.com") as served:
        await served.doors.people.person()
        page = await (await served.doors.inside()).get("/api/v1")

    assert "https://bot.example.com/api/v1/contacts" in page.text
    assert str(served.doors.base.origin()) not in page.text


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_every_answer_is_as_the_document_says(database_url: str) -> None:
    code, told = await fuzz(database_url, examples=6, seconds=60)

    assert code == 0, told
    assert " 0 generated" not in told


async def test_the_page_is_made_once_for_all_who_read_it_in_one_language_at_one_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    told = document._told

    def counted(operation: Operation, base: str, names: set[str]) -> document.Told:
        made.append(base)
        return told(operation, base, names)

    monkeypatch.setattr(document, "_told", counted)
    app, door = framed(None), Door(identity(name="Ada Quill"))
    app[IDENTIFY] = door.identify
    async with TestClient(TestServer(app)) as client:

        async def page(**headers: str) -> str:
            async with client.get("/api/v1", headers={"Accept": "text/html", **headers}) as answer:
                return await answer.text()

        first = await page()
        once = len(made)
        again = await page()
        door.who = identity(name="Zoe Quill")
        theirs = await page()
        assert (once > 50, len(made), first == again) == (True, once, True)
        assert ("Ada Quill" in theirs, "Zoe Quill" in theirs, "Zoe Quill" in first) == (False, True, False)

        portuguese = await page(**{"Accept-Language": "pt-BR"})
        elsewhere = [await page(Host=f"h{number}.example") for number in range(9)]
        assert len(made) == 11 * once
        assert ("Como começar" in portuguese, "curl &#39;http://h3.example/" in elsewhere[3]) == (True, True)
        await page(Host="h8.example")
        assert len(made) == 11 * once
        door.who = identity(name="Ada Quill")
        assert await page() == first
        assert len(made) == 12 * once
