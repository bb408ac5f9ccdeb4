"""What people and their programs write, through each provider: recorded and answered, or cut with a note."""

import json
from urllib.parse import quote_plus

from bot.core.clock import utc_now
from bot.core.text import MAX_TEXT
from tests.support import posts
from tests.support.served import PROVIDER_NAMES, Served, signed

FAMILY = "👩‍👩‍👧‍👦 1️⃣ 🏳️‍🌈" * 20
RIGHT_TO_LEFT = "\u202eمرحبا بالعالم\u202c שלום \u2067x\u2069"  # noqa: RUF001 - no Latin letter is meant


async def test_a_text_of_100_000_characters_is_cut_with_a_note_and_answered(bot_on_both: Served) -> None:
    for provider in PROVIDER_NAMES:
        assert (await bot_on_both.post(provider, signed(provider, "a" * 100_000))).status == 200, provider

    cut = [(each.content, each.body["cut_from"]) for each in await bot_on_both.messages("inbound")]
    assert cut == [("a" * (MAX_TEXT - 1) + "…", 100_000)] * len(PROVIDER_NAMES)
    assert await bot_on_both.kept() == ["cleaned"] * len(PROVIDER_NAMES)
    assert await bot_on_both.texts("outbound") == ["Rye or wheat?"] * len(PROVIDER_NAMES)


async def test_nul_bytes_are_taken_out_and_the_rest_is_answered(bot_on_both: Served) -> None:
    for provider in PROVIDER_NAMES:
        post = signed(provider, "h\0i\0", **_named(provider, "Ru\0i"))
        assert (await bot_on_both.post(provider, post)).status == 200, provider

    assert await bot_on_both.texts() == ["hi"] * len(PROVIDER_NAMES)
    assert await bot_on_both.texts("outbound") == ["Hello!"] * len(PROVIDER_NAMES)
    assert await bot_on_both.kept() == ["cleaned"] * len(PROVIDER_NAMES)


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


async def test_bytes_of_a_form_that_are_no_text_are_marked(bot_on_both: Served) -> None:
    # A surrogate's three bytes are three bytes that are no UTF-8.
    replaced = "\ufffd\ufffd\ufffd"
    for provider in ("twilio", "mailgun"):
        headers, body = signed(provider, f"caf{replaced}")
        body = body.replace(quote_plus(replaced).encode(), b"%ED%A0%80")
        assert (await bot_on_both.post(provider, (headers, body))).status == 200, provider

    assert await bot_on_both.texts() == [f"caf{replaced}"] * 2
    assert await bot_on_both.texts("outbound") == ["Rye or wheat?"] * 2


async def test_any_script_and_emoji_is_recorded_as_it_is_and_answered(bot_on_both: Served) -> None:
    said = [
        (provider, text)
        for provider in PROVIDER_NAMES
        for text in (FAMILY, RIGHT_TO_LEFT, "\u0301" * 500 + "a", "\ufeff\u200b\u2028x")
    ]
    for number, (provider, text) in enumerate(said):
        # People of their own, as nobody is told the same again and again.
        sender = f"p{number}@example.com" if provider == "mailgun" else f"+155512300{number:02}"
        post = signed(provider, text, sender=sender)
        assert (await bot_on_both.post(provider, post)).status == 200, (provider, ascii(text))

    kept = [(each.account.partition(":")[0], each.content) for each in await bot_on_both.messages("inbound")]
    assert sorted(kept) == sorted(said)
    assert await bot_on_both.texts("outbound") == ["Rye or wheat?"] * len(said)


_AUTOMATIC = (
    [["Auto-Submitted", "auto-replied"]],
    [["X-Autoreply", "yes"]],
    [["Auto-Submitted", "auto-generated"], ["Return-Path", "<>"]],
    [["Content-Type", "multipart/report; report-type=delivery-status"]],
    [["List-Id", "<news.example.com>"]],
    [["Precedence", "bulk"]],
)


async def test_mail_that_a_program_wrote_is_recorded_and_never_answered(bot_on_both: Served) -> None:
    for number, added in enumerate(_AUTOMATIC):
        headers = json.dumps([["From", "rui@example.com"], ["Message-Id", f"<{number}@x>"], *added])
        answer = await bot_on_both.post("mailgun", signed("mailgun", f"hi {number}", **{"message-headers": headers}))
        assert answer.status == 200, added

    assert await bot_on_both.texts() == [f"hi {number}" for number in range(len(_AUTOMATIC))]
    assert await bot_on_both.texts("outbound") == []


async def test_our_own_mail_looped_back_is_never_answered(bot_on_both: Served) -> None:
    for sender in (posts.MAILGUN_MAILBOX, f"Bot <{posts.MAILGUN_MAILBOX.upper()}>"):
        for envelope in (posts.MAILGUN_MAILBOX, f"bounce+abc.123-rui=example.com@{posts.MAILGUN_DOMAIN}"):
            post = posts.mailgun_message("hi", sender=sender) | {"sender": envelope}
            assert (await bot_on_both.post("mailgun", _fresh(post))).status == 200

    assert await bot_on_both.texts() == ["hi"] * 4
    assert await bot_on_both.texts("outbound") == []


async def test_a_bounce_without_a_sender_is_never_answered(bot_on_both: Served) -> None:
    for field in ({"sender": "", "from": "MAILER-DAEMON@mx.example.com"}, {"sender": "", "from": ""}):
        assert (await bot_on_both.post("mailgun", _fresh(posts.mailgun_message("hi") | field))).status == 200

    assert await bot_on_both.texts("outbound") == []


def _fresh(form: dict[str, str]) -> posts.Post:
    return posts.signed_mailgun(form, int(utc_now().timestamp()))
