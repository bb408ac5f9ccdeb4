"""What people and their programs write, through each provider: recorded and answered, or cut with a note."""

import json
from urllib.parse import quote_plus

import pytest

from bot.core.clock import utc_now
from bot.core.text import MAX_TEXT
from tests.support import posts
from tests.support.served import PROVIDER_NAMES, Served, signed

FAMILY = "👩‍👩‍👧‍👦 1️⃣ 🏳️‍🌈" * 20
RIGHT_TO_LEFT = "\u202eمرحبا بالعالم\u202c שלום \u2067x\u2069"  # noqa: RUF001 - no Latin letter is meant


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_a_text_of_100_000_characters_is_cut_with_a_note_and_answered(bot_on_both: Served, provider: str) -> None:
    assert (await bot_on_both.post(provider, signed(provider, "a" * 100_000))).status == 200

    (message,) = await bot_on_both.messages("inbound")
    assert message.content == "a" * (MAX_TEXT - 1) + "…"
    assert message.body["cut_from"] == 100_000
    assert await bot_on_both.kept() == ["cleaned"]
    assert await bot_on_both.texts("outbound") == ["Rye or wheat?"]


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_nul_bytes_are_taken_out_and_the_rest_is_answered(bot_on_both: Served, provider: str) -> None:
    assert (await bot_on_both.post(provider, signed(provider, "h\0i\0", **_named(provider, "Ru\0i")))).status == 200

    assert await bot_on_both.texts() == ["hi"]
    assert await bot_on_both.texts("outbound") == ["Hello!"]
    assert await bot_on_both.kept() == ["cleaned"]


def _named(provider: str, name: str) -> dict[str, str]:
    """The field that carries the person's name."""
    return {
        "whatsapp": {"name": name},
        "twilio": {"ProfileName": name},
        "mailgun": {"sender": f"{name} <rui@example.com>"},
    }[provider]


async def test_lone_surrogates_in_json_are_taken_out(bot_on_both: Served) -> None:
    answer = await bot_on_both.post("whatsapp", signed("whatsapp", "\ud800h\udfffi", name="\ud83d"))

    assert answer.status == 200
    assert await bot_on_both.texts() == ["hi"]
    assert await bot_on_both.texts("outbound") == ["Hello!"]
    assert await bot_on_both.kept() == ["cleaned"]


@pytest.mark.parametrize("provider", ["twilio", "mailgun"])
async def test_bytes_of_a_form_that_are_no_text_are_marked(bot_on_both: Served, provider: str) -> None:
    # A surrogate's three bytes are three bytes that are no UTF-8.
    replaced = "\ufffd\ufffd\ufffd"
    headers, body = signed(provider, f"caf{replaced}")
    body = body.replace(quote_plus(replaced).encode(), b"%ED%A0%80")

    assert (await bot_on_both.post(provider, (headers, body))).status == 200
    assert await bot_on_both.texts() == [f"caf{replaced}"]
    assert await bot_on_both.texts("outbound") == ["Rye or wheat?"]


@pytest.mark.parametrize("text", [FAMILY, RIGHT_TO_LEFT, "\u0301" * 500 + "a", "\ufeff\u200b\u2028x"], ids=ascii)
@pytest.mark.parametrize("provider", PROVIDER_NAMES)
async def test_any_script_and_emoji_is_recorded_as_it_is_and_answered(
    bot_on_both: Served, provider: str, text: str
) -> None:
    assert (await bot_on_both.post(provider, signed(provider, text))).status == 200

    assert await bot_on_both.texts() == [text]
    assert await bot_on_both.texts("outbound") == ["Rye or wheat?"]


_AUTOMATIC = {
    "auto-reply": [["Auto-Submitted", "auto-replied"]],
    "vacation": [["X-Autoreply", "yes"]],
    "bounce": [["Auto-Submitted", "auto-generated"], ["Return-Path", "<>"]],
    "report": [["Content-Type", "multipart/report; report-type=delivery-status"]],
    "mailing list": [["List-Id", "<news.example.com>"]],
    "bulk": [["Precedence", "bulk"]],
}


@pytest.mark.parametrize("kind", _AUTOMATIC)
async def test_mail_that_a_program_wrote_is_recorded_and_never_answered(bot_on_both: Served, kind: str) -> None:
    headers = json.dumps([["From", "rui@example.com"], ["Message-Id", "<1@x>"], *_AUTOMATIC[kind]])

    answer = await bot_on_both.post("mailgun", signed("mailgun", "hi", **{"message-headers": headers}))

    assert answer.status == 200
    assert await bot_on_both.texts() == ["hi"]
    assert await bot_on_both.texts("outbound") == []


@pytest.mark.parametrize("sender", [posts.MAILGUN_MAILBOX, f"Bot <{posts.MAILGUN_MAILBOX.upper()}>"])
async def test_our_own_mail_looped_back_is_never_answered(bot_on_both: Served, sender: str) -> None:
    for envelope in (posts.MAILGUN_MAILBOX, f"bounce+abc.123-rui=example.com@{posts.MAILGUN_DOMAIN}"):
        post = posts.mailgun_message("hi", sender=sender) | {"sender": envelope}
        assert (await bot_on_both.post("mailgun", _fresh(post))).status == 200

    assert await bot_on_both.texts() == ["hi", "hi"]
    assert await bot_on_both.texts("outbound") == []


async def test_a_bounce_without_a_sender_is_never_answered(bot_on_both: Served) -> None:
    for field in ({"sender": "", "from": "MAILER-DAEMON@mx.example.com"}, {"sender": "", "from": ""}):
        assert (await bot_on_both.post("mailgun", _fresh(posts.mailgun_message("hi") | field))).status == 200

    assert await bot_on_both.texts("outbound") == []


def _fresh(form: dict[str, str]) -> posts.Post:
    return posts.signed_mailgun(form, int(utc_now().timestamp()))
