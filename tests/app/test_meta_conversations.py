"""360dialog, Messenger and Instagram through the whole server: who writes is answered there."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.clock import utc_now
from tests.support import posts
from tests.support.served import Served, serving
from tests.support.waiting import eventually

WRITTEN: Mapping[str, Callable[[str], posts.Post]] = {
    "dialog360": lambda text: posts.signed_dialog360(posts.whatsapp_message(text)),
    "messenger": lambda text: posts.signed_whatsapp(posts.messenger_message(text)),
    "instagram": lambda text: posts.signed_whatsapp(posts.instagram_message(text)),
}
SETTINGS = {
    "DIALOG360_PHONE_NUMBER_ID": posts.PHONE_NUMBER_ID,
    "DIALOG360_API_KEY": "key",
    "DIALOG360_WEBHOOK_TOKEN": posts.DIALOG360_TOKEN,
    "MESSENGER_PAGE_ID": posts.PAGE_ID,
    "MESSENGER_ACCESS_TOKEN": "token",
    "MESSENGER_APP_SECRET": posts.APP_SECRET,
    "INSTAGRAM_ACCOUNT_ID": posts.INSTAGRAM_ID,
    "INSTAGRAM_ACCESS_TOKEN": "token",
    "INSTAGRAM_APP_SECRET": posts.APP_SECRET,
}


@pytest.fixture
async def connected(sqlite_url: str) -> AsyncIterator[Served]:
    """The application with the three configured, and a server that takes their messages."""

    async def take(request: web.Request) -> web.Response:
        payload: dict[str, Any] = await request.json()
        return web.json_response({"messages": [{"id": "id-1"}], "message_id": "id-1"} if payload else {})

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    async with TestServer(app) as server:
        urls = {f"{name.upper()}_API_URL": str(server.make_url("")).rstrip("/") for name in WRITTEN}
        async with serving(sqlite_url, **SETTINGS, **urls) as bot:
            yield bot


async def sent(bot: Served) -> list[tuple[str, str, str, str]]:
    """(account, recipient, words, id) of the answers that were taken."""
    messages = await bot.messages("outbound")
    return [
        (each.account, each.address, each.content, each.provider_message_id)
        for each in messages
        if each.status == "sent"
    ]


@pytest.mark.parametrize(
    ("name", "account", "address"),
    [
        ("dialog360", f"dialog360:{posts.PHONE_NUMBER_ID}", "+15551230001"),
        ("messenger", f"messenger:{posts.PAGE_ID}", "7000000000000001"),
        ("instagram", f"instagram:{posts.INSTAGRAM_ID}", "9000000000000001"),
    ],
)
async def test_who_writes_is_answered_through_the_same_account(
    connected: Served, name: str, account: str, address: str
) -> None:
    assert (await connected.post(name, WRITTEN[name]("hi"))).status == 200

    async def answered() -> bool:
        return await sent(connected) == [(account, address, "Hello!", "id-1")]

    await eventually(answered)


async def test_after_an_answer_from_the_pages_inbox_the_bot_is_silent(connected: Served) -> None:
    echo = posts.messenger_message("I am on it", sender=posts.PAGE_ID, is_echo=True)
    now = int(utc_now().timestamp() * 1000)
    echo["entry"][0]["messaging"][0] |= {"recipient": {"id": "7000000000000001"}, "timestamp": now}

    assert (await connected.post("messenger", posts.signed_whatsapp(echo))).status == 200
    assert (await connected.post("messenger", WRITTEN["messenger"]("hi"))).status == 200

    assert await connected.texts() == ["hi"]
    assert await connected.texts("outbound") == ["I am on it"]
