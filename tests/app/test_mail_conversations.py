"""SendGrid and Postmark through the whole server: who writes is answered in their thread, and bounces end the mails."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.clock import utc_now
from tests.support import mail_posts as posts
from tests.support.posts import Post
from tests.support.served import Served, serving
from tests.support.waiting import eventually

SETTINGS = {
    **{f"SENDGRID_{key.upper()}": value for key, value in posts.SENDGRID.items()},
    **{f"POSTMARK_{key.upper()}": value for key, value in posts.POSTMARK.items()},
}
ACCOUNTS = {"sendgrid": "sendgrid:in.example.com", "postmark": "postmark:1a2b@inbound.example.com"}


def signed(post: Post) -> Post:
    return posts.signed_sendgrid(post, int(utc_now().timestamp()))


def written(name: str, text: str) -> Post:
    if name == "postmark":
        thread = [{"Name": "Message-ID", "Value": "<a1@mail.example.net>"}]
        return posts.signed_postmark(posts.postmark_message(text, Headers=thread))
    form = posts.sendgrid_message(text) | {"headers": "Message-ID: <a1@mail.example.net>\n"}
    return signed(posts.multipart(form))


class Connected:
    """The application with both configured, and the mails that it sends."""

    def __init__(self, bot: Served, mails: list[dict[str, Any]]) -> None:
        self.bot = bot
        self.mails = mails

    async def outbound(self) -> list[tuple[str, str, str, str]]:
        return [(each.account, each.address, each.content, each.status) for each in await self.bot.messages("outbound")]

    async def until(self, *expected: str) -> None:
        """Wait until the answers have come as far as that."""

        async def happened() -> bool:
            return [status for *_, status in await self.outbound()] == list(expected)

        await eventually(happened)


@pytest.fixture
async def connected(sqlite_url: str) -> AsyncIterator[Connected]:
    mails: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        mails.append(await request.json())
        taken = {"ErrorCode": 0, "MessageID": "id-1"}
        return web.json_response(taken, status=200, headers={"X-Message-Id": "id-1"})

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    async with TestServer(app) as server:
        urls = {f"{name.upper()}_API_URL": str(server.make_url("")).rstrip("/") for name in ACCOUNTS}
        async with serving(sqlite_url, **SETTINGS | urls) as bot:
            yield Connected(bot, mails)


def headers_of(mail: Mapping[str, Any]) -> dict[str, str]:
    listed = mail.get("headers") or {each["Name"]: each["Value"] for each in mail["Headers"]}
    return dict(listed)


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_who_writes_is_answered_in_the_same_thread(connected: Connected, name: str) -> None:
    assert (await connected.bot.post(name, written(name, "hi\n\nOn Monday, Bot wrote:\n> Yes?"))).status == 200

    await connected.until("sent")
    assert await connected.outbound() == [(ACCOUNTS[name], "ana@example.net", "Hello!", "sent")]
    assert await connected.bot.texts() == ["hi"]
    (mail,) = connected.mails
    assert headers_of(mail)["In-Reply-To"] == "<a1@mail.example.net>"
    assert headers_of(mail)["Auto-Submitted"] == "auto-replied"
    assert "Re: Table" in str(mail)


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_a_post_of_someone_else_is_refused_with_401_and_leaves_nothing(connected: Connected, name: str) -> None:
    headers, body = written(name, "hi")
    broken = {key: value if key == "Content-Type" else value.swapcase() for key, value in headers.items()}

    assert (await connected.bot.post(name, (broken, body))).status == 401
    assert (await connected.bot.post(name, ({"Content-Type": headers["Content-Type"]}, body))).status == 401
    assert await connected.bot.nothing_stored()


async def test_a_body_changed_by_one_byte_is_refused(connected: Connected) -> None:
    headers, body = written("sendgrid", "hi")
    assert (await connected.bot.post("sendgrid", (headers, body.replace(b"hi", b"ho")))).status == 401


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_the_same_mail_again_is_one_message(connected: Connected, name: str) -> None:
    post = written(name, "hi")
    for _ in range(2):
        assert (await connected.bot.post(name, post)).status == 200
    assert await connected.bot.texts() == ["hi"]


async def test_events_tell_how_far_a_mail_came_and_end_the_mails_to_a_dead_address(connected: Connected) -> None:
    await connected.bot.post("sendgrid", written("sendgrid", "hi"))
    await connected.until("sent")
    variables = connected.mails[0]["personalizations"][0]["custom_args"]
    event = {"email": "ana@example.net", "sg_message_id": "id-1.filter", **variables}

    assert (
        await connected.bot.post("sendgrid", signed(posts.sendgrid_events(event | {"event": "delivered"})))
    ).status == 200
    await connected.until("delivered")
    bounced = event | {"event": "spamreport"}
    assert (await connected.bot.post("sendgrid", signed(posts.sendgrid_events(bounced)))).status == 200
    await connected.bot.post("postmark", written("postmark", "hi again"))

    assert await connected.bot.texts() == ["hi", "hi again"]
    assert len(await connected.outbound()) == 1, "who reported a mail as spam gets no more of them"
