"""What was stopped in WhatsApp's own settings becomes a refusal of marketing alone, unless a STOP came after it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Consent, ConsentChange, Contact, ContactAddress
from bot.core.addresses import Channel
from bot.core.ids import new_id
from bot.db.migrate import downgrade, upgrade
from tests.support import rows

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
_BEFORE = "0013"


async def _refused(engine: AsyncEngine, address: str, reason: str, *, opted_in: bool = False) -> rows.Person:
    async with engine.begin() as connection:
        person = await rows.add_person(connection, address)
        await connection.execute(update(Contact).where(Contact.id == person.id).values(opt_in=opted_in))
        about = {"address_id": person.address_id, "channel": Channel.WHATSAPP, "opted_in": opted_in, "reason": reason}
        told = {**about, "changed_at": NOON, "said_at": NOON}
        moments = {"created_at": NOON, "updated_at": NOON}
        await connection.execute(insert(Consent).values(id=new_id(), **told, **moments))
        await connection.execute(insert(ConsentChange).values(id=new_id(), **told))
    return person


async def _said(engine: AsyncEngine, person: rows.Person, code: str, minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    async with engine.begin() as connection:
        trace = [{"code": code, "data": {"word": "stop"}}]
        await rows.add_inbound(connection, person, "stop", trace=trace, created_at=at, sent_at=at)


async def _held(engine: AsyncEngine) -> dict[str | None, tuple[Any, ...]]:
    """By contact: all and why, marketing and why, and the contact's copy."""
    statement = select(
        Contact.phone,
        Consent.opted_in,
        Consent.reason,
        Consent.marketing_opted_in,
        Consent.marketing_reason,
        Contact.opt_in,
    ).select_from(Contact)
    statement = statement.join(ContactAddress, ContactAddress.contact_id == Contact.id).join(
        Consent, Consent.address_id == ContactAddress.id
    )
    async with engine.connect() as connection:
        return {phone: tuple(held) for phone, *held in await connection.execute(statement)}


async def _history(engine: AsyncEngine, person: rows.Person) -> list[tuple[str, bool, str]]:
    statement = select(ConsentChange.purpose, ConsentChange.opted_in, ConsentChange.reason)
    statement = statement.where(ConsentChange.address_id == person.address_id).order_by(ConsentChange.changed_at)
    async with engine.connect() as connection:
        return [(row.purpose, row.opted_in, row.reason) for row in await connection.execute(statement)]


@pytest.mark.own_database
async def test_whatsapps_own_stop_becomes_one_of_marketing_up_and_down(engine: AsyncEngine) -> None:
    # Given people of before who stopped marketing, some of whom wrote STOP after it, or before,
    await downgrade(engine, _BEFORE)
    async with engine.begin() as connection:
        await rows.add_account(connection)
    stopped = await _refused(engine, "+1", "marketing")
    left = await _refused(engine, "+2", "marketing")
    await _said(engine, left, "opt_out_again", 5)
    long_ago = await _refused(engine, "+3", "marketing")
    await _said(engine, long_ago, "opt_out_again", -5)
    await _refused(engine, "+4", "word")
    await _refused(engine, "+5", "marketing", opted_in=True)
    before = await _held(engine)

    # when the schema goes up,
    await upgrade(engine)

    # then only marketing is refused, but by those who wrote STOP afterwards.
    assert await _held(engine) == {
        "+1": (True, "marketing", False, "marketing", True),
        "+2": (False, "word", False, "marketing", False),
        "+3": (True, "marketing", False, "marketing", True),
        "+4": (False, "word", None, None, False),
        "+5": (True, "marketing", True, "marketing", True),
    }
    assert await _history(engine, stopped) == [("marketing", False, "marketing")]
    assert await _history(engine, left) == [("marketing", False, "marketing"), ("all", False, "word")]

    # And down again it is as it was, with the STOP as what it is.
    await downgrade(engine, _BEFORE)
    after = await _held(engine)
    assert {phone: (held[0], held[4]) for phone, held in after.items()} == {
        phone: (held[0], held[4]) for phone, held in before.items()
    }
    assert {phone: held[1] for phone, held in after.items()} == {
        "+1": "marketing",
        "+2": "word",
        "+3": "marketing",
        "+4": "word",
        "+5": "marketing",
    }
    await upgrade(engine)
    assert (await _held(engine))["+1"] == (True, "marketing", False, "marketing", True)
