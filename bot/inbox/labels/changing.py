"""Making labels, changing them, and giving them to conversations."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.core.text import clean
from bot.db.hub import hint
from bot.inbox.holding import hold
from bot.inbox.kinds import COLOURS
from bot.inbox.labels import queries
from bot.inbox.listing.queries import LabelRow
from bot.inbox.rules import label_of
from bot.inbox.values import NotThereError, Outcomes

MOST_LABELS = 200
"""They are looked through, and stand beside each other on a page."""
_LONGEST = 64


async def add_label(connection: AsyncConnection, name: str, colour: str, by: Actor, now: datetime) -> LabelRow:
    """Make a label; raises BotError for a name that is taken, none or too long, no colour, and too many labels."""
    name, key = _read(name, colour)
    if await queries.count_labels(connection) >= MOST_LABELS:
        raise BotError(N_("there are {most} labels, the most"), mend=N_("Delete one."), most=MOST_LABELS)
    label = LabelRow(new_id(), name, colour)
    values = {**label._asdict(), "key": key, "created_at": now, "updated_at": now}
    if not await queries.insert_label(connection, **values):
        raise _taken(name)
    await _note(connection, "add", label.id, difference({}, _told(label)), by, now)
    return label


async def change_label(
    connection: AsyncConnection, label_id: str, name: str, colour: str, by: Actor, now: datetime
) -> LabelRow:
    """Call a label otherwise, or let it look so; raises NotThereError, and what `add_label` raises."""
    name, key = _read(name, colour)
    before = await queries.lock_label(connection, label_id)
    if before is None:
        raise NotThereError(label_id)
    if await queries.is_taken(connection, key, but=label_id):
        raise _taken(name)
    after = LabelRow(label_id, name, colour)
    if after != before:
        await queries.update_label(connection, label_id, name=name, key=key, colour=colour, updated_at=now)
        await _note(connection, "change", label_id, difference(_told(before), _told(after)), by, now)
    return after


async def delete_label(connection: AsyncConnection, label_id: str, by: Actor, now: datetime) -> None:
    """Delete a label, also where conversations have it; raises NotThereError."""
    before = await queries.lock_label(connection, label_id)
    if before is None:
        raise NotThereError(label_id)
    await queries.delete_label(connection, label_id)
    await _note(connection, "delete", label_id, difference(_told(before), {}), by, now)


async def label(
    connection: AsyncConnection, contact_ids: Collection[str], label_id: str, by: Actor, now: datetime, *, has: bool
) -> Outcomes:
    """Give conversations a label, the bot's among them, or take it from them; raises NotThereError for no such label.

    GONE is for a contact that is not there.
    """
    held = await hold(connection, contact_ids)
    known = await queries.lock_label(connection, label_id)
    if known is None:
        raise NotThereError(label_id)
    if has:
        rows = [{"contact_id": each, "label_id": label_id, "created_at": now} for each in sorted(held.ids)]
        before = await queries.having(connection, held.ids, label_id)
        await queries.GIVE.execute(connection, rows)
        done = held.ids.difference(before)
    else:
        done = frozenset(await queries.take(connection, held.ids, label_id))
    hint(connection, Topic.INBOX, done)
    verb = "label" if has else "unlabel"
    for each in sorted(done):
        detail = {"label": known.name}
        await record(connection, by, f"conversation.{verb}", "conversation", each, detail, at=now)
    return held.outcomes(done, held.ids.difference(done))


def _read(typed: str, colour: str) -> tuple[str, str]:
    name, key = label_of(clean(typed, _LONGEST + 1)[0])
    if not name or len(name) > _LONGEST:
        raise BotError(N_("a label has 1 to {longest} characters"), longest=_LONGEST)
    if colour not in COLOURS:
        raise BotError(
            N_("{colour} is no colour of labels"),
            mend=N_("Choose one of these: {colours}"),
            colour=colour,
            colours=", ".join(COLOURS),
        )
    return name, key


def _taken(name: str) -> BotError:
    return BotError(N_("there is a label {name} already"), name=name)


def _told(label_: LabelRow) -> dict[str, object]:
    return {"name": label_.name, "colour": label_.colour}


async def _note(
    connection: AsyncConnection, verb: str, label_id: str, detail: dict[str, object], by: Actor, now: datetime
) -> None:
    hint(connection, Topic.INBOX, None)
    await record(connection, by, f"label.{verb}", "label", label_id, detail, at=now)
