"""One page of the inbox in a real Chromium, among those that only behave as it does."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.support.chromium import begun

if TYPE_CHECKING:
    from playwright.async_api import Page

# Words are noted as they come into the document; what stood there before is none of theirs.
_WATCH = r"""
window.heard = {};
new MutationObserver((changes) => {
  for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes]))
    for (const [word] of (node.textContent ?? "").matchAll(/\bword\d{10}\b/g)) window.heard[word] ??= Date.now() / 1000;
}).observe(document.querySelector("[data-bubbles]"), { childList: true, subtree: true });
"""


class Onlooker:
    """Somebody who has a conversation open."""

    def __init__(self, page: "Page") -> None:
        self._page = page

    async def heard(self) -> Mapping[str, float]:
        """Which words came up, and when: seconds since the epoch."""
        told: Mapping[str, float] = await self._page.evaluate("window.heard")
        return told


@asynccontextmanager
async def looking(port: int, token: str, contact_id: str) -> AsyncIterator[Onlooker]:
    """Their page, which stands."""
    async with begun() as browser:
        context = await browser.new_context()
        url = f"http://127.0.0.1:{port}"
        await context.add_cookies([{"name": f"recado_session_{port}", "value": token, "url": url}])
        page = await context.new_page()
        await page.goto(f"{url}/inbox/{contact_id}?list=all")
        await page.evaluate(_WATCH)
        yield Onlooker(page)
