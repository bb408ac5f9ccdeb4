"""Agents at work in Chromium: each has a window of their own, in which they have signed in as people do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from playwright.async_api import expect
from sqlalchemy import update

from bot.users.models import User
from bot.users.service import Role
from tests.support.looked import PICTURES
from tests.support.people import PASSWORD, People

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import Locator, Page, ViewportSize

WIDE: "ViewportSize" = {"width": 1280, "height": 800}
PHONE: "ViewportSize" = {"width": 390, "height": 844}
SOON_MS = 40_000
"""A page rests for nineteen times what its last question took."""


@dataclass(slots=True)
class Desk:
    """One agent's window.

    Attributes:
        page: what it shows.
        base: where the server is, with a slash.
        story: of which story its pictures are.
        who: in the pictures' names.
    """

    page: "Page"
    base: str
    story: str
    who: str

    async def opens(self, path: str) -> None:
        """Go to a page."""
        await self.page.goto(f"{self.base}{path}")

    def row(self, name: str) -> "Locator":
        """The row of somebody in the list."""
        return self.page.locator("#rows .row").filter(has_text=name)

    async def talks_to(self, name: str, among: str = "all") -> None:
        """Open somebody's conversation from a list."""
        await self.opens(f"inbox?list={among}")
        await self.row(name).locator(".open").click()
        await expect(self.page.locator("#talking h2")).to_have_text(name)

    @property
    def field(self) -> "Locator":
        """Where one writes a reply."""
        return self.page.locator("#f-text")

    @property
    def said(self) -> "Locator":
        """The words in the conversation, in order."""
        return self.page.locator("[data-bubbles] .message:not(.note) .text")

    def act(self, label: str) -> "Locator":
        """A button by its words, the main ones before those in menus."""
        return self.page.get_by_role("button", name=label, exact=True)

    async def sees(self, place: str, words: str) -> None:
        """Wait until a part of the page says so, by itself."""
        await expect(self.page.locator(place)).to_contain_text(words, timeout=SOON_MS)

    async def hears(self, words: str) -> None:
        """Wait until these are the last words of the conversation."""
        await expect(self.said.last).to_have_text(words, timeout=SOON_MS)

    async def pictured(self, name: str) -> None:
        """Keep a picture."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{self.story}-{name}-{self.who}.png")


async def hired(people: People, *names: str) -> None:
    """So many agents, with a PASSWORD and an address of their first name."""
    for name in names:
        email = address(name)
        await people.person(email, Role.EDITOR)
        async with people.engine.begin() as connection:
            await connection.execute(update(User).where(User.email == email).values(name=name))


def address(name: str) -> str:
    """Where somebody has mail."""
    return f"{first(name)}@example.com"


def first(name: str) -> str:
    """Somebody's first name, as it stands in an address."""
    return name.partition(" ")[0].casefold()


async def seated(
    chromium: "Chromium",
    base: str,
    name: str,
    *,
    story: str,
    locale: str = "en-US",
    scheme: Literal["light", "dark"] = "light",
    viewport: "ViewportSize" = WIDE,
    **more: Any,
) -> Desk:
    """An agent has signed in, and has the inbox before them."""
    context = await chromium.new_context(
        locale=locale, color_scheme=scheme, viewport=viewport, reduced_motion="reduce", timezone_id="UTC", **more
    )
    context.set_default_timeout(20_000)
    desk = Desk(await context.new_page(), base, story, first(name))
    await desk.opens("sign-in")
    await desk.page.locator("#f-email").fill(address(name))
    await desk.page.locator("#f-password").fill(PASSWORD)
    await desk.page.locator("main .button.main").click()
    await expect(desk.page.locator("#inbox")).to_be_visible()
    return desk
