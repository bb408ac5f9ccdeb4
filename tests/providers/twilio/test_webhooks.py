"""Twilio's webhooks: what is taken for Twilio's, and what its posts mean."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.twilio.provider import CREDENTIALS, PROVIDER
from tests.support import posts
from tests.support.captured import Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
HELD = Credentials({"auth_token": posts.AUTH_TOKEN}, NAMES)
FORM = "application/x-www-form-urlencoded"

# Vectors that Twilio's own library (9.13.0) accepts.
URL = "https://bot.example.com/hooks/twilio?tenant=7"
PARAMETERS = {
    "AccountSid": "AC00000000000000000000000000000001",
    "Body": "Olá + tudo bem?",
    "From": "whatsapp:+15551230001",
    "MessageSid": "SM00000000000000000000000000000001",
    "NumMedia": "0",
    "ProfileName": "",
    "To": "whatsapp:+15559870002",
}
SIGNATURE = "A5RiznIPUEgVsHCs0ime+Y/660Y="
SIGNATURE_WITH_PORT = "ac4r1pPZekSvGvltq80/9fXpgyg="
SHARED_KEY_SIGNATURE = "+D/X2h/kxH5ag+uw7fVRdOdtStWhbJLcfvjKIjfXD74="
JSON = b'{"event":"demo","n":1}'
JSON_HASH = "2c0666189e06a136563bd761c2f72f38f9bac28ae28ac660caca87f3e6e3fa6f"
JSON_URL = f"https://bot.example.com/hooks/twilio-json?bodySHA256={JSON_HASH}"
JSON_SIGNATURE = "t35EqD0vFL2iHJ8UZvhOBXla9+c="


def post(
    signature: str | None = SIGNATURE,
    *,
    url: str = URL,
    parameters: Mapping[str, str] = PARAMETERS,
    body: bytes | None = None,
    content_type: str = FORM,
    query: Mapping[str, str] | None = None,
) -> WebhookRequest:
    headers = {"content-type": content_type} | ({} if signature is None else {"x-twilio-signature": signature})
    return WebhookRequest("POST", url, headers, query or {}, urlencode(parameters).encode() if body is None else body)


def json_post(body: bytes = JSON, body_hash: str = JSON_HASH) -> WebhookRequest:
    query = {"bodySHA256": body_hash}
    return post(JSON_SIGNATURE, url=JSON_URL, body=body, content_type="application/json", query=query)


@for_each("case", cases("twilio"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert normalised(PROVIDER.parse(case.request, NO_CREDENTIALS)) == case.expected


@for_each("case", [case for case in cases("twilio") if "json" not in case.name])
def test_a_signed_post_is_taken(case: Case) -> None:
    form = case.body if case.request.method == "POST" else {}
    headers, _ = posts.signed_twilio(form, case.request.url)
    signed = {**case.request.headers, "x-twilio-signature": headers["X-Twilio-Signature"]}
    request = WebhookRequest(case.request.method, case.request.url, signed, case.request.query, case.request.body)
    PROVIDER.verify(request, HELD, NOW)


def test_the_documented_signature_is_taken() -> None:
    PROVIDER.verify(post(), HELD, NOW)


@for_each("port", ["", ":443", ":8443"])
def test_the_signature_over_the_url_without_its_port_is_taken(port: str) -> None:
    PROVIDER.verify(post(url=URL.replace(".com/", f".com{port}/")), HELD, NOW)


def test_the_default_port_may_be_signed_although_the_url_has_none() -> None:
    PROVIDER.verify(post(SIGNATURE_WITH_PORT), HELD, NOW)


def test_a_port_that_is_not_the_urls_is_refused() -> None:
    headers, body = posts.signed_twilio(PARAMETERS, URL.replace(".com/", ".com:8443/"))
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(headers["X-Twilio-Signature"], body=body), HELD, NOW)


def test_a_url_without_a_known_scheme_is_only_taken_as_it_is() -> None:
    url = "ftp://bot.example.com/x"
    headers, body = posts.signed_twilio(PARAMETERS, url)
    PROVIDER.verify(post(headers["X-Twilio-Signature"], url=url, body=body), HELD, NOW)


def test_json_is_taken_when_its_hash_is_in_the_signed_url() -> None:
    PROVIDER.verify(json_post(), HELD, NOW)


@for_each("request_", [json_post(JSON + b" "), json_post(body_hash=""), json_post(body_hash="ç")])
def test_json_that_its_hash_does_not_cover_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, HELD, NOW)


def test_json_without_a_hash_is_refused_since_its_body_is_not_signed() -> None:
    headers, _ = posts.signed_twilio({}, URL)
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(headers["X-Twilio-Signature"], body=JSON, content_type="application/json"), HELD, NOW)


@for_each(
    "request_",
    [
        post(None),
        post(""),
        post(SIGNATURE[:-1]),
        post(SIGNATURE.lower()),
        post("assinatura não"),
        post("\udcff"),
        post(url=URL.replace("tenant=7", "tenant=8")),
        post(url=URL.replace("https", "http")),
        post(url="https://[bot.example.com/"),
        post(parameters=PARAMETERS | {"Body": "Olá + tudo bem!"}),
        post(parameters=PARAMETERS | {"More": "1"}),
        post(parameters={**PARAMETERS, "From": "whatsapp:+15551230002"}),
        post(body=b""),
        post(content_type="text/plain"),
    ],
)
def test_a_missing_or_wrong_signature_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, HELD, NOW)


def test_either_of_two_tokens_is_taken_while_they_rotate() -> None:
    PROVIDER.verify(post(), Credentials({"auth_token": f"a-new-one,{posts.AUTH_TOKEN}"}, NAMES), NOW)


@for_each("case", [case for case in cases("twilio") if case.request.method == "POST"])
def test_what_twilios_own_library_signs_is_taken(case: Case) -> None:
    validator = RequestValidator(posts.AUTH_TOKEN)
    is_form = FORM in case.request.headers["content-type"]
    url = case.request.url
    if not is_form:
        url = f"{url}?bodySHA256={hashlib.sha256(case.request.body).hexdigest()}"
    query = dict(parse_qsl(urlsplit(url).query))
    signature = validator.compute_signature(url, case.body if is_form else {})
    headers = {**case.request.headers, "x-twilio-signature": signature}
    PROVIDER.verify(WebhookRequest("POST", url, headers, query, case.request.body), HELD, NOW)


SHARED = Credentials({"auth_token": "another-token", "shared_key": f"a-new-one, {posts.AUTH_TOKEN}"}, NAMES)


def test_a_shared_key_signs_by_sha256() -> None:
    PROVIDER.verify(post(SHARED_KEY_SIGNATURE), SHARED, NOW)


@for_each(
    ("request_", "credentials"),
    [
        (post(SIGNATURE), SHARED),
        (post(SIGNATURE), Credentials({"auth_token": posts.AUTH_TOKEN, "shared_key": "a-new-one"}, NAMES)),
        (post(SHARED_KEY_SIGNATURE), HELD),
    ],
)
@for_each("named", ["key=1,algorithm=HMAC_SHA256", "key=1,algorithm=HMAC_SHA1", ""])
def test_which_hash_counts_says_the_configuration_and_never_the_post(
    request_: WebhookRequest, credentials: Credentials, named: str
) -> None:
    headers = {**request_.headers, "x-twilio-webhooks-signature-settings": named}
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_._replace(headers=headers), credentials, NOW)


def test_without_a_token_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(), Credentials({}, NAMES), NOW)
    assert caught.value.setting == "TWILIO_AUTH_TOKEN"


@for_each(
    "request_",
    [
        post(body=b""),
        post(body=b"not json", content_type="application/json"),
        post(body=b"[]", content_type="application/json"),
        post(content_type="text/plain"),
    ],
)
def test_a_body_that_is_not_twilios_is_named(request_: WebhookRequest) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(request_, NO_CREDENTIALS)


def test_only_so_many_files_are_kept() -> None:
    files = {f"MediaUrl{number}": "https://api.twilio.com/m" for number in range(60)}
    (message,) = PROVIDER.parse(post(parameters=posts.twilio_message("oi", **files)), NO_CREDENTIALS).messages
    assert len(message.body["media"]) == 50


def test_a_message_is_answered_with_an_empty_document_and_a_status_with_nothing() -> None:
    message = PROVIDER.parse(post(parameters=posts.twilio_message("oi")), NO_CREDENTIALS).answer
    assert (message.status, message.content_type) == (200, "text/xml")
    assert message.body == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
    status = PROVIDER.parse(post(parameters=posts.twilio_status("sent", "SM1")), NO_CREDENTIALS).answer
    assert (status.status, status.body) == (204, b"")
    assert PROVIDER.parse(json_post(), NO_CREDENTIALS).answer.status == 204


def test_the_senders_of_the_settings_are_the_accounts() -> None:
    held = Credentials({"from": "+1 (555) 987-0002, PIZZARIA", "whatsapp_from": "whatsapp:+15559870003,+15550001"}, {})
    assert PROVIDER.identity(held) == (
        "+15559870002",
        "PIZZARIA",
        "whatsapp:+15559870003",
        "whatsapp:+15550001",
    )
    assert PROVIDER.identity(Credentials({}, {})) == ()
