"""What an address agreed to, and how that came about: every change is one row, in the transaction that makes it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.consent import consent_history
from bot.contacts.models import Consent, ConsentChange, Contact
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.events import ConsentChanged
from bot.core.hints import Topic
from bot.core.messages import Delivery, Status, StatusUpdate
from bot.db.hub import Hub, hint
from bot.engine.words import ENGLISH
from bot.listeners.service import Listener, listening
from bot.messages.kept.models import WebhookEvent
from bot.messages.statuses import apply
from tests.support import rows
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.consents import set_consent
from tests.support.news import Ears

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
PHONE = "+5511999990001"
BUNDLE = """\
bundle: shop
locale: en
templates:
  hello: {content: Hello!}
triggers:
  - {type: equals, pattern: hi, template: hello}
"""

Told = tuple[bool, str, str]
"""opted_in, reason and detail."""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def history(engine: AsyncEngine) -> list[Told]:
    """All changes, oldest first."""
    async with engine.connect() as connection:
        contact_ids = (await connection.execute(select(Contact.id))).scalars().all()
        told = [each for contact_id in contact_ids for each in await consent_history(connection, contact_id)]
    told.sort(key=lambda each: each.changed_at)
    return [(each.opted_in, each.reason, each.detail) for each in told]


async def present(engine: AsyncEngine) -> tuple[bool, str]:
    """The one consent there is."""
    async with engine.connect() as connection:
        row = (await connection.execute(select(Consent.opted_in, Consent.reason))).one()
        opt_in = (await connection.execute(select(Contact.opt_in))).scalar_one()
    assert row.opted_in == opt_in
    return row.opted_in, row.reason


async def marketing(engine: AsyncEngine) -> tuple[bool, bool | None, str | None]:
    """Of the one consent there is: all, marketing, and why."""
    statement = select(Consent.opted_in, Consent.marketing_opted_in, Consent.marketing_reason)
    async with engine.connect() as connection:
        opted_in, of_marketing, why = (await connection.execute(statement)).one()
    return opted_in, of_marketing, why


async def purposes(engine: AsyncEngine) -> list[tuple[str, bool]]:
    """The purposes of all changes, oldest first, and what held from then on."""
    statement = select(ConsentChange.purpose, ConsentChange.opted_in)
    statement = statement.order_by(ConsentChange.changed_at, ConsentChange.id)
    async with engine.connect() as connection:
        return [(row.purpose, row.opted_in) for row in await connection.execute(statement)]


async def test_a_word_is_remembered_as_it_was_written(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await bot.hears(message("Stop!"))
    bot.clock.advance(minutes=1)
    await bot.hears(message("start"))

    assert await history(bot.engine) == [(False, "word", "stop"), (True, "word", "start")]


async def test_saying_it_again_changes_nothing(bot: Bot) -> None:
    await bot.hears(message("STOP"), message("STOP"), message("PARAR"))

    assert await history(bot.engine) == [(False, "word", "stop")]


async def test_a_batch_that_is_taken_again_leaves_one_trace(bot: Bot) -> None:
    await bot.hears(message("hi", message_id="wamid.1"))

    await bot.hears(message("hi", message_id="wamid.1"), message("STOP", message_id="wamid.2"))
    await bot.hears(message("STOP", message_id="wamid.2"))

    assert await history(bot.engine) == [(False, "word", "stop")]


async def told(bot: Bot, opted_in: bool, reason: ConsentReason, phone: str = PHONE, account: str = NUMBER) -> None:
    """The provider tells of a preference."""
    preference = Preference(account, Channel.WHATSAPP, Address(AddressKind.PHONE, phone), opted_in, reason)
    await bot.intake.receive("whatsapp", Delivery(preferences=(preference,)), b"raw")


async def test_what_a_provider_tells_opts_out_and_in(bot: Bot) -> None:
    await bot.hears(message("hi"))

    await told(bot, False, ConsentReason.PROVIDER)
    assert await present(bot.engine) == (False, "provider")
    await bot.hears(message("hi"))
    bot.clock.advance(minutes=1)
    await told(bot, True, ConsentReason.PROVIDER)
    await bot.hears(message("hi"))

    assert await history(bot.engine) == [(False, "provider", ""), (True, "provider", "")]
    assert (await bot.says()).count("Hello!") == 2


async def test_who_stops_marketing_in_whatsapp_itself_is_answered_as_before(bot: Bot) -> None:
    await bot.hears(message("hi"))

    await told(bot, False, ConsentReason.MARKETING)
    await bot.hears(message("hi"))
    assert await marketing(bot.engine) == (True, False, "marketing")
    bot.clock.advance(minutes=1)
    await told(bot, True, ConsentReason.MARKETING)

    assert await marketing(bot.engine) == (True, True, "marketing")
    assert await bot.says() == ["Hello!", "Hello!"]
    assert await purposes(bot.engine) == [("marketing", False), ("marketing", True)]


async def test_a_stop_after_whatsapps_own_takes_all_and_start_brings_marketing_not_back(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await told(bot, True, ConsentReason.MARKETING)
    bot.clock.advance(minutes=1)

    await bot.hears(message("STOP"))
    assert await marketing(bot.engine) == (False, False, "word")
    bot.clock.advance(minutes=1)
    await bot.hears(message("START"))

    assert await marketing(bot.engine) == (True, False, "word")
    assert await purposes(bot.engine) == [("marketing", True), ("all", False), ("marketing", False), ("all", True)]


async def test_a_stop_that_comes_after_a_later_start_still_ends_what_was_agreed_to_before(bot: Bot) -> None:
    # Given somebody who agreed to marketing and, later, wrote START,
    def ago(minutes: int) -> datetime:
        return bot.clock() - timedelta(minutes=minutes)

    await bot.hears(message("hi", sent_at=ago(9)))
    preference = Preference(
        NUMBER, Channel.WHATSAPP, Address(AddressKind.PHONE, PHONE), True, ConsentReason.MARKETING, ago(8)
    )
    await bot.intake.receive("whatsapp", Delivery(preferences=(preference,)), b"raw")
    await bot.hears(message("START", sent_at=ago(2)))

    # when a STOP from in between comes last,
    await bot.hears(message("STOP", sent_at=ago(5)))

    # then they get messages, as they asked for last, and no marketing.
    assert await marketing(bot.engine) == (True, False, "word")


async def test_a_preference_comes_before_what_waits_to_be_sent(bot: Bot) -> None:
    preference = Preference(
        NUMBER, Channel.WHATSAPP, Address(AddressKind.PHONE, PHONE), opted_in=False, reason=ConsentReason.PROVIDER
    )
    await bot.hears(message("hi"))

    await bot.intake.receive("whatsapp", Delivery((message("hi"),), preferences=(preference,)), b"raw")

    assert await present(bot.engine) == (False, "provider")


async def test_a_number_in_its_other_spelling_is_the_same_person(bot: Bot) -> None:
    await bot.hears(message("hi"))

    await told(bot, False, ConsentReason.PROVIDER, phone="+551199990001")

    assert await present(bot.engine) == (False, "provider")


HIDDEN = Address(AddressKind.WA_USER, "BR.77")


@pytest.mark.parametrize(
    "addresses",
    [(Address(AddressKind.PHONE, "+551199990001"),), (HIDDEN, Address(AddressKind.PHONE, PHONE))],
    ids=["the other spelling", "a user id"],
)
async def test_who_opted_out_stays_so_when_their_provider_calls_them_by_another_address(
    bot: Bot, addresses: tuple[Address, ...]
) -> None:
    await bot.hears(message("hi"), message("STOP"))
    bot.clock.advance(minutes=1)

    await bot.hears(message("hi", addresses=addresses))

    assert await bot.says(addresses[0].value) == [ENGLISH.how_to_return]
    assert await history(bot.engine) == [(False, "word", "stop"), (False, "word", "")]


async def test_an_address_that_bounced_says_nothing_of_another(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await bounces(bot)

    await bot.hears(message("hi", addresses=(HIDDEN, Address(AddressKind.PHONE, PHONE))))

    assert await bot.says(HIDDEN.value) == ["Hello!"]
    assert await history(bot.engine) == [(False, "bounce", "550")]


@pytest.mark.parametrize(
    ("account", "kind"), [(NUMBER, "unknown"), ("whatsapp:2000", "unknown_account")], ids=["person", "account"]
)
async def test_of_somebody_or_an_account_unknown_only_the_post_is_kept(bot: Bot, account: str, kind: str) -> None:
    await told(bot, False, ConsentReason.PROVIDER, account=account)

    async with bot.engine.connect() as connection:
        kept = (await connection.execute(select(WebhookEvent.kind, WebhookEvent.payload))).one()
        made = (await connection.execute(select(func.count()).select_from(Contact))).scalar_one()
    assert tuple(kept) == (kind, b"raw")
    assert made == 0


@pytest.fixture
async def person(engine: AsyncEngine) -> rows.Person:
    async with engine.begin() as connection:
        return await rows.add_person(connection)


async def setting(engine: AsyncEngine, person: rows.Person, *steps: tuple[bool, ConsentReason]) -> None:
    for number, (opted_in, reason) in enumerate(steps):
        async with engine.begin() as connection:
            now = NOW + timedelta(minutes=number)
            await set_consent(connection, person.address_id, Channel.EMAIL, opted_in, reason, now, f"step {number}")


@pytest.mark.parametrize(
    ("steps", "changed"),
    [
        ([(True, "admin")], []),
        ([(False, "word"), (False, "complaint")], [0]),
        ([(False, "word"), (False, "bounce")], [0]),
        ([(False, "bounce"), (False, "bounce")], [0]),
        ([(False, "bounce"), (False, "complaint"), (False, "bounce")], [0, 1]),
        ([(False, "unsubscribed"), (True, "admin"), (True, "word"), (False, "unsubscribed")], [0, 1, 3]),
    ],
)
async def test_what_already_holds_is_not_written_again(
    engine: AsyncEngine, person: rows.Person, steps: list[tuple[bool, str]], changed: list[int]
) -> None:
    await setting(engine, person, *((opted_in, ConsentReason(reason)) for opted_in, reason in steps))

    assert await history(engine) == [(*steps[number], f"step {number}") for number in changed]


async def test_a_long_detail_is_cut(engine: AsyncEngine, person: rows.Person) -> None:
    async with engine.begin() as connection:
        await set_consent(connection, person.address_id, Channel.SMS, False, ConsentReason.PROVIDER, NOW, "x" * 1000)

    assert len((await history(engine))[0][2]) == 255


async def test_a_rollback_takes_the_history_along(engine: AsyncEngine, person: rows.Person) -> None:
    async def fails(connection: AsyncConnection) -> None:
        await set_consent(connection, person.address_id, Channel.SMS, False, ConsentReason.ADMIN, NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with engine.begin() as connection:
            await fails(connection)

    async with engine.connect() as connection:
        for table in (Consent, ConsentChange):
            assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() == 0


async def test_whoever_listens_hears_what_truly_changed(engine: AsyncEngine) -> None:
    ears = Ears()
    async with running_bot(listening(engine, {ConsentChanged: [Listener("ears", ears)]}), BUNDLE) as bot:
        await bot.hears(message("hi"))
        await told(bot, True, ConsentReason.MARKETING)
        await told(bot, True, ConsentReason.MARKETING)
        bot.clock.advance(minutes=1)
        await bot.hears(message("STOP"), message("PARAR"))

    heard = [each for batch in ears.batches for each in batch if isinstance(each, ConsentChanged)]
    assert [(each.purpose, each.opted_in, each.reason, each.detail) for each in heard] == [
        ("marketing", True, "marketing", ""),
        ("all", False, "word", "stop"),
        ("marketing", False, "word", "stop"),
    ]
    (first, *_others) = await bot.rows(direction="inbound")
    assert {each.contact_id for each in heard} == {first.contact_id}


async def bounces(bot: Bot, reason: ConsentReason = ConsentReason.BOUNCE) -> None:
    """The answer to a message comes back."""
    sent = (await bot.rows(direction="outbound"))[-1]
    report = StatusUpdate(NUMBER, "wamid.1", Status.FAILED, message_id=sent.id, code="550", opt_out=reason)
    async with bot.engine.begin() as connection:
        await apply(connection, [report], bot.clock())


async def test_an_address_that_bounced_gets_nothing_until_somebody_writes_from_it(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await bounces(bot)
    assert await present(bot.engine) == (False, "bounce")

    bot.clock.advance(minutes=1)
    await bot.hears(message("hi"))

    assert await present(bot.engine) == (True, "bounce")
    assert await history(bot.engine) == [(False, "bounce", "550"), (True, "bounce", "")]
    assert await bot.says() == ["Hello!", "Hello!"]
    last = (await bot.rows(direction="inbound"))[-1]
    assert (last.trace or [])[0] == {"code": "bounce_over", "data": {}}


async def test_a_machines_mail_from_an_address_that_bounced_proves_nothing(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await bounces(bot)

    await bot.hears(message("I am away", automatic="auto-submitted"))

    assert await present(bot.engine) == (False, "bounce")


async def test_who_complained_stays_opted_out_until_they_say_so(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await bounces(bot)
    await bounces(bot, ConsentReason.COMPLAINT)

    await bot.hears(message("hi"))
    assert await present(bot.engine) == (False, "complaint")

    bot.clock.advance(minutes=1)
    await bot.hears(message("START"))
    assert await present(bot.engine) == (True, "word")


async def test_a_stop_from_an_address_that_bounced_is_a_stop(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await bounces(bot)

    await bot.hears(message("STOP"))

    assert await present(bot.engine) == (False, "word")
    assert sorted(await history(bot.engine)) == [
        (False, "bounce", "550"),
        (False, "word", "stop"),
        (True, "bounce", ""),
    ]


async def test_only_what_is_new_is_hinted_at(engine: AsyncEngine) -> None:
    hub = Hub(engine)
    hinting = hub.attach(engine)
    async with hinting.begin() as connection:
        ana = await rows.add_person(connection, PHONE)
    told = []

    with hub.listening() as ear:
        for at in (NOW, NOW + timedelta(hours=1)):
            async with hinting.begin() as connection:
                await set_consent(connection, ana.address_id, Channel.SMS, False, ConsentReason.ADMIN, at, said_at=NOW)
                hint(connection, Topic.JOBS, ["one"])
            told.append(dict((await ear.next(10)).ids))

    assert told == [
        {Topic.CONTACTS: frozenset({ana.id}), Topic.JOBS: frozenset({"one"})},
        {Topic.JOBS: frozenset({"one"})},
    ]
