"""The simulator's page as people found it at fault, in Chromium, in front of the real server."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.simulator.conftest import server, simulator
from tests.simulator.test_browser import PHONE, answers, mine, say
from tests.support.screens import Blank

__all__ = ["server", "simulator"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHOOSE_TOO_LARGE = """
const chosen = new DataTransfer();
chosen.items.add(new File([new Uint8Array(31 * 1024 * 1024)], "film.mp4", { type: "video/mp4" }));
document.getElementById("file").files = chosen.files;
document.getElementById("file").dispatchEvent(new Event("change", { bubbles: true }));
"""
EDGE = "node => [getComputedStyle(node).borderTopWidth, getComputedStyle(node).borderTopColor]"


async def test_A09_why_follows_what_is_said_after_an_older_one_was_asked_about(simulator: Blank) -> None:
    page = await simulator()
    panel = page.get_by_role("complementary", name="Why this answer?")
    await say(page, "bread")
    await say(page, "huge")
    # What is said is followed once it is answered: it must not come after the click.
    await expect(panel.locator("blockquote")).to_have_text("huge")
    await page.get_by_role("button", name="Why?").first.click()
    await expect(panel.locator("blockquote")).to_have_text("bread")

    await say(page, "small")

    await expect(panel.locator("blockquote")).to_have_text("small")


async def test_A09_each_why_is_told_from_the_others_by_its_name(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "bread")
    await say(page, "small")
    await expect(page.get_by_role("button", name="Why? bread")).to_be_visible()
    await expect(page.get_by_role("button", name="Why? small")).to_be_visible()


async def test_A09_a_refused_file_stays_where_it_was_sent(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "hi")
    await expect(answers(page)).to_have_count(1)
    await page.evaluate(CHOOSE_TOO_LARGE)
    await expect(page.locator(".problem", has_text="too large")).to_be_visible()

    await say(page, "bread")

    await expect(answers(page)).to_have_count(2)
    await expect(page.locator(".message.own")).to_have_count(3)
    await expect(page.locator(".message.own").last).to_contain_text("bread")
    await expect(page.locator(".message.own").nth(1)).to_contain_text("film.mp4")


@pytest.mark.parametrize(("locale", "number"), [("en-US", r"\+1[2-9]\d{2}[2-9]\d{6}"), ("pt-PT", r"\+55119[2-9]\d{7}")])
async def test_A09_the_made_up_person_has_a_number_that_a_telephone_could_have(
    simulator: Blank, locale: str, number: str
) -> None:
    page = await simulator(locale=locale)
    assert re.fullmatch(number, await page.locator("#person").inner_text())


async def test_A09_addresses_are_links_and_nothing_else_of_them_is(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "see https://shop.example/a_b_c?x=1&y=2, or (http://x.example/y). javascript:alert(1)")
    links = mine(page).locator("a")
    assert await _hrefs(page) == ["https://shop.example/a_b_c?x=1&y=2", "http://x.example/y"]
    await expect(links.first).to_have_attribute("rel", "noopener noreferrer")


async def _hrefs(page: Page) -> list[str]:
    await expect(mine(page).locator("a")).to_have_count(2)
    return [await link.get_attribute("href") or "" for link in await mine(page).locator("a").all()]


async def test_A09_a_sheet_in_the_dark_has_an_edge(simulator: Blank) -> None:
    page = await simulator(color_scheme="dark", **PHONE)
    await say(page, "nobody knows this word")
    await page.get_by_role("button", name="Why?").tap()
    sheet = page.get_by_role("dialog")
    edge = await sheet.evaluate(
        "node => [getComputedStyle(node).borderTopWidth, getComputedStyle(node).borderTopColor]"
    )
    assert edge == ["1px", "rgb(125, 118, 140)"]
