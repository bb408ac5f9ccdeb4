"""What somebody is told, chosen in their own account."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, update

from bot.channels.models import Account
from bot.core.notice_kinds import USUAL_NOTICES
from bot.notices.models import Notice
from bot.users.service import notice_choice
from tests.support.doors import Doors, open_doors
from tests.support.posts import MAILGUN_DOMAIN, MAILGUN_MAILBOX, MAILGUN_SIGNING_KEY


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


async def test_to_what_nothing_can_be_sent_now_the_page_says_before_anything_was_to_be_told(sqlite_url: str) -> None:
    no_mail, no_sms = "No mail can be sent now", "No SMS can be sent now"
    mailgun = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_DOMAIN": MAILGUN_DOMAIN,
        "MAILGUN_FROM": MAILGUN_MAILBOX,
        "MAILGUN_SIGNING_KEY": MAILGUN_SIGNING_KEY,
    }
    async with open_doors(sqlite_url, **mailgun) as doors:
        await doors.people.person()
        browser = await doors.inside()
        nobody = await browser.get("/account/notices")
        both = await browser.post("/account/notices", {"addresses": "ana@example.com\n+5511999990000"})
        mail = await browser.post("/account/notices", {"addresses": "ana@example.com"})
        async with doors.people.engine.begin() as connection:
            await connection.execute(update(Account).where(Account.provider == "mailgun").values(paused=True))
        paused = await browser.get("/account/notices")

    said = [(no_mail in page.words, no_sms in page.words) for page in (nobody, both, mail, paused)]
    assert said == [(False, False), (False, True), (False, False), (True, False)]
