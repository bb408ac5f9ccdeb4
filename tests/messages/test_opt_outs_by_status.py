"""Reports by which people want no more, while somebody else works on the same contact and message."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts import holding, queries
from bot.contacts import service as contacts
from bot.contacts.models import Consent, ContactAddress
from bot.contacts.service import ContactsHeldError
from bot.core.consents import ConsentReason
from bot.core.messages import Status, StatusUpdate
from bot.db.engine import create_engine
from bot.messages import statuses
from bot.messages.kept.models import WebhookEvent
from bot.messages.models import Message
from bot.messages.outbox.fence import fail_overtaken
from bot.messages.statuses import apply, apply_kept, tend_kept
from tests.support import rows
from tests.support.rows import Person

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
SAID_AT = NOW - timedelta(hours=3)


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(postgres_url)
    yield made
    await made.dispose()


async def written_to(engine: AsyncEngine, **columns: Any) -> tuple[Person, str]:
    """A person, and a message that the bot has queued for them."""
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        return person, await rows.add_outbound(connection, person, **columns)


async def report(engine: AsyncEngine, *updates: StatusUpdate) -> None:
    async with engine.begin() as connection:
        await apply(connection, updates, NOW)


def complaint(provider_message_id: str = "wamid.1", **rest: Any) -> StatusUpdate:
    return StatusUpdate(
        rows.ACCOUNT, provider_message_id, Status.DELIVERED, opt_out=ConsentReason.COMPLAINT, at=SAID_AT, **rest
    )


async def refused_at(engine: AsyncEngine) -> list[datetime | None]:
    """When those who want no more said so."""
    async with engine.connect() as connection:
        return list(await connection.scalars(select(Consent.said_at).where(Consent.opted_in.is_(False))))


async def test_a_takeover_and_an_opt_out_of_the_same_message_never_wait_for_each_other(postgres: AsyncEngine) -> None:
    person, message = await written_to(postgres, epoch=0)
    reaches_the_contact = asyncio.Event()

    def watch(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM contacts" in statement and "FOR NO KEY UPDATE" in statement:
            reaches_the_contact.set()

    async with postgres.begin() as taker:
        await contacts.lock(taker, [person.id])
        event.listen(postgres.sync_engine, "before_cursor_execute", watch)
        reporting = asyncio.create_task(report(postgres, complaint(message_id=message)))
        await reaches_the_contact.wait()

        # Had the report locked the message first, each would have what the other one wants.
        assert (await fail_overtaken(taker, [person.id], NOW)).failed == (message,)
        with pytest.raises(ContactsHeldError) as held:
            await reporting

    assert held.value.named == {complaint().key}
    await report(postgres, complaint(message_id=message))
    assert await refused_at(postgres) == [SAID_AT]


async def test_a_report_without_an_opt_out_asks_nobody_for_the_contact(postgres: AsyncEngine) -> None:
    person, message = await written_to(postgres, status="sent", provider_message_id="wamid.1")
    async with postgres.begin() as holder:
        await contacts.lock(holder, [person.id])

        statements: list[str] = []
        event.listen(postgres.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        await report(postgres, StatusUpdate(rows.ACCOUNT, "wamid.1", Status.READ))

        assert len(statements) == 3
        assert not any("contacts" in each for each in statements)
    assert await rows.column(postgres, message, "status") == "read"


async def test_reports_of_one_message_by_its_two_names_lock_its_contact_first(
    postgres: AsyncEngine,
) -> None:
    person, message = await written_to(postgres)
    named = StatusUpdate(rows.ACCOUNT, "wamid.1", Status.SENT, message_id=message)
    async with postgres.begin() as holder:
        await contacts.lock(holder, [person.id])
        with pytest.raises(ContactsHeldError):
            # The second is of the message whose other name only the first one tells.
            await report(postgres, named, complaint())

    await report(postgres, named, complaint())
    assert await refused_at(postgres) == [SAID_AT]


async def test_an_answer_is_recorded_though_an_early_opt_out_waits_for_its_contact(postgres: AsyncEngine) -> None:
    person, message = await written_to(postgres)
    await report(postgres, complaint())
    await rows.set_columns(postgres, message, status="sent", provider_message_id="wamid.1")
    async with postgres.begin() as holder:
        await contacts.lock(holder, [person.id])
        async with postgres.begin() as connection:
            assert await apply_kept(connection, NOW, provider_message_ids=["wamid.1"]) == 0

    assert await refused_at(postgres) == []
    async with postgres.begin() as connection:
        await tend_kept(connection, NOW)
    assert await refused_at(postgres) == [SAID_AT]


async def test_an_opt_out_that_came_before_its_message_counts_from_when_it_was_said(engine: AsyncEngine) -> None:
    _person, message = await written_to(engine)
    await report(engine, StatusUpdate(rows.ACCOUNT, "wamid.1", Status.DELIVERED))
    await report(engine, complaint())
    await report(engine, complaint())
    await rows.set_columns(engine, message, status="sent", provider_message_id="wamid.1")

    async with engine.begin() as connection:
        assert await apply_kept(connection, NOW) == 2

    assert await refused_at(engine) == [SAID_AT]


async def test_an_early_opt_out_that_was_kept_without_its_moment_counts_all_the_same(engine: AsyncEngine) -> None:
    _person, message = await written_to(engine, status="sent", provider_message_id="wamid.1")
    async with engine.begin() as connection:
        detail = {"status": "failed", "message_id": "", "code": "21610", "reason": "", "opt_out": "provider"}
        early = {"provider": "whatsapp", "kind": "status", "account": rows.ACCOUNT, "provider_message_id": "wamid.1"}
        await connection.execute(insert(WebhookEvent).values(**early, detail=detail, received_at=NOW))

        assert await apply_kept(connection, NOW) == 1

    assert await refused_at(engine) == [None]
    assert await rows.column(engine, message, "error") == "21610"


async def test_an_opt_out_of_a_message_that_is_not_ours_is_kept_like_any_other_status(engine: AsyncEngine) -> None:
    await written_to(engine)

    await report(engine, complaint(message_id="theirs"))

    async with engine.connect() as connection:
        assert await connection.scalar(select(WebhookEvent.provider_message_id)) == "wamid.1"
    assert await refused_at(engine) == []


async def test_a_message_that_got_another_address_meanwhile_is_looked_at_again(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, message = await written_to(engine)
    async with engine.begin() as connection:
        other = await rows.add_person(connection, "+5511999990001")

    async def moved_before(connection: AsyncConnection, address_ids: Any) -> frozenset[str]:
        held = await holding.hold_owners(connection, address_ids)
        await connection.execute(update(Message).where(Message.id == message).values(address_id=other.address_id))
        return held

    with monkeypatch.context() as patched:
        patched.setattr(statuses, "hold_owners", moved_before)
        async with engine.connect() as connection:
            with pytest.raises(ContactsHeldError):
                await apply(connection, [complaint(message_id=message)], NOW)
            await connection.rollback()

    await report(engine, complaint(message_id=message))
    async with engine.connect() as connection:
        refused = await connection.scalars(select(Consent.address_id))
        assert refused.all() == [person.address_id]


async def test_an_address_that_another_contact_got_meanwhile_is_not_had(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        ana, rui = await rows.add_person(connection), await rows.add_person(connection, "+5511999990001")
        real = queries.try_lock_contacts

        async def merged_before(given: AsyncConnection, contact_ids: Any) -> Any:
            got = await real(given, contact_ids)
            moved = update(ContactAddress).where(ContactAddress.id == ana.address_id)
            await given.execute(moved.values(contact_id=rui.id))
            return got

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(queries, "try_lock_contacts", merged_before)
            assert await holding.hold_owners(connection, [ana.address_id, rui.address_id]) == {ana.address_id}
        assert await holding.hold_owners(connection, [ana.address_id, rui.address_id]) == set()
