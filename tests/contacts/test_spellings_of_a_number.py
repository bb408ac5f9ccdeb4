"""A person whose number providers spell in two ways is one contact, whoever comes first."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact, ContactAddress
from bot.contacts.service import Sender, identify
from bot.core.addresses import Address, AddressKind
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from tests.support.bot import Bot, message, running_bot

BUNDLE = """\
bundle: shop
locale: pt-BR
templates:
  hello: {content: Olá!, locales: {en: {content: Hello!}, es-MX: {content: ¡Qué onda!}}}
triggers:
  - {type: equals, pattern: oi, template: hello}
"""
NEW, OLD = "+5511987654321", "+551187654321"


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def contacts(engine: AsyncEngine) -> list[tuple[str | None, str | None, str | None]]:
    async with engine.connect() as connection:
        found = await connection.execute(
            select(Contact.phone, Contact.locale, Contact.timezone).order_by(Contact.phone)
        )
        return [(row.phone, row.locale, row.timezone) for row in found]


async def owners(engine: AsyncEngine) -> dict[str, str]:
    async with engine.connect() as connection:
        found = await connection.execute(select(ContactAddress.value, ContactAddress.contact_id))
        return {row.value: row.contact_id for row in found}


@pytest.mark.parametrize(
    ("first", "second"),
    [(NEW, OLD), (OLD, NEW), ("+5215512345678", "+525512345678"), ("+541123456789", "+5491123456789")],
)
async def test_the_second_spelling_joins_the_contact_of_the_first_and_is_answered_as_it_wrote(
    bot: Bot, first: str, second: str
) -> None:
    await bot.hears(message("oi", phone=first))
    await bot.hears(message("oi", phone=second))

    by_number = await owners(bot.engine)
    assert set(by_number) == {first, second}
    assert len(set(by_number.values())) == 1
    assert len(await bot.says(first)) == len(await bot.says(second)) == 1
    assert [row.seq for row in await bot.rows()] == [1, 2, 3, 4]


async def test_both_spellings_in_one_batch_are_one_contact(bot: Bot) -> None:
    await bot.hears(message("oi", phone=OLD), message("oi", phone=NEW))

    assert len(set((await owners(bot.engine)).values())) == 1


async def test_a_landline_is_nobodys_other_spelling(bot: Bot) -> None:
    await bot.hears(message("oi", phone="+551132654321"), message("oi", phone="+5511932654321"))

    assert len(await contacts(bot.engine)) == 2


async def test_two_contacts_that_are_there_already_stay_two(bot: Bot) -> None:
    hidden = Address(AddressKind.WA_USER, "BR.77")
    await bot.hears(message("oi", addresses=(hidden,)))
    await bot.hears(message("oi", phone=NEW))

    # Who hid their number shows it now, in the spelling that is another contact's.
    await bot.hears(message("oi", addresses=(hidden, Address(AddressKind.PHONE, OLD))))
    await bot.hears(message("oi", phone=OLD))

    by_number = await owners(bot.engine)
    assert by_number[OLD] == by_number[hidden.value] != by_number[NEW]


async def test_both_spellings_at_two_processes_at_once_are_one_contact(engine: AsyncEngine, database_url: str) -> None:
    other_engine = create_engine(database_url)
    async with running_bot(engine, BUNDLE) as one, running_bot(other_engine, None) as other:
        for number in range(20):
            eight = f"876543{number:02}"
            # Each process has a pair in the other's order, too: whatever they lock, they lock in one order.
            first, second = message("oi", phone=f"+55119{eight}"), message("oi", phone=f"+5511{eight}")
            third, fourth = message("oi", phone=f"+55219{eight}"), message("oi", phone=f"+5521{eight}")
            await asyncio.gather(one.hears(first, fourth), other.hears(third, second))
    await other_engine.dispose()

    by_number = await owners(engine)
    assert len(by_number) == 80
    assert len(set(by_number.values())) == 40


async def test_a_batch_waits_for_one_that_makes_the_other_spellings_contact(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    now = utc_now()

    async def second() -> str:
        async with engine.begin() as connection:
            address = Address(AddressKind.PHONE, OLD)
            return (await identify(connection, [Sender((address,))], now))[address].id

    async with engine.begin() as connection:
        address = Address(AddressKind.PHONE, NEW)
        contact = (await identify(connection, [Sender((address,))], now))[address]
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.1)
        assert not waiting.done()

    assert await waiting == contact.id
    await engine.dispose()


@pytest.mark.parametrize(
    ("phone", "locale", "timezone", "answer"),
    [
        ("+5511987654321", "pt-BR", "America/Sao_Paulo", "Olá!"),
        ("+12125550123", "en-US", "America/New_York", "Hello!"),
        ("+525512345678", "es-MX", "America/Mexico_City", "¡Qué onda!"),
        ("+4915112345678", "de-DE", "Europe/Berlin", "Olá!"),
    ],
)
async def test_somebody_new_is_spoken_to_in_the_language_of_their_number(
    bot: Bot, phone: str, locale: str, timezone: str, answer: str
) -> None:
    await bot.hears(message("oi", phone=phone))

    assert await contacts(bot.engine) == [(phone, locale, timezone)]
    assert await bot.says(phone) == [answer]


async def test_who_hides_their_number_still_shows_their_country(bot: Bot) -> None:
    await bot.hears(message("oi", addresses=(Address(AddressKind.WA_USER, "MX.77"),)))

    assert await contacts(bot.engine) == [(None, "es-MX", None)]


async def test_of_somebody_without_a_number_nothing_is_guessed(bot: Bot) -> None:
    await bot.hears(message("oi", addresses=(Address(AddressKind.TELEGRAM, "77"),)))

    assert await contacts(bot.engine) == [(None, None, None)]


async def test_what_was_corrected_stays(bot: Bot) -> None:
    await bot.hears(message("oi", phone=NEW))
    async with bot.engine.begin() as connection:
        await connection.execute(update(Contact).values(locale="en-US", timezone=None))

    await bot.hears(message("oi", phone=NEW))
    await bot.hears(message("oi", phone=OLD))

    assert await contacts(bot.engine) == [(NEW, "en-US", None)]
    assert await bot.says(OLD) == ["Hello!"]
