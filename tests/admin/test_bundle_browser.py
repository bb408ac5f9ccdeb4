"""Bundles and triggers in Chromium: as they look, and by keyboard alone."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from bot.conversations.views import INTAKE
from bot.flows.service import archive
from tests.support.bundles import published
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at
from tests.support.people import BY, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHOP = """bundle: shop
templates:
  hours: {content: "We open at nine, every day but Sunday.", locales: {pt-BR: {content: Abrimos às nove.}}}
  bye: {content: Bye.}
triggers:
  - {type: contains, pattern: [hours, open], template: hours, cooldown_sec: 60}
  - {type: equals, pattern: bye, template: bye, interrupt: true}
"""
LONG = f"""bundle: Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch_x
# {"long" * 200} <b>&amp;</b> مخبز الزاوية \u202dabc\u202c
templates: {{t: {{content: "<script>alert(1)</script> {"very long words " * 60}"}}}}
triggers:
  - {{type: contains, pattern: ["{"verylongword" * 12}", hours], template: t, priority: -100000, cooldown_sec: 86400}}
"""
FAULTY = SHOP.replace("template: hours,", f"template: {'ours' * 16},").replace("type: equals", "typ: equals")
NEW = """bundle: bakery
templates: {t: {content: Fresh bread at six.}}
triggers: [{type: contains, pattern: bread, template: t}]"""
FOCUSED = """
() => {
  const it = document.activeElement;
  return (it.ariaLabel ?? it.labels?.[0]?.textContent ?? it.textContent).trim();
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with an ADMIN, and a simulator that anybody may use."""
    async with open_doors(sqlite_url, BOT_SIMULATOR="public", BOT_OUTBOX="on") as opened:
        await opened.people.person()
        yield opened


async def with_bundles(doors: Doors) -> None:
    """Publish some, one of them twice and one with lines and names without end."""
    engine, now = doors.people.engine, doors.people.clock.now
    await published(engine, SHOP, LONG.replace("\u202d", "").replace("\u202c", ""), now=now - timedelta(days=40))
    await published(engine, SHOP.replace("nine", "ten"), now=now - timedelta(hours=2), by="Hohenzollern-" * 12)
    await published(engine, SHOP.replace("bundle: shop", "bundle: old"), now=now - timedelta(days=400))
    async with engine.begin() as connection:
        await archive(connection, "old", by=BY, now=now)
    await doors.app[INTAKE].catalogue.refresh()


PATHS = {
    "bundles": "bundles",
    "bundle": "bundles/shop",
    "bundle-long": "bundles/Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch_x",
    "bundle-old-version": "bundles/shop/versions/1",
    "bundle-versions": "bundles/shop/versions",
    "bundle-compare": "bundles/shop/compare",
    "bundle-new": "bundles/-/new",
    "triggers": "triggers",
    "triggers-none": "triggers?q=nobody",
    "triggers-try": "triggers/try?text=hours",
    "triggers-nobody": "triggers/try?text=hours&contact=nobody",
}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    page = await entered(doors, browser, "en-US")
    found: list[str] = []
    for empty in ("bundles", "triggers"):
        await page.goto(f"{doors.base}{empty}")
        found += await looked_at(page, f"{empty}-empty")
    await page.context.close()
    await with_bundles(doors)
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in PATHS.items():
            await page.goto(f"{doors.base}{path}")
            found += await looked_at(page, f"{name}-{locale}")
        await page.goto(f"{doors.base}bundles/shop/edit")
        for name, text in (
            ("bundle-faults", FAULTY),
            ("bundle-publish", SHOP.replace("pattern: bye", "pattern: stop")),
        ):
            await page.locator("#f-source").fill(text)
            async with page.expect_navigation():
                await page.locator("form.bundle .main").click()
            found += await looked_at(page, f"{name}-{locale}")
        await page.goto(f"{doors.base}bundles/shop")
        await page.locator("[data-opens=archive]").click()
        found += await looked_at(page, f"bundle-archive-{locale}")
        await page.context.close()
    assert found == []


async def presses_until(page: Page, key: str, name: str) -> None:
    """Press a key until what has the focus is called so."""
    for _ in range(60):
        if await page.evaluate(FOCUSED) == name:
            return
        await page.keyboard.press(key)
    pytest.fail(f"{key} never came to {name}")


@pytest.mark.slow
async def test_signing_in_publishing_and_a_message_by_keyboard_alone(doors: Doors, browser: Chromium) -> None:
    context = await browser.new_context(locale="en-US")
    context.set_default_timeout(8000)
    page = await context.new_page()
    keys = page.keyboard
    await page.goto(f"{doors.base}bundles")
    await presses_until(page, "Tab", "E-mail")
    await keys.type("ana@example.com")
    await presses_until(page, "Tab", "Password")
    await keys.type(PASSWORD)
    async with page.expect_navigation():
        await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Nothing is published yet")).to_be_visible()

    await presses_until(page, "Tab", "New bundle")
    async with page.expect_navigation():
        await keys.press("Enter")
    await presses_until(page, "Tab", "Text")
    await keys.press("Control+a")
    await keys.insert_text(NEW.replace("template: t", "template: bread"))
    await presses_until(page, "Tab", "Check it")
    async with page.expect_navigation():
        await keys.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("1 fault")
    await presses_until(page, "Tab", "Line 3")
    await keys.press("Enter")
    await keys.insert_text(NEW.splitlines()[2])
    await presses_until(page, "Tab", "Check it")
    async with page.expect_navigation():
        await keys.press("Enter")
    await presses_until(page, "Tab", "Publish version 1")
    async with page.expect_navigation():
        await keys.press("Enter")
    await expect(page.get_by_role("status", name="News")).to_contain_text("bakery answers as version 1")

    await doors.app[INTAKE].catalogue.refresh()
    await page.goto(f"{doors.base}simulator")
    await presses_until(page, "Tab", "Message")
    await keys.type("Is there bread?")
    await keys.press("Enter")
    await expect(page.locator(".message:not(.own) .text")).to_have_text("Fresh bread at six.")
    await context.close()


@pytest.mark.slow
async def test_a_list_follows_what_is_published_elsewhere(doors: Doors, browser: Chromium) -> None:
    page = await entered(doors, browser, "en-US")
    await published(doors.people.engine, SHOP, now=doors.people.clock.now)
    await page.goto(f"{doors.base}bundles")
    row = page.get_by_role("row", name="shop")
    await expect(row).to_contain_text("ana")

    async with page.expect_response("**/bundles", timeout=15_000):
        await published(doors.people.engine, SHOP.replace("nine", "ten"), now=doors.people.clock.now, by="Rui")

    # A page rests for nineteen times what its last question took.
    await expect(row).to_contain_text("Rui", timeout=30_000)
    await page.context.close()
