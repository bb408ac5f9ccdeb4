"""Lists say how many fit, where an index bounds the counting."""

import re
from collections.abc import AsyncIterator

import pytest

from bot.admin.conversations import contacts, messages
from bot.users.service import Role
from bot.web import lists
from tests.support import rows
from tests.support.doors import Browser, Doors, open_doors
from tests.support.due import put


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        yield opened


async def _counts(browser: Browser, *urls: str) -> list[str]:
    pages = [(await browser.get(url)).text for url in urls]
    return ["".join(re.findall(r'<p class="count">(.*?)</p>', page)) for page in pages]


async def test_a_list_is_counted_beyond_its_page_unless_that_would_look_at_too_much(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "_ROWS", 2)
    monkeypatch.setattr(messages, "_ROWS", 2)
    monkeypatch.setattr(lists.Filters.read, "__defaults__", (2, ""))
    await doors.people.person(role=Role.ADMIN)
    ana = await doors.inside()
    none = await _counts(ana, "/contacts", "/messages", "/jobs")
    async with doors.people.engine.begin() as connection:
        await rows.add_account(connection, rows.ACCOUNT)
        for number in range(3):
            person = await rows.add_person(connection, f"+551199999000{number}")
            await rows.add_inbound(connection, person, "hello")
    for key in ("one", "two", "three"):
        await put(doors.people.engine, key, type_="send")

    assert none == ["", "", ""]
    assert await _counts(ana, "/contacts", "/contacts?answers=bot", "/contacts?answers=human") == [
        "3 contacts",
        "",
        "",
    ]
    assert await _counts(ana, "/messages", "/messages?since=2020-01-01", "/messages?from=inbound") == [
        "3 messages",
        "3 messages",
        "",
    ]
    assert await _counts(ana, "/jobs", "/jobs?type=send", "/jobs?status=pending", "/jobs?type=retention") == [
        "3 jobs",
        "3 jobs",
        "",
        "",
    ]
