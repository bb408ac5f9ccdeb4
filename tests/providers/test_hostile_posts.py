"""Posts made to hurt: whoever sends them, the answer is a value or one of three errors, soon."""

import base64
import contextlib
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import Delivery, UnknownEvent
from bot.providers.base import Credentials, Provider, WebhookRequest
from bot.providers.kit.mime import read_mail
from bot.providers.table import PROVIDERS
from tests.support import mail_posts, posts, sms_posts, sns
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime.fromtimestamp(1760000000, UTC)
FORM = "application/x-www-form-urlencoded"
URLS = ["https://bot.example.com/webhooks/x?a=1", "http://[/webhooks/x", "http://h:99999/", "", "http://\u2100/"]

KEYS = {"generic": {"secret": posts.GENERIC_SECRET}, "telnyx": {"public_key": sms_posts.TELNYX_PUBLIC_KEY}}
"""What cannot be made up of any words."""


def credentials(provider: Provider) -> Credentials:
    made_up = {each.key: each.default or "made-up" for each in provider.credentials}
    return Credentials(made_up | KEYS.get(provider.name, {}), {})


def take(name: str, request: WebhookRequest) -> Delivery | None:
    """All that a post goes through, each step on its own; None when it was refused."""
    provider, delivery = PROVIDERS[name], None
    with contextlib.suppress(SignatureError):
        provider.verify(request, credentials(provider), NOW)
    with contextlib.suppress(UnparsableError):
        delivery = provider.parse(request, NO_CREDENTIALS)
    return delivery


def mail(**fields: str) -> WebhookRequest:
    _headers, body = posts.signed_mailgun(posts.mailgun_message("oi") | fields, 1760000000)
    return WebhookRequest("POST", URLS[0], {"content-type": FORM}, {}, body)


SEEDS = {
    "whatsapp": posts.signed_whatsapp(posts.whatsapp_message("oi")),
    "dialog360": posts.signed_dialog360(posts.whatsapp_message("oi")),
    "twilio": posts.signed_twilio(posts.twilio_message("oi"), URLS[0]),
    "mailgun": posts.signed_mailgun(posts.mailgun_message("oi"), 1760000000),
    "sendgrid": mail_posts.signed_sendgrid(mail_posts.multipart(mail_posts.sendgrid_message("oi"))),
    "postmark": mail_posts.signed_postmark(mail_posts.postmark_message("oi")),
    "vonage": sms_posts.signed_vonage(sms_posts.vonage_message("oi"), 1760000000),
    "telnyx": sms_posts.signed_telnyx(sms_posts.telnyx_message("oi"), 1760000000),
    "plivo": sms_posts.signed_plivo(sms_posts.plivo_message("oi"), URLS[0]),
    "messenger": posts.signed_whatsapp(posts.messenger_message("oi")),
    "instagram": posts.signed_whatsapp(posts.instagram_message("oi")),
    "telegram": posts.signed_telegram(posts.telegram_message("oi")),
    "ses": sns.signed_mail(posts.mime_mail("oi")),
    "mime": posts.signed_mime(posts.mime_mail("oi")),
    "generic": posts.signed_generic(posts.generic_message("oi"), 1760000000),
}


@pytest.mark.parametrize("name", SEEDS)
@given(data=st.data())
def test_a_damaged_post_never_brings_a_provider_down(name: str, data: st.DataObject) -> None:
    headers, body = SEEDS[name]
    damaged = bytearray(body)
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(damaged)))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=6))
    given_headers = {key.lower(): value for key, value in headers.items()}
    given_headers |= data.draw(
        st.dictionaries(st.sampled_from(sorted(given_headers)), st.text(max_size=40), max_size=1)
    )
    url, method = data.draw(st.sampled_from(URLS)), data.draw(st.sampled_from(["POST", "GET"]))
    query = data.draw(st.dictionaries(st.sampled_from(["message", "bodySHA256", "From", "Body"]), st.text(max_size=9)))
    delivery = take(name, WebhookRequest(method, url, given_headers, query, bytes(damaged)))
    for message in delivery.messages if delivery else ():
        assert message.addresses
        assert all(0 < len(address.value) <= 255 for address in message.addresses)
        json.dumps([message.text, message.name, message.body], allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", SEEDS)
@given(body=st.binary(max_size=200), content_type=st.sampled_from([FORM, "application/json", "multipart/form-data; x"]))
def test_any_bytes_are_taken_or_refused(name: str, body: bytes, content_type: str) -> None:
    take(name, WebhookRequest("POST", URLS[0], {"content-type": content_type}, {}, body))


@for_each("name", SEEDS)
def test_without_secrets_nothing_is_taken_and_the_missing_setting_is_named(name: str) -> None:
    provider = PROVIDERS[name]
    settings = {each.key: each.setting for each in provider.credentials}
    headers, body = SEEDS[name]
    request = WebhookRequest("POST", URLS[0], {key.lower(): value for key, value in headers.items()}, {}, body)
    with pytest.raises(NotConfiguredError) as caught:
        provider.verify(request, Credentials({}, settings), NOW)
    assert caught.value.setting.startswith(name.upper())


@for_each(
    ("post", "kind"),
    [
        ({}, "empty post"),
        ({"object": "page", "entry": [{"id": "1"}]}, "empty page"),
        (posts.whatsapp_value({"contacts": []}), "empty whatsapp_business_account"),
    ],
)
def test_an_authentic_post_that_carries_nothing_is_kept(post: dict[str, object], kind: str) -> None:
    delivery = take("whatsapp", WebhookRequest("POST", URLS[0], {}, {}, json.dumps(post).encode()))
    assert delivery == Delivery(unknown=(UnknownEvent(kind),))


def test_a_host_that_is_no_host_is_a_bad_signature() -> None:
    headers = {"x-twilio-signature": "AAAA", "content-type": FORM}
    request = WebhookRequest("POST", "http://[/webhooks/twilio", headers, {}, urlencode({"Body": "oi"}).encode())
    with pytest.raises(SignatureError):
        PROVIDERS["twilio"].verify(request, credentials(PROVIDERS["twilio"]), NOW)


def test_a_subject_in_a_character_set_of_nowhere_stays_as_it_is_written() -> None:
    delivery = take("mailgun", mail(subject="=?utfé?q?pizza?="))
    assert delivery is not None
    email = delivery.messages[0].email
    assert email is not None
    assert email.subject == "=?utfé?q?pizza?="


def test_a_header_list_beyond_a_mebibyte_is_not_read() -> None:
    delivery = take("mailgun", mail(**{"message-headers": json.dumps([["List-Id", "x"], ["X", "y" * 2**20]])}))
    assert delivery is not None
    assert delivery.messages[0].automatic == ""


def test_of_a_mail_with_many_parts_the_first_two_hundred_are_read() -> None:
    parts = "".join(f"--b\nContent-Type: image/png\n\n{number}\n" for number in range(300))
    read = read_mail(f"Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n".encode())
    assert len(read.attachments) == 199


def test_a_long_encoded_text_keeps_its_beginning() -> None:
    encoded = base64.encodebytes(b"pizza " * 300_000)
    read = read_mail(b"Content-Transfer-Encoding: base64\n\n" + encoded)
    assert read.plain.startswith("pizza pizza")
    assert len(read.plain) > 500_000


def test_an_encoded_text_that_is_broken_is_empty() -> None:
    assert read_mail(b"Content-Transfer-Encoding: base64\n\n=A==").plain == ""
