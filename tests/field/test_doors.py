"""What a stranger without credentials can cost: memory, the event loop's time, connections."""

import asyncio
import contextlib
import gc
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO

import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.form import read_form
from bot.providers.kit.transfer_encoding import decode_base64
from bot.providers.table import PROVIDERS
from bot.providers.twilio.inbound import parameters
from tests.providers.test_hostile_posts import KEYS, SEEDS
from tests.support import posts, sms_posts
from tests.support.served import Served, serving, signed
from tests.support.tables import for_each
from tests.support.waiting import eventually

MIB = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
NOW = datetime.fromtimestamp(1760000000, UTC)


async def head_alone(bot: Served, path: str, headers: Mapping[str, str], length: int = 39 * MIB) -> str:
    """The first line of the answer to a post of which only the head is ever sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.client.port)
    lines = [f"POST {path} HTTP/1.1", "Host: bot.example.com", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    async with asyncio.timeout(5):
        line = (await reader.readline()).decode()
    writer.close()
    return line.partition(" ")[2].strip()


@for_each("name", SEEDS)
def test_D01_a_good_post_is_let_in_by_its_head_alone(name: str) -> None:
    headers, _body = SEEDS[name]
    request = WebhookRequest("POST", "https://bot.example.com/webhooks/x", lowered(headers), {}, b"")
    provider = PROVIDERS[name]
    given = held(name)

    provider.knock(request, given, NOW)


@for_each("name", SEEDS)
def test_D01_without_a_secret_or_a_signature_the_head_is_refused(name: str) -> None:
    provider = PROVIDERS[name]
    headers, _body = SEEDS[name]
    bare = WebhookRequest("POST", "https://bot.example.com/webhooks/x", {"content-type": "text/x"}, {}, b"")
    whole = WebhookRequest("POST", "https://bot.example.com/webhooks/x", lowered(headers), {}, b"")

    with pytest.raises(NotConfiguredError):
        provider.knock(whole, Credentials({}, {}), NOW)
    if name == "ses":
        # SNS's signature is within the body; a topic in the head is all that can be wrong with it.
        bare = bare._replace(headers={"x-amz-sns-topic-arn": "arn:aws:sns:us-east-1:1:others"})
    with pytest.raises(SignatureError):
        provider.knock(bare, held(name), NOW)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in headers.items()}


def held(name: str) -> Credentials:
    """The credentials that the seeds are signed with, as far as heads tell."""
    secrets = KEYS | {
        "dialog360": {"webhook_token": posts.DIALOG360_TOKEN},
        "telegram": {"webhook_secret": posts.TELEGRAM_SECRET},
        "mime": {"secret": posts.MIME_SECRET},
        "plivo": {"auth_token": sms_posts.PLIVO_TOKEN},
        "vonage": {"signature_secret": sms_posts.VONAGE_SECRET, "api_key": sms_posts.VONAGE_API_KEY},
        "postmark": {"webhook_password": "s3cret-for-tests"},
        "sendgrid": {"webhook_password": "s3cret-for-tests"},
    }
    made_up = {each.key: each.default or "made-up" for each in PROVIDERS[name].credentials}
    return Credentials(made_up | secrets.get(name, {}), {})


HEADS: list[tuple[str, dict[str, str], str]] = [
    ("/webhooks/mime", {"Authorization": "Bearer wrong"}, "503 "),
    ("/webhooks/whatsapp", {"Content-Type": "application/json"}, "413 "),
    ("/webhooks/nobody", {}, "404 "),
    ("/webhooks/mailgun/nobody.example.com", {}, "404 "),
    ("/webhooks/mailgun", {"Content-Type": "text/plain"}, "401 "),
    ("/webhooks/mailgun", {"Content-Type": FORM, "Content-Encoding": "gzip"}, "415 "),
    ("/webhooks/mailgun", {"Content-Type": "text/plain", "Expect": "100-continue"}, "401 "),
    ("/webhooks/mailgun", {"Content-Type": FORM, "Expect": "100-continue", "Content-Encoding": "br"}, "415 "),
    ("/webhooks/nobody", {"Expect": "100-continue"}, "404 "),
    ("/u/x", {}, "404 "),
]


async def test_D01_what_the_head_tells_is_answered_before_a_byte_of_the_body(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        for path, headers, status in HEADS:
            assert (await head_alone(bot, path, headers)).startswith(status), (path, headers)


async def test_D01_who_asks_first_may_send_its_body(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        headers, body = signed("whatsapp", "hi")
        answer = await bot.post("whatsapp", (headers, body), expect100=True)
        assert (answer.status, await bot.texts()) == (200, ["hi"])


async def test_D01_refused_and_taken_posts_leave_nothing_behind(sqlite_url: str) -> None:
    """Without the cycle collector, which comes when it likes."""
    big = b"&x=" + b"x" * (2 * MIB)
    async with serving(sqlite_url) as bot:
        headers, body = signed("mailgun", "hi")
        gc.collect()
        gc.disable()
        try:
            statuses = [
                (await bot.ask("POST", f"/webhooks/{name}", data=BytesIO(data), headers=headers)).status
                for name, data in [
                    ("mailgun", body + big),
                    ("mailgun", body.replace(b"token=", b"token=0") + big),
                    ("mailgun", b"nothing" + big),
                    ("sendgrid", big),
                ]
            ]
            # The thread that read it may be about to forget it.
            await eventually(_nothing_is_kept)
        finally:
            gc.enable()

    assert statuses == [200, 401, 401, 503]


async def _nothing_is_kept() -> bool:
    return not [each for each in gc.get_objects() if isinstance(each, WebhookRequest) and len(each.body) > MIB]


async def test_D02_a_packed_body_is_refused_and_not_unpacked(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        headers, _body = signed("whatsapp", "hi")
        for coding in ("gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip"):
            line = await head_alone(bot, "/webhooks/whatsapp", {**headers, "Content-Encoding": coding}, 40_000)
            assert line.startswith("415 "), coding
        # What needs no unpacking is plain.
        assert (
            await bot.post("whatsapp", signed("whatsapp", "hi"), headers={"Content-Encoding": "identity"})
        ).status == 200


def test_D03_a_form_is_decoded_once_however_many_accounts_it_is_held_against() -> None:
    body = b"Body=" + b"%" * 250_000
    request = WebhookRequest(
        "POST", "https://x/y", {"content-type": FORM, "x-twilio-signature": "A"}, {}, body, made={}
    )

    began = time.thread_time()
    for number in range(10):
        with pytest.raises(SignatureError):
            PROVIDERS["twilio"].verify(request, Credentials({"auth_token": f"token-{number}"}, {}), NOW)
    spent = time.thread_time() - began

    assert parameters(request) is parameters(request)
    assert read_form(request) is read_form(request)
    assert spent < 1, "it was 60 seconds for 4 MiB"


async def test_D03_a_form_that_is_no_mail_may_have_256_kib(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        for name in ("twilio", "plivo", "vonage", "whatsapp", "telegram"):
            line = await head_alone(bot, f"/webhooks/{name}", {"Content-Type": FORM}, 256 * 1024 + 1)
            assert line.startswith("413 "), name


def test_D03_a_form_that_cannot_be_read_is_not_read_again() -> None:
    request = WebhookRequest("POST", "https://x/y", {"content-type": FORM}, {}, b"a=b&" * 6000, made={})
    for _ in range(2):
        with pytest.raises(UnparsableError, match="more than 5000 fields"):
            read_form(request)
    assert request.made is not None
    assert len(request.made) == 1


@for_each(
    ("method", "content_type", "is_good"),
    [("POST", FORM, True), ("GET", "", True), ("POST", "application/json", False), ("POST", "", False)],
)
def test_D01_a_signature_within_a_form_is_looked_for_in_nothing_else(
    method: str, content_type: str, is_good: bool
) -> None:
    signed_headers = {
        "x-plivo-signature-v3": "AAAA",
        "x-plivo-signature-v3-nonce": "1",
        "x-twilio-signature": "AAAA",
        "content-type": content_type,
    }
    request = WebhookRequest(method, "https://x/y", signed_headers, {}, b"")
    for name, changed in (("plivo", {"signature": "v3"}), ("twilio", {"shared_key": ""})):
        secrets = {each.key: each.default or "made-up" for each in PROVIDERS[name].credentials}
        with contextlib.nullcontext() if is_good else pytest.raises(SignatureError):
            PROVIDERS[name].knock(request, Credentials(secrets | changed, {}), NOW)


@for_each(
    ("method", "content_type", "is_good"),
    [("POST", FORM, True), ("GET", "", True), ("POST", "application/json", True), ("POST", "text/plain", False)],
)
def test_D01_the_parameters_of_vonage_may_be_a_form_json_or_a_query(
    method: str, content_type: str, is_good: bool
) -> None:
    request = WebhookRequest(method, "https://x/y", {"content-type": content_type}, {}, b"")
    secrets = Credentials({"signature_secret": "made-up", "signature": "sha256"}, {})
    with contextlib.nullcontext() if is_good else pytest.raises(SignatureError):
        PROVIDERS["vonage"].knock(request, secrets, NOW)


def test_D01_an_event_of_mailgun_may_have_a_mebibyte() -> None:
    request = WebhookRequest("POST", "https://x/y", {"content-type": "application/json"}, {}, b" " * (MIB + 1))
    secrets = Credentials({"signing_key": "made-up"}, {})
    PROVIDERS["mailgun"].knock(request, secrets, NOW)
    with pytest.raises(SignatureError, match="too long"):
        PROVIDERS["mailgun"].verify(request, secrets, NOW)


def test_D04_a_file_that_ends_a_thousand_times_is_read_so_far() -> None:
    assert decode_base64(b"YQ==" * 3000) == b"a" * 500
    # Over the steps in which it is read, wherever they part a group.
    for extra in range(5):
        content = b"x" * extra + bytes(range(256)) * 8192
        assert decode_base64(b"\r\n".join(_lines(b64encode(content)))) == content


def _lines(encoded: bytes) -> list[bytes]:
    return [encoded[at : at + 76] for at in range(0, len(encoded), 76)]
