"""A token names the post's subject, so that the shell can tell Mailgun's own repeat from a forged mail."""

import json

from bot.providers.mailgun.provider import PROVIDER
from tests.support import posts
from tests.support.mailgun import form_post, post
from tests.support.sends import NO_CREDENTIALS


def test_a_mail_is_named_by_its_message_and_recipient() -> None:
    form = {**posts.mailgun_message("hello", message_id="<a@x>"), "token": "t" * 50}

    delivery = PROVIDER.parse(form_post(form), NO_CREDENTIALS)

    assert (delivery.token, delivery.token_for) == ("t" * 50, f"<a@x> {posts.MAILGUN_MAILBOX}")


def test_an_event_is_named_by_what_it_says_of_which_mail() -> None:
    headers = {"message-id": "b@mg.example.com"}
    event = {
        "event": "delivered",
        "recipient": "a@x.example",
        "domain": {"name": "mg.example.com"},
        "message": {"headers": headers},
    }
    body = {"signature": {"token": "u" * 50}, "event-data": event}

    delivery = PROVIDER.parse(post(json.dumps(body).encode(), "application/json"), NO_CREDENTIALS)

    assert (delivery.token, delivery.token_for) == ("u" * 50, "delivered <b@mg.example.com>")


def test_an_opt_out_of_no_mail_of_ours_is_named_by_its_address_too() -> None:
    event: dict[str, object] = {
        "event": "unsubscribed",
        "recipient": "a@x.example",
        "domain": {"name": "mg.example.com"},
    }
    event["message"] = {"headers": {"message-id": "b@mg.example.com"}}

    delivery = PROVIDER.parse(post(json.dumps({"event-data": event}).encode(), "application/json"), NO_CREDENTIALS)

    assert delivery.token_for == "delivered unsubscribed <b@mg.example.com> out unsubscribed a@x.example"


def test_an_event_of_the_same_mail_that_says_more_or_of_another_message_is_another() -> None:
    def token_for(name: str, own_id: str) -> str:
        event = {
            "event": name,
            "recipient": "a@x.example",
            "domain": {"name": "mg.example.com"},
            "message": {"headers": {"message-id": "b@mg.example.com"}},
            "user-variables": {"bot_msg": own_id},
        }
        return PROVIDER.parse(
            post(json.dumps({"event-data": event}).encode(), "application/json"), NO_CREDENTIALS
        ).token_for

    delivered = token_for("delivered", "cmessage1")
    assert delivered == token_for("delivered", "cmessage1") == "delivered <b@mg.example.com> cmessage1"
    assert delivered not in {token_for("complained", "cmessage1"), token_for("delivered", "cmessage2")}


def test_what_is_not_understood_is_named_by_its_kind() -> None:
    delivery = PROVIDER.parse(form_post({"token": "v" * 50}), NO_CREDENTIALS)

    assert (delivery.token, delivery.token_for) == ("v" * 50, "form without a recipient")
