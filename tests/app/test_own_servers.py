"""Telegram, Amazon SES and a mail server of one's own, from a post to the answer that leaves."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.app import server as app_server
from bot.channels.lookups import Lookups
from bot.core.clock import utc_now
from tests.support import posts, sns
from tests.support.mail_server import Postbox, mail_server
from tests.support.served import Served, serving
from tests.support.tls import Elsewhere, contexts
from tests.support.waiting import eventually

TOKEN = f"{posts.TELEGRAM_BOT}:AAtoken"
SNS_HOST = "sns.us-east-1.amazonaws.com"
ORDER = """
bundle: cafe
locale: en
templates:
  which: {content: Which one?}
  thanks: {content: "{{ bread }}, then."}
triggers:
  - {type: equals, pattern: hi, flow: order}
flows:
  order:
    steps:
      - {key: bread, type: collect_input, template: which, save_as: bread, options: [Rye, Wheat]}
      - {key: bye, type: end, template: thanks}
"""


@asynccontextmanager
async def api(answer: dict[str, Any]) -> AsyncIterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A send API that takes everything: its address, and the path and JSON of each request."""
    asked: list[tuple[str, dict[str, Any]]] = []

    async def take(request: web.Request) -> web.Response:
        asked.append((request.path, await request.json()))
        return web.json_response(answer)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), asked


async def until(wanted: int, things: list[Any]) -> None:
    async def there() -> bool:
        return len(things) >= wanted

    await eventually(there)


async def test_on_telegram_a_pressed_button_feeds_the_flow(sqlite_url: str) -> None:
    taken = {"ok": True, "result": {"message_id": 5, "chat": {"id": 4200001, "type": "private"}}}
    async with api(taken) as (url, asked):
        settings = {
            "TELEGRAM_API_URL": url,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_WEBHOOK_SECRET": posts.TELEGRAM_SECRET,
        }
        with capture_logs() as logs:
            async with serving(sqlite_url, bundle=ORDER, **settings) as bot:
                first = await bot.post("telegram", posts.signed_telegram(posts.telegram_message("hi")))
                await until(1, asked)
                buttons = asked[0][1]["reply_markup"]["inline_keyboard"]
                second = await bot.post("telegram", posts.signed_telegram(_pressed(buttons[1][0])))
                await until(2, asked)
                refused = await bot.post("telegram", posts.signed_telegram(_pressed(buttons[1][0]), secret="wrong"))

    assert (first.status, first.text, refused.status) == (200, "", 401)
    assert json.loads(second.text) == {"method": "answerCallbackQuery", "callback_query_id": "180"}
    assert {path for path, _arguments in asked} == {f"/bot{TOKEN}/sendMessage"}
    assert [arguments["text"] for _path, arguments in asked] == ["Which one?", "Wheat, then."]
    assert "AAtoken" not in repr(logs)


def _pressed(button: dict[str, str]) -> dict[str, Any]:
    keyboard = {"inline_keyboard": [[button]]}
    below = {"message_id": 5, "chat": {"id": 4200001, "type": "private"}, "date": 1, "reply_markup": keyboard}
    query = {"id": "180", "from": {"id": 4200001, "first_name": "Rui"}, "message": below}
    return {"update_id": 700_000_900, "callback_query": {**query, "data": button["callback_data"]}}


async def test_a_mail_from_the_pipe_is_answered_by_smtp(sqlite_url: str) -> None:
    postbox = Postbox()
    async with mail_server(postbox) as port:
        settings = {
            "MIME_SECRET": posts.MIME_SECRET,
            "MIME_FROM": f"Cafe <{posts.MIME_MAILBOX}>",
            "MIME_SMTP_HOST": "127.0.0.1",
            "MIME_SMTP_PORT": str(port),
        }
        async with serving(sqlite_url, **settings) as bot:
            post = posts.signed_mime(posts.mime_mail("hi", message_id="<a1@mail.example.com>"))
            assert (await bot.post("mime", post)).status == 200
            assert (await bot.post("mime", post)).status == 200
            assert (await bot.post("mime", posts.signed_mime(b"", secret="wrong"))).status == 401
            await until(1, postbox.mails)
            await _sent(bot)

    (mail,) = postbox.mails
    assert (mail.mail_from, mail.rcpt_tos) == (posts.MIME_MAILBOX, ["rui@example.com"])
    content = mail.content or b""
    assert isinstance(content, bytes)
    assert b"In-Reply-To: <a1@mail.example.com>" in content
    assert b"Hello!" in content


async def _sent(bot: Served) -> None:
    async def sent() -> bool:
        return [each.status for each in await bot.messages("outbound")] == ["sent"]

    await eventually(sent)


@pytest.fixture
async def sns_asked(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """What SNS's host is asked for; it gives its certificate."""
    asked: list[str] = []
    now = utc_now()
    certificate = sns.certificate(now - timedelta(days=1), now + timedelta(days=1))

    async def take(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        return web.Response(body=certificate)

    app = web.Application()
    app.router.add_get("/{path:.*}", take)
    theirs, ours = contexts(SNS_HOST)
    host = TestServer(app)
    await host.start_server(ssl=theirs)
    port = host.port
    assert port is not None
    connector = aiohttp.TCPConnector(resolver=Elsewhere(port), ssl=ours)
    monkeypatch.setattr(app_server, "Lookups", lambda: Lookups(connector))
    yield asked
    await host.close()


def _envelope(kind: str, message: str, **more: str) -> bytes:
    envelope = {
        "Type": kind,
        "MessageId": "1",
        "TopicArn": sns.TOPIC,
        "Message": message,
        "Timestamp": utc_now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SigningCertURL": f"https://{SNS_HOST}/SimpleNotificationService-1.pem",
    }
    return sns.signed_envelope(envelope | more)


async def test_ses_is_subscribed_to_and_its_mails_are_answered(sqlite_url: str, sns_asked: list[str]) -> None:
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    mail = json.loads(sns.signed_mail(posts.mime_mail("hi"))[1])["Message"]
    confirm = "/?Action=ConfirmSubscription&Token=2336"
    async with api({"MessageId": "0100-1"}) as (url, asked):
        settings = {
            "SES_API_URL": url,
            "SES_REGION": "us-east-1",
            "SES_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "SES_SECRET_ACCESS_KEY": "aws-secret-for-tests",
            "SES_FROM": "Cafe <oi@example.org>",
            "SES_TOPIC_ARNS": sns.TOPIC,
        }
        async with serving(sqlite_url, **settings) as bot:
            wanted = {"Token": "2336", "SubscribeURL": f"https://{SNS_HOST}{confirm}"}
            subscription = _envelope("SubscriptionConfirmation", "You have chosen …", **wanted)
            assert (await bot.post("ses", (headers, subscription))).status == 200
            other = _envelope("SubscriptionConfirmation", "x", **wanted, TopicArn="arn:aws:sns:us-east-1:9:other")
            assert (await bot.post("ses", (headers, other))).status == 401
            post = _envelope("Notification", mail)
            assert (await bot.post("ses", (headers, post))).status == 200
            changed = post.replace(b'"MessageId": "1"', b'"MessageId": "2"')
            assert (await bot.post("ses", (headers, changed))).status == 401
            assert (await bot.post("ses", (headers, post + b" "))).status == 200
            await until(1, asked)
            await _sent(bot)

    assert sns_asked == ["/SimpleNotificationService-1.pem", confirm]
    ((path, body),) = asked
    assert path == "/v2/email/outbound-emails"
    assert body["Destination"] == {"ToAddresses": ["rui@example.com"]}
