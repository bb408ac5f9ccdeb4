"""Vonage's webhooks: what is taken for Vonage's, and what its posts mean."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.vonage.provider import CREDENTIALS, PROVIDER
from bot.providers.vonage.verify import signed_text
from tests.support.captured import Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime.fromtimestamp(1760000000, UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
URL = "https://bot.example.com/webhooks/vonage"
FORM = "application/x-www-form-urlencoded"
SECRET = "vonage-signature-secret-for-tests"
ANOTHER_SECRET = "another-secret" * 5

# The documented shape, signed with PyJWT.
BODY = (
    b'{"channel":"sms","message_uuid":"11111111-2222-4333-8444-555555555555","to":"15559870002",'
    b'"from":"15551230001","message_type":"text","text":"hi"}'
)
BODY_HASH = "3779a6594fd686c1b83543ea22d544afb5d0a1469b18f0896b6bc841cecff960"
TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJpYXQiOjE3NjAwMDAwMDAsImp0aSI6IjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSIsImlzcyI6IlZvbmFnZSIsInBheWxv"
    "YWRfaGFzaCI6IjM3NzlhNjU5NGZkNjg2YzFiODM1NDNlYTIyZDU0NGFmYjVkMGExNDY5YjE4ZjA4OTZiNmJjODQxY2VjZmY5NjAiLCJhcGlfa2V5"
    "IjoiYWJjZDEyMzQifQ._TqBeIP6Nk2LR0mla5W9yy8CMsGyxlpV3y8RwEqsWc4"
)
CLAIMS = {"iat": 1760000000, "jti": "1", "iss": "Vonage", "payload_hash": BODY_HASH, "api_key": "abcd1234"}

# A post of the SMS API, with its signatures by each method.
PARAMETERS = {
    "keyword": "A=B&C",
    "message-timestamp": "2025-10-09 08:53:20",
    "messageId": "0B00000000000001",
    "msisdn": "15551230001",
    "nonce": "n0nce",
    "text": "a=b&c",
    "timestamp": "1760000000",
    "to": "15559870002",
    "type": "text",
}
SIGNED_TEXT = (
    "&keyword=A_B_C&message-timestamp=2025-10-09 08:53:20&messageId=0B00000000000001&msisdn=15551230001&nonce=n0nce"
    "&text=a_b_c&timestamp=1760000000&to=15559870002&type=text"
)
SIGNATURES = {
    "md5hash": "aa08d2defa2da6fd9e077e8064701dfd",
    "md5": "e3a3e1bbe05340a4603f07bf7130a637",
    "sha1": "0f4be7e51c65643b54f59a8363b3de66a36ae8a3",
    "sha256": "0f493a44242fbb5b79499e679a26abb04beaa1d48889e4ddbcfabb5c86cc2cde",
}


def held(**changed: str) -> Credentials:
    return Credentials({"api_key": "abcd1234", "signature_secret": SECRET} | changed, NAMES)


def post(
    token: str | None = TOKEN, body: bytes = BODY, *, scheme: str = "Bearer", method: str = "POST"
) -> WebhookRequest:
    headers = {"content-type": "application/json"} | ({} if token is None else {"authorization": f"{scheme} {token}"})
    return WebhookRequest(method, URL, headers, {}, body)


def token(claims: Mapping[str, Any] = CLAIMS, secret: str = SECRET, algorithm: str = "HS256", **changed: object) -> str:
    kept = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm)


def sms(signature: str, given: Mapping[str, Any] = PARAMETERS, *, form: str = "form") -> WebhookRequest:
    signed = {**given, "sig": signature}
    match form:
        case "query":
            return WebhookRequest("GET", f"{URL}?{urlencode(signed)}", {}, signed, b"")
        case "json":
            return WebhookRequest("POST", URL, {"content-type": "application/json"}, {}, json.dumps(signed).encode())
        case _:
            return WebhookRequest("POST", URL, {"content-type": FORM}, {}, urlencode(signed).encode())


@for_each("case", cases("vonage"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert normalised(PROVIDER.parse(case.request, NO_CREDENTIALS)) == case.expected


@for_each("case", cases("vonage"))
def test_a_post_signed_by_pyjwt_is_taken_for_its_body_alone(case: Case) -> None:
    signed = token(payload_hash=hashlib.sha256(case.request.body).hexdigest())
    headers = {**case.request.headers, "authorization": f"Bearer {signed}"}
    PROVIDER.verify(WebhookRequest("POST", URL, headers, {}, case.request.body), held(), NOW)
    with pytest.raises(SignatureError):
        PROVIDER.verify(WebhookRequest("POST", URL, headers, {}, case.request.body + b" "), held(), NOW)


@for_each("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_documented_token_is_taken(scheme: str) -> None:
    PROVIDER.verify(post(scheme=scheme), held(), NOW)
    assert jwt.decode(TOKEN, SECRET, algorithms=["HS256"], options={"verify_iat": False})["payload_hash"] == BODY_HASH


@for_each("away", [timedelta(0), timedelta(hours=24), -timedelta(hours=24)])
def test_a_token_is_good_for_as_long_as_vonage_tries_again(away: timedelta) -> None:
    PROVIDER.verify(post(), held(), NOW + away)


@for_each("away", [timedelta(hours=26), -timedelta(hours=26)])
def test_an_old_token_and_one_of_the_future_are_refused(away: timedelta) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(), held(), NOW + away)


def test_either_of_two_secrets_is_taken_while_they_rotate() -> None:
    PROVIDER.verify(post(), held(signature_secret=f"a-new-one, {SECRET}"), NOW)


def crafted(head: object, claims: object, secret: str = SECRET) -> str:
    """A token with any head, signed by HMAC-SHA256 all the same."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in (head, claims)]
    digest = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64.urlsafe_b64encode(digest).decode().rstrip("=")])


@for_each(
    "request_",
    [
        post(None),
        post(""),
        post(TOKEN[:-1]),
        post("é" + TOKEN),
        post("\udcff"),
        post("a.b.c"),
        post("x" * 9000),
        post(scheme="Basic"),
        post(body=BODY + b" "),
        post(body=BODY.replace(b"hi", b"ho")),
        post(method="GET"),
        post(token(secret=ANOTHER_SECRET)),
        post(token(iss="Someone")),
        post(token(api_key="dcba4321")),
        post(token(payload_hash="0" * 64)),
        post(token(payload_hash=None)),
        post(token(iat=None)),
        post(token(iat="soon")),
        post(token(api_key=["abcd1234"])),
        post(jwt.encode(CLAIMS, "", algorithm="none")),
        post(crafted({"alg": "none"}, CLAIMS)),
        post(crafted({"alg": "HS512"}, CLAIMS)),
        post(crafted([], CLAIMS)),
        post(crafted({"alg": "HS256"}, [])),
    ],
)
def test_a_missing_or_wrong_token_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, held(), NOW)


def test_a_signed_token_that_is_no_json_is_refused() -> None:
    content = b"not json"
    head = base64.urlsafe_b64encode(content).decode().rstrip("=")
    digest = hmac.new(SECRET.encode(), f"{head}.{head}".encode(), hashlib.sha256).digest()
    signed = f"{head}.{head}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(signed), held(), NOW)


def test_the_sms_api_signs_its_parameters_in_order() -> None:
    assert signed_text(PARAMETERS) == SIGNED_TEXT


@for_each("form", ["form", "json", "query"])
@for_each("method", SIGNATURES)
def test_the_documented_signatures_of_the_sms_api_are_taken(method: str, form: str) -> None:
    PROVIDER.verify(sms(SIGNATURES[method], form=form), held(signature=method), NOW)
    PROVIDER.verify(sms(SIGNATURES[method].upper(), form=form), held(signature=method), NOW)


def test_sha512_is_taken_where_it_is_configured() -> None:
    signature = hmac.new(SECRET.encode(), SIGNED_TEXT.encode(), hashlib.sha512).hexdigest()
    PROVIDER.verify(sms(signature), held(signature="sha512"), NOW)


@for_each(
    ("method", "request_"),
    [
        ("sha256", sms("")),
        ("sha256", sms("é")),
        ("sha256", sms(SIGNATURES["sha1"])),
        ("sha256", sms(SIGNATURES["md5hash"])),
        ("md5", sms(SIGNATURES["md5hash"])),
        ("jwt", sms(SIGNATURES["sha256"])),
        ("sha256", post()),
        ("sha256", sms(SIGNATURES["sha256"], PARAMETERS | {"text": "a=b&d"})),
        ("sha256", sms(SIGNATURES["sha256"], PARAMETERS | {"more": "1"})),
        ("sha256", sms(SIGNATURES["sha256"], PARAMETERS | {"more": {"a": 1}}, form="json")),
        ("sha256", sms(SIGNATURES["sha256"])._replace(headers={"content-type": "text/plain"})),
    ],
)
def test_a_missing_or_wrong_signature_of_the_sms_api_is_refused(method: str, request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, held(signature=method), NOW)


def test_no_parameter_is_hidden_in_anothers_name() -> None:
    hidden = {key: value for key, value in PARAMETERS.items() if key not in {"to", "type"}}
    hidden |= {f"to={PARAMETERS['to']}&type": PARAMETERS["type"]}
    assert signed_text(hidden) == SIGNED_TEXT
    with pytest.raises(SignatureError):
        PROVIDER.verify(sms(SIGNATURES["sha256"], hidden), held(signature="sha256"), NOW)


def test_the_log_does_not_quote_a_strangers_names() -> None:
    with pytest.raises(SignatureError) as caught:
        PROVIDER.verify(sms("", PARAMETERS | {"a name" * 1000: []}, form="json"), held(signature="sha256"), NOW)
    assert "a name" not in str(caught.value)


def test_an_old_post_of_the_sms_api_and_one_without_a_time_are_refused() -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(sms(SIGNATURES["sha256"]), held(signature="sha256"), NOW + timedelta(hours=26))
    timeless = {name: value for name, value in PARAMETERS.items() if name != "timestamp"}
    signature = hmac.new(SECRET.encode(), signed_text(timeless).encode(), hashlib.sha256).hexdigest()
    with pytest.raises(SignatureError):
        PROVIDER.verify(sms(signature, timeless), held(signature="sha256"), NOW)


@for_each(
    ("changed", "setting"),
    [
        ({"signature_secret": ""}, "VONAGE_SIGNATURE_SECRET"),
        ({"api_key": ""}, "VONAGE_API_KEY"),
        ({"signature": "crc32"}, "VONAGE_SIGNATURE (as jwt, md5hash, md5, sha1, sha256 or sha512)"),
    ],
)
def test_without_its_settings_nothing_is_taken(changed: dict[str, str], setting: str) -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(), held(**changed), NOW)
    assert caught.value.setting == setting


@for_each(
    "request_",
    [
        post(body=b""),
        post(body=b"not json"),
        post(body=b"[]"),
        WebhookRequest("POST", URL, {"content-type": FORM}, {}, b""),
        WebhookRequest("POST", URL, {"content-type": "text/plain"}, {}, b"a=b"),
    ],
)
def test_a_body_that_is_not_vonages_is_named(request_: WebhookRequest) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(request_, NO_CREDENTIALS)


def test_the_numbers_of_the_settings_are_the_accounts() -> None:
    assert PROVIDER.identity(Credentials({"from": "+1 (555) 987-0002, PIZZARIA"}, {})) == ("15559870002", "PIZZARIA")
    assert PROVIDER.identity(NO_CREDENTIALS) == ()


def test_a_post_is_answered_200() -> None:
    assert PROVIDER.parse(post(), NO_CREDENTIALS).answer.status == 200
