"""Sheets sent by a browser, and the jobs that go through them."""

from io import BytesIO

from aiohttp import FormData
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.importing.service import HANDLERS
from bot.jobs.service import Jobs
from tests.support.doors import Browser, Page


async def send(browser: Browser, sheet: str | bytes, name: str = "clientes.csv", **fields: str) -> Page:
    """Send a sheet by the form; claims what it says by a form, of Brazil's numbers."""
    data = FormData()
    await browser.get("/contacts/import")
    said = {"csrf": browser.page.csrf, "claims": "yes", "reason": "A form", "purpose": "all", "country": "BR", **fields}
    for field, value in said.items():
        data.add_field(field, value)
    content = sheet.encode() if isinstance(sheet, str) else sheet
    data.add_field("file", BytesIO(content), filename=name, content_type="text/csv")
    return await browser.sends("/contacts/import", data)


def jobs_of(engine: AsyncEngine, owner: str = "one") -> Jobs[None]:
    """A process that knows of imports alone."""
    return Jobs(engine, owner, HANDLERS, None)


async def work_off(engine: AsyncEngine, most: int = 10_000) -> int:
    """Let jobs run until none is due, or so many slices; returns how many there were."""
    jobs = jobs_of(engine)
    done = 0
    while done < most and await jobs.run_next():
        done += 1
    return done
