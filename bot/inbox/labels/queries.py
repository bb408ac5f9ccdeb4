"""The statements over labels."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.bulk import BulkInsert, among, insert_or_pass
from bot.db.counting import MOST_COUNTED
from bot.db.engine import is_postgresql
from bot.inbox.listing.queries import LabelRow
from bot.inbox.models import InboxConversationLabel, InboxLabel

_ROW = (InboxLabel.id, InboxLabel.name, InboxLabel.colour)
_LABELS = select(*_ROW).order_by(InboxLabel.key)
GIVE = BulkInsert(InboxConversationLabel, ("contact_id", "label_id", "created_at"), keys=("contact_id", "label_id"))
"""Gives conversations labels that they do not have."""
# Any pair that nothing else uses.
_LOCK_NAMES = text("SELECT pg_advisory_xact_lock(723620, 3)")


async def labels(connection: AsyncConnection) -> Sequence[LabelRow]:
    """All labels, by name."""
    return [LabelRow(*row) for row in await connection.execute(_LABELS)]


async def label_of(connection: AsyncConnection, label_id: str) -> LabelRow | None:
    """One of them."""
    row = (await connection.execute(select(*_ROW).where(InboxLabel.id == label_id))).one_or_none()
    return None if row is None else LabelRow(*row)


async def label_named(connection: AsyncConnection, key: str) -> LabelRow | None:
    """The one that is spelled so."""
    row = (await connection.execute(select(*_ROW).where(InboxLabel.key == key))).one_or_none()
    return None if row is None else LabelRow(*row)


async def counts(connection: AsyncConnection) -> Mapping[str, int]:
    """How many conversations have each label, by its id, as `bot.db.counting` counts."""
    pair = InboxConversationLabel
    some = select(pair.contact_id).where(pair.label_id == InboxLabel.id).correlate(InboxLabel).limit(MOST_COUNTED + 1)
    count = select(func.count()).select_from(some.subquery()).scalar_subquery()
    return {each.id: each.number for each in await connection.execute(select(InboxLabel.id, count.label("number")))}


async def lock_names(connection: AsyncConnection) -> None:
    """Let one at a time say how labels are called, until its transaction ends; SQLite has but one writer anyway."""
    if is_postgresql(connection):
        await connection.execute(_LOCK_NAMES)


async def lock_label(connection: AsyncConnection, label_id: str) -> LabelRow | None:
    """A label that nobody else changes until the transaction ends."""
    statement = select(*_ROW).where(InboxLabel.id == label_id).with_for_update(key_share=True)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else LabelRow(*row)


async def count_labels(connection: AsyncConnection) -> int:
    """How many there are."""
    return (await connection.execute(select(func.count()).select_from(InboxLabel))).scalar_one()


async def insert_label(connection: AsyncConnection, **values: Any) -> bool:
    """Whether it was inserted; it is not where the name is taken."""
    statement = insert_or_pass(connection.dialect.name, InboxLabel).values(values)
    return (await connection.execute(statement)).rowcount > 0


async def is_taken(connection: AsyncConnection, key: str, *, but: str) -> bool:
    """Whether another label than `but` is spelled so."""
    statement = select(InboxLabel.id).where(InboxLabel.key == key, InboxLabel.id != but)
    return (await connection.execute(statement)).first() is not None


async def update_label(connection: AsyncConnection, label_id: str, **values: Any) -> None:
    """Change a label."""
    await connection.execute(update(InboxLabel).where(InboxLabel.id == label_id).values(values))


async def delete_label(connection: AsyncConnection, label_id: str) -> None:
    """Delete a label; no conversation has it any more."""
    await connection.execute(delete(InboxLabel).where(InboxLabel.id == label_id))


async def move(connection: AsyncConnection, label_id: str, into_id: str) -> int:
    """Let conversations that have a label have another one instead; returns how many. Those that have both stay so."""
    pair, other = InboxConversationLabel, aliased(InboxConversationLabel)
    has_both = exists().where(other.contact_id == pair.contact_id, other.label_id == into_id)
    statement = update(pair).where(pair.label_id == label_id, ~has_both).values(label_id=into_id)
    return (await connection.execute(statement)).rowcount


async def take(connection: AsyncConnection, contact_ids: Iterable[str], label_id: str) -> Sequence[str]:
    """Take a label from conversations; returns whose had it."""
    pair = InboxConversationLabel
    statement = (
        delete(pair)
        .where(among(connection.dialect.name, pair.contact_id, "ids"), pair.label_id == label_id)
        .returning(pair.contact_id)
    )
    return (await connection.scalars(statement, {"ids": sorted(contact_ids)})).all()


async def only_of(connection: AsyncConnection, contact_id: str, but: str) -> Sequence[str]:
    """The ids of the labels that one conversation has and another one has not."""
    pair = InboxConversationLabel
    theirs = select(pair.label_id).where(pair.contact_id == but)
    statement = select(pair.label_id).where(pair.contact_id == contact_id, pair.label_id.not_in(theirs))
    return (await connection.scalars(statement.order_by(pair.label_id))).all()


async def having(connection: AsyncConnection, contact_ids: Iterable[str], label_id: str) -> Sequence[str]:
    """Whose conversations have a label."""
    pair = InboxConversationLabel
    statement = select(pair.contact_id).where(
        among(connection.dialect.name, pair.contact_id, "ids"), pair.label_id == label_id
    )
    return (await connection.scalars(statement, {"ids": sorted(contact_ids)})).all()
