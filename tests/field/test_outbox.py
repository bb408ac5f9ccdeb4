"""What happens between a turn and the person: whose addresses are whose, slots, order, and what stands around them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.directory import addresses, find_contacts
from bot.contacts.models import Consent, ContactAddress
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.messages import ConsentReason, Delivery, Echo, InboundMessage, Preference
from bot.db.migrate import downgrade, upgrade
from bot.messages.models import Message
from tests.support import rows
from tests.support.bot import NUMBER, Bot, message, running_bot

ORDERING = """
bundle: shop
locale: en
templates:
  size: {content: Which size?}
  done: {content: "A {{ size }} one."}
  hello: {content: Hello!}
triggers:
  - {type: equals, pattern: pizza, priority: 2, flow: order}
  - {type: equals, pattern: hi, priority: 1, template: hello}
flows:
  order:
    steps:
      - {key: ask, type: collect_input, template: size, save_as: size}
      - {key: end, type: send_template, template: done}
"""
OTHER = {"channel": Channel.OTHER, "name": ""}
TWO_OF_A_KIND = [
    (AddressKind.EXTERNAL, "generic:app", "generic:other", "ana"),
    (AddressKind.MESSENGER, "messenger:1", "messenger:2", "24400000000000001"),
    (AddressKind.INSTAGRAM, "instagram:1", "instagram:2", "17800000000000001"),
]


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    """The conversation, with two accounts of each kind whose people are its own."""
    async with running_bot(engine, ORDERING) as running:
        names = {name for _kind, *two, _value in TWO_OF_A_KIND for name in two} | {"telegram:1", "telegram:2"}
        async with engine.begin() as connection:
            for name in sorted(names):
                await rows.add_account(connection, name)
        running.intake.accounts = names | {NUMBER}  # type: ignore[assignment]  # whatever tells which there are
        yield running


def _from(kind: AddressKind, account: str, value: str, words: str) -> InboundMessage:
    return message(words, account=account, addresses=(Address(kind, value),), **OTHER)


@pytest.mark.parametrize(("kind", "one", "other", "value"), TWO_OF_A_KIND)
async def test_D05_a_name_that_two_bridges_or_pages_know_is_two_people(
    bot: Bot, kind: AddressKind, one: str, other: str, value: str
) -> None:
    await bot.hears(_from(kind, one, value, "pizza"))
    await bot.hears(_from(kind, other, value, "hi"))
    await bot.hears(_from(kind, one, value, "large"))

    said = {account: [each.content for each in await bot.rows(account=account)] for account in (one, other)}
    assert said == {one: ["pizza", "Which size?", "large", "A large one."], other: ["hi", "Hello!"]}
    assert {each.address for each in await bot.rows()} == {value}
    assert len({each.contact_id for each in await bot.rows()}) == 2


async def test_D05_people_of_one_name_are_parted_in_one_post_too(bot: Bot) -> None:
    ana = AddressKind.EXTERNAL, "ana"
    await bot.hears(
        _from(ana[0], "generic:app", ana[1], "pizza"),
        _from(ana[0], "generic:other", ana[1], "pizza"),
        _from(ana[0], "generic:app", ana[1], "large"),
    )
    said = [each.content for each in await bot.rows(account="generic:other")]
    assert said == ["pizza", "Which size?"]


async def test_D05_who_opts_out_at_one_bridge_is_still_written_to_by_the_other(bot: Bot) -> None:
    await bot.hears(_from(AddressKind.EXTERNAL, "generic:app", "ana", "stop"))
    preference = Preference(
        "generic:app", Channel.OTHER, Address(AddressKind.EXTERNAL, "bia"), False, ConsentReason.UNSUBSCRIBED
    )
    await bot.hears(_from(AddressKind.EXTERNAL, "generic:app", "bia", "hi"))
    await bot.hears(_from(AddressKind.EXTERNAL, "generic:other", "bia", "hi"))
    await bot.intake.receive("generic", Delivery(preferences=(preference,)), b"raw")
    await bot.hears(_from(AddressKind.EXTERNAL, "generic:other", "ana", "hi"))

    statement = select(ContactAddress.value, Consent.opted_in).join(Consent, Consent.address_id == ContactAddress.id)
    async with bot.engine.connect() as connection:
        said = {row.value: row.opted_in for row in await connection.execute(statement)}
    assert said == {"generic:app/ana": False, "generic:app/bia": False}
    assert [each.content for each in await bot.rows(account="generic:other", address="ana")] == ["hi", "Hello!"]


async def test_D05_what_a_page_wrote_by_itself_stays_with_its_own_person(bot: Bot) -> None:
    person = Address(AddressKind.MESSENGER, "24400000000000001")
    for account in ("messenger:1", "messenger:2"):
        await bot.hears(_from(*person[:1], account, person.value, "hi"))
    echo = Echo("messenger:2", "m_by_hand", Channel.MESSENGER, (person,), "We will see.")
    await bot.intake.receive("messenger", Delivery(echoes=(echo,)), b"raw")

    written = {each.content: each.contact_id for each in await bot.rows(account="messenger:2")}
    assert written["We will see."] == written["hi"]


async def test_D05_a_telegram_account_and_a_telephone_are_one_person_for_all_of_our_accounts(bot: Bot) -> None:
    for account in ("telegram:1", "telegram:2"):
        await bot.hears(_from(AddressKind.TELEGRAM, account, "77001", "hi"))
    assert len({each.contact_id for each in await bot.rows()}) == 1


async def test_D05_a_bridge_that_spells_a_telephone_does_not_get_hold_of_who_has_it(bot: Bot) -> None:
    await bot.hears(message("pizza"))
    await bot.hears(_from(AddressKind.EXTERNAL, "generic:app", "+5511999990001", "stop"))
    await bot.hears(message("large"))
    assert [each.content for each in await bot.rows(account=NUMBER, direction="outbound")] == [
        "Which size?",
        "A large one.",
    ]


async def test_D05_contacts_finds_both_and_each_by_its_account(bot: Bot) -> None:
    for account in ("generic:app", "generic:other"):
        await bot.hears(_from(AddressKind.EXTERNAL, account, "ana", "hi"))
    async with bot.engine.connect() as connection:
        both = await find_contacts(connection, "ana")
        one = await find_contacts(connection, "generic:other/ana")
        shown = await addresses(connection, one[0].id)
        assert await find_contacts(connection, "an_") == []
    assert {each.reached for each in both} == {("generic:other/ana",), ("generic:app/ana",)}
    assert [(each.kind, each.value) for each in shown] == [("external", "generic:other/ana")]


@pytest.mark.parametrize(
    ("account", "value"), [("generic:a/b", "c"), ("generic:a", "b/c"), ("generic:100%2F", "x/%2F")]
)
def test_D05_no_account_can_be_named_so_that_its_people_are_anothers(account: str, value: str) -> None:
    address = Address(AddressKind.EXTERNAL, value, account)
    assert Address.stored(AddressKind.EXTERNAL, address.key) == address
    assert (
        Address(AddressKind.EXTERNAL, "b/c", "generic:a").key != Address(AddressKind.EXTERNAL, "c", "generic:a/b").key
    )


async def test_D05_a_database_from_before_gives_each_account_its_own_people(engine: AsyncEngine) -> None:
    await downgrade(engine, "0001")
    async with engine.begin() as connection:
        for account in ("generic:app", "generic:other", "whatsapp:1000"):
            await rows.add_account(connection, account)
        ana, rui, eva = [
            await rows.add_person(connection, value, AddressKind.EXTERNAL) for value in ("ana", "rui", "eva")
        ]
        phone = await rows.add_person(connection)
        await connection.execute(text("UPDATE contacts SET phone = NULL WHERE phone IN ('ana', 'rui', 'eva')"))
        await rows.add_consent(connection, ana, opted_in=False, channel=Channel.OTHER)
        yesterday = utc_now() - timedelta(days=1)
        await rows.add_inbound(connection, ana, "first", account="generic:other", created_at=yesterday)
        await rows.add_inbound(connection, ana, "second", account="generic:app")
        waiting = await rows.add_outbound(connection, ana, "answer", account="generic:app")
        await rows.add_inbound(connection, rui, account="generic:app")
        await rows.add_inbound(connection, phone)

    await upgrade(engine)

    statement = (
        select(ContactAddress.value, Message.content, Message.contact_id, Consent.opted_in)
        .join(Message, Message.address_id == ContactAddress.id)
        .outerjoin(Consent, Consent.address_id == ContactAddress.id)
        .order_by(Message.seq, Message.created_at)
    )
    async with engine.connect() as connection:
        found = [tuple(row) for row in await connection.execute(statement)]
        unnamed = select(ContactAddress.value).where(ContactAddress.id == eva.address_id)
        left = (await connection.execute(unnamed)).scalar()
    moved = await rows.column(engine, waiting, "contact_id")
    assert [each for each in found if str(each[0]).endswith("/ana")] == [
        ("generic:other/ana", "first", ana.id, False),
        ("generic:app/ana", "second", moved, False),
        ("generic:app/ana", "answer", moved, False),
    ]
    assert {each[0] for each in found} == {"generic:other/ana", "generic:app/ana", "generic:app/rui", "+5511999990000"}
    assert moved != ana.id
    assert left == "eva"
