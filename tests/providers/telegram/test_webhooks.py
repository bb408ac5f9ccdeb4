"""Telegram's webhooks: what is taken for Telegram's, and what its posts mean."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import Delivery
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.telegram.provider import CREDENTIALS, PROVIDER
from tests.support import posts
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.tables import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
HELD = Credentials({"bot_token": f"{posts.TELEGRAM_BOT}:AAtoken", "webhook_secret": posts.TELEGRAM_SECRET}, NAMES)


def post(body: bytes, secret: str | None = posts.TELEGRAM_SECRET) -> WebhookRequest:
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["x-telegram-bot-api-secret-token"] = secret
    return WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/telegram", headers, {}, body)


def update(**parts: Any) -> WebhookRequest:
    return post(json.dumps({"update_id": 1, **parts}).encode())


@for_each("case", cases("telegram"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    PROVIDER.verify(case.request, HELD, NOW)
    assert normalised(PROVIDER.parse(case.request, HELD)) == case.expected


@for_each("secret", [None, "", "telegram-secret-for-test", posts.TELEGRAM_SECRET.upper(), "ç", "\udcff"])
def test_a_missing_or_wrong_secret_is_refused(secret: str | None) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(b"{}", secret), HELD, NOW)


def test_either_of_two_secrets_is_taken_while_one_is_replaced() -> None:
    both = Credentials({"webhook_secret": f"a-new-one, {posts.TELEGRAM_SECRET}"}, NAMES)
    PROVIDER.verify(post(b"{}"), both, NOW)
    PROVIDER.verify(post(b"{}", "a-new-one"), both, NOW)


@for_each("secret", ["", ","])
def test_without_a_secret_nothing_is_taken(secret: str) -> None:
    with pytest.raises((NotConfiguredError, SignatureError)):
        PROVIDER.verify(post(b"{}", secret), Credentials({"webhook_secret": secret}, NAMES), NOW)


def test_the_missing_secret_is_named() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(b"{}"), Credentials({}, NAMES), NOW)
    assert caught.value.setting == "TELEGRAM_WEBHOOK_SECRET"


@for_each(
    ("token", "identity"),
    [
        ("4300001:AAtoken-of_35_characters", ("4300001",)),
        ("", ()),
        ("4300001", ()),
        ("bot4300001:AA", ()),
        ("4300001:AA/../x", ()),
    ],
)
def test_the_account_is_the_bots_id(token: str, identity: tuple[str, ...]) -> None:
    assert PROVIDER.identity(Credentials({"bot_token": token}, NAMES)) == identity


@for_each("body", [b"", b"[]", b"<update/>", b"null", b"\xff"])
def test_a_body_that_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(post(body), HELD)


@for_each(
    "parts",
    [
        {"message": None},
        {"message": []},
        {"message": {"chat": "x"}},
        {"message": {"message_id": 1, "chat": {"id": 1, "type": 7}, "text": "oi"}},
        {"message": {"message_id": 1, "chat": {"id": True, "type": "private"}, "text": "oi"}},
        {"message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "text": ["oi"]}},
        {"message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "document": {"file_id": ""}}},
        {"message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "photo": {"file_id": "x"}}},
        {"callback_query": {"id": "1", "message": {"message_id": 1, "chat": {"id": 1, "type": "private"}}}},
        {"poll": {"id": "1"}},
        {"x" * 5000: {"chat": {"type": "y" * 5000}}},
        {"": 1},
    ],
)
def test_an_update_that_is_not_understood_is_kept(parts: dict[str, Any]) -> None:
    delivery = PROVIDER.parse(update(**parts), HELD)
    (event,) = delivery.unknown
    assert delivery == Delivery(unknown=(event,), answer=delivery.answer)
    assert event.account == "telegram:4300001"
    assert 0 < len(event.kind) <= 100


def test_a_text_without_end_is_cut() -> None:
    chat = {"id": 1, "type": "private"}
    delivery = PROVIDER.parse(update(message={"message_id": 1, "chat": chat, "text": "a" * 100_000}), HELD)
    (message,) = delivery.messages
    assert len(message.text) == 20_000
    assert message.body["cut_from"] == 100_000


def test_a_picture_whose_sizes_are_unknown_is_taken_as_it_comes() -> None:
    photo = [{"file_id": "a", "width": "x"}, {"file_id": "b", "height": 2}]
    delivery = PROVIDER.parse(
        update(message={"message_id": 1, "chat": {"id": 1, "type": "private"}, "photo": photo}), HELD
    )
    assert delivery.messages[0].body["media"][0]["id"] == "a"


def test_a_pressed_button_is_told_to_stop_turning_in_the_answer() -> None:
    answer = PROVIDER.parse(update(callback_query={"id": "180", "data": "c"}), HELD).answer
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {"method": "answerCallbackQuery", "callback_query_id": "180"}


@for_each("parts", [{}, {"callback_query": {"id": 7}}, {"callback_query": "180"}, {"message": {"id": "1"}}])
def test_everything_else_is_answered_with_nothing(parts: dict[str, Any]) -> None:
    assert PROVIDER.parse(update(**parts), HELD).answer.body == b""
