"""The inbox's list in Chromium: chosen from, searched, and as it stands with whatever people are called and say."""

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from tests.admin.inbox.test_inbox_browser import doors as two_agents
from tests.admin.inbox.test_inbox_browser import filled
from tests.support.doors import Doors
from tests.support.looked import entered, looked_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

doors = two_agents


async def test_rows_are_chosen_by_box_shift_and_key_and_done_with_at_once(doors: Doors, browser: Chromium) -> None:
    await filled(doors, 30)
    page = await entered(doors, browser, "en-US")
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.goto(f"{doors.base}inbox")
    boxes, bar = page.locator("#rows .choose input"), page.locator("#chosen")
    await expect(bar).to_be_hidden()
    await boxes.nth(2).click()
    await boxes.nth(6).click(modifiers=["Shift"])
    await expect(bar.locator("[data-count]")).to_have_text("5 selected")
    await expect(page.locator("#lists")).to_be_hidden()
    found = await looked_at(page, "inbox-chosen")
    for width in (390, 1280):
        await page.set_viewport_size({"width": width, "height": 844})
        await bar.get_by_label("Snooze them").click()
        found += await looked_at(page, "inbox-chosen-snooze", (width,))
        await bar.get_by_label("Label them").click()
        found += await looked_at(page, "inbox-chosen-label", (width,))
        await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()

    # By the keyboard alone: along the rows, one chosen, given to oneself, and taken back.
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.locator("#rows .open").nth(0).focus()
    for key in ("j", "x", "j", "j", "x"):
        await page.keyboard.press(key)
    await expect(bar.locator("[data-count]")).to_have_text("2 selected")
    await bar.get_by_role("button", name="Assign them to me").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast").last).to_contain_text("You have 2 conversations now.")
    await expect(bar).to_be_hidden()
    await expect(page.locator("#rows li").nth(1).locator(".whose")).to_contain_text("ana has it")
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.locator(".toast").last).to_contain_text("Taken back.")

    # All of the page; what is read at once has no number any more.
    await boxes.nth(0).focus()
    await page.keyboard.press("Space")
    await bar.get_by_label("Choose all on this page").check()
    await expect(bar.locator("[data-count]")).to_have_text("30 selected")
    await bar.get_by_role("button", name="Mark them as read").click()
    await expect(page.locator(".toast").last).to_contain_text("30 are read.")
    await expect(page.locator("#rows .new")).to_have_count(0)
    await page.context.close()
    assert found == []


async def test_without_modules_rows_are_chosen_and_done_with_too(doors: Doors, browser: Chromium) -> None:
    await filled(doors, 4)
    cookies = dict((await doors.inside()).cookies)
    context = await browser.new_context(locale="en-US", java_script_enabled=False)
    await context.add_cookies([{"name": name, "value": each, "url": str(doors.base)} for name, each in cookies.items()])
    page = await context.new_page()
    await page.goto(f"{doors.base}inbox")
    for number in (0, 1):
        await page.locator("#rows .choose input").nth(number).check(force=True)
    await page.get_by_role("button", name="Resolve them").click()
    await expect(page.locator(".toast")).to_contain_text("2 are resolved; the bot answers there.")
    await expect(page.locator("#rows li")).to_have_count(2)
    await context.close()
