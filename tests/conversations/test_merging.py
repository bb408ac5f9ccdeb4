"""Two contacts who are one person: what goes over, what stays, and what goes back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts import queries as contact_queries
from bot.contacts import service as contacts
from bot.contacts.merging.models import ContactMerge
from bot.contacts.models import Consent, Contact, ContactAddress
from bot.conversations import service as conversations
from bot.conversations.models import FlowInstance
from bot.conversations.service import Composed, MailOptions, Queued, SendRequest, SentByHand, Words
from bot.core.actors import Actor
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.email import from_body
from bot.core.errors import BotError
from bot.core.events import ContactsMerged, MergeUndone
from bot.core.messages import EmailHeaders
from bot.db.engine import is_postgresql
from bot.messages import service as messages
from bot.messages.models import Message
from bot.messages.outbox.claims import claim
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.news import Ears

ANA, WORK = "+5511999990001", "+5511999990002"
BY = Actor("ana")
BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  sorry: {content: "Pardon?"}
  hours: {content: We open at six.}
  ask: {content: "Which flavour?"}
  done: {content: "One {{ flavour }}."}
  calling: {content: Someone will write to you.}
triggers:
  - {type: contains, pattern: open, template: hours, cooldown_sec: 3600}
  - {type: equals, pattern: pizza, flow: order}
  - {type: equals, pattern: help, flow: help}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end, template: done}
  help:
    steps:
      - {key: calling, type: end, template: calling, handoff: true}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def contact_of(bot: Bot, phone: str) -> Any:
    """Who has the number."""
    async with bot.engine.connect() as connection:
        has = select(ContactAddress.contact_id).where(ContactAddress.value == phone)
        return (await connection.execute(select(Contact.__table__).where(Contact.id.in_(has)))).one()


async def both(bot: Bot) -> tuple[str, str]:
    """The ids of who has either number."""
    return (await contact_of(bot, ANA)).id, (await contact_of(bot, WORK)).id


async def merge(bot: Bot, kept: str, merged: str) -> str:
    bot.clock.advance(seconds=1)
    async with bot.engine.begin() as connection:
        return (await conversations.merge(connection, kept, merged, BY, bot.clock.now)).id


async def undo(bot: Bot, merge_id: str) -> None:
    bot.clock.advance(seconds=1)
    async with bot.engine.begin() as connection:
        await conversations.undo_merge(connection, merge_id, BY, bot.clock.now)


async def everything(bot: Bot) -> dict[str, list[dict[str, Any]]]:
    """All rows that merging changes, but for when they last were."""
    found = {}
    async with bot.engine.connect() as connection:
        for model in (Contact, ContactAddress, Consent, Message, FlowInstance):
            table = model.__table__
            rows = await connection.execute(select(table).order_by(table.c.id))
            # Numbers are never given twice.
            left = {"updated_at", "reminded_at", *(("epoch", "seq") if model is Contact else ())}
            found[model.__tablename__] = [
                {name: value for name, value in row._mapping.items() if name not in left} for row in rows
            ]
    return found


def differences(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[object]:
    """What is another than it was, by table, column and row."""
    return [
        (table, name, was[name], row[name])
        for table, rows in before.items()
        for was, row in zip(rows, after[table], strict=True)
        for name in was
        if row[name] != was[name]
    ]


async def claimed(bot: Bot) -> list[str]:
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=bot.clock.now - bot.clock.now, now=bot.clock.now)
    return [each.message.text for each in batch.claimed]


async def said_in(bot: Bot, contact_id: str) -> list[str]:
    return [row.content for row in sorted(await bot.rows(contact_id=contact_id), key=lambda each: each.seq)]


async def test_who_writes_on_an_old_address_goes_on_with_who_was_kept(bot: Bot) -> None:
    await bot.hears(message("pizza"), message("are you open", phone=WORK))
    kept, merged = await both(bot)

    await merge(bot, kept, merged)
    await bot.hears(message("Margherita", phone=WORK))

    assert await bot.says(WORK) == ["We open at six.", "One Margherita."]
    assert (await contact_of(bot, WORK)).id == kept
    assert await said_in(bot, merged) == ["are you open"], "what was said stays where it was"
    assert "Margherita" in await said_in(bot, kept)


async def test_undone_at_once_everything_is_as_it_was_whatever_was_under_way(bot: Bot) -> None:
    await bot.hears(message("pizza"), message("STOP"), message("help"))
    await bot.hears(message("pizza", phone=WORK), message("open", phone=WORK))
    kept, merged = await both(bot)
    for one, other in ((kept, merged), (merged, kept)):
        before = await everything(bot)

        await undo(bot, await merge(bot, one, other))

        assert differences(before, await everything(bot)) == []


async def test_a_merged_contact_has_nothing_under_way_and_its_queue_is_sent_in_order(bot: Bot) -> None:
    await bot.hears(message("open", phone=WORK), message("huh", phone=WORK))
    await bot.hears(message("huh"))
    kept, merged = await both(bot)

    await merge(bot, kept, merged)
    bot.clock.advance(seconds=1)
    await bot.hears(message("what", phone=WORK))

    assert [row.status for row in await bot.rows(contact_id=merged, direction="outbound")] == []
    order = []
    while texts := await claimed(bot):
        order += texts
        for row in await bot.rows(status="queued"):
            if row.claimed_by:
                async with bot.engine.begin() as connection:
                    await connection.execute(
                        update(Message)
                        .where(Message.id == row.id)
                        .values(status="sent", claimed_by=None, claimed_until=None)
                    )
    assert order == ["Pardon?", "We open at six.", "Pardon?"]


async def test_one_flow_goes_on_a_persons_first_and_the_other_one_comes_back(bot: Bot) -> None:
    await bot.hears(message("help"))
    bot.clock.advance(seconds=60)
    await bot.hears(message("pizza", phone=WORK))
    kept, merged = await both(bot)

    done = await merge(bot, merged, kept)
    await bot.hears(message("Margherita", phone=WORK))
    assert (await contact_of(bot, WORK)).responder == "human"
    assert "One Margherita." not in await bot.says(WORK), "nobody talks over a person"

    await undo(bot, done)
    await bot.hears(message("Funghi", phone=WORK))
    assert (await contact_of(bot, ANA)).responder == "human"
    assert (await bot.says(WORK))[-1] == "One Funghi."


async def test_what_was_said_meanwhile_goes_back_with_its_address(bot: Bot) -> None:
    await bot.hears(message("huh"), message("huh", phone=WORK))
    kept, merged = await both(bot)
    done = await merge(bot, kept, merged)
    await bot.hears(message("open", phone=WORK), message("pizza"))

    await undo(bot, done)

    assert await said_in(bot, merged) == ["huh", "Pardon?", "open", "We open at six."]
    assert await said_in(bot, kept) == ["huh", "Pardon?", "pizza", "Which flavour?"]
    await bot.hears(message("Funghi"), message("huh", phone=WORK))
    assert await said_in(bot, kept) == ["huh", "Pardon?", "pizza", "Which flavour?", "Funghi", "One Funghi."]


async def test_whatever_either_refused_both_refuse_until_they_come_back_and_undoing_takes_it_back(bot: Bot) -> None:
    await bot.hears(message("hi"), message("STOP", phone=WORK))
    kept, merged = await both(bot)

    async def refused() -> dict[str, bool]:
        async with bot.engine.connect() as connection:
            cards = await contacts.addresses(connection, kept)
        return {each.value: bool(each.opted_out) for each in cards}

    done = await merge(bot, kept, merged)
    assert await refused() == {ANA: True, WORK: True}

    await undo(bot, done)
    assert await refused() == {ANA: False}

    done = await merge(bot, kept, merged)
    bot.clock.advance(minutes=1)
    await bot.hears(message("START"))
    assert await refused() == {ANA: False, WORK: True}
    await undo(bot, done)
    assert await refused() == {ANA: False}


async def test_merges_of_merges_are_undone_the_last_one_first(bot: Bot) -> None:
    third = "+5511999990003"
    await bot.hears(message("hi"), message("hi", phone=WORK), message("hi", phone=third))
    kept, merged = await both(bot)
    other = (await contact_of(bot, third)).id
    before = await everything(bot)
    inner = await merge(bot, merged, other)
    outer = await merge(bot, kept, merged)
    assert {(await contact_of(bot, each)).id for each in (ANA, WORK, third)} == {kept}
    async with bot.engine.connect() as connection:
        assert set(await contacts.family(connection, kept)) == {kept, merged, other}
        assert await contacts.kept_id(connection, other) == kept

    with pytest.raises(BotError, match=outer):
        await undo(bot, inner)
    await undo(bot, outer)
    await undo(bot, inner)

    assert differences(before, await everything(bot)) == []
    with pytest.raises(BotError, match="two contacts already"):
        await undo(bot, inner)


async def test_what_cannot_be_merged_is_refused_with_who_goes_on(bot: Bot) -> None:
    await bot.hears(message("hi"), message("hi", phone=WORK), message("hi", phone="+5511999990003"))
    kept, merged = await both(bot)
    other = (await contact_of(bot, "+5511999990003")).id
    await merge(bot, kept, merged)

    for one, two, words in (
        (kept, kept, "one contact already"),
        (kept, merged, "one contact already"),
        (merged, kept, "one contact already"),
        (other, merged, kept),
        (kept, "nobody", "no contact nobody"),
    ):
        with pytest.raises(BotError, match=words):
            await merge(bot, one, two)
    with pytest.raises(BotError, match="no merge"):
        await undo(bot, "nothing")


async def test_whoever_names_the_merged_one_reaches_who_goes_on(bot: Bot) -> None:
    await bot.hears(message("hi"), message("hi", phone=WORK))
    kept, merged = await both(bot)
    await merge(bot, kept, merged)

    async with bot.engine.begin() as connection:
        sent = await conversations.send_by_hand(connection, bot.catalogue, merged, "Hello!", BY, bot.clock.now)
    [row] = await bot.rows(id=sent.message_id)
    assert row.contact_id == kept
    assert (await contact_of(bot, ANA)).responder == "human"

    async with bot.engine.begin() as connection:
        await conversations.hand_back(connection, [merged], bot.clock.now)
    assert (await contact_of(bot, ANA)).responder == "bot"


async def test_listeners_hear_of_it_and_it_is_written_down(bot: Bot) -> None:
    await bot.hears(message("hi"), message("hi", phone=WORK))
    kept, merged = await both(bot)
    ears = Ears()
    now: datetime = bot.clock.now

    async with ears.on(bot.engine).begin() as connection:
        done = await conversations.merge(connection, kept, merged, BY, now)
        await conversations.undo_merge(connection, done.id, BY, now)
        [row] = (await connection.execute(select(ContactMerge.__table__))).all()

    about: dict[str, Any] = {"merge_id": done.id, "kept_id": kept, "merged_id": merged, "user_id": "", "at": now}
    assert ears.heard(ContactsMerged) == [ContactsMerged(**about)]
    assert ears.heard(MergeUndone) == [MergeUndone(**about)]
    assert (row.kept_id, row.merged_id, row.merged_by, row.undone_at) == (kept, merged, "ana", now)


async def test_cooldowns_offers_and_windows_are_those_of_both(bot: Bot) -> None:
    await bot.hears(message("hi"), message("open", phone=WORK))
    kept, merged = await both(bot)
    bot.clock.advance(minutes=10)
    await merge(bot, kept, merged)

    await bot.hears(message("open"))
    assert (await bot.says(ANA))[-1] != "We open at six.", "it was said to them a moment ago"

    async with bot.engine.begin() as connection:
        await connection.execute(delete(Message).where(Message.contact_id == kept))
        heard = await messages.heard_within(connection, NUMBER, Channel.WHATSAPP, [kept], bot.clock.now)
        assert heard == {kept}, "their other number wrote within the window"
        [sent] = await conversations.queue(
            connection, bot.catalogue.definitions, [SendRequest(contact_id=merged, say=Words("Hello"))], bot.clock.now
        )
    assert isinstance(sent, Queued)
    [row] = await bot.rows(id=sent.message_id)
    assert (row.contact_id, row.address) == (kept, WORK), "the conversation was there last"


async def test_a_mail_goes_on_with_a_thread_of_who_was_merged(bot: Bot) -> None:
    mail: dict[str, Any] = {"channel": Channel.EMAIL, "addresses": (Address(AddressKind.EMAIL, "ana@example.org"),)}
    headers = EmailHeaders(subject="My order", message_id="<a@x>")
    await bot.hears(message("hi"), message("hello", email=headers, **mail))
    kept = (await contact_of(bot, ANA)).id
    merged = (await contact_of(bot, "ana@example.org")).id
    await merge(bot, kept, merged)

    async with bot.engine.begin() as connection:
        [thread] = await conversations.threads_with(connection, kept)
        composed = Composed(
            contact_id=kept,
            say=Words("On its way."),
            channels=(Channel.EMAIL,),
            mail=MailOptions(answers=thread.message_id),
        )
        sent = await conversations.compose(connection, bot.catalogue, composed, BY, bot.clock.now)
    assert thread.subject == "Re: My order"
    assert isinstance(sent, SentByHand)
    [row] = await bot.rows(id=sent.message_id)
    assert (row.contact_id, from_body((row.body or {})["email"]).in_reply_to) == (kept, "<a@x>")


async def test_where_nobody_is_merged_a_batch_asks_nothing_more(bot: Bot) -> None:
    await bot.hears(message("hi"), message("hi", phone=WORK))
    kept, merged = await both(bot)
    statements: list[str] = []
    event.listen(bot.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    await bot.hears(message("open"))
    alone, about = len(statements), [each for each in statements if "merged" in each]
    assert [each for each in about if "contacts.seq" not in each] == [], "but what it learns where it locks them"

    await merge(bot, kept, merged)
    statements.clear()
    await bot.hears(message("open"))
    assert len(statements) == alone + 2, "who was merged, and what was said to them"


async def test_a_turn_that_finds_its_contact_merged_begins_again_with_who_was_kept(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.hears(message("hi"), message("hi", phone=WORK))
    kept, merged = await both(bot)
    real, done = contact_queries.try_lock_contacts, list[str]()

    async def late(connection: AsyncConnection, ids: Any) -> Any:
        if not done and is_postgresql(connection):
            done.append(merged)
            async with bot.engine.begin() as other:
                await conversations.merge(other, kept, merged, BY, bot.clock.now)
        return await real(connection, ids)

    monkeypatch.setattr(contact_queries, "try_lock_contacts", late)
    await bot.hears(message("pizza", phone=WORK))

    assert (await bot.says(WORK))[-1] == "Which flavour?"
    assert await said_in(bot, merged if not done else kept) != []
    if done:
        assert "pizza" in await said_in(bot, kept)


async def test_of_two_who_merge_the_same_two_at_once_one_is_told(bot: Bot) -> None:
    await bot.hears(message("hi"), message("hi", phone=WORK))
    kept, merged = await both(bot)

    async def agent(one: str, other: str) -> str:
        try:
            async with bot.engine.begin() as connection:
                return (await conversations.merge(connection, one, other, BY, bot.clock.now)).id
        except BotError as error:
            return error.message

    for _ in range(3):
        outcomes = await asyncio.gather(agent(kept, merged), agent(merged, kept))
        assert "they are one contact already" in outcomes
        (won,) = [each for each in outcomes if each != "they are one contact already"]
        ended = await asyncio.gather(
            undoing(bot, won), undoing(bot, won), agent(kept, merged), bot.hears(message("huh", phone=WORK))
        )
        assert min(ended[:2]) == "", "one of them undid it"
        if not is_open(ended[2]):
            await undo(bot, str(ended[2]))
        async with bot.engine.connect() as connection:
            rows = (await connection.execute(select(Contact.merged_into, Contact.has_merged))).all()
        assert {tuple(row) for row in rows} == {(None, False)}
    assert len(await bot.rows(direction="inbound")) == 5


def is_open(outcome: object) -> bool:
    """Whether it is a refusal."""
    return " " in str(outcome)


async def undoing(bot: Bot, merge_id: str) -> str:
    try:
        async with bot.engine.begin() as connection:
            await conversations.undo_merge(connection, merge_id, BY, bot.clock.now)
    except BotError as error:
        return error.message
    return ""
