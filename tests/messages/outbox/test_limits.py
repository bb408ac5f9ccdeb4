"""An account whose provider complains of its speed is slowed down; one whose credentials are refused is paused."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from structlog.testing import capture_logs

from bot.channels import service as channels
from bot.channels.models import Account
from bot.core.actors import SYSTEM
from bot.core.clock import utc_now
from bot.core.purposes import Lane
from bot.messages.backlog.depth import LaneDepth, outbox_depth
from bot.messages.outbox.claims import claim
from tests.support import rows
from tests.support.loopback import status
from tests.support.office import ACCOUNT, Office


async def account(office: Office, account_id: str = ACCOUNT) -> Any:
    async with office.engine.connect() as connection:
        return (await connection.execute(select(Account.__table__).where(Account.id == account_id))).one()


async def set_account(office: Office, **values: Any) -> None:
    async with office.engine.begin() as connection:
        await connection.execute(update(Account).where(Account.id == ACCOUNT).values(**values))


async def test_a_throttling_answer_halves_the_speed_once_however_many_come_together(office: Office) -> None:
    messages = [await office.queue(await office.person(f"+55119999900{number:02}")) for number in range(8)]
    office.server.answers.extend([status(429, Retry_After="60")] * len(messages))

    with capture_logs() as logs:
        office.start()
        for message in messages:
            await office.becomes(message, error="http_429", claimed_by=None)

    assert (await account(office)).slowed == 0.5
    told = [entry for entry in logs if entry["event"].startswith("account slowed down")]
    assert [entry["account"] for entry in told] == [ACCOUNT]


async def claimed(office: Office, now: Any) -> int:
    async with office.engine.begin() as connection:
        return len((await claim(connection, "one", 100, lease=timedelta(seconds=30), now=now)).claimed)


async def test_a_slowed_account_sends_its_part_and_grows_back_to_all_of_it(office: Office) -> None:
    for number in range(40):
        await office.queue(await office.person(f"+55119999900{number:02}"))
    start = utc_now()
    await set_account(office, rate=16.0, slowed=0.25, slowed_at=start)

    # At first a second's worth at a quarter of the rate, then half, then all of it.
    assert await claimed(office, start + timedelta(seconds=1)) == 4
    assert await claimed(office, start + timedelta(seconds=2)) == 4
    assert await claimed(office, start + timedelta(seconds=60)) == 8
    assert await claimed(office, start + timedelta(seconds=120)) == 16


async def test_an_account_without_complaints_is_as_fast_as_ever(office: Office) -> None:
    for number in range(20):
        await office.queue(await office.person(f"+55119999900{number:02}"))
    await set_account(office, rate=16.0)

    assert await claimed(office, utc_now() + timedelta(seconds=1)) == 16


async def test_refused_credentials_pause_the_account_until_it_is_resumed_and_its_queue_is_kept(office: Office) -> None:
    first = await office.queue(await office.person())
    office.server.answers.append(status(401))

    with capture_logs() as logs:
        office.start()
        await office.becomes(first, error="http_401", claimed_by=None)
        later = await office.queue(await office.person("+5511999990001"))
        await office.looks_again()

    row = await account(office)
    assert (row.paused, row.paused_reason) == (True, "Refused. (http_401)")
    assert len(office.server.received) == 1
    assert (await rows.columns(office.engine, later))["status"] == "queued"
    told = [entry for entry in logs if entry["log_level"] == "error"]
    assert [(entry["account"], entry["code"], entry["settings"]) for entry in told] == [
        (ACCOUNT, "http_401", ["LOOPBACK_TOKEN"])
    ]
    assert "secret" not in str(logs)

    async with office.engine.begin() as connection:
        assert await channels.resume(connection, ACCOUNT, SYSTEM)
    for message in (first, later):
        await office.becomes(message, status="sent")


async def test_an_account_that_an_admin_has_paused_keeps_their_reason(office: Office) -> None:
    message = await office.queue(await office.person())
    arrived = asyncio.Event()

    async def refuses_late(request: Any) -> Any:
        async with office.engine.begin() as connection:
            await channels.pause(connection, ACCOUNT, "Moving to another number.", SYSTEM)
        arrived.set()
        return await status(401)(request)

    office.server.answers.append(refuses_late)
    with capture_logs() as logs:
        office.start()
        await office.becomes(message, error="http_401", claimed_by=None)

    assert arrived.is_set()
    assert (await account(office)).paused_reason == "Moving to another number."
    assert [entry for entry in logs if entry["log_level"] == "error"] == []


async def test_others_go_on_beside_a_paused_account(office: Office) -> None:
    async with office.engine.begin() as connection:
        await rows.add_account(connection, "loopback:paused", paused=True)
    waiting = await office.queue(await office.person(), account="loopback:paused")
    other = await office.queue(await office.person("+5511999990001"))
    office.start()

    await office.becomes(other, status="sent")

    assert (await rows.columns(office.engine, waiting))["status"] == "queued"


async def test_each_accounts_queue_is_measured_beside_whether_it_sends(office: Office) -> None:
    now = utc_now()
    async with office.engine.begin() as connection:
        await rows.add_account(connection, "loopback:paused", paused=True)
    for seconds in (60, 30):
        await office.queue(
            await office.person(f"+55119999900{seconds}"),
            account="loopback:paused",
            created_at=now - timedelta(seconds=seconds),
        )
    await office.queue(await office.person(), scheduled_at=now + timedelta(hours=1))
    await set_account(office, slowed=0.25, slowed_at=now)

    async with office.engine.connect() as connection:
        depth = await outbox_depth(connection)

    busy, quiet = depth.accounts["loopback:paused"], depth.accounts[ACCOUNT]
    assert (busy.lanes[Lane.REPLY].due, busy.paused, busy.slowed) == (2, True, 1.0)
    assert 60 <= busy.lanes[Lane.REPLY].oldest_age_seconds < 90
    assert (quiet.lanes[Lane.REPLY], quiet.paused) == (LaneDepth(0, 0.0), False)
    assert 0.25 <= quiet.slowed < 0.3
