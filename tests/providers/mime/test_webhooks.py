"""A mail server's posts: what is taken for its own, and what the mails mean."""

from datetime import UTC, datetime

import pytest

from bot.core.errors import NotConfiguredError, SignatureError
from bot.core.messages import InboundFile, MessageKind
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.mime.provider import CREDENTIALS, PROVIDER
from tests.support import posts
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.tables import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
VALUES = {"secret": posts.MIME_SECRET, "from": f"Pizzaria <{posts.MIME_MAILBOX}>"}
HELD = Credentials(VALUES, NAMES)


def post(mail: bytes = b"", authorization: str | None = f"Bearer {posts.MIME_SECRET}") -> WebhookRequest:
    headers, body = posts.signed_mime(mail or posts.mime_mail("oi"))
    lowered = {name.lower(): value for name, value in headers.items()}
    del lowered["authorization"]
    if authorization is not None:
        lowered["authorization"] = authorization
    return WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/mime", lowered, {}, body)


@for_each("case", cases("mime"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    PROVIDER.verify(case.request, HELD, NOW)
    assert normalised(PROVIDER.parse(case.request, HELD)) == case.expected


@for_each(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        posts.MIME_SECRET,
        f"Basic {posts.MIME_SECRET}",
        "Bearer ç",
        "\udcff",
    ],
)
def test_a_missing_or_wrong_secret_is_refused(authorization: str | None) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(authorization=authorization), HELD, NOW)


def test_either_of_two_secrets_is_taken_while_one_is_replaced() -> None:
    both = Credentials(VALUES | {"secret": f"a-new-one,{posts.MIME_SECRET}"}, NAMES)
    PROVIDER.verify(post(), both, NOW)
    PROVIDER.verify(post(authorization="Bearer a-new-one"), both, NOW)


def test_without_a_secret_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(), Credentials({}, NAMES), NOW)
    assert caught.value.setting == "MIME_SECRET"


@for_each(("sender", "identity"), [("Pizzaria <Oi@example.org>", ("oi@example.org",)), ("", ()), ("Pizzaria", ())])
def test_the_account_is_the_senders_address(sender: str, identity: tuple[str, ...]) -> None:
    assert PROVIDER.identity(Credentials({"from": sender}, NAMES)) == identity


def test_the_same_mail_has_the_same_id_each_time() -> None:
    mail = posts.mime_mail("oi").replace(b"Message-ID", b"X-Was")
    first, second = (PROVIDER.parse(post(mail), HELD).messages[0] for _ in range(2))
    other = PROVIDER.parse(post(mail + b"."), HELD).messages[0]
    assert first.provider_message_id == second.provider_message_id
    assert first.provider_message_id != other.provider_message_id


def test_a_files_bytes_come_along() -> None:
    mail = posts.mime_mail("", more="MIME-Version: 1.0\r\n").replace(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
        b"Content-Type: application/pdf; name=pedido.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=",
    )
    (message,) = PROVIDER.parse(post(mail), HELD).messages
    assert message.kind is MessageKind.MEDIA
    assert message.files == (InboundFile(0, b"%PDF-"),)


def test_any_bytes_are_a_mail() -> None:
    for body in (b"\0", b"\xff" * 1000, b"From: \n\n", b"\r\n" * 1000, b"a" * 300_000):
        PROVIDER.parse(post(body), HELD)
