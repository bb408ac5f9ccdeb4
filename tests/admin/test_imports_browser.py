"""Imports and exports as they look, in each state, in Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from tests.support.doors import Browser, Doors, open_doors
from tests.support.imports import send, work_off

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 2
WIDER = """
() => [...document.querySelectorAll("body *")]
  .filter((node) => node.checkVisibility() && !node.closest(".scroll, pre, .tabs, .unseen, svg"))
  .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((node) => `${node.tagName}.${node.className}`)
"""
GOOD = "".join(f"Pessoa {number};(11) 9{80000000 + number};;\n" for number in range(1400))
BAD = f"{LONG.replace(';', '')};5,51E+12;não é@;\n" + "".join(f"Caio {number};12;;1.234\n" for number in range(60))
HEADER = "nome;telefone;e-mail;contact.visitas:number\n"


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with an ADMIN."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person()
        yield opened


async def entered(doors: Doors, chromium: Chromium, locale: str) -> Page:
    """A page of somebody who is signed in, whose policy lets axe in."""
    cookies = dict((await doors.inside()).cookies)
    context = await chromium.new_context(locale=locale, bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    await context.add_cookies([{"name": name, "value": each, "url": str(doors.base)} for name, each in cookies.items()])
    return await context.new_page()


async def sheets(doors: Doors, ana: Browser) -> dict[str, str]:
    """A sheet in each state; their paths by state."""
    engine, found = doors.people.engine, {}
    for state in ("done", "discarded", "nothing", "applying", "ready", "checking"):
        found[state] = (
            await send(ana, f"{HEADER}{GOOD}{BAD}", f"{LONG}.csv" if state == "ready" else "clientes.csv")
        ).url.path
        await work_off(engine, 5 if state == "checking" else 10_000)
        await ana.get(found[state])
        if state in {"done", "applying"}:
            if state == "applying":
                found[state] = (await send(ana, HEADER + GOOD.replace("Pessoa", "Outra"))).url.path
                await work_off(engine)
                await ana.get(found[state])
            await ana.post(f"{found[state]}/apply")
            await work_off(engine, 2 if state == "applying" else 10_000)
        elif state == "discarded":
            await ana.post(f"{found[state]}/discard")
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    ana = await doors.inside()
    page = await entered(doors, browser, "pt-BR")
    await page.goto(f"{doors.base}contacts/import")
    await page.screenshot(path=PICTURES / "imports-empty.png", full_page=True)
    await page.locator("button.main[type=submit]").click()
    await page.wait_for_selector(".field.wrong")
    await page.screenshot(path=PICTURES / "imports-wrong.png", full_page=True)
    await page.context.close()
    paths = {"imports": "/contacts/import", "export": "/contacts/export"}
    paths |= {f"import-{state}": path for state, path in (await sheets(doors, ana)).items()}
    axe, found = Axe(), []
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{doors.base}{path[1:]}")
            # Both languages have the same parts: each is looked at in one theme at each width.
            for width, scheme in ((320, "light"), (390, "dark" if locale == "en-US" else "light"), (1280, "light")):
                await page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
                await page.set_viewport_size({"width": width, "height": 844})
                where = f"{name}-{width}-{locale}"
                if width != 320:
                    seen = (await axe.run(page)).response["violations"]
                    found += [f"{where}: {each['id']} {each['nodes'][0]['target']}" for each in seen]
                found += [f"{where}: {each} is wider" for each in await page.evaluate(WIDER)]
                await page.screenshot(path=PICTURES / f"{where}.png", full_page=True)
        await page.context.close()
    assert found == []
