"""A contact that another process holds delays only its own messages."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.models import Consent, Contact, ContactAddress
from bot.conversations import intake
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import Blame, BotError
from bot.core.messages import Delivery, Status, StatusUpdate
from bot.db.engine import create_engine
from tests.support.bot import NUMBER, Bot, message, running_bot

BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  sorry: {content: "Pardon?"}
  ask: {content: "Which flavour?"}
  done: {content: "One {{ flavour }}."}
triggers:
  - {type: equals, pattern: pizza, flow: order}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end, template: done}
"""
ANA = "+5511999990001"
OTHERS = [f"+55119999910{number:02}" for number in range(50)]


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(postgres_url)
    yield made
    await made.dispose()


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def hold(connection: AsyncConnection) -> None:
    """Ana's contact, until the transaction ends."""
    owner = select(ContactAddress.contact_id).where(ContactAddress.value == ANA)
    found = await connection.execute(select(Contact.id).where(Contact.id.in_(owner)).with_for_update())
    assert len(found.all()) == 1


async def test_the_others_are_answered_meanwhile_and_the_held_ones_messages_afterwards_in_order(
    bot: Bot, engine: AsyncEngine
) -> None:
    await bot.hears(message("hello", phone=ANA))
    async with engine.begin() as holder:
        await hold(holder)
        held = [asyncio.create_task(bot.hears(message("pizza", phone=ANA)))]
        await asyncio.sleep(0)
        await asyncio.gather(*(bot.hears(message("pizza", phone=each)) for each in OTHERS))
        held += [
            asyncio.create_task(bot.hears(message(each, phone=ANA))) for each in ("Margherita", "pizza", "Calabresa")
        ]
        await asyncio.gather(*(bot.hears(message("Margherita", phone=each)) for each in OTHERS))

        assert not any(each.done() for each in held)
        for each in OTHERS:
            assert await bot.says(each) == ["Which flavour?", "One Margherita."]

    await asyncio.gather(*held)
    assert [said for direction, said in await bot.conversation(ANA)] == [
        *("hello", "Pardon?"),
        *("pizza", "Which flavour?", "Margherita", "One Margherita."),
        *("pizza", "Which flavour?", "Calabresa", "One Calabresa."),
    ]


async def test_a_post_of_many_people_commits_the_others_and_is_answered_with_the_held_one(
    bot: Bot, engine: AsyncEngine
) -> None:
    await bot.hears(message("hello", phone=ANA))
    async with engine.begin() as holder:
        await hold(holder)
        post = [message("pizza", phone=each) for each in (OTHERS[0], ANA, OTHERS[1])]
        hearing = asyncio.create_task(bot.hears(*post, message("Margherita", phone=ANA)))
        await asyncio.sleep(0)
        # Its people's messages are in, as those of later posts show.
        await bot.hears(message("Calabresa", phone=OTHERS[0]), message("Margherita", phone=OTHERS[1]))

        assert await bot.says(OTHERS[0]) == ["Which flavour?", "One Calabresa."]
        assert await bot.says(OTHERS[1]) == ["Which flavour?", "One Margherita."]
        assert not hearing.done()

    await hearing
    assert await bot.says(ANA) == ["Pardon?", "Which flavour?", "One Margherita."]


async def test_who_moves_to_another_number_is_waited_for_alone_too(bot: Bot, engine: AsyncEngine) -> None:
    await bot.hears(message("hello", phone=ANA))
    moved = "+5511999990009"
    async with engine.begin() as holder:
        await hold(holder)
        held = asyncio.create_task(bot.hears(message("pizza", phone=moved, former=(Address(AddressKind.PHONE, ANA),))))
        await asyncio.sleep(0)
        await bot.hears(message("pizza", phone=OTHERS[0]))

        assert await bot.says(OTHERS[0]) == ["Which flavour?"]
        assert not held.done()

    await held
    # What was queued for the old number goes along.
    assert await bot.says(moved) == ["Pardon?", "Which flavour?"]
    async with engine.connect() as connection:
        owners = (await connection.execute(select(ContactAddress.contact_id))).scalars().all()
    assert len(owners) == len(set(owners)) == 2


async def test_a_contact_that_is_never_let_go_is_told_to_its_provider_alone(
    bot: Bot, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_RESTS", 2)
    await bot.hears(message("hello", phone=ANA))
    async with engine.begin() as holder:
        await hold(holder)
        told, other = await asyncio.gather(
            bot.hears(message("pizza", phone=ANA)),
            bot.hears(message("pizza", phone=OTHERS[0])),
            return_exceptions=True,
        )

        assert isinstance(told, BotError)
        assert told.blame is Blame.SURROUNDINGS
        assert other is None

    # Sent again, it is taken.
    await bot.hears(message("pizza", phone=ANA))
    assert await bot.says(ANA) == ["Pardon?", "Which flavour?"]


async def test_stopping_waits_for_who_is_held(engine: AsyncEngine) -> None:
    async with running_bot(engine, BUNDLE) as bot:
        await bot.hears(message("hello", phone=ANA))
        async with engine.begin() as holder:
            await hold(holder)
            held = asyncio.create_task(bot.hears(message("pizza", phone=ANA)))
            await asyncio.sleep(0)
            await bot.hears(message("pizza", phone=OTHERS[0]))
            bot.intake.stop()
    await held

    assert await bot.says(ANA) == ["Pardon?", "Which flavour?"]


@pytest.mark.parametrize("by", ["report", "preference"])
async def test_an_opt_out_that_a_provider_tells_waits_for_who_is_held_and_the_rest_of_its_post_goes_on(
    bot: Bot, engine: AsyncEngine, by: str
) -> None:
    await bot.hears(message("hello", phone=ANA), message("hello", phone=OTHERS[0]))
    if by == "report":
        sent = {row.address: row.id for row in await bot.rows(direction="outbound")}
        complained = StatusUpdate(NUMBER, "", Status.DELIVERED, opt_out=ConsentReason.COMPLAINT)
        post = Delivery(statuses=tuple(replace(complained, message_id=sent[each]) for each in (ANA, OTHERS[0])))
    else:
        people = [Address(AddressKind.PHONE, each) for each in (ANA, OTHERS[0])]
        left = [Preference(NUMBER, Channel.WHATSAPP, each, False, ConsentReason.PROVIDER) for each in people]
        post = Delivery(preferences=tuple(left))
    async with engine.begin() as holder:
        await hold(holder)
        held = asyncio.create_task(bot.intake.receive("whatsapp", post, b"raw"))
        await asyncio.sleep(0)
        # What the post says of others is in by the time at which a later post is.
        await bot.hears(message("hello", phone=OTHERS[0]))

        assert await refusals(engine) == {OTHERS[0]}
        assert not held.done()

    await held
    assert await refusals(engine) == {OTHERS[0], ANA}


async def refusals(engine: AsyncEngine) -> set[str]:
    """The addresses that want no more."""
    statement = select(ContactAddress.value).join_from(Consent, ContactAddress).where(Consent.opted_in.is_(False))
    async with engine.connect() as connection:
        return set(await connection.scalars(statement))
