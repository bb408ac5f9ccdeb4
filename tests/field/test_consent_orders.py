"""The last thing said about getting messages holds, whichever door it came by, and in whatever order."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.consent import take_over_opt_outs
from bot.contacts.models import Consent, ContactAddress
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.messages import Delivery
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.consents import set_consent

SHOP = "bundle: shop\nlocale: en\ntemplates: {hello: {content: Hello!}}\nwelcome: hello\n"
AGO = (90, 50, 10)


async def _say(bot: Bot, door: str, said: Sequence[tuple[str, bool, int]]) -> None:
    """One post in which so many people say so long ago, in seconds, whether they want messages."""
    people = [(Address(AddressKind.PHONE, phone), opted_in, _ago(bot, seconds=ago)) for phone, opted_in, ago in said]
    if door == "word":
        words = (message("start" if opted_in else "stop", addresses=(who,), sent_at=at) for who, opted_in, at in people)
        await bot.hears(*words)
        return
    preferences = tuple(
        Preference(NUMBER, Channel.WHATSAPP, who, opted_in, ConsentReason.PROVIDER, at) for who, opted_in, at in people
    )
    await bot.intake.receive("whatsapp", Delivery(preferences=preferences), b"raw")


def _ago(bot: Bot, **time: float) -> datetime:
    return bot.clock() - timedelta(**time)


@pytest.mark.parametrize("doors", [("word", "word", "word"), ("preference",) * 3, ("word", "preference", "word")])
async def test_C03_the_last_of_three_words_holds_in_every_order(engine: AsyncEngine, doors: tuple[str, ...]) -> None:
    cases = {
        f"+55119999{number:05}": case
        for number, case in enumerate(
            itertools.product(itertools.permutations(range(3)), itertools.product((True, False), repeat=3))
        )
    }
    async with running_bot(engine, SHOP) as bot:
        greetings = (Address(AddressKind.PHONE, phone) for phone in cases)
        await bot.hears(*(message("hi", addresses=(who,), sent_at=_ago(bot, minutes=5)) for who in greetings))
        for turn, door in itertools.product(range(3), sorted(set(doors))):
            places = {phone: order[turn] for phone, (order, _) in cases.items()}
            said = (
                (phone, cases[phone][1][place], AGO[place]) for phone, place in places.items() if doors[place] == door
            )
            await _say(bot, door, list(said))
    statement = select(ContactAddress.value, Consent.opted_in).join(Consent, Consent.address_id == ContactAddress.id)
    async with engine.connect() as connection:
        held = {row.value: row.opted_in for row in await connection.execute(statement)}
    wrong = [(order, states) for phone, (order, states) in cases.items() if held.get(phone, True) != states[2]]
    assert wrong == [], wrong


@pytest.mark.parametrize("ages", [(90, 10), (10, 90)])
async def test_D09_who_left_at_two_addresses_left_a_third_when_it_was_last_said(
    engine: AsyncEngine, ages: tuple[int, int]
) -> None:
    async with running_bot(engine, SHOP) as bot:
        now = bot.clock()
        for number in range(3):
            await bot.hears(message("hi", addresses=(Address(AddressKind.PHONE, f"+551199990000{number}"),)))
        ids = [
            (await bot.rows(direction="inbound", address=f"+551199990000{number}"))[0].address_id for number in range(3)
        ]
        async with engine.begin() as connection:
            for address_id, age in zip(ids, ages, strict=False):
                said_at = now - timedelta(seconds=age)
                await set_consent(
                    connection, address_id, Channel.WHATSAPP, False, ConsentReason.WORD, now, said_at=said_at
                )
            await take_over_opt_outs(connection, {ids[2]: ids[:2]}, now)
            statement = select(Consent.said_at).where(Consent.address_id == ids[2])
            assert (await connection.execute(statement)).scalar_one() == now - timedelta(seconds=10)
