"""Looking at a page as people see it: in both themes, on three widths, with axe, and as pictures to look through."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from axe_playwright_python.async_playwright import Axe

from tests.support.doors import Doors

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
# Words may reach beyond what they stand in, which is no wider than the screen, then: the page is.
_WIDER = """
() => {
  const wide = document.documentElement.clientWidth;
  const beyond = [...document.querySelectorAll("body *")]
    .filter((node) => node.checkVisibility() && !node.closest(".scroll, pre, .tabs, .unseen, svg"))
    .filter((node) => node.getBoundingClientRect().right > wide + 1);
  const found = beyond.map((node) => `${node.tagName}.${node.className} ${node.textContent.slice(0, 40)}`);
  return document.documentElement.scrollWidth > wide ? ["the page", ...found] : found;
}
"""
_CUT = """
() => [...document.querySelectorAll(".rail > ul > li > :is(a, button) > span, .button > span")]
  .filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1)
  .filter((node) => getComputedStyle(node).overflow !== "visible" && getComputedStyle(node).clipPath === "none")
  .map((node) => node.textContent)
"""
# All that axe found to be well would be brought over, too, and cost as much as the looking.
_ASKED = {"resultTypes": ["violations"]}
# The other theme has other colours, of the same things in the same places.
_ASKED_OF_COLOURS = {**_ASKED, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_THEMES: Sequence[tuple[Literal["light", "dark"], Mapping[str, object]]] = (
    ("light", _ASKED),
    ("dark", _ASKED_OF_COLOURS),
)


async def entered(doors: Doors, chromium: "Chromium", locale: str) -> "Page":
    """A page of somebody who is signed in, whose policy lets axe in."""
    context = await chromium.new_context(locale=locale, bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    await let_in(doors, context)
    return await context.new_page()


async def let_in(doors: Doors, context: "BrowserContext") -> None:
    """Sign somebody in, at whose browser this is."""
    cookies = dict((await doors.inside()).cookies)
    await context.add_cookies([{"name": name, "value": each, "url": str(doors.base)} for name, each in cookies.items()])


async def looked_at(page: "Page", name: str, widths: Sequence[int] = (320, 390, 1280)) -> list[str]:
    """What is wrong with what a page shows, by theme and width; each is kept as a picture of that name."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    axe, found = Axe(), []
    for scheme, asked in _THEMES:
        await page.emulate_media(color_scheme=scheme)
        for width in widths:
            await page.set_viewport_size({"width": width, "height": 844})
            where = f"{name}-{width}-{scheme}"
            violations = (await axe.run(page, options=dict(asked))).response["violations"]
            found += [f"{where}: {each['id']} {each['nodes'][0]['target']}" for each in violations]
            found += [f"{where}: {each} is wider" for each in await page.evaluate(_WIDER)]
            found += [f"{where}: {each} is cut" for each in await page.evaluate(_CUT)]
            await page.screenshot(path=PICTURES / f"{where}.png", full_page=True)
    return found
