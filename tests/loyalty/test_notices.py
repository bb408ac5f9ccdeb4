"""People are told in time that their points end: once a stage, and nothing but what is true when it goes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.listeners import LISTENERS
from bot.contacts.models import Contact
from bot.core.addresses import Channel
from bot.core.events import StatusChanged
from bot.core.messages import Status
from bot.core.purposes import Purpose
from bot.jobs.service import Handler, NewJob, schedule
from bot.listeners.service import listening, tell
from bot.loyalty import service as loyalty
from bot.loyalty.models import NotificationLog
from bot.loyalty.notices.work import NOTICES
from bot.settings import Settings
from tests.support.bot import Bot, Clock, message, running_bot
from tests.support.due import StandingClock, drain, process, stand_still
from tests.support.points import BEGINNING, BIA, CLUB, Club, club_on

ANA, RUI = "+5511999990001", "+5511999990002"
TODAY = date(2026, 3, 10)
SETTINGS = Settings.read({"BOT_PUBLIC_URL": "https://bot.example", "BOT_SECRET_KEY": "k" * 44})
BUNDLE = """
bundle: club
locale: en
templates:
  ends: {content: "{{ points }} {{ unit }} end on {{ date }}. All: {{ endings }}. You have {{ balance }}."}
  hello: {content: Hello.}
triggers:
  - {type: equals, pattern: hi, template: hello}
"""


@dataclass(slots=True)
class Told:
    """A club whose people hear of what ends."""

    bot: Bot
    club: Club
    clock: StandingClock
    runs: int = 0

    async def knows(self, phone: str = ANA) -> str:
        """Somebody who has written."""
        await self.bot.hears(message("thanks", phone=phone))
        async with self.bot.engine.connect() as connection:
            return str((await connection.execute(select(Contact.id).where(Contact.phone == phone))).scalar_one())

    async def ends(self, contact_id: str, points: int, days: int) -> None:
        """They have points that end in so many days."""
        await self.club.earn(contact_id, points, expires_on=TODAY + timedelta(days=days))

    async def later(self, **span: float) -> None:
        """Time goes by."""
        self.club.later(**span)
        self.clock.now = self.bot.clock.now = self.club.now

    async def run(self) -> None:
        """The day's job, and all that is due."""
        self.runs += 1
        job = NewJob(NOTICES, f"run {self.runs}", self.club.now, {"programme": self.club.programme.id})
        async with self.club.engine.begin() as connection:
            await schedule(connection, [job])
        await self.renews()

    async def renews(self) -> None:
        """All that is due at once."""
        handlers: dict[str, Handler[Any]] = dict(loyalty.NOTICE_HANDLERS)
        await drain(
            process(self.club.engine, "p", handlers, SimpleNamespace(catalogue=self.bot.catalogue, settings=SETTINGS))
        )

    async def comes_to(self, after: Status, error: str = "") -> None:
        """What became of the messages that are queued."""
        values = [
            StatusChanged(
                contact_id=row.contact_id,
                message_id=row.id,
                account=row.account,
                channel=Channel.WHATSAPP,
                address_id="",
                origin=row.origin or "",
                purpose=Purpose.NOTICE,
                before=Status.QUEUED,
                after=after,
                error=error,
                reported_at=None,
                at=self.club.now,
            )
            for row in await self.bot.rows(direction="outbound", status="queued")
        ]
        async with self.club.engine.begin() as connection:
            await tell(connection, values, self.club.now)

    async def log(self) -> Sequence[tuple[str, str, str | None, int]]:
        """All lines."""
        own = NotificationLog
        statement = select(own.notification_type, own.status, own.failure_reason, own.points_expiring)
        async with self.club.engine.connect() as connection:
            rows = await connection.execute(statement.order_by(own.created_at, own.notification_type))
            return [tuple(row) for row in rows]  # type: ignore[misc]  # four columns

    async def waiting(self, phone: str = ANA) -> list[str]:
        """What is queued to somebody."""
        return [row.content for row in await self.bot.rows(direction="outbound", status="queued", address=phone)]


@pytest.fixture
async def told(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Told]:
    heard = listening(engine, LISTENERS)
    async with running_bot(heard, BUNDLE, Clock(BEGINNING)) as bot:
        club = await club_on(heard, replace(CLUB, templates=(("default", "club/ends"),)))
        async with heard.begin() as connection:
            await loyalty.set_released(connection, club.programme.id, BIA, BEGINNING, released=True)
        yield Told(bot, club, stand_still(monkeypatch, BEGINNING))


async def test_several_lots_of_a_day_are_one_notice_that_lists_all_that_is_to_end(told: Told) -> None:
    ana = await told.knows()
    await told.ends(ana, 4, 7)
    await told.ends(ana, 3, 7)
    await told.ends(ana, 5, 60)

    await told.run()
    await told.run()

    assert await told.waiting() == [
        "7 points end on 17/03/2026. All: 17/03/2026: 7\n09/05/2026: 5. You have 12.",
    ]


async def test_days_that_are_due_at_once_share_a_message_and_each_has_its_line(told: Told) -> None:
    ana = await told.knows()
    for points, days in ((1, 1), (7, 7), (30, 30)):
        await told.ends(ana, points, days)

    await told.run()
    await told.comes_to(Status.SENT)
    await told.comes_to(Status.DELIVERED)

    assert len(await told.waiting()) == 1
    assert sorted(await told.log()) == [
        ("EXPIRATION_1_DAY", "SENT", None, 1),
        ("EXPIRATION_30_DAYS", "SENT", None, 30),
        ("EXPIRATION_7_DAYS", "SENT", None, 7),
    ]


@pytest.mark.parametrize(
    ("days", "kind"), [(12, "EXPIRATION_30_DAYS"), (5, "EXPIRATION_7_DAYS"), (0, "EXPIRATION_1_DAY")]
)
async def test_a_run_after_days_without_one_tells_the_most_urgent_stage_alone(told: Told, days: int, kind: str) -> None:
    await told.ends(await told.knows(), 4, days)

    await told.run()
    await told.comes_to(Status.SENT)

    assert await told.log() == [(kind, "SENT", None, 4)]


async def test_nothing_goes_before_somebody_has_released_it(told: Told) -> None:
    await told.ends(await told.knows(), 4, 7)
    async with told.club.engine.begin() as connection:
        await loyalty.set_released(connection, told.club.programme.id, BIA, told.club.now, released=False)

    await told.run()

    assert (await told.waiting(), await told.log()) == ([], [])


async def test_what_is_redeemed_takes_the_notice_back_and_the_true_one_goes(told: Told) -> None:
    ana = await told.knows()
    await told.ends(ana, 4, 7)
    await told.run()

    await told.club.redeem(ana, 1)
    assert await told.waiting() == []
    await told.renews()

    assert await told.waiting() == ["3 points end on 17/03/2026. All: 17/03/2026: 3. You have 3."]
    await told.club.redeem(ana, 3)
    await told.renews()
    assert await told.waiting() == []
    assert await told.log() == [("EXPIRATION_7_DAYS", "SKIPPED", "spent in time", 3)]


async def test_a_redemption_that_does_not_commit_leaves_the_notice(told: Told) -> None:
    ana = await told.knows()
    await told.ends(ana, 4, 7)
    await told.run()
    asked = loyalty.Redeem(programme_id=told.club.programme.id, contact_id=ana, points=1)

    async with told.club.engine.connect() as connection:
        await loyalty.post(connection, [asked], told.club.now)
        await connection.rollback()

    assert len(await told.waiting()) == 1


async def test_who_wants_no_notices_gets_none_that_were_queued_either(told: Told) -> None:
    ana = await told.knows()
    await told.ends(ana, 4, 7)
    await told.run()
    async with told.club.engine.begin() as connection:
        standing = await loyalty.standing(connection, told.club.programme, ana, told.club.now)
        await loyalty.set_notified(connection, standing.accounts, None, told.club.now, on=False)
    await told.renews()
    await told.run()

    assert await told.waiting() == []
    assert await told.log() == [("EXPIRATION_7_DAYS", "SKIPPED", "user opted out", 4)]


async def test_who_has_no_address_is_looked_at_again_while_the_stage_lasts(told: Told) -> None:
    await told.ends(await told.club.contact(), 4, 7)

    await told.run()
    await told.later(hours=20)
    await told.run()

    assert await told.log() == [("EXPIRATION_7_DAYS", "SKIPPED", "missing email", 4)] * 2


async def test_what_is_refused_is_tried_again_by_the_next_run(told: Told) -> None:
    await told.ends(await told.knows(), 4, 7)
    await told.run()
    await told.comes_to(Status.FAILED, "131026")

    await told.later(hours=20)
    await told.run()

    assert len(await told.waiting()) == 2
    assert await told.log() == [("EXPIRATION_7_DAYS", "FAILED", "131026", 4)]


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [("outcome_unknown", "FAILED", "outcome_unknown"), ("opted_out", "SKIPPED", "user opted out")],
)
async def test_what_may_have_arrived_or_is_not_wanted_is_never_tried_again(
    told: Told, error: str, status: str, reason: str
) -> None:
    await told.ends(await told.knows(), 4, 7)
    await told.run()
    await told.comes_to(Status.FAILED, error)

    await told.later(hours=20)
    await told.run()

    assert len(await told.waiting()) == 1
    assert await told.log() == [("EXPIRATION_7_DAYS", status, reason, 4)]


async def test_who_turn_out_to_be_one_person_are_told_of_all_that_they_have(told: Told) -> None:
    ana, rui = await told.knows(), await told.knows(RUI)
    await told.ends(ana, 4, 7)
    await told.ends(rui, 5, 7)
    await told.run()

    await told.club.merge(ana, rui)
    await told.renews()
    await told.run()

    texts = [*await told.waiting(), *await told.waiting(RUI)]
    assert texts == ["9 points end on 17/03/2026. All: 17/03/2026: 9. You have 9."]


async def test_points_of_who_lies_idle_are_told_of_as_well(told: Told) -> None:
    ana = await told.knows()
    await told.club.earn(ana, 4, never_ends=True)
    async with told.club.engine.begin() as connection:
        asked = replace(told.club.programme.asked, idle_days=7)
        await loyalty.change_programme(connection, told.club.programme.id, asked, BIA, told.club.now)

    await told.run()

    assert await told.waiting() == ["4 points end on 17/03/2026. All: 17/03/2026: 4. You have 4."]


async def test_the_duty_of_notice_tells_each_attempt(told: Told) -> None:
    ana = await told.knows()
    await told.ends(ana, 4, 7)
    await told.run()
    await told.comes_to(Status.FAILED, "131026")
    async with told.club.engine.connect() as connection:
        standing = await loyalty.standing(connection, told.club.programme, ana, told.club.now)
        (found,) = await loyalty.duty_of(connection, standing.accounts)

    assert (found.kind, found.day, found.points, found.is_open) == ("EXPIRATION_7_DAYS", date(2026, 3, 17), 4, True)
    assert [(each.status, each.reason) for each in found.attempts] == [("FAILED", "131026")]
