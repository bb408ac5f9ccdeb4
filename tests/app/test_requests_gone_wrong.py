"""Requests that are too large, damaged, or to nowhere; and a fault of our own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO

import pytest
from structlog.testing import capture_logs

from bot.app.logs import faults_without_words
from bot.core.messages import Delivery
from bot.providers.table import PROVIDERS
from tests.support.served import Served, signed

MIB = 1024 * 1024


async def _pieces(total: int) -> AsyncIterator[bytes]:
    """A body of that many bytes, sent in chunks without telling its length."""
    while total > 0:
        yield b"x" * min(total, 65536)
        total -= 65536


@pytest.mark.parametrize(("provider", "limit"), [("whatsapp", 4 * MIB), ("twilio", MIB // 4)])
async def test_more_than_a_post_may_have_is_refused_whether_or_not_the_length_is_told(
    bot: Served, provider: str, limit: int
) -> None:
    headers, _body = signed(provider, "hi")
    for data in (BytesIO(b"x" * (limit + 1)), _pieces(limit + 1)):
        answer = await bot.ask("POST", f"/webhooks/{provider}", data=data, headers=headers)
        assert answer.status == 413
    # Right at the limit it is the signature that decides.
    for data in (BytesIO(b"x" * limit), _pieces(limit)):
        assert (await bot.ask("POST", f"/webhooks/{provider}", data=data, headers=headers)).status == 401


async def test_mail_may_have_forty_mebibytes(bot: Served) -> None:
    headers, body = signed("mailgun", "hi")
    full = body + b"&body-html=" + b"x" * (40 * MIB - len(body) - len(b"&body-html="))

    assert (await bot.ask("POST", "/webhooks/mailgun", data=BytesIO(full), headers=headers)).status == 200
    assert await bot.texts() == ["hi"]
    assert (await bot.ask("POST", "/webhooks/mailgun", data=BytesIO(full + b"x"), headers=headers)).status == 413
    assert (await bot.ask("POST", "/webhooks/mailgun", data=_pieces(40 * MIB + 1), headers=headers)).status == 413


async def test_another_method_is_not_allowed(bot: Served) -> None:
    for method, provider in (
        ("HEAD", "whatsapp"),
        ("PUT", "whatsapp"),
        ("DELETE", "twilio"),
        ("HEAD", "twilio"),
        ("GET", "mailgun"),
    ):
        answer = await bot.ask(method, f"/webhooks/{provider}")
        assert answer.status == 405, (method, provider)
        assert "POST" in answer.headers["Allow"]


async def test_a_provider_or_account_that_is_not_there_is_not_found(bot: Served) -> None:
    paths = ("pigeon", "whatsapp/999", "twilio/whatsapp:999", "%ff", "")
    for path in paths:
        assert (await bot.ask("POST", f"/webhooks/{path}", data=b"{}")).status == 404, path
        assert (await bot.ask("GET", f"/webhooks/{path}")).status == 404, path


async def test_a_caller_that_goes_away_in_the_middle_is_no_fault_of_ours(
    bot: Served, caplog: pytest.LogCaptureFixture
) -> None:
    server = bot.client.server
    with capture_logs() as logs:
        _reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.1)

    assert [line for line in logs if line["log_level"] in {"error", "critical"}] == []
    assert caplog.records == []


DAMAGED = (
    b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Encoding: deflate\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc",
    b"POST /webhooks/whatsapp?%zz=%ff&\xff HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"POST /webhooks/twilio HTTP/1.0\r\nX-Twilio-Signature: a\r\nContent-Length: 3\r\n\r\na=b",
    b"POST /webhooks/twilio HTTP/1.1\r\nHost: [\r\nX-Twilio-Signature: \xff\r\nContent-Length: 3\r\n\r\na=b",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)


async def test_damaged_http_is_the_callers_fault(bot: Served) -> None:
    server = bot.client.server
    for request in DAMAGED:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(request)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        writer.close()
        assert answer.split(b" ")[1] in {b"400", b"401", b"415"}, (request, answer)

    assert await bot.nothing_stored()


async def test_a_fault_of_ours_is_told_without_its_inside(
    bot: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_request: object, _credentials: object) -> Delivery:
        raise RuntimeError("the person wrote: my secret")

    provider = replace(PROVIDERS["whatsapp"], parse=broken)
    monkeypatch.setitem(PROVIDERS, "whatsapp", provider)
    before = await bot.metric("recado_webhooks_total", provider="whatsapp", status="500")
    with capture_logs([faults_without_words]) as logs:
        answer = await bot.post("whatsapp", signed("whatsapp", "my secret"), headers={"Accept": "text/html"})

    assert answer.status == 500
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert line["error"] == "RuntimeError"
    assert "test_requests_gone_wrong.py" in str(line["at"])
    assert "secret" not in str(logs) + caplog.text + "".join(capfd.readouterr())
    assert await bot.metric("recado_webhooks_total", provider="whatsapp", status="500") == before + 1
