"""Posts of the providers of SMS with fields that are missing, too long or of another kind."""

import json
from typing import Any
from urllib.parse import urlencode

from bot.core.messages import Delivery
from bot.core.text import MAX_TEXT
from bot.providers.base import WebhookRequest
from bot.providers.table import PROVIDERS
from tests.support import sms_posts
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

POSTS: dict[str, dict[str, Any]] = {
    "vonage": sms_posts.vonage_message("oi"),
    "telnyx": sms_posts.telnyx_message("oi"),
    "plivo": sms_posts.plivo_message("oi"),
}
TEXT = {"vonage": "text", "telnyx": "text", "plivo": "Text"}
IDENTIFIER = {"vonage": "message_uuid", "telnyx": "id", "plivo": "MessageUUID"}
OURS = {"vonage": "to", "telnyx": "to", "plivo": "To"}
THEIRS = {"vonage": "from", "telnyx": "from", "plivo": "From"}
each_provider = for_each("name", POSTS)


def parsed(name: str, **changed: object) -> Delivery:
    """What the provider's post means with parts of its message changed; None leaves one out."""
    if name == "telnyx":
        payload = {
            key: value for key, value in {**POSTS[name]["data"]["payload"], **changed}.items() if value is not None
        }
        post: dict[str, Any] = {"data": {**POSTS[name]["data"], "payload": payload}}
    else:
        post = {key: value for key, value in {**POSTS[name], **changed}.items() if value is not None}
    is_form = name == "plivo"
    body = urlencode(post) if is_form else json.dumps(post)
    content_type = "application/x-www-form-urlencoded" if is_form else "application/json"
    request = WebhookRequest("POST", "https://bot.example.com/", {"content-type": content_type}, {}, body.encode())
    return PROVIDERS[name].parse(request, NO_CREDENTIALS)


@each_provider
def test_a_text_beyond_all_bounds_is_cut_and_says_how_long_it_was(name: str) -> None:
    (message,) = parsed(name, **{TEXT[name]: "a" * (MAX_TEXT + 1)}).messages
    assert message.text == "a" * (MAX_TEXT - 1) + "…"
    assert (message.cleaned, message.body["cut_from"]) == (True, MAX_TEXT + 1)


@each_provider
@for_each("wrong", ["", "x" * 513, "a\0b", None])
@for_each("field", [IDENTIFIER, OURS], ids=["id", "ours"])
def test_what_has_no_usable_id_is_kept_as_unknown(name: str, field: dict[str, str], wrong: str | None) -> None:
    given: object = [{"phone_number": wrong}] if (name, field) == ("telnyx", OURS) else wrong
    delivery = parsed(name, **{field[name]: given})
    assert delivery.messages == ()
    assert len(delivery.unknown) == 1


@each_provider
def test_an_endless_sender_is_cut_and_not_answered(name: str) -> None:
    sender = "A" * 5000
    (message,) = parsed(name, **{THEIRS[name]: {"phone_number": sender} if name == "telnyx" else sender}).messages
    assert len(message.addresses[0].value) == 255
    assert message.automatic


def test_only_so_many_files_are_kept() -> None:
    files = [{"url": f"https://media.telnyx.com/{number}"} for number in range(60)]
    assert len(parsed("telnyx", media=files).messages[0].body["media"]) == 50
    named = {f"Media{number}": f"https://media.plivo.com/{number}" for number in range(60)}
    assert len(parsed("plivo", **named).messages[0].body["media"]) == 50


@for_each("wrong", [{}, [], "words", 7, [7], [{"phone_number": []}]])
def test_recipients_of_another_kind_are_kept_as_unknown(wrong: object) -> None:
    assert parsed("telnyx", to=wrong).messages == ()


@for_each("wrong", ["words", 7, [7], [{"url": ["x"]}]])
def test_files_of_another_kind_cost_only_themselves(wrong: object) -> None:
    (message,) = parsed("telnyx", media=wrong).messages
    assert message.text
    assert message.body["more"] == {"media": wrong}
