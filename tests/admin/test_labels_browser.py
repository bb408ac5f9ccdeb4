"""Labels and saved replies as they look, in Chromium, and as they follow what is typed and what colleagues do."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect
from sqlalchemy import update

from bot.admin.labels.pages import MANY
from bot.contacts.models import Contact
from bot.core.addresses import Channel
from bot.inbox import service as inbox
from bot.inbox.service import AskedTemplate
from bot.users.service import Role
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at
from tests.support.people import BY
from tests.support.rows import add_person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&"
SOON_MS = 20_000


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with somebody who answers."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.EDITOR)
        yield opened


async def filled(doors: Doors) -> dict[str, str]:
    """Labels and saved replies of all kinds; paths of some, and of a conversation that has some, by name."""
    now = doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        ids = [(await add_person(connection, f"+55119{number:08}")).id for number in range(MANY)]
        await connection.execute(update(Contact).values(attributes={"plano": "Ouro", "x" * 64: 3}))
        named = {}
        for name, count in (("Refund", 3), ("VIP", MANY), (LONG, 1), ("مخبز الزاوية", 1), ("x" * 64, 0), ("Bill", 0)):
            label = await inbox.label_called(connection, name, BY, now)
            await inbox.label(connection, ids[:count], label.id, BY, now, has=True)
            named[name] = f"labels/{label.id}"
        for asked in (
            AskedTemplate("Hours", "hours", "Oi {{ contact.name }}!\n\n{{ contact.plano }}", category="Shop"),
            AskedTemplate("Late", "late", "{{ contact.valor }}", channel=Channel.EMAIL),
            AskedTemplate(LONG, "x" * 32, "x" * 3000, category="y" * 64, is_active=False),
        ):
            reply = await inbox.add_reply_template(connection, asked, BY, now)
            named[asked.shortcut] = f"replies/{reply.id}"
    return {**named, "conversation": f"inbox/{ids[0]}"}


@pytest.mark.timeout(900)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    page, found = await entered(doors, browser, "en-US"), list[str]()
    for name in ("labels", "replies"):
        await page.goto(f"{doors.base}{name}")
        found += await looked_at(page, f"{name}-empty", (320, 1280))
    await page.context.close()
    named = await filled(doors)
    paths = {
        "labels": "labels",
        "labels-none": "labels?q=nothing",
        "label-new": "labels/new",
        "label": named["Refund"],
        "label-long": named[LONG],
        "replies": "replies",
        "replies-narrowed": "replies?category=Shop&state=on&channel=sms",
        "replies-none": "replies?q=nothing",
        "reply-new": "replies/new",
        "reply": named["hours"],
        "reply-missing": named["late"],
        "reply-long": named["x" * 32],
    }
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{doors.base}{path}")
            found += await looked_at(page, f"{name}-{locale}")
        for name, path, opens in (
            ("label-delete-few", named["Refund"], "[data-opens=delete]"),
            ("label-delete-many", named["VIP"], "[data-opens=delete]"),
            ("label-merge", named["Refund"], "[data-opens=merge]"),
            ("reply-delete", named["hours"], "[data-opens=delete]"),
            ("label-menu", named["conversation"], "[data-key=t] summary"),
        ):
            await page.set_viewport_size({"width": 1280, "height": 844})
            await page.goto(f"{doors.base}{path}")
            await page.locator(opens).click()
            found += await looked_at(page, f"{name}-{locale}", (390, 1280))
        for name in ("labels", "replies"):
            await page.goto(f"{doors.base}{name}/new")
            await page.locator("main form button.main").click()
            await page.wait_for_selector(".error")
            found += await looked_at(page, f"{name}-wrong-{locale}", (390, 1280))
        await page.context.close()
    assert found == []


async def test_the_preview_follows_what_is_typed_and_a_variable_stands_where_one_writes(
    doors: Doors, browser: Chromium
) -> None:
    await filled(doors)
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}replies/new")
    words, preview = page.get_by_label("Reply", exact=True), page.locator("#preview")
    await words.fill("Oi !")
    await words.press("ArrowLeft")
    await page.get_by_role("button", name="{{ contact.first_name }}").click()
    await expect(words).to_have_value("Oi {{ contact.first_name }}!")
    await expect(words).to_be_focused()
    await expect(preview).to_contain_text("Oi Ana!")
    await words.fill("Oi {{ name }}")
    await expect(preview).to_contain_text("stands for nothing")
    await words.fill("<b>bold</b>")
    await expect(preview.locator(".words")).to_have_text("<b>bold</b>")
    await page.context.close()


async def test_without_a_script_a_button_shows_the_preview(doors: Doors, browser: Chromium) -> None:
    context = await browser.new_context(java_script_enabled=False)
    cookies = dict((await doors.inside()).cookies)
    await context.add_cookies([{"name": name, "value": each, "url": str(doors.base)} for name, each in cookies.items()])
    page = await context.new_page()
    await page.goto(f"{doors.base}replies/new")
    await page.get_by_label("Reply", exact=True).fill("Oi {{ contact.first_name }}!")
    await page.get_by_role("button", name="Show the preview").click()
    await expect(page.locator("#preview")).to_contain_text("Oi Ana!")
    await page.get_by_label("Name").fill("Hello")
    await page.get_by_role("textbox", name="Shortcut").fill("hello")
    await page.get_by_role("button", name="Save the reply").click()
    await expect(page.locator("tbody")).to_contain_text("Hello")
    await context.close()


async def test_a_colleagues_open_page_follows_and_a_new_label_is_given_in_the_conversation(
    doors: Doors, browser: Chromium
) -> None:
    named = await filled(doors)
    labels, page = await entered(doors, browser, "en-US"), await entered(doors, browser, "en-US")
    await labels.goto(f"{doors.base}labels")
    await page.goto(f"{doors.base}{named['conversation']}")
    await page.locator("[data-key=t] summary").click()
    await page.get_by_label("New label").fill("Urgent")
    await page.get_by_role("button", name="Give it").click()
    await expect(page.locator("#person .labels")).to_contain_text("Urgent")
    await expect(labels.locator("tbody")).to_contain_text("Urgent", timeout=SOON_MS)
    async with doors.people.engine.begin() as connection:
        label_id = named["Refund"].rpartition("/")[2]
        await inbox.change_label(connection, label_id, "Money back", "teal", BY, doors.people.clock.now)
    await expect(labels.locator("tbody")).to_contain_text("Money back", timeout=SOON_MS)
    for each in (labels, page):
        await each.context.close()
