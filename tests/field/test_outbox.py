"""What happens between a turn and the person: whose addresses are whose, slots, order, and what stands around them."""

import asyncio
import errno
import os
import re
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.app import supervisor
from bot.app.health import _clock
from bot.channels import service as channels
from bot.channels.lookups import LookupFailedError, Lookups
from bot.channels.service import Accounts
from bot.cli import migrate
from bot.cli.commands import run, worker
from bot.contacts.directory import addresses, find_contacts
from bot.contacts.models import Consent, ContactAddress
from bot.conversations.service import send_by_hand
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import Blame, BotError
from bot.core.ids import new_id
from bot.core.messages import Delivery, Echo, InboundMessage, Media, MediaKind, OutboundMessage
from bot.core.shares import Shares
from bot.core.sms import segments
from bot.core.splitting import Counted, TextLimit, split
from bot.db.clock import SharedClock
from bot.db.engine import create_engine
from bot.db.migrate import downgrade, require_current, upgrade
from bot.flows.checks.check import Source, check
from bot.flows.checks.segments import count_segments
from bot.messages.body import choices_in
from bot.messages.media import claims as media_claims
from bot.messages.media import fetcher as media_fetcher
from bot.messages.media.models import MediaFile
from bot.messages.media.store import FolderStore
from bot.messages.models import Message
from bot.messages.outbox import pauses
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.loop import OWN_SLOTS, SLOTS
from bot.messages.outbox.places import Places
from bot.messages.outbox.senders import Senders
from bot.messages.parts import limit_of, parts_of
from bot.providers.base import Provider
from bot.providers.kit.plain_text import plain
from bot.providers.table import PROVIDERS
from bot.settings import Settings, require_keys
from tests.support import rows
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.loopback import LOOPBACK, Server, serving, waits_for
from tests.support.office import Office
from tests.support.people import BY
from tests.support.served import serving as serving_bot
from tests.support.tables import for_each
from tests.support.waiting import eventually

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


@for_each(("account", "value"), [("generic:a/b", "c"), ("generic:a", "b/c"), ("generic:100%2F", "x/%2F")])
def test_D05_no_account_can_be_named_so_that_its_people_are_anothers(account: str, value: str) -> None:
    address = Address(AddressKind.EXTERNAL, value, account)
    assert Address.stored(AddressKind.EXTERNAL, address.key) == address
    assert (
        Address(AddressKind.EXTERNAL, "b/c", "generic:a").key != Address(AddressKind.EXTERNAL, "c", "generic:a/b").key
    )


@pytest.mark.own_database
async def test_D05_a_database_from_before_gives_each_account_its_own_people(engine: AsyncEngine) -> None:
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
    await downgrade(engine, "0001")

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


SLOW, QUICK = "slow:1", "loopback:1"


def _called(name: str) -> Provider:
    """A provider on loopback with its own settings."""
    settings = {"api_url": f"{name.upper()}_API_URL", "token": "LOOPBACK_TOKEN"}
    credentials = tuple(replace(each, setting=settings[each.key]) for each in LOOPBACK.credentials)
    return replace(LOOPBACK, name=name, credentials=credentials)


@pytest.fixture
async def offices(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Office, Server, asyncio.Event]]:
    """An office with a provider that takes at once, and one that hangs until the event is set."""
    monkeypatch.setattr(channels, "PROVIDERS", {"loopback": LOOPBACK, "slow": _called("slow")})
    goes_on = asyncio.Event()
    async with serving() as quick, serving() as slow:
        slow.answers.extend([waits_for(goes_on)] * 1_000)
        given = {"LOOPBACK_API_URL": quick.url, "SLOW_API_URL": slow.url, "LOOPBACK_TOKEN": "secret"}
        office = Office(engine, Accounts(Settings.read(given)), quick)
        async with engine.begin() as connection:
            for account in (SLOW, QUICK):
                await rows.add_account(connection, account)
        yield office, slow, goes_on
        goes_on.set()
        await office.close()


@pytest.fixture
def office(offices: tuple[Office, Server, asyncio.Event]) -> Office:
    """The office; the provider that hangs has nothing to do."""
    return offices[0]


async def test_D06_a_provider_that_hangs_delays_no_other_account(
    offices: tuple[Office, Server, asyncio.Event],
) -> None:
    office, slow, _goes_on = offices
    async with office.engine.begin() as connection:
        for number in range(200):
            person = await rows.add_person(connection, f"+55119999{number:05}")
            await rows.add_outbound(connection, person, account=SLOW, expires_at=None)
    delivering = office.start()
    await _received(slow, 28)

    delays = []
    for number in range(5):
        message = await office.queue(await office.person(f"+5521999990{number:03}"), account=QUICK)
        began = time.monotonic()
        delivering.wake()
        await _received(office.server, number + 1)
        delays.append(time.monotonic() - began)
        await office.becomes(message, status="sent")

    assert sorted(delays)[2] < 0.4, "not even a poll was waited for"
    assert len(slow.received) == 28


async def _received(server: Server, count: int) -> None:
    async def so_many() -> bool:
        return len(server.received) == count

    await eventually(so_many)


async def test_D06_however_many_accounts_hang_the_next_one_has_slots_of_its_own() -> None:
    slots, sent = Places(SLOTS, OWN_SLOTS), []
    hangs, all_sent = asyncio.Event(), asyncio.Event()

    async def send(claimed: Claimed, _until: float) -> None:
        sent.append(claimed.message.account)
        if claimed.message.account != "next:1":
            await hangs.wait()
        elif sent.count("next:1") == 20:
            all_sent.set()

    async with asyncio.TaskGroup() as group:
        senders = Senders(group, slots, send)
        for number in range(100 * 12):
            senders.put(_claimed(f"hanging:{number % 12}"), 0)
        senders.start()
        for _ in range(20):
            senders.put(_claimed("next:1"), 0)
        senders.start()
        await asyncio.wait_for(all_sent.wait(), 5)
        assert slots.held == SLOTS + 12 * OWN_SLOTS
        senders.cancel()
        hangs.set()


def _claimed(account: str) -> Claimed:
    to = Address(AddressKind.PHONE, "+5511999990000")
    message_ = OutboundMessage(new_id(), account, Channel.SMS, to, "hi")
    return Claimed(message_, new_id(), account, 1, utc_now(), None, again=False, resends=0)


async def test_D06_files_of_an_account_whose_host_hangs_leave_places_for_others(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for account in ("slow:1", "quick:1"):
            await rows.add_account(connection, account)
        person = await rows.add_person(connection)
        for number in range(45):
            account = "quick:1" if number >= 40 else "slow:1"
            at = utc_now() - timedelta(hours=1) + timedelta(seconds=number)
            message_id = await rows.add_inbound(connection, person, account=account, kind="media", created_at=at)
            await connection.execute(
                insert(MediaFile).values(
                    id=new_id(), message_id=message_id, position=0, state="pending", created_at=at, updated_at=at
                )
            )
    shares = Shares(media_fetcher.SLOTS, media_fetcher.OWN_SLOTS)
    async with engine.begin() as connection:
        first = await media_claims.claim(connection, shares, lease=timedelta(minutes=2))
        again = await media_claims.claim(connection, shares, lease=timedelta(minutes=2))
    assert Counter(each.account for each in first) == {"slow:1": 4, "quick:1": 2}
    assert again == []


async def test_D06_a_host_of_certificates_that_hangs_leaves_others_theirs() -> None:
    lookups, hangs = Lookups(), asyncio.Event()

    async def get(url: str) -> bytes:
        if "eu-west-1" in url:
            await hangs.wait()
        return url.encode()

    lookups._get = get  # type: ignore[method-assign]  # the network is not what is tried here
    slow = [
        asyncio.create_task(lookups.certificate(f"https://sns.eu-west-1.amazonaws.com/{number}.pem"))
        for number in range(20)
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    other = "https://sns.us-east-1.amazonaws.com/1.pem"
    assert await lookups.certificate(other) == other.encode()

    hangs.set()
    answers = await asyncio.gather(*slow, return_exceptions=True)
    assert sum(isinstance(each, LookupFailedError) for each in answers) == 12
    await lookups.close()


PICTURE = {"media": [{"type": "image", "url": "https://shop.example.com/menu.png"}]}


@for_each("name", ["whatsapp", "dialog360", "messenger", "instagram", "twilio", "vonage", "telnyx", "plivo"])
def test_C15_providers_that_bring_files_later_than_words_say_how_much(name: str) -> None:
    assert 1.0 <= PROVIDERS[name].file_seconds <= 5.0


async def test_C15_words_after_a_picture_wait_for_its_acceptance_and_a_moment_longer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "PROVIDERS", {"loopback": replace(LOOPBACK, file_seconds=0.3)})
    accepted, person = asyncio.Event(), await office.person()
    office.server.answers.append(waits_for(accepted))
    picture = await office.queue(person, "Our menu", body=PICTURE)
    words = [await office.queue(person, each) for each in ("Which one?", "By the way")]
    other = await office.queue(await office.person("+5511999990009"), "hello")
    office.start()
    await office.becomes(other, status="sent")
    assert [each["text"] for each in office.server.received] in (["Our menu", "hello"], ["hello", "Our menu"])

    accepted.set()
    taken = (await office.becomes(picture, status="sent"))["updated_at"]

    first = await office.becomes(words[0], status="sent")
    last = await office.becomes(words[1], status="sent")
    assert first["attempt_started_at"] is None
    assert timedelta(seconds=0.25) < first["updated_at"] - taken < timedelta(seconds=3)
    assert last["updated_at"] - first["updated_at"] < timedelta(seconds=1)
    assert [each["text"] for each in office.server.received][2:] == ["Which one?", "By the way"]


async def test_C15_words_after_words_wait_for_nothing_but_their_acceptance(office: Office) -> None:
    person = await office.person()
    first, second = [await office.queue(person, each) for each in ("one", "two")]
    office.start()
    await office.becomes(second, status="sent")
    assert await rows.column(office.engine, second, "next_attempt_at") is None
    assert await rows.column(office.engine, first, "status") == "sent"


def test_C15_a_short_sms_waits_until_the_parts_of_a_long_one_are_together() -> None:
    one = _claimed("twilio:+1555").message
    assert pauses.pause_after(one) == 0
    assert pauses.pause_after(replace(one, text="a" * 160)) == 0
    assert pauses.pause_after(replace(one, text="a" * 161)) == 1
    assert pauses.pause_after(replace(one, text="a" * 161, channel=Channel.TELEGRAM, account="telegram:1")) == 0


async def test_C15_what_is_to_come_later_anyhow_keeps_its_moment(engine: AsyncEngine) -> None:
    tomorrow = utc_now() + timedelta(days=1)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        sent = await rows.add_outbound(connection, person, "menu", body=PICTURE, status="sent")
        later = await rows.add_outbound(connection, person, "reminder", scheduled_at=tomorrow)
        to = Address(AddressKind.PHONE, person.address)
        file = Media(MediaKind.IMAGE, "https://shop.example.com/menu.png")
        taken = OutboundMessage(sent, rows.ACCOUNT, Channel.WHATSAPP, to, "menu", media=file)
        await pauses.hold_next(connection, [taken], utc_now())
    assert (await rows.columns(engine, later))["next_attempt_at"] is None


TERMS = " ".join(f"Clause {number} says what we do with what you order from us." for number in range(70))
LINK = "https://shop.example.com/" + "a" * 60


def _words(text_: str) -> list[str]:
    return re.sub(r"(?m)^\(\d+/\d+\) ", "", text_).split()


@for_each(
    ("account", "channel"),
    [
        ("twilio:+15550000001", Channel.SMS),
        ("twilio:+15550000001", Channel.WHATSAPP),
        ("vonage:15550000001", Channel.SMS),
        ("telnyx:+15550000001", Channel.SMS),
        ("plivo:+15550000001", Channel.SMS),
        ("telegram:1", Channel.TELEGRAM),
        ("whatsapp:1", Channel.WHATSAPP),
        ("dialog360:1", Channel.WHATSAPP),
        ("messenger:1", Channel.MESSENGER),
        ("instagram:1", Channel.INSTAGRAM),
        ("simulator", Channel.SMS),
    ],
)
@for_each("text_", [TERMS * 2, TERMS.replace("what", "o quê 🍕") * 2, f"{LINK} " * 70])
def test_C14_a_long_text_goes_in_numbered_parts_each_within_the_limit(
    account: str, channel: Channel, text_: str
) -> None:
    parts, limit = parts_of(account, channel, text_, {}), limit_of(account, channel)
    assert limit is not None
    assert len(parts) > 1
    assert all(map(limit.takes, parts))
    assert [part.partition(" ")[0] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
    assert [word for part in parts for word in _words(part)] == text_.split()
    if text_ == TERMS * 2:
        assert all(part.endswith(".") for part in parts)


@for_each("account", ["mailgun:a@example.com", "generic:app"])
def test_C14_where_nothing_limits_it_a_text_goes_whole(account: str) -> None:
    channel = Channel.EMAIL if account.startswith("mailgun") else Channel.OTHER
    assert parts_of(account, channel, TERMS * 9, {}) == (TERMS * 9,)


def test_C14_what_goes_along_goes_with_the_last_part_and_has_its_room() -> None:
    body = {"choices": [{"id": str(number), "label": f"Option number {number}"} for number in range(10)]}
    parts = parts_of("twilio:+1555", Channel.SMS, "Word " * 310, body)
    below = plain(replace(_claimed("twilio:+1555").message, text="", choices=choices_in(body)))
    assert len(parts) == 2
    assert len(f"{parts[-1]}\n\n{below}") <= 1600


def test_C14_what_nobody_can_part_stays_as_it_is() -> None:
    body = {"choices": [{"id": str(number), "label": "x" * 200} for number in range(10)]}
    assert parts_of("twilio:+1555", Channel.SMS, "Which one?", body) == ("Which one?",)
    assert split("x" * 2_000, TextLimit(10).takes) == ("x" * 2_000,)


@for_each(
    ("text_", "most", "parts"),
    [
        ("Pay 1.50 now. Then go.", 19, ["Pay 1.50 now.", "Then go."]),
        ('He said "go." Then he left.', 24, ['He said "go."', "Then he left."]),
        ("one two three four", 16, ["one two", "three four"]),
        ("\U0001f1e7\U0001f1f7" * 6, 11, ["\U0001f1e7\U0001f1f7" * 2] * 3),
        ("e\u0301" * 8, 11, ["e\u0301" * 2] * 4),
        ("\U0001f44d\U0001f3fd" * 6, 11, ["\U0001f44d\U0001f3fd" * 2] * 3),
        ("\u3042\u3044\u3002" * 6, 12, ["\u3042\u3044\u3002" * 2] * 3),
        ("\u6599\u91d1" * 4 + "https://a.example/b", 25, ["\u6599\u91d1" * 4, "https://a.example/b"]),
    ],
)
def test_C14_a_part_ends_where_a_sentence_a_word_or_a_character_does(text_: str, most: int, parts: list[str]) -> None:
    said = split(text_, TextLimit(most).takes)
    assert said == tuple(f"({number}/{len(parts)}) {part}" for number, part in enumerate(parts, start=1))


@given(st.text(max_size=400), st.integers(10, 60), st.sampled_from(Counted))
def test_C14_whatever_the_text_no_part_is_too_long_and_nothing_is_lost(text_: str, most: int, counted: Counted) -> None:
    limit = TextLimit(most, counted, most)
    parts = split(text_, limit.takes)
    if len(parts) > 1:
        assert all(map(limit.takes, parts))
        said = "".join(re.sub(r"^\(\d+/\d+\) ", "", part) for part in parts)
        assert "".join(said.split()) == "".join(text_.split())


LONG = f"""
bundle: terms
locale: en
templates:
  terms: {{content: "{TERMS}"}}
triggers:
  - {{type: regex, pattern: ., template: terms}}
"""


async def test_C14_each_part_is_a_message_of_its_own_in_order(engine: AsyncEngine) -> None:
    async with running_bot(engine, LONG) as bot:
        async with engine.begin() as connection:
            await rows.add_account(connection, "twilio:+1555")
        bot.intake.accounts = {"twilio:+1555"}  # type: ignore[assignment]  # whatever tells which there are
        await bot.hears(message("terms", account="twilio:+1555", channel=Channel.SMS))
        sent = await bot.rows(direction="outbound")
        inbound = (await bot.rows(direction="inbound"))[0]
        assert [each.content[:6] for each in sent] == ["(1/3) ", "(2/3) ", "(3/3) "]
        assert [each.seq for each in sent] == [2, 3, 4]
        assert {each.reply_to_id for each in sent} == {inbound.id}

        async with engine.begin() as connection:
            first = await send_by_hand(connection, bot.catalogue, inbound.contact_id, TERMS, BY, bot.clock())
        by_hand = (await bot.rows(direction="outbound"))[3:]
        assert [each.content for each in by_hand] == [each.content for each in sent]
        assert tuple(each.id for each in by_hand) == first.message_ids

        with pytest.raises(BotError, match=r"these words are too long for sms\. Send fewer\."):
            async with engine.begin() as connection:
                await send_by_hand(connection, bot.catalogue, inbound.contact_id, "x" * 500_000, BY, bot.clock())


def test_C14_check_counts_what_is_sent() -> None:
    checked = check([Source("terms.yaml", LONG.encode())])
    counted = next(iter(count_segments(checked.bundles))).counted
    assert counted.parts == sum(segments(part).parts for part in split(TERMS, TextLimit(1600).takes))


@dataclass
class _Child:
    """A serving process that says at once that it cannot start."""

    returncode: int = 3

    def wait(self, timeout: float) -> int:
        return self.returncode if timeout else 0

    def terminate(self) -> None:
        """It is over already."""


async def test_D12_serving_processes_end_with_the_one_that_began_them(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[int, int]] = []

    def begin(_command: list[str], *, env: Mapping[str, str], pass_fds: Sequence[int]) -> _Child:
        watched = int(env[supervisor.PARENT_VARIABLE])
        assert watched in pass_fds
        # What the child would have, and what is left of the parent.
        begun.append((os.dup(watched), watched))
        return _Child()

    monkeypatch.setattr("bot.app.supervisor.subprocess.Popen", begin)
    monkeypatch.setattr("bot.app.supervisor.signal.signal", lambda *_: None)
    ends = os.pipe()
    monkeypatch.setattr("bot.app.supervisor.os.pipe", lambda: ends)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert supervisor.run_workers(listener, 2, ["run"], "token") == 3
    monkeypatch.setenv(supervisor.PARENT_VARIABLE, str(begun[0][0]))
    stopping = asyncio.Event()
    supervisor.end_with_parent(stopping)
    await asyncio.sleep(0)
    assert not stopping.is_set()

    os.close(ends[1])

    await asyncio.wait_for(stopping.wait(), 5)
    for descriptor in (begun[0][0], begun[1][0], ends[0]):
        os.close(descriptor)


async def test_D12_a_server_that_nobody_supervises_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(supervisor.PARENT_VARIABLE, raising=False)
    stopping = asyncio.Event()
    supervisor.end_with_parent(stopping)
    assert not stopping.is_set()


@for_each(("keys", "number"), [("a", 1), ("k" * 31, 1), ("k" * 44 + ",a", 2), ("k" * 44 + ",twelve chars,short", 3)])
def test_D14_a_key_that_is_easily_guessed_is_refused_with_how_to_make_one(keys: str, number: int) -> None:
    with pytest.raises(BotError, match=rf"entry {number} of BOT_SECRET_KEY has fewer than \d+ char.*token_urlsafe"):
        require_keys(Settings.read({"BOT_SECRET_KEY": keys}))


@pytest.mark.parametrize("command", [run.command, worker.command])
def test_D14_neither_a_server_nor_a_worker_starts_with_such_a_key(
    command: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_SECRET_KEY", "a")
    with pytest.raises(BotError, match="BOT_SECRET_KEY"):
        command()


def test_D14_whoever_had_a_short_key_can_part_from_it() -> None:
    require_keys(Settings.read({"BOT_SECRET_KEY": "k" * 32 + ",correct horse"}))
    require_keys(Settings.read({}))


async def test_D14_a_hosts_clock_two_hours_off_is_told_and_set_right(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    clock = SharedClock(lambda: utc_now() + timedelta(hours=2))
    with capture_logs() as logs:
        await clock.set_right(engine)
        await clock.set_right(engine)
    assert abs(clock() - utc_now()) < timedelta(seconds=5)
    assert [(each["log_level"], round(each["seconds_ahead"], -1)) for each in logs] == [("error", 7200)]
    assert "+7200 s off" in _clock(clock)["clock"]
    await engine.dispose()


async def test_D14_a_clock_that_is_right_is_left_alone(engine: AsyncEngine) -> None:
    clock = SharedClock()
    await clock.set_right(engine)
    assert clock.ahead == timedelta()
    assert _clock(clock) == {}


class _DriverError(Exception):
    """What a driver raises when PostgreSQL's disk is full."""

    sqlstate = "53100"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OperationalError("INSERT", {}, Exception("database or disk is full")),
        DBAPIError("INSERT", {}, _DriverError()),
    ],
)
async def test_D14_a_full_disk_is_told_as_one_until_something_is_written_again(
    error: Exception, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_bot(engine, ORDERING) as bot:

        async def fail(*_: object, **__: object) -> None:
            raise error

        with monkeypatch.context() as broken, capture_logs() as logs:
            broken.setattr("bot.conversations.intake.take", fail)
            with pytest.raises(BotError):
                await bot.hears(message("hi"))
        assert [each["event"] for each in logs] == ["the database's disk is full"]
        assert bot.intake.disk

        await bot.hears(message("hi"))
        assert not bot.intake.disk


async def test_D14_what_a_killed_process_left_of_a_file_is_swept(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    key = await store.put(b"a picture", "image/png")
    left, under_way = (tmp_path / key).parent / ".left", (tmp_path / key).parent / ".under-way"
    for each in (left, under_way):
        each.write_bytes(b"half")
    os.utime(left, (0, 0))

    assert await store.sweep() == 1

    assert not left.exists()
    assert under_way.exists()
    assert (await store.path(key)).read_bytes() == b"a picture"


async def _migrated_by_a_newer_version(engine: AsyncEngine, oldest: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.execute(text("UPDATE oldest_served SET revision = :oldest"), {"oldest": oldest})


@pytest.mark.own_database
async def test_C20_a_newer_database_that_serves_this_version_is_left_as_it_is(engine: AsyncEngine) -> None:
    await _migrated_by_a_newer_version(engine, "0001")
    assert await upgrade(engine) == ("9999", "9999")
    await require_current(engine)


@pytest.mark.own_database
async def test_C20_a_newer_database_that_says_nothing_is_taken_to_serve(engine: AsyncEngine) -> None:
    await _migrated_by_a_newer_version(engine, "0001")
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE oldest_served"))
    assert await upgrade(engine) == ("9999", "9999")


@pytest.mark.own_database
async def test_C20_a_newer_database_that_no_longer_serves_this_version_is_plainly_refused(engine: AsyncEngine) -> None:
    await _migrated_by_a_newer_version(engine, "9998")
    for ask in (upgrade, require_current):
        with pytest.raises(BotError, match=r"newer than this version, which cannot.*Install the version") as raised:
            await ask(engine)
        assert raised.value.blame is Blame.SURROUNDINGS


async def test_C20_a_server_on_sqlite_goes_on_with_a_newer_database(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    await _migrated_by_a_newer_version(engine, "0001")
    await engine.dispose()
    async with serving_bot(sqlite_url) as bot, bot.client.get("/health/ready") as answer:
        assert answer.status == 200


def test_C20_migrate_says_that_the_database_is_newer(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def newer() -> None:
        engine = create_engine(sqlite_url)
        await _migrated_by_a_newer_version(engine, "0001")
        await engine.dispose()

    asyncio.run(newer())
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    migrate.command()
    assert "newer than this version (9999)" in capsys.readouterr().out
