"""Pages of one Chromium, which tests have one after the other."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, ConsoleMessage, Dialog, Error, Page, ViewportSize

Blank = Callable[..., Awaitable["Page"]]
"""Gives the blank page of somebody new, or again the one that a test has; keywords are those of a browser context."""
DESKTOP: "ViewportSize" = {"width": 1280, "height": 800}
_PATIENCE_MILLISECONDS = 8000
_OF_A_CONTEXT = frozenset({"has_touch", "is_mobile"})


@dataclass(frozen=True, slots=True)
class _Screen:
    """A page, and what speaks to Chromium of it for as long as it is there."""

    page: "Page"
    tools: "CDPSession"
    user_agent: str

    async def turn(
        self,
        *,
        locale: str = "en-US",
        timezone_id: str = "UTC",
        java_script_enabled: bool = True,
        viewport: "ViewportSize" = DESKTOP,
        color_scheme: Literal["light", "dark"] = "light",
        reduced_motion: Literal["reduce", "no-preference"] = "reduce",
        bypass_csp: bool = False,
    ) -> "Page":
        """Set what need not be another page.

        Nothing moves on it where a test does not ask for that: each frame of a movement is drawn by this computer.
        """
        await self.page.set_viewport_size(viewport)
        await self.page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        language = {"userAgent": self.user_agent, "acceptLanguage": locale}
        await self.tools.send("Emulation.setLocaleOverride", {"locale": locale})
        await self.tools.send("Emulation.setUserAgentOverride", language)
        await self.tools.send("Emulation.setTimezoneOverride", {"timezoneId": timezone_id})
        await self.tools.send("Emulation.setScriptExecutionDisabled", {"value": not java_script_enabled})
        await self.tools.send("Page.setBypassCSP", {"enabled": bypass_csp})
        return self.page

    async def forget(self) -> None:
        """Make it blank: of who had it, nothing is left."""
        page, context = self.page, self.page.context
        for other in context.pages:
            if other is not page:
                await other.close()
        await page.unroute_all()
        await context.unroute_all()
        await context.set_offline(False)
        shown = urlsplit(page.url)
        page.on("dialog", _leave)
        # With no script left that would write down again what is forgotten.
        await page.goto("about:blank")
        page.remove_listener("dialog", _leave)
        origin = {"origin": f"{shown.scheme}://{shown.netloc}", "storageTypes": "cookies,local_storage"}
        await self.tools.send("Storage.clearDataForOrigin", origin)


class Screens:
    """A page for who has a phone, and one for who has none.

    Another page is a window of Chromium's own, which it takes longer to open than to show what is tested.
    """

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser
        self._known: dict[str, _Screen] = {}

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Blank]:
        """Gives blank pages; afterwards no script of theirs may have failed and no policy been broken."""
        faults: list[str] = []
        lent: list[_Screen] = []

        def failed(error: "Error") -> None:
            faults.append(str(error))

        def note(message: "ConsoleMessage") -> None:
            if "Content Security Policy" in message.text or "Trusted" in message.text:
                faults.append(message.text)

        async def blank(**given: Any) -> "Page":
            screen = await self._screen(**{name: given.pop(name) for name in _OF_A_CONTEXT.intersection(given)})
            if screen not in lent:
                lent.append(screen)
                screen.page.on("pageerror", failed)
                screen.page.on("console", note)
            return await screen.turn(**given)

        yield blank
        for screen in lent:
            screen.page.remove_listener("pageerror", failed)
            screen.page.remove_listener("console", note)
            await screen.forget()
        assert faults == []

    async def _screen(self, **reader: Any) -> _Screen:
        kind = repr(sorted(reader.items()))
        if kind not in self._known:
            context = await self._browser.new_context(**reader)
            context.set_default_timeout(_PATIENCE_MILLISECONDS)
            page = await context.new_page()
            tools = await context.new_cdp_session(page)
            version = await tools.send("Browser.getVersion")
            self._known[kind] = _Screen(page, tools, version["userAgent"])
        return self._known[kind]


async def _leave(dialog: "Dialog") -> None:
    await dialog.accept()
