"""Endpoints as they look, in Chromium."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from sqlalchemy import select, update

from bot.contacts.models import Contact
from bot.core.clock import utc_now
from bot.endpoints.delivery.claimed import Attempt, Claimed, Outcome
from bot.endpoints.delivery.outcomes import record
from bot.endpoints.kinds import AttemptError
from bot.endpoints.models import EndpointDelivery
from tests.support.doors import Doors, open_doors
from tests.support.endpoints import add_row, deliveries_of, happens
from tests.support.looked import entered, looked_at
from tests.support.rows import add_person

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 2


async def endpoints_of_all_kinds(doors: Doors) -> tuple[str, str]:
    """One in each state; gives one to which much was told, and a delivery that failed with an answer without end."""
    engine, now = doors.people.engine, utc_now()
    ago = now - timedelta(hours=3)
    await add_row(engine, "message.received", url="https://shop.example/hook", description="Orders to the till")
    await add_row(engine, url="https://crm.example/recado", status="paused", last_success_at=ago)
    await add_row(engine, status="disabled", disabled_reason="failing", failing_since=now - timedelta(days=2))
    long = await add_row(
        engine,
        url=f"https://{'long' * 12}.example/{'hook' * 60}",
        description=LONG[:255],
        failing_since=ago,
        last_success_at=now - timedelta(days=2),
        old_secret="x",
        old_secret_until=now + timedelta(hours=20),
    )
    async with engine.begin() as connection:
        contact = (await add_person(connection)).id
        await connection.execute(update(Contact).values(name=LONG[:255]))
    await happens(engine, long, *[contact] * 3, None, now=ago)
    rows = await deliveries_of(engine, long)
    outcomes = [
        Outcome(None, 204, 12, ""),
        Outcome(AttemptError.STATUS, 500, 340, f"{LONG}\n{'x' * 300}"),
        Outcome(AttemptError.TIMEOUT, None, 15000, ""),
    ]
    async with engine.begin() as connection:
        for row, outcome in zip(rows, outcomes, strict=False):
            claimed = Claimed(row["number"], long, row["event_id"], b"", "https://x", (), 0, 0)
            await record(connection, [Attempt(claimed, ago, outcome)], now)
        failed = select(EndpointDelivery.id).where(EndpointDelivery.number == rows[1]["number"])
        await connection.execute(
            update(EndpointDelivery)
            .where(EndpointDelivery.number == rows[1]["number"])
            .values(status="failed", ended_at=now, resent_at=now)
        )
        return long, (await connection.execute(failed)).scalar_one()


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with an ADMIN."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person()
        yield opened


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    page, found = await entered(doors, browser, "en-US"), list[str]()
    await page.goto(f"{doors.base}endpoints")
    found += await looked_at(page, "endpoints-empty", (320, 1280))
    await page.context.close()
    endpoint, delivery = await endpoints_of_all_kinds(doors)
    paths = {
        "endpoints": "endpoints",
        "endpoints-none": "endpoints?state=enabled&state=none",
        "endpoint-new": "endpoints/new",
        "endpoint-edit": f"endpoints/{endpoint}/edit",
        "endpoint": f"endpoints/{endpoint}",
        "endpoint-none": f"endpoints/{endpoint}?type=message.read",
        "delivery": f"endpoints/{endpoint}/deliveries/{delivery}",
    }
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{doors.base}{path}")
            if name == "delivery":
                await page.locator("summary").last.click()
            found += await looked_at(page, f"{name}-{locale}")
        for opens in ("roll", "delete"):
            await page.goto(f"{doors.base}endpoints/{endpoint}")
            await page.locator(f"[data-opens={opens}]").click()
            found += await looked_at(page, f"endpoint-{opens}-{locale}", (390, 1280))
        await page.goto(f"{doors.base}endpoints/new")
        await page.locator("[name=url]").fill("https://crm.example/recado")
        await page.locator("main button[type=submit]").last.click()
        await page.wait_for_selector(".code")
        found += await looked_at(page, f"endpoint-secret-{locale}")
        await page.context.close()
    assert found == []
