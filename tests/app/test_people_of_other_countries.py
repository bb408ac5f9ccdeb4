"""Over HTTP: somebody new is answered in the language of their number, by whichever provider they write."""

from collections.abc import AsyncIterator

import pytest

from tests.support import posts
from tests.support.served import Served, serving, signed

BUNDLE = """
bundle: cafe
locale: pt-BR
templates:
  hello: {content: Olá!, locales: {en: {content: Hello!}}}
triggers:
  - {type: regex, pattern: ., template: hello}
"""


@pytest.fixture
async def bot(sqlite_url: str) -> AsyncIterator[Served]:
    async with serving(sqlite_url, bundle=BUNDLE) as served:
        yield served


async def answers(bot: Served, count: int) -> list[str]:
    await bot.until_sent(count)
    return await bot.texts("outbound")


async def test_an_english_number_gets_english_words_and_a_brazilian_one_portuguese(bot: Served) -> None:
    await bot.post("whatsapp", signed("whatsapp", "hi", sender="14155550123"))
    assert await answers(bot, 1) == ["Hello!"]

    await bot.post("whatsapp", signed("whatsapp", "hi", sender="5511987654321"))
    assert sorted(await answers(bot, 2)) == ["Hello!", "Olá!"]
    assert sorted(each.payload["text"]["body"] for each in bot.providers.sends("whatsapp")) == ["Hello!", "Olá!"]


async def test_a_brazilian_is_one_person_on_whatsapp_with_eight_digits_and_by_sms_with_nine(bot: Served) -> None:
    await bot.post("whatsapp", signed("whatsapp", "oi", sender="551187654321"))
    await bot.post("twilio", signed("twilio", "oi", sender="+5511987654321"))
    await bot.until_sent(2)

    messages = [*await bot.messages("inbound"), *await bot.messages("outbound")]
    assert len({each.contact_id for each in messages}) == 1
    assert [each.payload["to"] for each in bot.providers.sends("whatsapp")] == ["+551187654321"]
    assert [each.payload["To"] for each in bot.providers.sends("twilio")] == ["+5511987654321"]


async def test_a_person_of_ours_who_answers_in_the_app_is_not_interrupted(bot: Served) -> None:
    sender = "5511987654321"
    await bot.post("whatsapp", signed("whatsapp", "oi", sender=sender))
    await bot.until_sent(1)
    echo = {"from": "15557770000", "to": sender, "id": "wamid.E1", "timestamp": "9999999999", "type": "text"}
    value = {
        "metadata": {"display_phone_number": "15557770000", "phone_number_id": posts.PHONE_NUMBER_ID},
        "message_echoes": [echo | {"text": {"body": "Já vou!"}}],
    }
    change = {"field": "smb_message_echoes", "value": value}
    post = {"object": "whatsapp_business_account", "entry": [{"id": "7", "changes": [change]}]}
    before = await bot.metric("recado_echoes_total", provider="whatsapp")

    for _ in range(2):
        assert (await bot.post("whatsapp", posts.signed_whatsapp(post))).status == 200
    await bot.post("whatsapp", signed("whatsapp", "obrigada", sender=sender))

    assert await bot.texts("outbound") == ["Olá!", "Já vou!"]
    assert await bot.metric("recado_echoes_total", provider="whatsapp") == before + 1
    assert len(bot.providers.sends("whatsapp")) == 1
