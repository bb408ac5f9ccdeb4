"""The page of reports in Chromium: as it looks with nothing, one, many and a year, in both languages."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from sqlalchemy import insert

from bot.core.ids import new_id
from bot.inbox.models import InboxPeriod
from bot.users.models import User
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية"


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.EDITOR)
        yield opened


async def filled(doors: Doors, count: int, days: int) -> None:
    """So many conversations, with some messages each, over so many days."""
    now = doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        await rows.add_account(connection)
        agents = [new_id() for _number in range(6)]
        for number, each in enumerate(agents):
            name = LONG if number == 0 else f"Colleague {number}"
            values = {"id": each, "email": f"c{number}@example.com", "name": name, "role": "EDITOR"}
            await connection.execute(insert(User).values(**values))
        person = await rows.add_person(connection)
        for number in range(count):
            at = now - timedelta(seconds=number * days * 86_400 // count + 4_000)
            answered, lasted, agent = 20 + number * 7919 % 3_000, 900 + number * 104_729 % 90_000, agents[number % 6]
            period = {
                "id": new_id(),
                "contact_id": person.id,
                "opened_by": "reopened" if number % 9 == 1 else "handoff",
                "opened_at": at,
                "began_at": at,
                "channel": ("whatsapp", "sms", "email", None)[number % 4],
                "asked_at": at,
                "replied_at": at + timedelta(seconds=answered),
                "replied_by": agent,
                "answered_after": answered,
                "ended_at": at + timedelta(seconds=lasted),
                "ended_as": "resolved",
                "resolved_by": agent,
                "user_id": agent,
                "lasted": lasted,
                "lasted_in_all": lasted,
            }
            await connection.execute(insert(InboxPeriod).values(period))
            await rows.add_inbound(connection, person, created_at=at)
            sent: dict[str, Any] = {"status": "read", "origin": f"inbox:{agent}", "created_at": at}
            await rows.add_outbound(connection, person, heard=False, **sent)


@pytest.mark.timeout(120)
async def test_it_looks_right_with_nothing_and_with_one(doors: Doors, browser: Chromium) -> None:
    page = await entered(doors, browser, "en")
    await page.goto(f"{doors.base}inbox/reports")
    assert not await looked_at(page, "reports-none", (390, 1280))

    await filled(doors, 1, 1)
    await page.goto(f"{doors.base}inbox/reports?days=1")
    assert not await looked_at(page, "reports-one", (390, 1280))


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("name", "asked", "locale"),
    [
        ("month", "days=30", "en"),
        ("hours", "days=30&by=hour", "pt-BR"),
        ("year", "days=365", "en"),
        ("year-by-day", "days=365&by=day", "en"),
        ("colleagues", "days=90&by=agent", "en"),
        ("channels", "days=90&by=channel", "pt-BR"),
    ],
)
async def test_it_looks_right_with_many(doors: Doors, browser: Chromium, name: str, asked: str, locale: str) -> None:
    await filled(doors, 700, 365)
    page = await entered(doors, browser, locale)
    await page.goto(f"{doors.base}inbox/reports?{asked}")
    assert not await looked_at(page, f"reports-{name}", (390, 1280))


async def test_a_table_and_a_chart_of_days_are_one_key_away(doors: Doors, browser: Chromium) -> None:
    await filled(doors, 40, 30)
    page = await entered(doors, browser, "en")
    await page.goto(f"{doors.base}inbox/reports?days=30")
    await page.locator("summary", has_text="All figures as a table").focus()
    await page.keyboard.press("Enter")
    assert await page.locator(".all tbody tr").count() == 30
    await page.get_by_label("By", exact=True).select_option("channel")
    await page.get_by_role("button", name="Show", exact=True).click()
    await page.wait_for_url("**by=channel**")
    assert await page.locator(".all tbody tr").count() == 4
