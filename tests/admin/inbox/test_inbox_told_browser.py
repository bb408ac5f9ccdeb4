"""What the inbox tells, in Chromium: it lies over nothing that is pressed, and takes nothing of what was typed."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, Route, expect
from sqlalchemy import update

from bot.contacts.models import Contact
from bot.inbox import service as inbox
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at
from tests.support.people import BY
from tests.support.rows import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

SAID = "Is it this one? https://example.com/menu?a=1&b=2. Or \u202ehttps://example.com/<b>"
PRESSED = ":is(.top, #head, #composer, .list > header) :is(a, button, input, textarea, select, summary)"
_COVERED = f"""
() => {{
  const told = [...document.querySelectorAll(".toast")].map((node) => node.getBoundingClientRect());
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return [...document.querySelectorAll("{PRESSED}")]
    .filter((node) => node.checkVisibility({{ visibilityProperty: true }}))
    .filter((node) => told.some((each) => meets(each, node.getBoundingClientRect())))
    .map((node) => node.ariaLabel ?? node.textContent.trim());
}}
"""
_TOLD_LONGER = """
const later = globalThis.setTimeout;
globalThis.setTimeout = (run, wait, ...more) => later(run, wait === 8000 ? 60000 : wait, ...more);
"""


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server whose administrator has no second factor."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.ADMIN)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


async def wrote(doors: Doors, name: str, number: int) -> Person:
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, f"+551199990000{number}")
        await connection.execute(update(Contact).where(Contact.id == person.id).values(name=name))
        await rows.add_inbound(connection, person, SAID)
        await inbox.reopen(connection, [person.id], BY, doors.people.clock.now)
    return person


async def press(page: Page, name: str) -> None:
    await page.locator("#head").get_by_role("button", name=name, exact=True).first.click()


async def test_what_is_told_lies_over_nothing_that_is_pressed_and_does_not_pile_up(
    doors: Doors, browser: Chromium
) -> None:
    rui, found = await wrote(doors, "Rui", 1), []
    page = await entered(doors, browser, "en-US")
    # However slow the machine is, what is told stays until it is looked at.
    await page.add_init_script(_TOLD_LONGER)
    for width, height in ((1280, 800), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(f"{doors.base}inbox/{rui.id}")
        await press(page, "Take it")
        await press(page, "Resolve")
        await press(page, "Take over")
        await expect(page.locator("#head .stands")).to_contain_text("You have it")
        await expect(page.locator(".toast")).to_have_count(2)
        assert await page.evaluate(_COVERED) == [], width
        found += await looked_at(page, "inbox-told", (width,))
        await page.evaluate("() => document.querySelectorAll('.toast').forEach((each) => each.remove())")
        await page.locator("[data-key=a] summary").click()
        await page.locator("[data-key=a]").get_by_role("button", name="Nobody").click()
        await expect(page.locator("#head .stands")).to_contain_text("Nobody has it yet")
    assert found == []
    await page.context.close()


async def test_putting_off_the_second_factor_keeps_what_was_typed(doors: Doors, browser: Chromium) -> None:
    rui = await wrote(doors, "Rui", 3)
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}inbox/{rui.id}")
    await page.locator("#person summary").filter(has_text="Name").first.click()
    await page.locator("#p-name").fill("Rui Alves")
    await page.get_by_role("button", name="Not now").click()
    await expect(page.get_by_text("Set up a second factor")).to_have_count(0)
    await expect(page.locator("#p-name")).to_have_value("Rui Alves")
    await page.reload()
    await expect(page.get_by_text("Set up a second factor")).to_have_count(0)

    # The labels, of which there is none yet: one names the first.
    await page.locator("[data-key=t] summary").click()
    await expect(page.locator("#f-label")).to_be_focused()
    await page.context.close()


async def test_whoever_presses_something_by_the_keyboard_goes_on_from_there(doors: Doors, browser: Chromium) -> None:
    rui = await wrote(doors, "Rui", 7)
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}inbox/{rui.id}")
    await page.locator("#head").get_by_role("button", name="Take it").press("Enter")
    await expect(page.locator("#talking")).to_be_focused()
    labels = page.locator("[data-key=t] summary")
    await labels.press("Enter")
    await expect(page.locator("#f-label")).to_be_focused()
    await page.keyboard.type("Urgent")
    await page.keyboard.press("Enter")
    await expect(page.locator("#person .labels")).to_contain_text("Urgent")
    # The head follows what others do, which it would not with the focus in it.
    await expect(page.locator("#talking")).to_be_focused()
    async with doors.people.engine.begin() as connection:
        ana = (await doors.people.user()).id
        await inbox.unassign(connection, [rui.id], BY, doors.people.clock.now, user_id=ana)
    await expect(page.locator("#head .stands")).to_contain_text("Nobody has it yet")
    name = page.locator("#person summary").filter(has_text="Name").first
    await name.press("Enter")
    await expect(page.locator("#p-name")).to_be_focused()
    await page.keyboard.type("Rui Alves")
    await page.keyboard.press("Enter")
    await expect(page.locator("#head h2")).to_have_text("Rui Alves")
    await expect(name).to_be_focused()
    await page.locator("#person summary").filter(has_text="Language").press("Enter")
    await expect(page.locator("#p-locale")).to_be_focused()
    await page.keyboard.type("no such language")
    await page.keyboard.press("Enter")
    await expect(page.locator("#p-locale")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#p-locale")).to_be_focused()
    await page.context.close()


async def test_whoever_opens_another_conversation_stays_there_whatever_comes_late(
    doors: Doors, browser: Chromium
) -> None:
    """What was asked for before, or posted in the one that they have left, is answered last."""
    slow, quick = await wrote(doors, "Slow", 5), await wrote(doors, "Quick", 6)
    page = await entered(doors, browser, "en-US")
    let_go = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await let_go.wait()
        await route.fulfill(response=answer)

    head, rows_ = page.locator("#talking h2"), page.locator("#rows")
    await page.goto(f"{doors.base}inbox?list=all")
    await page.route(f"**/inbox/{slow.id}?list=all", late)
    await rows_.get_by_role("link", name="Slow").click()
    await rows_.get_by_role("link", name="Quick").click()
    await expect(head).to_have_text("Quick")
    async with page.expect_response(f"**/inbox/{slow.id}?list=all"):
        let_go.set()
    await page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    await expect(head).to_have_text("Quick")
    await expect(page).to_have_url(f"{doors.base}inbox/{quick.id}?list=all")

    let_go.clear()
    await page.unroute_all()
    await page.route(f"**/inbox/{quick.id}/resolve?list=all", late)
    await press(page, "Resolve")
    await rows_.get_by_role("link", name="Slow").click()
    await expect(head).to_have_text("Slow")
    let_go.set()
    await expect(page.locator(".toast")).to_contain_text("Resolved")
    await expect(head).to_have_text("Slow")
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(head).to_have_text("Quick")
    await expect(page).to_have_url(f"{doors.base}inbox/{quick.id}?list=all")

    let_go.clear()
    await page.route(f"**/inbox/{quick.id}/send?list=all", late)
    await page.get_by_label("Reply to").fill("On its way")
    await page.locator("[data-sends]").click()
    async with page.expect_response(f"**/inbox/{slow.id}?list=all"):
        await rows_.get_by_role("link", name="Slow").click()
    await expect(head).to_have_text("Slow")
    let_go.set()
    await expect(page.locator(".toast").last).to_contain_text("On its way")
    await rows_.get_by_role("link", name="Quick").click()
    await expect(page.locator("[data-bubbles]")).to_contain_text("On its way")
    await expect(page.get_by_label("Reply to")).to_have_value("")

    await page.context.set_offline(True)
    await rows_.get_by_role("link", name="Slow").click()
    await expect(page.locator(".toast").last).to_contain_text("This could not be loaded")
    await expect(rows_.locator("[aria-current]")).to_have_text("Quick")
    await page.context.close()


async def test_an_address_that_somebody_wrote_is_a_link_that_shows_where_it_leads(
    doors: Doors, browser: Chromium
) -> None:
    rui = await wrote(doors, "Rui", 4)
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}inbox/{rui.id}")
    links = page.locator(".bubble .text a")
    await expect(links).to_have_text(["https://example.com/menu?a=1&b=2", "https://example.com/"])
    assert await links.evaluate_all("(all) => all.map((each) => each.href)") == await links.all_text_contents()
    assert await looked_at(page, "inbox-links", (390, 1280)) == []
    await page.context.close()


async def test_what_goes_later_is_told_anew_where_the_keyboard_is_on_one_of_its_buttons(
    doors: Doors, browser: Chromium
) -> None:
    rui = await wrote(doors, "Rui", 9)
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}inbox/{rui.id}")
    for words in ("The first", "The second"):
        await page.get_by_label("Reply to").fill(words)
        await page.locator("[data-key=s] summary").click()
        await page.locator("[data-key=s] [name=when][value=hour]").click()
        await expect(page.locator("#scheduled")).to_contain_text(words)
    first, second = (page.locator("#scheduled li").filter(has_text=words) for words in ("The first", "The second"))
    await second.locator("summary").focus()

    other = await browser.new_page(storage_state=await page.context.storage_state())
    await other.goto(f"{doors.base}inbox/{rui.id}")
    taken = other.locator("#scheduled li").filter(has_text="The first")
    await taken.locator("summary").click()
    await taken.get_by_role("button", name="Do not send it").click()

    await expect(first).to_have_count(0)
    await expect(second.locator("summary")).to_be_focused()
    await other.context.close()
    await page.context.close()
