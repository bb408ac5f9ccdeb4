"""The simulator under axe: each channel, both themes, three widths, and what opens over it."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.support.screens import Blank

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def found(page: Page) -> list[str]:
    """What axe finds, in either theme."""
    problems: list[str] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        result = await Axe().run(page)
        problems += [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in result.response["violations"]]
    return problems


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
async def test_axe_finds_nothing_at_any_width_nor_in_what_opens(simulator: Blank, locale: str) -> None:
    page = await simulator(locale=locale, bypass_csp=True)
    problems = await found(page)
    for channel, text in (("WhatsApp", "bread"), ("Instagram", "bread"), ("Telegram", "human")):
        await page.get_by_text(channel, exact=True).click()
        await page.locator("#text").fill(text)
        await page.keyboard.press("Enter")
        await expect(page.locator(".message:not(.own)")).to_have_count(1)
        problems += await found(page)
    for width in (1280, 390, 320):
        await page.set_viewport_size({"width": width, "height": 800})
        problems += await found(page)
    for opener in ("#desk-open", "#who-open", ".ask:visible >> nth=-1"):
        await page.locator(opener).click()
        problems += await found(page)
        await page.keyboard.press("Escape")
    assert problems == []
