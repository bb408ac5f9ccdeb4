"""360dialog's webhooks: known by the header that we chose, and otherwise Meta's own posts."""

from datetime import UTC, datetime

import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.meta.dialog360 import CREDENTIALS, PROVIDER
from tests.support import posts
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}


def credentials(token: str = posts.DIALOG360_TOKEN) -> Credentials:
    return Credentials({"webhook_token": token, "phone_number_id": posts.PHONE_NUMBER_ID}, NAMES)


def post(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/dialog360", headers, {}, body)


@for_each("case", cases("dialog360"))
def test_a_post_with_our_token_means_what_its_fixture_says(case: Case) -> None:
    headers, body = posts.signed_dialog360(case.body)
    request = post(body, **{name.lower(): value for name, value in headers.items()})
    PROVIDER.verify(request, credentials(), NOW)
    assert normalised(PROVIDER.parse(request, NO_CREDENTIALS)) == case.expected
    assert PROVIDER.parse(request, NO_CREDENTIALS).answer.status == 200


@for_each(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        posts.DIALOG360_TOKEN,
        f"bearer {posts.DIALOG360_TOKEN}",
        f"Bearer {posts.DIALOG360_TOKEN}x",
        f"Bearer {posts.DIALOG360_TOKEN[:-1]}",
        f"Basic {posts.DIALOG360_TOKEN}",
        "Bearer ação",
        "Bearer \ud83d\udcff",
    ],
)
def test_a_missing_or_wrong_token_is_refused(header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(b"{}", **headers), credentials(), NOW)


def test_metas_signature_does_not_stand_in_for_the_token() -> None:
    headers, body = posts.signed_whatsapp(posts.whatsapp_message("oi"))
    request = post(body, **{name.lower(): value for name, value in headers.items()})
    with pytest.raises(SignatureError):
        PROVIDER.verify(request, credentials(), NOW)


def test_either_of_two_tokens_is_taken_while_they_rotate() -> None:
    request = post(b"{}", authorization=f"Bearer {posts.DIALOG360_TOKEN}")
    PROVIDER.verify(request, credentials(f"a-new-one, {posts.DIALOG360_TOKEN}"), NOW)


def test_without_a_token_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(b"{}", authorization="Bearer "), credentials(""), NOW)
    assert caught.value.setting == "DIALOG360_WEBHOOK_TOKEN"


@for_each("body", [b"", b"<html>", b"[]", b'{"entry": {}}', b'{"entry": [1]}'])
def test_a_body_that_is_not_metas_is_refused(body: bytes) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(post(body), NO_CREDENTIALS)


def test_the_number_of_the_settings_is_the_account() -> None:
    assert PROVIDER.identity(credentials()) == (posts.PHONE_NUMBER_ID,)
    assert PROVIDER.identity(NO_CREDENTIALS) == ()
