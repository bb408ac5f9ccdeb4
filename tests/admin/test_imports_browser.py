"""Imports and exports as they look, in each state, in Chromium."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium

from tests.support.doors import Browser, Doors, open_doors
from tests.support.imports import send, work_off
from tests.support.looked import entered, looked_at

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 2
GOOD = "".join(f"Pessoa {number};(11) 9{80000000 + number};;\n" for number in range(1400))
BAD = f"{LONG.replace(';', '')};5,51E+12;não é@;\n" + "".join(f"Caio {number};12;;1.234\n" for number in range(12))
HEADER = "nome;telefone;e-mail;contact.visitas:number\n"


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with an ADMIN."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person()
        yield opened


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
            await work_off(engine, 0 if state == "applying" else 10_000)
        elif state == "discarded":
            await ana.post(f"{found[state]}/discard")
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    ana, found = await doors.inside(), list[str]()
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        await page.goto(f"{doors.base}contacts/import")
        found += await looked_at(page, f"imports-empty-{locale}")
        await page.locator("button.main[type=submit]").click()
        await page.wait_for_selector(".field.wrong")
        found += await looked_at(page, f"imports-wrong-{locale}")
        await page.context.close()
    paths = {"imports": "/contacts/import", "export": "/contacts/export"}
    paths |= {f"import-{state}": path for state, path in (await sheets(doors, ana)).items()}
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{doors.base}{path[1:]}")
            found += await looked_at(page, f"{name}-{locale}")
        await page.context.close()
    assert found == []
