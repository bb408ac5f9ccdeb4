"""The server does what its document says, whatever is asked."""

import pytest

from tests.api.fuzz import fuzz
from tests.support.programs import serve_api


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
