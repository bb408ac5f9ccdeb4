"""What somebody is told, chosen in their own account."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from bot.core.notice_kinds import USUAL_NOTICES
from bot.notices.models import Notice
from bot.users.service import notice_choice
from tests.support.doors import Doors, open_doors


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        yield opened


async def test_where_and_of_what_is_chosen_kept_and_read_back(doors: Doors) -> None:
    await doors.people.person()
    browser = await doors.inside()
    user = await doors.people.user()
    before = await browser.get("/account/notices")
    wrong = await browser.post("/account/notices", {"addresses": "ana@example.com\nnowhere", "kinds": ["assigned"]})
    asked = {"addresses": "B@example.com\r\n+55 11 99999-0000\nb@example.com", "kinds": ["waiting", "mentioned"]}
    saved = await browser.post("/account/notices", asked)
    async with doors.people.engine.connect() as connection:
        choice = await notice_choice(connection, user.id)

    assert before.text.count(" checked") == len(USUAL_NOTICES)
    assert (wrong.status, "nowhere is neither an e-mail address nor a phone number" in wrong.words) == (422, True)
    assert "ana@example.com\nnowhere" in wrong.text
    assert "What you are told is saved" in saved.words
    assert (*choice.addresses, *sorted(choice.kinds)) == ("b@example.com", "+5511999990000", "mentioned", "waiting")
    assert len(await doors.people.told("user.notices")) == 1

    none = await browser.post("/account/notices", {"addresses": ""})
    async with doors.people.engine.connect() as connection:
        nothing = await notice_choice(connection, user.id)
    assert (*nothing.addresses, *nothing.kinds) == ()
    assert " checked" not in none.text


async def test_the_last_one_that_was_not_sent_says_why(doors: Doors) -> None:
    await doors.people.person()
    browser = await doors.inside()
    user = await doors.people.user()
    now = doors.people.clock.now
    failed = {"status": "failed", "error": "no_account", "error_reason": "There is no account that sends <email>."}
    async with doors.people.engine.begin() as connection:
        await connection.execute(
            insert(Notice).values(
                user_id=user.id,
                address="a@b.example",
                kind="email",
                subject="",
                content="",
                due_at=now,
                expires_at=now,
                **failed,
            )
        )
    page = await browser.get("/account/notices")

    assert "The last notice to a@b.example was not sent: There is no account that sends <email>." in page.words
