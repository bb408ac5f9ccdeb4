"""Notices leave through an account of ours, once, or say why they did not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import Accounts, pause
from bot.core.actors import SYSTEM
from bot.core.ids import new_id
from bot.messages.service import open_session
from bot.notices.models import Notice
from bot.notices.notifier import LEASE
from bot.notices.service import LIFE, NewNotice, Notifier, last_unsent, queue_notices
from bot.settings import Settings
from bot.users.models import User
from tests.support.bot import Clock
from tests.support.standins import Behaviour, StandIns, standing_in

MAIL, PHONE = "bia@example.com", "+5511988887777"


class Desk:
    """A notifier, the providers it reaches, and somebody whom it tells."""

    def __init__(self, engine: AsyncEngine, providers: StandIns) -> None:
        self.engine, self.providers, self.clock, self.user_id = engine, providers, Clock(), new_id()
        self.accounts = Accounts(Settings.read(providers.settings()))
        self.notifier = Notifier(engine, self.accounts, self.clock)

    async def opens(self) -> None:
        async with self.engine.begin() as connection:
            await self.accounts.store(connection)
            await connection.execute(insert(User).values(id=self.user_id, email=MAIL, name="Bia", role="EDITOR"))

    async def queue(self, *addresses: str) -> None:
        async with self.engine.begin() as connection:
            notices = [NewNotice(self.user_id, each, "Ana waits", "Ana waits: https://bot") for each in addresses]
            await queue_notices(connection, notices, self.clock.now)

    async def works(self) -> None:
        """It sends all that is due."""
        async with open_session() as session:
            while await self.notifier.look(session):
                pass

    async def stand(self) -> list[tuple[str, str | None, int]]:
        """How the notices stand, why, and after how many attempts."""
        async with self.engine.connect() as connection:
            statement = select(Notice.status, Notice.error, Notice.attempts).order_by(Notice.created_at, Notice.id)
            return [(status, error, attempts) for status, error, attempts in await connection.execute(statement)]

    async def pauses(self, provider: str) -> None:
        async with self.engine.begin() as connection:
            for each in self.accounts:
                if each.provider.name == provider:
                    await pause(connection, each.id, "For a while.", SYSTEM)

    async def changes(self, **columns: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(update(Notice).values(**columns))


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[Desk]:
    async with standing_in() as providers:
        made = Desk(engine, providers)
        await made.opens()
        yield made


async def test_a_mail_and_a_text_message_leave_once(desk: Desk) -> None:
    await desk.queue(MAIL, PHONE)
    await desk.works()
    await desk.works()

    mail, text = desk.providers.sends("mailgun"), desk.providers.sends("twilio")
    assert (len(mail), len(text), len(desk.providers.recorded)) == (1, 1, 2)
    assert "Ana waits" in str(mail[0].payload)
    assert MAIL in str(mail[0].payload)
    assert (text[0].payload["To"], text[0].payload["Body"]) == (PHONE, "Ana waits: https://bot")
    assert await desk.stand() == [("sent", None, 1), ("sent", None, 1)]


async def test_what_was_refused_for_now_is_tried_again_and_given_up_when_it_is_old_news(desk: Desk) -> None:
    desk.providers.next("mailgun", *[Behaviour.refuse(429)] * 2)
    await desk.queue(MAIL)
    for _ in range(3):
        await desk.works()
        desk.clock.advance(minutes=20)
    assert await desk.stand() == [("sent", None, 3)]

    await desk.pauses("mailgun")
    await desk.queue(MAIL)
    for _ in range(40):
        await desk.works()
        desk.clock.advance(minutes=20)
    assert (await desk.stand())[1][:2] == ("failed", "no_account")
    async with desk.engine.connect() as connection:
        unsent = await last_unsent(connection, desk.user_id)
    assert unsent is not None
    assert (unsent.address, unsent.error_reason) == (
        MAIL,
        "There is no account, or none that is not paused, that sends email.",
    )


async def test_one_of_which_nobody_knows_whether_it_went_is_not_sent_again(desk: Desk) -> None:
    await desk.queue(MAIL)
    # Its process was killed between the request and its answer.
    await desk.changes(claimed_until=desk.clock.now + LEASE, attempt_started_at=desk.clock.now, attempts=1)
    await desk.works()
    assert await desk.stand() == [("queued", None, 1)]

    desk.clock.advance(minutes=5)
    await desk.works()
    assert (await desk.stand(), desk.providers.recorded) == ([("failed", "outcome_unknown", 2)], [])


async def test_what_nothing_could_send_in_time_is_not_sent_late(desk: Desk) -> None:
    await desk.queue(MAIL)
    desk.clock.advance(seconds=(LIFE + timedelta(minutes=1)).total_seconds())
    await desk.works()
    assert (await desk.stand(), desk.providers.recorded) == ([("failed", "expired", 1)], [])
