"""Jobs, what could not be dealt with, and accounts as they look, in Chromium."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from sqlalchemy import select, update

from bot.channels.models import Account
from bot.channels.service import pause, record_checked, record_refused
from bot.conversations.views import ACCOUNTS
from bot.core.actors import SYSTEM
from bot.core.clock import utc_now
from bot.messages.kept.models import WebhookEvent
from bot.messages.service import RawPost, keep
from tests.support import rows
from tests.support.accounts import SECRET_KEY, add_stored
from tests.support.doors import Doors, open_doors
from tests.support.due import change, put, row
from tests.support.looked import entered, looked_at

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 2


async def jobs_of_all_kinds(doors: Doors) -> str:
    """Jobs in each state, one with an error without end, whose id it gives."""
    engine, now = doors.people.engine, utc_now()
    states: dict[str, dict[str, Any]] = {
        "c2a:1": {},
        "c2a:2": {"claimed_by": "one", "claimed_until": now + timedelta(minutes=5), "done": 1200, "total": 5000},
        "c2a:3": {"attempts": 2, "error": "OperationalError: the database is away", "done": 310, "total": 1203},
        LONG: {"status": "failed", "error": f"ValueError: {LONG * 4}\n{'x' * 300}", "attempts": 10, "done": 7},
        "c2a:4": {"status": "cancelled"},
    }
    await put(engine, *states, type_="send", due_in=600, requests=[{"to": LONG}] * 40)
    for key, values in states.items():
        await change(engine, key, scheduled_at=now + timedelta(minutes=10), **values)
    for day, status in (("2026-11-29", "done"), ("2026-11-30", "pending")):
        await put(engine, day, type_="retention", due_in=3 * 3600 if status == "pending" else -21 * 3600)
        await change(engine, day, status=status)
    return str((await row(engine, LONG))["id"])


async def what_failed(doors: Doors) -> tuple[str, str]:
    """Messages whose turn failed and posts that were kept raw; the ids of one without end and of a post."""
    engine, now = doors.people.engine, utc_now()
    fault = {"error": "engine_fault", "error_reason": f"Traceback\n  File x\nKeyError: {LONG}"}
    long = ""
    async with engine.begin() as connection:
        await rows.add_account(connection, "mime:oi@example.com")
        for number, (words, channel) in enumerate(((LONG * 3, "email"), ("One margherita, please", "whatsapp"))):
            address = f"{'long' * 14}@{'example.' * 12}com" if channel == "email" else "+5511999990001"
            person = await rows.add_person(connection, address)
            trace = [{"code": "parked", "data": {"error": "KeyError"} | ({"action": LONG[:64]} if number == 0 else {})}]
            values: dict[str, Any] = {
                "turn_state": "parked",
                "trace": trace,
                "channel": channel,
                "account": "mime:oi@example.com",
                **fault,
            }
            id_ = await rows.add_inbound(connection, person, words, **values)
            long = long or id_
        for body, detail in ((LONG * 100, {"events": [LONG, "hologram"]}), ('{"a": 1}', {"events": ["poll"]})):
            await keep(connection, RawPost("whatsapp", body.encode()), "unknown", detail, None, now)
        post = str(await connection.scalar(select(WebhookEvent.id).limit(1)))
        await keep(connection, RawPost("telnyx", b"{}"), "unknown_account", {}, "telnyx:+5511999990009", now)
    return long, post


async def accounts_of_all_kinds(doors: Doors) -> None:
    """One in each state; what no key opens, one with a name and a reason without end."""
    engine, values = doors.people.engine, {"access_token": "t", "app_secret": "s,old", "verify_token": "v"}
    for number, key in (("1000", ""), ("2000", ""), ("3000", "another-key-0123456789-0123456789-abc"), ("4000", "")):
        await add_stored(engine, f"whatsapp:{number}", {"phone_number_id": number, **values}, key=key or SECRET_KEY)
    accounts = doors.app[ACCOUNTS]
    await accounts.refresh(engine)
    async with engine.begin() as connection:
        known, refused = accounts.get("whatsapp:1000"), accounts.get("whatsapp:4000")
        assert known is not None
        assert refused is not None
        await record_checked(connection, [known], utc_now())
        await record_refused(connection, refused, utc_now())
        await pause(connection, "whatsapp:2000", LONG * 2, SYSTEM)
        await connection.execute(update(Account).where(Account.id == "whatsapp:2000").values(name=LONG[:255]))
    await accounts.refresh(engine)


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with an ADMIN."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person()
        yield opened


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    page, found = await entered(doors, browser, "en-US"), list[str]()
    for empty in ("accounts", "jobs", "parked", "parked/posts"):
        await page.goto(f"{doors.base}{empty}")
        found += await looked_at(page, f"{empty.replace('/', '-')}-empty", (320, 1280))
    await page.context.close()
    message, post = await what_failed(doors)
    await accounts_of_all_kinds(doors)
    paths = {
        "accounts": "/accounts",
        "account": "/accounts/whatsapp:1000",
        "account-paused": "/accounts/whatsapp:2000",
        "account-choose": "/accounts/new",
        "account-new": "/accounts/new/twilio",
        "parked": "/parked",
        "parked-message": f"/parked/messages/{message}",
        "posts": "/parked/posts",
        "post": f"/parked/posts/{post}",
        "job": f"/jobs/{await jobs_of_all_kinds(doors)}",
        "jobs": "/jobs",
        "jobs-none": "/jobs?type=listener&status=failed",
    }
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{doors.base}{path[1:]}")
            found += await looked_at(page, f"{name}-{locale}")
        for path, opens in (("accounts/whatsapp:1000", "remove"), ("accounts/whatsapp:1000", "pause")):
            await page.goto(f"{doors.base}{path}")
            await page.locator(f"[data-opens={opens}]").click()
            found += await looked_at(page, f"account-{opens}-{locale}")
        await page.context.close()
    assert found == []
