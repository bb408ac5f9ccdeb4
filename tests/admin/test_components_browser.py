"""The parts that all pages are made of, as a person uses them, in Chromium."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Dialog, Locator, Page, Route, expect

from bot.core.permissions import Permission
from bot.web.frame import Entry, Part, add_entries
from tests.support.framed import framed, identity
from tests.support.screens import Blank

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
PATH = "/admin/components"
PLACES = ("Inbox", "Messages", "Contacts", "Flows", "Campaigns")
WIDER = """
() => [...document.querySelectorAll("body *")]
  .filter((node) => node.checkVisibility() && !node.closest(".scroll, pre, .tabs, .unseen, svg"))
  .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((node) => `${node.tagName}.${node.className}`)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server() -> AsyncIterator[TestServer]:
    app = framed(identity())
    add_entries(app, *[Entry(f"/{name}", name, "inbox", Permission.CONTACTS_READ, key=name[0]) for name in PLACES])
    add_entries(app, Entry("/help", "Guide", "users", Permission.USERS_MANAGE, key="z", part=Part.SETTINGS))
    started = TestServer(app)
    async with started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def visit(server: TestServer, blank: Blank) -> Blank:
    """Opens the page as someone new; the first word is another path."""

    async def open_page(path: str = PATH, **reader: Any) -> Page:
        page = await blank(**reader)
        await page.goto(str(server.make_url(path)))
        return page

    return open_page


def boxes(page: Page) -> Locator:
    return page.locator("tbody .choose input")


def chosen(page: Page) -> Locator:
    return page.locator("tbody .choose input:checked")


def rows(page: Page) -> Locator:
    return page.locator(".listing .open")


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(visit: Blank, locale: str) -> None:
    page, axe = await visit(locale=locale, bypass_csp=True), Axe()
    PICTURES.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width in (320, 390, 1280):
            await page.set_viewport_size({"width": width, "height": 844})
            where = f"{width}-{scheme}-{locale}"
            result = await axe.run(page)
            found += [f"{where}: {each['id']} {each['nodes'][0]['target']}" for each in result.response["violations"]]
            found += [f"{where}: {each} is wider" for each in await page.evaluate(WIDER)]
            await page.screenshot(path=PICTURES / f"components-{where}.png", full_page=True)
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_what_opens(visit: Blank, scheme: str) -> None:
    page, axe = await visit(color_scheme=scheme, bypass_csp=True), Axe()
    found: list[str] = []

    async def look(name: str) -> None:
        result = await axe.run(page)
        found.extend(f"{name}: {each['id']} {each['nodes'][0]['target']}" for each in result.response["violations"])

    await boxes(page).first.check()
    await page.get_by_text("Filter", exact=True).click()
    await look("filters, and rows that are chosen")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Ana Souza").click()
    await look("who is in")
    await page.keyboard.press("Escape")
    await page.locator("[data-opens=delete]").click()
    await look("a dialog")
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="More").click()
    await look("more of the navigation")
    assert found == []


async def test_a_dialog_takes_the_focus_and_gives_it_back(visit: Blank) -> None:
    page = await visit()
    opener = page.locator("[data-opens=delete]")
    await opener.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete this account?")
    await expect(dialog).to_be_visible()
    assert await page.evaluate("document.querySelector('#delete').contains(document.activeElement)")

    delete = dialog.get_by_role("button", name="Delete account")
    await expect(delete).to_be_disabled()
    await dialog.get_by_label("Type “Orders” to go on").fill("orders")
    await expect(delete).to_be_disabled()
    await dialog.get_by_label("Type “Orders” to go on").fill("Orders")
    await expect(delete).to_be_enabled()

    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(opener).to_be_focused()


async def test_rows_are_chosen_by_box_by_shift_and_by_keyboard(visit: Blank) -> None:
    page = await visit()
    bulk = page.get_by_role("toolbar", name="What is chosen")
    await expect(bulk).to_be_hidden()

    await boxes(page).nth(1).click()
    await boxes(page).nth(4).click(modifiers=["Shift"])
    await expect(chosen(page)).to_have_count(4)
    await expect(bulk).to_contain_text("4 selected")

    await page.keyboard.press("Escape")
    await expect(chosen(page)).to_have_count(0)
    await page.locator("h1").click()
    for key in ("j", "j", "k", "j", "x"):
        await page.keyboard.press(key)
    await expect(rows(page).nth(1)).to_be_focused()
    await expect(boxes(page).nth(1)).to_be_checked()
    await page.locator("[data-all]").evaluate("node => node.click()")
    await expect(chosen(page)).to_have_count(6)


async def test_more_rows_come_below_and_those_that_are_there_stay_when_they_cannot(visit: Blank) -> None:
    page = await visit()
    await page.route(re.compile("after="), lambda route: route.abort())
    more = page.get_by_role("link", name="Show more")
    await more.click()
    await expect(page.get_by_role("alert").filter(has_text="What is here stays").last).to_be_visible()
    await expect(rows(page)).to_have_count(6)

    await page.unroute(re.compile("after="))
    await more.click()

    await expect(rows(page)).to_have_count(8)
    await expect(rows(page).nth(6)).to_be_focused()
    await expect(more).to_have_count(0)


async def test_a_list_follows_what_happens_and_moves_nothing_under_ones_hand(visit: Blank) -> None:
    page = await visit("/help")

    async def changed(route: Route) -> None:
        text = await (answer := await route.fetch()).text()
        row = re.findall(r'<tr role="row" data-id="1">.*?</tr>', text, re.DOTALL)[0]
        new = row.replace('data-id="1"', 'data-id="new"').replace("The bakery at the corner", "The newest")
        await route.fulfill(
            response=answer, body=text.replace(row, new + row).replace("Padaria São João", "Padaria Nova")
        )

    async def hint(route: Route) -> None:
        # The stream ends, and is begun anew a moment later.
        hinted = 'retry: 50\n\ndata: {"accounts":["2"]}\n\n'
        await route.fulfill(headers={"Content-Type": "text/event-stream"}, body=hinted)

    await page.route("**/live", hint)
    await page.goto(page.url.replace("/help", PATH))
    await page.get_by_role("link", name="Show more").click()
    await expect(rows(page)).to_have_count(8)
    await boxes(page).nth(2).check()
    await page.route("**/admin/components", changed)

    await expect(rows(page).nth(1)).to_have_text("Padaria Nova")
    await expect(rows(page).first).to_have_text("The bakery at the corner")
    await page.get_by_role("button", name="1 new").click()
    await expect(rows(page).first).to_have_text("The newest")
    await expect(rows(page).first).to_be_focused()
    await expect(chosen(page)).to_have_count(1)
    await expect(rows(page)).to_have_count(9)
    await page.unroute("**/live")


async def test_what_was_done_is_told_and_undone(visit: Blank) -> None:
    page = await visit()
    await boxes(page).first.check()
    await page.get_by_role("toolbar").get_by_role("button", name="Archive").click()
    news = page.get_by_role("status", name="News")
    await expect(news).to_contain_text("1 account archived")

    await news.get_by_role("button", name="Undo").press("Enter")

    await expect(news).to_contain_text("1 account is back")


async def test_a_form_that_is_wrong_gets_the_focus_and_is_not_left_unasked(visit: Blank) -> None:
    page = await visit()
    form = page.locator("form[data-guard]")
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    leave = page.get_by_role("link", name="Help and shortcuts")
    await form.get_by_label("Channel").select_option(index=0)
    await leave.evaluate("() => location.assign('/help')")
    await expect(form.get_by_label("Channel")).to_have_value("whatsapp")
    await form.get_by_label("Channel").select_option("sms")
    await form.get_by_label("Name").fill("R")
    await leave.evaluate("() => location.assign('/help')")
    await expect(form.get_by_label("Name")).to_have_value("R")
    assert asked == ["beforeunload"] * 2

    await page.context.set_offline(True)
    await form.get_by_role("button", name="Note it down").click()
    await expect(page.get_by_role("status", name="News")).to_contain_text("Nothing was sent")
    await expect(page.locator("#offline")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator("#offline")).to_be_hidden()

    await form.get_by_role("button", name="Note it down").click()
    await expect(form.get_by_label("Name")).to_be_focused()
    await expect(form.get_by_label("Name")).to_have_accessible_description("Write at least 2 characters.")
    await expect(form.get_by_label("Name")).to_have_value("R")
    await form.get_by_label("Name").fill("Rye")
    await form.get_by_role("button", name="Note it down").click()
    await expect(page.get_by_role("status", name="News")).to_contain_text("12 of Rye noted")
    assert asked == ["beforeunload"] * 2
    page.remove_listener("dialog", stay)


async def test_the_keyboard_leads_everywhere(visit: Blank) -> None:
    page = await visit()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Help and shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("g?")
    await expect(page.get_by_role("searchbox")).to_have_value("g?")
    await page.locator("h1").click()
    await page.keyboard.press("g")
    await page.keyboard.press("z")
    await expect(page).to_have_url(re.compile(r"/help$"))


async def test_without_javascript_everything_is_read_and_found(visit: Blank) -> None:
    page = await visit(java_script_enabled=False)
    await page.get_by_text("Filter", exact=True).click()
    await page.get_by_label("SMS").first.check()
    await page.get_by_role("button", name="Show these").click()
    await expect(rows(page)).to_have_count(3)
    await page.get_by_role("link", name="Channel: SMS").click()
    await page.get_by_role("link", name="Show more").click()
    await expect(rows(page)).to_have_text(["Night shift", "Weekend"])
    await page.get_by_role("link", name="Help and shortcuts").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Help and shortcuts")


async def test_times_are_told_in_the_browsers_zone_and_by_the_server_from_then_on(visit: Blank) -> None:
    page = await visit(timezone_id="Asia/Tokyo")
    await expect(page.locator("tbody time").first).to_have_attribute("title", re.compile(r"GMT\+09:00$"))
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Tokyo")


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
async def test_near_times_are_told_by_the_page_as_by_the_server(visit: Blank, locale: str) -> None:
    told = [
        await (await visit(locale=locale, java_script_enabled=scripts))
        .locator(":is(tbody, .pairs) [data-moment]")
        .all_text_contents()
        for scripts in (False, True)
    ]
    assert told[0] == told[1]


async def test_theme_and_language_are_chosen_in_the_page(visit: Blank) -> None:
    page = await visit()
    await page.get_by_role("button", name="Ana Souza").click()
    await page.get_by_role("button", name="Dark").click()
    await expect(page.locator("body")).to_have_css("background-color", "rgb(25, 23, 33)")
    await page.get_by_role("button", name="Ana Souza").click()
    await page.get_by_role("button", name="Português").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Componentes")
