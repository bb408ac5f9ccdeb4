"""Contacts who were merged, on the pages of who goes on."""

import re
from collections.abc import AsyncIterator

import pytest

from bot.conversations.service import merge, undo_merge
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.people import BY


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        await opened.people.person("eve@example.com", Role.EDITOR)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


async def test_the_address_of_somebody_merged_leads_to_who_goes_on_whose_bubbles_are_told_apart(doors: Doors) -> None:
    eve, now = await doors.inside("eve@example.com"), doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        ana, work = await rows.add_person(connection), await rows.add_person(connection, "+5511999990002")
        said = [await rows.add_inbound(connection, each, "hello") for each in (ana, work)]
        done = await merge(connection, ana.id, work.id, BY, now)

    for part in ("contacts", "inbox"):
        page = await eve.get(f"/{part}/{work.id}?at={said[1]}")
        assert (page.status, page.url.path) == (200, f"/{part}/{ana.id}")
        assert sorted(re.findall(r'<li class="message[^"]*" id="m-([^"]+)"', page.text)) == sorted(said)
        assert f'data-family="{ana.id} {work.id}"' in page.text
        news = await eve.get(f"/{part}/{work.id}/news?after=1&since=2020-01-01T00:00:00Z")
        assert (news.status, news.text.count('class="message"')) == (200, 2)
    sought = await eve.get(f"/contacts/{work.id}?at={said[1]}")
    assert f'sought" id="m-{said[1]}"' in sought.text

    async with doors.people.engine.begin() as connection:
        await undo_merge(connection, done.id, BY, now)
    page = await eve.get(f"/contacts/{work.id}?at={said[0]}")
    assert page.url.path == f"/contacts/{work.id}"
    assert f'data-family="{work.id}"' in page.text
    assert "sought" not in page.text, "it is said in another conversation"
