"""The bundle that shows admins every key at once does what its comments say."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.contacts.models import Contact
from bot.core.messages import MessageKind
from bot.db.engine import create_engine
from bot.flows.checks.check import Source, check
from tests.support.bot import Bot, message, running_bot

BUNDLE = r"""
# yaml-language-server: $schema=schema.json
bundle: pizzaria
locale: pt-BR
welcome: hello                  # optional: the first words to someone new, when nothing else matched
fallback: not_understood        # optional: when nothing matched, at most once in 10 minutes per contact
unsupported: only_text          # optional: a voice note, a sticker, …
expire_after: 24h               # an instance idle longer ends before the next message is matched

templates:
  ask_flavour:
    variables:
      contact.name: ""          # name and default; a plain list has no defaults
    variants:
      - Oi {{ contact.name }}! Qual sabor?
      - Olá {{ contact.name }}, escolha o sabor
    locales:
      en:
        variants: ["Hi {{ contact.name }}! Which pizza?"]
  ask_people:
    content: Para quantas pessoas?
  confirm:
    content: "Pedido: {{ flavour }} para {{ people }} pessoas. Até já!"
  hello: {content: Oi! Escreva pizza.}
  not_understood: {content: Não entendi.}
  only_text: {content: Só leio texto.}
  hours: {content: "Abrimos às 18:30."}
  small_pizza: {content: Uma broto!}
  calling_someone: {content: Chamando alguém.}

triggers:
  - type: equals
    pattern: pizza
    priority: 10
    flow: order
  - type: contains
    pattern: [horario, aberto]
    cooldown_sec: 60
    template: hours
  - type: regex
    pattern: \bpedid[oa]s?\b
    flow: order
  - type: number
    pattern: 1..10
    template: hours

flows:
  order:
    steps:
      - key: flavour
        type: collect_input
        template: ask_flavour
        save_as: flavour
        options: [Margherita, Calabresa]
        attempts: 3
        otherwise: human
      - key: people
        type: collect_input
        template: ask_people
        save_as: people
        expect: {number: 1..20}
        transitions:
          "1": alone
          default: bye
      - key: alone
        type: send_template
        template: small_pizza
      - key: bye
        type: end
        template: confirm
      - key: human
        type: end
        template: calling_someone
        handoff: true
"""

HELLO = "Oi! Escreva pizza."
QUESTIONS = {"Oi Ana! Qual sabor?", "Olá Ana, escolha o sabor"}
PEOPLE = "Para quantas pessoas?"


@pytest.fixture
async def bot(sqlite_url: str) -> AsyncIterator[Bot]:
    engine = create_engine(sqlite_url)
    async with running_bot(engine, BUNDLE) as made:
        yield made
    await engine.dispose()


async def told(bot: Bot, *texts: str) -> list[str]:
    """What the bot says to these messages, one after the other."""
    before = len(await bot.says())
    for text in texts:
        await bot.hears(message(text))
    return (await bot.says())[before:]


def test_it_has_no_fault_and_no_surprise() -> None:
    checked = check([Source("pizzaria.yaml", BUNDLE.encode())])

    assert [each.sentence() for each in (*checked.faults, *checked.notes)] == []


async def test_an_order_by_label_number_and_words(bot: Bot) -> None:
    asked, *rest = await told(bot, "PIZZA!", "calabrêsa", "1️⃣")
    assert asked in QUESTIONS
    assert rest == [PEOPLE, "Uma broto!", "Pedido: Calabresa para 1 pessoas. Até já!"]

    asked, *rest = await told(bot, "quero fazer um PEDÍDO", "1", "20")
    assert asked in QUESTIONS
    assert rest == [PEOPLE, "Pedido: Margherita para 20 pessoas. Até já!"]


async def test_the_words_of_another_language_are_for_those_who_speak_it(bot: Bot) -> None:
    await told(bot, "olá")
    async with bot.engine.begin() as connection:
        await connection.execute(update(Contact).values(locale="en-GB"))

    assert await told(bot, "pizza") == ["Hi Ana! Which pizza?"]


async def test_three_answers_that_do_not_fit_call_someone_and_silence_the_bot(bot: Bot) -> None:
    answers = await told(bot, "pizza", "horario", "5", "x", "pizza")

    assert set(answers[:3]) <= QUESTIONS
    assert answers[3:] == ["Chamando alguém."]


async def test_the_hours_are_told_once_a_minute(bot: Bot) -> None:
    assert await told(bot, "qual o horário?", "está aberto?") == ["Abrimos às 18:30."]
    assert await told(bot, "7", "1..10", "11") == ["Abrimos às 18:30.", "Não entendi."]

    bot.clock.advance(seconds=60)

    assert await told(bot, "ABERTO hoje?") == ["Abrimos às 18:30."]


async def test_someone_new_is_welcomed_and_others_hear_every_ten_minutes_that_they_are_not_understood(bot: Bot) -> None:
    assert await told(bot, "bom dia", "tudo bem?", "e então?") == [HELLO, "Não entendi."]

    bot.clock.advance(minutes=10)

    assert await told(bot, "e então?") == ["Não entendi."]


async def test_a_voice_note_is_told_apart_and_the_question_waits(bot: Bot) -> None:
    await told(bot, "pizza")

    await bot.hears(message("", kind=MessageKind.MEDIA))

    assert (await bot.says())[1:] == ["Só leio texto."]
    assert await told(bot, "2") == [PEOPLE]


async def test_an_order_idle_for_longer_than_a_day_is_forgotten(bot: Bot) -> None:
    await told(bot, "pizza")
    bot.clock.advance(hours=24)
    assert await told(bot, "1") == [PEOPLE]

    bot.clock.advance(hours=24, seconds=1)

    assert await told(bot, "4") == ["Abrimos às 18:30."]
