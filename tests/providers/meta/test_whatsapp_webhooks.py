"""WhatsApp's webhooks: what is taken for Meta's, and what its posts mean."""

import json
from datetime import UTC, datetime

import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.text import MAX_TEXT
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.meta.whatsapp import CREDENTIALS, PROVIDER
from tests.support import posts
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
URL = f"{PUBLIC_URL}/webhooks/whatsapp"

# The vector of Meta's documentation form: non-ASCII as literal escapes, 216 bytes.
BODY = (
    rb'{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"field":"messages","value":'
    rb'{"messaging_product":"whatsapp","messages":[{"id":"wamid.TEST1","type":"text","text":{"body":'
    rb'"caf\u00e9 \u2615"}}]}}]}]}'
)
SIGNATURE = "sha256=b3d0122f98b84e997d50260f9c510f321a7e00a30b0cd1b657e8c04eb5df9ef4"


def credentials(**values: str) -> Credentials:
    return Credentials({"app_secret": posts.APP_SECRET, "verify_token": posts.VERIFY_TOKEN} | values, NAMES)


def post(body: bytes, headers: dict[str, str] | None = None) -> WebhookRequest:
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    return WebhookRequest("POST", URL, lowered, {}, body)


def get(**query: str) -> WebhookRequest:
    return WebhookRequest("GET", URL, {}, {f"hub.{key}": value for key, value in query.items()}, b"")


@for_each("case", cases("whatsapp"))
def test_a_signed_post_means_what_its_fixture_says(case: Case) -> None:
    headers, body = posts.signed_whatsapp(case.body)
    request = post(body, headers)
    PROVIDER.verify(request, credentials(), NOW)
    assert normalised(PROVIDER.parse(request, NO_CREDENTIALS)) == case.expected
    assert PROVIDER.parse(request, NO_CREDENTIALS).answer.status == 200


def test_the_documented_signature_is_taken() -> None:
    assert len(BODY) == 216
    PROVIDER.verify(post(BODY, {"X-Hub-Signature-256": SIGNATURE}), credentials(), NOW)


def test_the_same_object_written_anew_is_refused() -> None:
    again = json.dumps(json.loads(BODY), ensure_ascii=False, separators=(",", ":")).encode()
    assert len(again) == 209
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(again, {"X-Hub-Signature-256": SIGNATURE}), credentials(), NOW)
    of_that = "sha256=4a176deb7831abdccca2975565a08606da9ff20ff23d891e2213b7acbc1ea464"
    PROVIDER.verify(post(again, {"X-Hub-Signature-256": of_that}), credentials(), NOW)
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(BODY, {"X-Hub-Signature-256": of_that}), credentials(), NOW)


@for_each("position", range(0, 216, 9))
def test_one_changed_bit_is_refused(position: int) -> None:
    body = bytearray(BODY)
    body[position] ^= 1
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(bytes(body), {"X-Hub-Signature-256": SIGNATURE}), credentials(), NOW)


@for_each(
    "header",
    [
        None,
        "",
        "sha256=",
        SIGNATURE[:-1],
        SIGNATURE.removeprefix("sha256="),
        SIGNATURE.replace("sha256", "sha1"),
        SIGNATURE.upper(),
        "sha256=ação",
        "sha256=\ud83d\udcff",
    ],
)
def test_a_missing_or_wrong_signature_is_refused(header: str | None) -> None:
    headers = {} if header is None else {"X-Hub-Signature-256": header}
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(BODY, headers), credentials(), NOW)


def test_either_of_two_secrets_is_taken_while_they_rotate() -> None:
    request = post(BODY, {"X-Hub-Signature-256": SIGNATURE})
    PROVIDER.verify(request, credentials(app_secret=f"a-new-one, {posts.APP_SECRET}"), NOW)


def test_without_a_secret_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(BODY, {"X-Hub-Signature-256": SIGNATURE}), credentials(app_secret=""), NOW)
    assert caught.value.setting == "WHATSAPP_APP_SECRET"


def challenged(request: WebhookRequest, held: Credentials) -> bytes:
    assert PROVIDER.challenge is not None
    answer = PROVIDER.challenge(request, held)
    assert (answer.status, answer.content_type) == (200, "text/plain")
    return answer.body


def test_the_challenge_comes_back_to_whoever_knows_the_verify_token() -> None:
    request = get(mode="subscribe", challenge="1158201444", verify_token=posts.VERIFY_TOKEN)
    assert challenged(request, credentials()) == b"1158201444"


@for_each(
    "query",
    [
        {},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "subscribe", "challenge": "1", "verify_token": "wrong"},
        {"mode": "subscribe", "challenge": "1", "verify_token": "não"},
        {"mode": "unsubscribe", "challenge": "1", "verify_token": posts.VERIFY_TOKEN},
    ],
)
def test_the_challenge_is_not_told_to_others(query: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        challenged(get(**query), credentials())


def test_without_a_verify_token_there_is_no_challenge() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        challenged(get(mode="subscribe", challenge="1", verify_token=""), credentials(verify_token=""))
    assert caught.value.setting == "WHATSAPP_VERIFY_TOKEN"


@for_each(
    ("body", "fault"),
    [
        (b"", "the body is not JSON"),
        (b"\xff\xfe\x00", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b'{"entry": NaN}', "the body is not JSON"),
        (b"null", "the body is not there"),
        (b"[]", "the body is not an object"),
        (b'{"entry": {}}', "entry is not a list"),
        (b'{"entry": [1]}', "entry[0] is not an object"),
        (b'{"entry": [{"changes": [{}, {"value": []}]}]}', "entry[0].changes[1].value is not an object"),
        (b'{"entry": [{"changes": [{"field": {}}]}]}', "entry[0].changes[0].field is not text"),
    ],
)
def test_a_body_that_is_not_metas_names_the_place(body: bytes, fault: str) -> None:
    with pytest.raises(UnparsableError) as caught:
        PROVIDER.parse(post(body), NO_CREDENTIALS)
    assert caught.value.message == fault


def test_a_text_beyond_all_bounds_is_cut_and_says_how_long_it_was() -> None:
    _, body = posts.signed_whatsapp(posts.whatsapp_message("a" * 30_000, name="b" * 300))
    (message,) = PROVIDER.parse(post(body), NO_CREDENTIALS).messages
    assert message.text == "a" * (MAX_TEXT - 1) + "…"
    assert message.body == {"cut_from": 30_000}
    assert len(message.name) == 255
    assert message.cleaned


def test_names_that_are_no_text_are_left_out() -> None:
    payload = posts.whatsapp_message("oi")
    payload["entry"][0]["changes"][0]["value"]["contacts"][0]["profile"]["name"] = ["Rui"]
    (message,) = PROVIDER.parse(post(posts.signed_whatsapp(payload)[1]), NO_CREDENTIALS).messages
    assert message.name == ""


def test_the_numbers_of_the_settings_are_the_accounts() -> None:
    assert PROVIDER.identity(credentials(phone_number_id="1, 2")) == ("1", "2")
    assert PROVIDER.identity(credentials()) == ()
