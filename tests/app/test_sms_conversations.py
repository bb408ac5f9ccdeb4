"""Vonage, Telnyx and Plivo through the whole server: who writes is answered there."""

import json
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.clock import utc_now
from tests.support import posts, sms_posts
from tests.support.served import PUBLIC_URL, Served, serving
from tests.support.waiting import eventually

SETTINGS = {
    "VONAGE_API_KEY": sms_posts.VONAGE_API_KEY,
    "VONAGE_API_SECRET": "hush",
    "VONAGE_SIGNATURE_SECRET": sms_posts.VONAGE_SECRET,
    "VONAGE_FROM": "15559870002",
    "TELNYX_API_KEY": "KEY1",
    "TELNYX_PUBLIC_KEY": sms_posts.TELNYX_PUBLIC_KEY,
    "TELNYX_FROM": "+15559870002",
    "PLIVO_AUTH_ID": "MA1",
    "PLIVO_AUTH_TOKEN": sms_posts.PLIVO_TOKEN,
    "PLIVO_FROM": "15559870002",
}
PLIVO_URL = f"{PUBLIC_URL}/webhooks/plivo"


def now() -> int:
    return int(utc_now().timestamp())


WRITTEN: Mapping[str, Callable[[str], posts.Post]] = {
    "vonage": lambda text: sms_posts.signed_vonage(sms_posts.vonage_message(text), now()),
    "telnyx": lambda text: sms_posts.signed_telnyx(sms_posts.telnyx_message(text), now()),
    "plivo": lambda text: sms_posts.signed_plivo(sms_posts.plivo_message(text), PLIVO_URL),
}


@pytest.fixture
async def connected(sqlite_url: str) -> AsyncIterator[Served]:
    """The application with the three configured, and a server that takes their messages."""

    async def take(request: web.Request) -> web.Response:
        key = "message_uuid" if await request.json() else ""
        return web.json_response({key: "id-1", "data": {"id": "id-1"}}, status=202)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    async with TestServer(app) as server:
        urls = {f"{name.upper()}_API_URL": str(server.make_url("")).rstrip("/") for name in WRITTEN}
        async with serving(sqlite_url, **SETTINGS, **urls) as bot:
            yield bot


async def outbound(bot: Served) -> list[tuple[str, str, str, str]]:
    """(account, recipient, words, status) of the answers."""
    return [(each.account, each.address, each.content, each.status) for each in await bot.messages("outbound")]


@pytest.mark.parametrize(
    ("name", "number"), [("vonage", "15559870002"), ("telnyx", "+15559870002"), ("plivo", "15559870002")]
)
async def test_who_writes_is_answered_through_the_same_number(connected: Served, name: str, number: str) -> None:
    assert (await connected.post(name, WRITTEN[name]("hi"))).status == 200

    async def answered() -> bool:
        return await outbound(connected) == [(f"{name}:{number}", "+15551230001", "Hello!", "sent")]

    await eventually(answered)


@pytest.mark.parametrize("name", WRITTEN)
async def test_a_post_of_someone_else_is_refused(connected: Served, name: str) -> None:
    headers, body = WRITTEN[name]("hi")
    broken = {key: value.swapcase() if key != "Content-Type" else value for key, value in headers.items()}
    assert (await connected.post(name, (broken, body))).status == 401
    assert await connected.nothing_stored()


async def test_the_nonce_of_plivos_signature_stands_for_one_message(connected: Served) -> None:
    headers, body = WRITTEN["plivo"]("hi")
    assert (await connected.post("plivo", (headers, body))).status == 200
    assert (await connected.post("plivo", (headers, body))).status == 200, "Plivo tries again"
    assert (await connected.post("plivo", (headers, body.replace(b"aaaaaaaa", b"bbbbbbbb")))).status == 401
    assert await connected.texts() == ["hi"]


async def test_a_report_of_vonage_tells_how_far_the_answer_came(connected: Served) -> None:
    await connected.post("vonage", WRITTEN["vonage"]("hi"))

    async def came_as_far_as(status: str) -> bool:
        return [each[3] for each in await outbound(connected)] == [status]

    await eventually(lambda: came_as_far_as("sent"))
    report = {"message_uuid": "id-1", "from": "15559870002", "to": "15551230001", "status": "delivered"}
    assert (await connected.post("vonage", sms_posts.signed_vonage(report, now()))).status == 200
    await eventually(lambda: came_as_far_as("delivered"))


async def test_whom_telnyx_blocks_is_not_written_to(connected: Served) -> None:
    stopped = sms_posts.telnyx_message("parem com isso")
    stopped["data"]["payload"] |= {"autoresponse_type": "STOP"}
    later = json.loads(json.dumps(sms_posts.telnyx_message("hi")))
    later["data"]["payload"]["id"] = "msg-2"

    assert (await connected.post("telnyx", sms_posts.signed_telnyx(stopped, now()))).status == 200
    assert (await connected.post("telnyx", sms_posts.signed_telnyx(later, now()))).status == 200

    assert await connected.texts() == ["parem com isso", "hi"]
    assert await connected.texts("outbound") == []
