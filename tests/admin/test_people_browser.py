"""Users, tokens and the audit as they look, in Chromium."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.permissions import Permission
from bot.users.service import Role, add_token, disable_user
from tests.support.doors import Doors, open_doors
from tests.support.looked import PICTURES, entered, let_in, looked_at
from tests.support.people import BY
from tests.support.screens import Blank

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 2


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server that knows some people, what they did, and one with a name without end."""
    async with open_doors(sqlite_url) as opened:
        people, now = opened.people, opened.people.clock.now
        await people.person()
        for email, role in (("rui@example.com", Role.EDITOR), ("vic@example.com", Role.VIEWER)):
            await people.person(email, role)
        rui, vic = await people.user("rui@example.com"), await people.user("vic@example.com")
        async with people.engine.begin() as connection:
            await disable_user(connection, vic.id, BY, now)
            scopes = [Permission.CONTACTS_READ, Permission.MESSAGES_SEND]
            for name, days in (("CRM", 90), (LONG, None)):
                ends = None if days is None else now + timedelta(days=days)
                await add_token(connection, rui, name, scopes, BY, now, expires_at=ends)
            told = {"before": {"name": "Orders"}, "after": {"name": LONG}}
            await record(connection, Actor(LONG[:255]), "contact.set", "contact", "c1", told, at=now)
        await people.invited(f"{'long' * 14}@{'example.' * 12}com")
        yield opened


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    rui = await doors.people.user("rui@example.com")
    paths = {
        "users": "/users",
        "user-new": "/users/new",
        "user": f"/users/{rui.id}",
        "tokens": "/tokens",
        "token-new": "/tokens/new",
        "notices": "/account/notices",
        "audit": "/audit",
        "audit-none": "/audit?q=nobody",
    }
    found: list[str] = []
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{doors.base}{path[1:]}")
            found += await looked_at(page, f"{name}-{locale}")
        await page.context.close()
    assert found == []


async def test_a_token_is_made_and_revoked_and_somebody_deleted_and_back_again(doors: Doors, blank: Blank) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = await blank(bypass_csp=True)
    await let_in(doors, page.context)
    news = page.get_by_role("status", name="News")
    await page.goto(f"{doors.base}tokens/new")
    await page.get_by_label("Name").fill("Shop")
    await page.get_by_label("See contacts").check()
    await page.get_by_role("button", name="Make the token").click()
    await expect(page.get_by_role("region", name="Token")).to_contain_text("rcd_")
    assert (await Axe().run(page)).response["violations"] == []
    await page.screenshot(path=PICTURES / "token-made-1280-light-en-US.png", full_page=True)
    await page.get_by_role("link", name="I have it").click()
    await page.get_by_role("button", name="Revoke …").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke the token").click()
    await expect(news).to_contain_text("Shop is revoked")

    await page.goto(f"{doors.base}users?role=EDITOR")
    await page.get_by_role("link", name="rui", exact=True).click()
    await page.wait_for_url("**/users/*")
    await page.wait_for_load_state()
    await page.keyboard.press("Escape")
    await expect(page, "Escape goes back to the list as it was narrowed").to_have_url(f"{doors.base}users?role=EDITOR")
    await page.get_by_role("link", name="rui", exact=True).click()
    await page.get_by_role("button", name="Delete …").click()
    dialog = page.get_by_role("dialog", name="Delete rui?")
    await expect(dialog).to_contain_text("1 session ends at once.")
    await page.screenshot(path=PICTURES / "user-delete-1280-light-en-US.png")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(news).to_contain_text("rui is deleted")
    await news.get_by_role("button", name="Undo").click()
    await expect(news).to_contain_text("rui is back")

    await page.goto(f"{doors.base}audit?action=user.delete")
    async with page.expect_download() as begun:
        await page.get_by_role("button", name="Export as CSV").click()
    exported = await (await begun.value).path()
    assert "user.delete" in await asyncio.to_thread(exported.read_text, encoding="utf-8")
