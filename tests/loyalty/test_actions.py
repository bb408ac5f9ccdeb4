"""What a conversation tells of points, and redeems: true at that moment, and once."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.loyalty.service import AskedProgramme, Earn, Programme, add_programme, change_programme, day_of, post, standing
from tests.support.bot import Bot, message, running_bot
from tests.support.people import BY

ANA, RUI = "+5511999990001", "+5511999990002"
BUNDLE = """\
bundle: shop
locale: pt-BR
fallback: sorry
templates:
  sorry: {content: "Como?"}
  has:
    content: >-
      {{ points.balance }} {{ points.unit }}, {{ points.next_points }} até {{ points.next_day }}
      ({{ points.next_days }} dias)
  none: {content: "Nenhum"}
  ends: {content: "{{ points.all }} de {{ points.unit }}:\\n{{ points.list }}"}
  took: {content: "Resgatados {{ points.points }}, restam {{ points.balance }}"}
  few: {content: "Faltam {{ points.missing }} de {{ points.points }}"}
  no: {content: "Hoje não"}
  lost: {content: "Qual programa?"}
  how_many: {content: "Quantos?"}
triggers:
  - type: equals
    pattern: meus pontos
    action: points.balance
    arguments: {locale: pt-BR}
    save_as: points
    templates: {done: has, none: none, no_programme: lost}
  - {type: equals, pattern: my points, action: points.balance, save_as: points, templates: {done: has, default: none}}
  - type: equals
    pattern: quando expira
    action: points.expiring
    arguments: {programme: " clube ", locale: pt-BR}
    save_as: points
    templates: {done: ends, none: none, default: lost}
  - {type: equals, pattern: resgatar, flow: redeem}
flows:
  redeem:
    steps:
      - {key: ask, type: collect_input, template: how_many, save_as: wanted}
      - key: take
        type: action
        action: points.redeem
        arguments: {points: "{{ wanted }}", reason: um boné}
        save_as: points
        transitions: {done: took, too_few: few, no_programme: lost, default: no}
      - {key: took, type: end, template: took}
      - {key: few, type: end, template: few}
      - {key: lost, type: end, template: lost}
      - {key: no, type: end, template: no}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def club(bot: Bot, name: str = "Clube") -> Programme:
    async with bot.engine.begin() as connection:
        return await add_programme(connection, AskedProgramme(name, "America/Sao_Paulo", "pontos"), BY, bot.clock.now)


async def earns(bot: Bot, programme: Programme, phone: str, points: int, until: date | None) -> str:
    async with bot.engine.begin() as connection:
        contact_id = (await connection.execute(select(Contact.id).where(Contact.phone == phone))).scalar_one()
        given = Earn(programme_id=programme.id, contact_id=contact_id, points=points, expires_on=until)
        await post(connection, [given], bot.clock.now)
    return contact_id


async def test_people_are_told_what_they_have_and_when_it_ends(bot: Bot) -> None:
    await bot.hears(message("meus pontos"), message("oi", phone=RUI))
    programme = await club(bot)
    year = day_of(bot.clock.now, programme.zone).year + 1
    await bot.hears(message("meus pontos"))
    for points, day in ((50, date(year, 3, 1)), (20, date(year, 1, 31)), (7, None)):
        await earns(bot, programme, ANA, points, day)
    left = (date(year, 1, 31) - day_of(bot.clock.now, programme.zone)).days

    await bot.hears(message("meus pontos"), message("meus pontos", phone=RUI), message("quando expira", phone=RUI))
    await bot.hears(message("quando expira"), message("my points"))

    said = await bot.says(ANA)
    assert said[:3] == ["Qual programa?", "Nenhum", f"77 pontos, 20 até 31 de janeiro de {year} ({left} dias)"]
    assert said[3] == f"70 de pontos:\n• 20: 31 de janeiro de {year}\n• 50: 1 de março de {year}"
    assert said[4].startswith("77 pontos, 20 até ")
    assert await bot.says(RUI) == ["Como?", "Nenhum", "Nenhum"]


async def test_what_is_redeemed_in_a_conversation_is_taken_once_and_never_more_than_there_is(bot: Bot) -> None:
    await bot.hears(message("oi"), message("oi", phone=RUI))
    programme = await club(bot)
    contact_id = await earns(bot, programme, ANA, 100, None)
    await earns(bot, programme, RUI, 5, None)

    await bot.hears(message("resgatar"), message("resgatar", phone=RUI))
    await bot.hears(message("30"), message("6", phone=RUI))
    await bot.hears(message("resgatar"), message("71"), message("resgatar"), message("2,5"))

    assert (await bot.says(ANA))[1:] == [
        *("Quantos?", "Resgatados 30, restam 70"),
        *("Quantos?", "Faltam 1 de 71"),
        *("Quantos?", "Hoje não"),
    ]
    assert (await bot.says(RUI))[1:] == ["Quantos?", "Faltam 1 de 6"]
    async with bot.engine.connect() as connection:
        assert (await standing(connection, programme, contact_id, bot.clock.now)).balance == 70


async def test_nothing_is_redeemed_where_the_programme_sleeps_or_is_not_named(bot: Bot) -> None:
    await bot.hears(message("oi"))
    programme = await club(bot)
    await earns(bot, programme, ANA, 100, None)
    async with bot.engine.begin() as connection:
        asleep = AskedProgramme("Clube", "America/Sao_Paulo", "pontos", is_active=False)
        await change_programme(connection, programme.id, asleep, BY, bot.clock.now)
    await bot.hears(message("resgatar"), message("1"))
    await club(bot, "Outro")
    await bot.hears(message("resgatar"), message("1"), message("meus pontos"))

    assert (await bot.says(ANA))[1:] == ["Quantos?", "Hoje não", "Quantos?", "Qual programa?", "Qual programa?"]
