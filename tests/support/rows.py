"""Rows for tests, written directly: accounts, people, messages. Each gives back what a test needs to name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.channels.models import Account
from bot.contacts.models import Consent, Contact, ContactAddress
from bot.core.addresses import AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.messages.models import Message
from bot.messages.outbox.window import windows_of

ACCOUNT = "whatsapp:1000"


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with one address."""

    id: str
    address_id: str
    kind: AddressKind
    address: str


async def add_account(
    connection: AsyncConnection, account_id: str = ACCOUNT, *, rate: float | None = None, paused: bool = False
) -> str:
    """An account; no limit on its rate unless given."""
    provider = account_id.partition(":")[0]
    await connection.execute(insert(Account).values(id=account_id, provider=provider, rate=rate, paused=paused))
    return account_id


async def add_person(
    connection: AsyncConnection, address: str = "+5511999990000", kind: AddressKind = AddressKind.PHONE
) -> Person:
    """A contact who is reached at `address`."""
    person = Person(new_id(), new_id(), kind, address)
    await connection.execute(insert(Contact).values(id=person.id, phone=address))
    await connection.execute(
        insert(ContactAddress).values(id=person.address_id, contact_id=person.id, kind=kind, value=address)
    )
    return person


async def add_consent(
    connection: AsyncConnection, person: Person, *, opted_in: bool, channel: Channel = Channel.WHATSAPP
) -> None:
    """What the person said by a word."""
    await connection.execute(
        insert(Consent).values(
            address_id=person.address_id, channel=channel, opted_in=opted_in, reason="word", changed_at=utc_now()
        )
    )


async def add_outbound(
    connection: AsyncConnection,
    person: Person,
    content: str = "hello",
    *,
    account: str = ACCOUNT,
    heard: bool = True,
    **columns: Any,
) -> str:
    """A queued message to `person`, next in their order; `columns` overrides any column. Returns its id.

    Where a customer window limits what may be sent, they have just written, unless they were not `heard`.
    """
    row = await _row(connection, person, content, account, columns)
    if heard and row["channel"] in windows_of(account):
        await _hear(connection, person, row)
    await connection.execute(insert(Message).values({"direction": "outbound", "status": "queued", **row}))
    return str(row["id"])


async def _hear(connection: AsyncConnection, person: Person, row: dict[str, Any]) -> None:
    """Let the person have written before all else, if they have not written at all where that message goes."""
    written = select(Message.id).where(
        Message.contact_id == person.id,
        Message.account == row["account"],
        Message.channel == row["channel"],
        Message.direction == "inbound",
    )
    if (await connection.execute(written.limit(1))).one_or_none() is None:
        first = (
            await connection.execute(select(func.min(Message.seq)).where(Message.contact_id == person.id))
        ).scalar()
        # Late enough for tests that move the clock on.
        at = utc_now() + timedelta(days=36_500)
        place = {"account": row["account"], "channel": row["channel"], "seq": min(first or 0, 0) - 1, "created_at": at}
        await add_inbound(connection, person, **place)


async def add_inbound(
    connection: AsyncConnection, person: Person, content: str = "hi", *, account: str = ACCOUNT, **columns: Any
) -> str:
    """A message of `person`, whose turn is done unless `turn_state` says otherwise. Returns its id."""
    row = await _row(connection, person, content, account, columns)
    fixed = {"direction": "inbound", "status": "delivered", "turn_state": "done", "provider_message_id": new_id()}
    await connection.execute(insert(Message).values({**fixed, **row}))
    return str(row["id"])


async def column(engine: AsyncEngine, message_id: str, name: str) -> Any:
    """One column of a message, as committed."""
    return (await columns(engine, message_id))[name]


async def columns(engine: AsyncEngine, message_id: str) -> dict[str, Any]:
    """All columns of a message, as committed."""
    async with engine.connect() as connection:
        statement = select(Message.__table__).where(Message.id == message_id)
        return dict((await connection.execute(statement)).one()._mapping)


async def set_columns(engine: AsyncEngine, message_id: str, **values: Any) -> None:
    """Change columns of a message."""
    async with engine.begin() as connection:
        await connection.execute(update(Message).where(Message.id == message_id).values(**values))


async def _row(
    connection: AsyncConnection, person: Person, content: str, account: str, given: dict[str, Any]
) -> dict[str, Any]:
    now: datetime = utc_now()
    next_seq = update(Contact).where(Contact.id == person.id).values(seq=Contact.seq + 1).returning(Contact.seq)
    return {
        "id": new_id(),
        "contact_id": person.id,
        "account": account,
        "channel": "email" if person.kind is AddressKind.EMAIL else "whatsapp",
        "address_id": person.address_id,
        "address": person.address,
        "address_kind": person.kind,
        "seq": (await connection.execute(next_seq)).scalar_one(),
        "content": content,
        "created_at": now,
        "updated_at": now,
        **given,
    }
