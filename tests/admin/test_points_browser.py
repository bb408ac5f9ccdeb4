"""Programmes of points as they look, in Chromium."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium

from bot.loyalty import service as loyalty
from bot.loyalty.service import AskedProgramme, Rounding
from bot.users.service import Role
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at
from tests.support.people import BY
from tests.support.rows import add_person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&"


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with somebody who may do all."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.ADMIN)
        yield opened


async def filled(doors: Doors) -> dict[str, str]:
    """Programmes of all kinds, one with points; their paths by name."""
    now, paths = doors.people.clock.now, {}
    async with doors.people.engine.begin() as connection:
        for name, asked in (
            ("club", AskedProgramme("Bakery club", "America/Sao_Paulo", expires_after=loyalty.read_period("6 months"))),
            ("long", AskedProgramme(LONG, "UTC", "x" * 32, rounding=Rounding.END_OF_YEAR, is_active=False)),
        ):
            made = await loyalty.add_programme(connection, asked, BY, now)
            paths[name] = f"points/{made.id}"
        club = paths["club"].rpartition("/")[2]
        contact = await add_person(connection, "+5511988887777")
        earned = [
            loyalty.Earn(
                programme_id=club,
                contact_id=contact.id,
                points=10 ** (number % 7) + number,
                by=BY,
                expires_on=loyalty.read_period(f"{number} months").after(now.date()),
            )
            for number in range(1, 12)
        ]
        outcomes = await loyalty.post(connection, earned, now)
        assert all(isinstance(each, loyalty.Posted) for each in outcomes)
        redeemed = loyalty.Redeem(
            programme_id=club, contact_id=contact.id, points=1500, by=BY, reason=LONG, reference="x" * 255
        )
        pended = loyalty.Pend(programme_id=club, contact_id=contact.id, points=40, by=BY, reason=LONG)
        await loyalty.post(connection, [redeemed, pended], now)
        nobody = await add_person(connection, "+5511988886666")
    return {**paths, "person": f"{paths['club']}/people/{contact.id}", "none": f"{paths['club']}/people/{nobody.id}"}


@pytest.mark.timeout(600)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    page, found = await entered(doors, browser, "en-US"), list[str]()
    await page.goto(f"{doors.base}points")
    found += await looked_at(page, "points-empty", (320, 1280))
    await page.context.close()
    named = await filled(doors)
    paths = {
        "points": "points",
        "points-new": "points/new",
        "points-programme": named["club"],
        "points-programme-long": named["long"],
        "points-people": f"{named['club']}/accounts",
        "points-people-none": f"{named['long']}/accounts",
        "points-people-nobody": f"{named['club']}/accounts?q=nothing",
        "points-person": named["person"],
        "points-person-none": named["none"],
        "points-person-earn": f"{named['person']}?do=earn",
        "points-rules": f"{named['club']}/edit",
    }
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{doors.base}{path}")
            found += await looked_at(page, f"{name}-{locale}", (390, 1280))
        await page.goto(f"{doors.base}points/new")
        await page.locator("main form button.main").click()
        await page.wait_for_selector(".error")
        found += await looked_at(page, f"points-wrong-{locale}", (390, 1280))
        await page.context.close()
    assert found == []
