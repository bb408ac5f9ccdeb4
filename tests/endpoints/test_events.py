"""What happens is written for those who ask for it, in the transaction in which it happens."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.listeners import LISTENERS
from bot.contacts.importing.applying import apply as import_people
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.person import Person
from bot.contacts.models import Contact
from bot.contacts.service import correct, tag
from bot.core.actors import Actor
from bot.core.messages import Status, StatusUpdate
from bot.core.purposes import ConsentPurpose
from bot.db.engine import create_engine
from bot.endpoints.events import hearing
from bot.endpoints.models import EndpointEvent
from bot.jobs.service import Jobs
from bot.listeners.service import HANDLERS, listening
from bot.messages.outbox import outcomes
from bot.messages.outbox.claims import claim
from bot.messages.outbox.outcomes import Attempt
from bot.messages.service import apply
from bot.providers.base import Refused, Sent
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.endpoints import ALL, add_row, told

BY = Actor("ana (terminal)")
BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
handoff_hours: 2
templates:
  sorry: {content: "Pardon?"}
  calling: {content: Someone will write to you.}
  noted: {content: Noted.}
triggers:
  - {type: equals, pattern: help, flow: help}
  - {type: equals, pattern: gold, flow: gold}
flows:
  help:
    steps:
      - {key: calling, type: end, template: calling, handoff: true}
  gold:
    steps:
      - {key: set, type: action, action: contact.set, arguments: {attributes: {plan: gold}}}
      - {key: tag, type: action, action: contact.tag, arguments: {tags: vip}}
      - {key: noted, type: end, template: noted}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(listening(engine, LISTENERS), BUNDLE) as made:
        yield made


async def the_contact(bot: Bot) -> str:
    async with bot.engine.connect() as connection:
        return (await connection.execute(select(Contact.id))).scalar_one()


async def sends(bot: Bot, *outcomes_: Sent | Refused) -> None:
    """What is queued is sent, to these ends."""
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30))
        attempts = [Attempt(*each) for each in zip(batch.claimed, outcomes_, strict=True)]
        await outcomes.record(connection, attempts, wait=timedelta(seconds=30))


def types(payloads: list[dict[str, Any]]) -> list[str]:
    return [each["type"] for each in payloads]


async def test_a_conversation_is_told_from_its_beginning_to_its_end(bot: Bot) -> None:
    endpoint = await add_row(bot.engine, *(each for each in ALL if not each.startswith("conversation.")))

    await bot.hears(message("hello"))
    await sends(bot, Sent("wamid.S1"))
    async with bot.engine.begin() as connection:
        reports = [StatusUpdate(NUMBER, "wamid.S1", each) for each in (Status.DELIVERED, Status.READ)]
        for each in reports:
            await apply(connection, [each], bot.clock())
    await bot.hears(message("help"))
    await sends(bot, Refused("470", "It is too late."))
    bot.clock.advance(hours=3)
    await bot.hears(message("STOP"))

    payloads = await told(bot.engine, endpoint)
    assert types(payloads) == [
        *("contact.created", "message.received", "message.sent", "message.delivered", "message.read"),
        *("message.received", "handoff.began", "message.failed"),
        *("message.received", "consent.changed", "handoff.ended"),
    ]
    created, received, sent, delivered, _read, _received, began, failed, _stop, consent, ended = payloads
    contact = await the_contact(bot)
    assert created["data"]["contact"]["id"] == contact
    assert created["timestamp"].endswith("Z")
    assert (received["data"]["message"]["text"], received["data"]["message"]["status"]) == ("hello", "received")
    assert received["data"]["contact"] == {**created["data"]["contact"]}
    assert [each["data"]["message"]["status"] for each in (sent, delivered, failed)] == ["sent", "delivered", "failed"]
    assert sent["data"]["message"]["text"] == "Pardon?"
    assert sent["data"]["message"]["provider_message_id"] == "wamid.S1"
    assert (failed["data"]["message"]["error"], failed["data"]["message"]["error_reason"]) == ("470", "It is too late.")
    assert (began["data"]["handoff"]["by"], began["data"]["contact"]["responder"]) == ("flow", "human")
    assert (ended["data"]["handoff"]["reason"], ended["data"]["handoff"]["by"]) == ("handoff_over", None)
    said = consent["data"]["consent"]
    assert (said["address"], said["channel"], said["purpose"], said["opted_in"]) == (
        "+5511999990001",
        "whatsapp",
        "all",
        False,
    )
    assert len({each["id"] for each in payloads}) == len(payloads)
    assert all(each["id"].startswith("evt_") for each in payloads)


async def test_what_is_known_better_of_a_contact_is_told_once_for_each_change(bot: Bot) -> None:
    endpoint = await add_row(bot.engine, "contact.created", "contact.updated")
    await bot.hears(message("hello"))
    contact = await the_contact(bot)

    # That she writes again is nothing new of her.
    await bot.hears(message("hello"))
    await bot.hears(message("gold"))
    await bot.hears(message("hello", name="Ana Souza"))
    async with bot.engine.begin() as connection:
        await correct(connection, contact, BY, bot.clock(), locale="pt")
        await tag(connection, contact, "vip", BY, bot.clock(), has=False)

    created, by_flow, renamed, corrected, untagged = await told(bot.engine, endpoint)
    assert types([created, by_flow, renamed, corrected, untagged]) == ["contact.created"] + ["contact.updated"] * 4
    assert (by_flow["data"]["contact"]["attributes"], by_flow["data"]["contact"]["tags"]) == ({"plan": "gold"}, ["vip"])
    assert renamed["data"]["contact"]["name"] == "Ana Souza"
    assert corrected["data"]["contact"]["locale"] == "pt"
    assert untagged["data"]["contact"]["tags"] == []


async def test_people_of_a_sheet_are_told(bot: Bot) -> None:
    endpoint = await add_row(bot.engine, "contact.created", "contact.updated")
    await bot.hears(message("hello"))
    known = Person(2, phone="+5511999990001", locale="es")
    new = Person(3, phone="+5511999990002", name="Rui", tags=("vip",))
    no_claim = Claim("", ConsentPurpose.ALL, "clientes.csv", bot.clock(), is_in_sheet=True)

    for _ in range(2):
        async with bot.engine.begin() as connection:
            await import_people(connection, [known, new], no_claim, bot.clock())

    _ana, created, updated = await told(bot.engine, endpoint)
    assert (created["type"], created["data"]["contact"]["name"]) == ("contact.created", "Rui")
    assert created["data"]["contact"]["tags"] == ["vip"]
    assert (updated["type"], updated["data"]["contact"]["locale"]) == ("contact.updated", "es")


async def test_each_is_told_what_it_asks_for_while_it_is_there(bot: Bot) -> None:
    asks = await add_row(bot.engine, "contact.created")
    waits = await add_row(bot.engine, "message.received", status="paused")
    disabled = await add_row(bot.engine, status="disabled", disabled_reason="asked")
    deleted = await add_row(bot.engine, deleted_at=bot.clock())

    await bot.hears(message("hello"))

    assert types(await told(bot.engine, asks)) == ["contact.created"]
    assert types(await told(bot.engine, waits)) == ["message.received"]
    assert await told(bot.engine, disabled) == await told(bot.engine, deleted) == []


async def test_what_could_not_be_written_is_told_late_to_whoever_asks_for_it_by_then(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = await add_row(bot.engine, "message.received")

    async def fails(*_: object) -> list[str]:
        raise RuntimeError

    monkeypatch.setattr(hearing, "write", fails)
    await bot.hears(message("hello"))
    monkeypatch.undo()
    also = await add_row(bot.engine, "message.received")
    assert await told(bot.engine, asks) == []

    worker = Jobs(bot.engine, "one", HANDLERS, None)
    while await worker.run_next():
        pass
    assert types(await told(bot.engine, asks)) == types(await told(bot.engine, also)) == ["message.received"]


@pytest.mark.parametrize(
    ("kinds", "cost", "events"), [(("handoff.began",), 2, 0), (ALL, 8, 44)], ids=["nobody", "somebody"]
)
async def test_telling_takes_as_many_statements_for_many_as_for_one(
    postgres_url: str, kinds: tuple[str, ...], cost: int, events: int
) -> None:
    engine, counts = listening(create_engine(postgres_url), LISTENERS), []
    await add_row(engine, *kinds)
    async with running_bot(engine, BUNDLE) as bot:
        statements: list[str] = []
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        for few in (2, 20):
            statements.clear()
            people = [f"+55119999{few:02}{number:03}" for number in range(few)]
            await bot.hears(*(message("hello", phone=each) for each in people))
            counts.append(sum("endpoint" in each or "SAVEPOINT" in each for each in statements))
        async with engine.connect() as connection:
            written = (await connection.execute(select(EndpointEvent.id))).all()
    await engine.dispose()

    # For new contacts and for messages a look each; where somebody asks also a savepoint, and one that writes.
    assert (counts, len(written)) == ([cost, cost], events)


async def test_whoever_a_sheet_makes_is_told_before_what_they_agree_to(bot: Bot) -> None:
    endpoint = await add_row(bot.engine, "contact.created", "consent.changed")
    new = Person(2, phone="+5511999990002", name="Rui")
    claim = Claim("form at the counter", ConsentPurpose.ALL, "clientes.csv", bot.clock())

    async with bot.engine.begin() as connection:
        await import_people(connection, [new], claim, bot.clock())

    kinds = types(await told(bot.engine, endpoint))
    assert kinds[0] == "contact.created"
    assert set(kinds[1:]) == {"consent.changed"}
