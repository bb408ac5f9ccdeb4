"""Making labels, changing them, and giving them to conversations."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import Deed, difference, record, record_all
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.core.text import clean, cut
from bot.db.hub import hint
from bot.inbox.holding import hold
from bot.inbox.kinds import COLOURS
from bot.inbox.labels import queries
from bot.inbox.listing.queries import LabelRow
from bot.inbox.rules import label_of, least_used
from bot.inbox.values import AskedError, NotThereError, Outcomes, TakenError

MOST_LABELS = 200
"""They are looked through, and stand beside each other on a page."""
_LONGEST = 64
_LONGEST_KEY = 128
"""Some letters are two or three of them once case is no matter."""


async def add_label(connection: AsyncConnection, name: str, colour: str, by: Actor, now: datetime) -> LabelRow:
    """Make a label; raises AskedError for a name or a colour that cannot be, TakenError, BotError for too many."""
    name, key = _read(name, colour)
    await queries.lock_names(connection)
    if await queries.count_labels(connection) >= MOST_LABELS:
        raise BotError(N_("there are {most} labels, the most"), mend=N_("Delete one."), most=MOST_LABELS)
    made = LabelRow(new_id(), name, colour)
    values = {**made._asdict(), "key": key, "created_at": now, "updated_at": now}
    if not await queries.insert_label(connection, **values):
        raise _taken(name)
    await _note(connection, "add", made.id, difference({}, _told(made)), by, now)
    return made


async def find_label(connection: AsyncConnection, spelled: str) -> LabelRow | None:
    """The label of that name, however it is spelled, else of that id."""
    return await queries.label_named(connection, label_of(spelled)[1]) or await queries.label_of(connection, spelled)


async def label_called(connection: AsyncConnection, name: str, by: Actor, now: datetime) -> LabelRow:
    """The label of that name; one that is new has the colour that the fewest have. Raises what `add_label` raises."""
    await queries.lock_names(connection)
    known = await queries.label_named(connection, label_of(name)[1])
    if known is not None:
        return known
    return await add_label(connection, name, await unused_colour(connection), by, now)


async def label_by_name(
    connection: AsyncConnection, contact_ids: Collection[str], name: str, by: Actor, now: datetime
) -> tuple[LabelRow, Outcomes]:
    """Give conversations the label of that name, which is made where there is none.

    Raises NotThereError where all of the contacts are gone, for whom no label is made, and what `add_label` raises.
    """
    # Nobody waits to name a label for as long as the contacts are waited for.
    held = await hold(connection, contact_ids)
    if not held.ids:
        raise NotThereError(min(contact_ids, default=""))
    given = await label_called(connection, name, by, now)
    return given, await label(connection, contact_ids, given.id, by, now, has=True)


async def unused_colour(connection: AsyncConnection) -> str:
    """The colour that the fewest labels have."""
    return least_used(COLOURS, [each.colour for each in await queries.labels(connection)])


async def hold_label(connection: AsyncConnection, label_id: str) -> LabelRow:
    """A label that nobody else changes until the transaction ends; raises NotThereError."""
    await queries.lock_names(connection)
    return await _locked(connection, label_id)


async def change_label(
    connection: AsyncConnection, label_id: str, name: str, colour: str, by: Actor, now: datetime
) -> LabelRow:
    """Call a label otherwise, or let it look so; raises NotThereError, and what `add_label` raises."""
    name, key = _read(name, colour)
    before = await hold_label(connection, label_id)
    if await queries.is_taken(connection, key, but=label_id):
        raise _taken(name)
    after = LabelRow(label_id, name, colour)
    if after != before:
        await queries.update_label(connection, label_id, name=name, key=key, colour=colour, updated_at=now)
        await _note(connection, "change", label_id, difference(_told(before), _told(after)), by, now)
    return after


async def delete_label(connection: AsyncConnection, label_id: str, by: Actor, now: datetime) -> None:
    """Delete a label, also where conversations have it; raises NotThereError."""
    before = await hold_label(connection, label_id)
    await queries.delete_label(connection, label_id)
    await _note(connection, "delete", label_id, difference(_told(before), {}), by, now)


async def merge_labels(connection: AsyncConnection, label_id: str, into_id: str, by: Actor, now: datetime) -> int:
    """Let conversations have `into_id` instead of a label, which is deleted; returns how many did not have it before.

    Raises NotThereError where either is gone, AskedError for one and the same.
    """
    if label_id == into_id:
        raise AskedError("into", N_("a label is not merged into itself"), N_("Choose another one."))
    # Whoever asks may hold one of the two by now, as the API does: one at a time, so that no two wait for each other.
    await queries.lock_names(connection)
    names = {each: (await _locked(connection, each)).name for each in sorted((label_id, into_id))}
    moved = await queries.move(connection, label_id, into_id)
    await queries.delete_label(connection, label_id)
    detail = {"name": names[label_id], "into": names[into_id], "conversations": moved}
    await _note(connection, "merge", label_id, detail, by, now)
    return moved


async def label(
    connection: AsyncConnection, contact_ids: Collection[str], label_id: str, by: Actor, now: datetime, *, has: bool
) -> Outcomes:
    """Give conversations a label, the bot's among them, or take it from them; raises NotThereError for no such label.

    GONE is for a contact that is not there.
    """
    held = await hold(connection, contact_ids)
    known = await _locked(connection, label_id)
    if has:
        rows = [{"contact_id": each, "label_id": label_id, "created_at": now} for each in sorted(held.ids)]
        before = await queries.having(connection, held.ids, label_id)
        await queries.GIVE.execute(connection, rows)
        done = held.ids.difference(before)
    else:
        done = frozenset(await queries.take(connection, held.ids, label_id))
    hint(connection, Topic.INBOX, done)
    verb = "label" if has else "unlabel"
    deeds = [
        Deed(by, f"conversation.{verb}", "conversation", each, {"label": known.name}, now) for each in sorted(done)
    ]
    await record_all(connection, deeds)
    return held.outcomes(done, held.ids.difference(done))


async def _locked(connection: AsyncConnection, label_id: str) -> LabelRow:
    found = await queries.lock_label(connection, label_id)
    if found is None:
        raise NotThereError(label_id)
    return found


def _read(typed: str, colour: str) -> tuple[str, str]:
    name, key = label_of(clean(typed, _LONGEST + 1)[0])
    if not any(map(str.isprintable, name)) or len(name) > _LONGEST or len(key) > _LONGEST_KEY:
        mend = N_("Write at most {longest} characters that can be seen.")
        raise AskedError("name", N_("this cannot be the name of a label"), mend, longest=_LONGEST)
    if colour not in COLOURS:
        message, mend = N_("{colour} is no colour of labels"), N_("Choose one of these: {colours}")
        raise AskedError("colour", message, mend, colour=cut(colour, _LONGEST), colours=", ".join(COLOURS))
    return name, key


def _taken(name: str) -> TakenError:
    message, mend = N_("there is a label {name} already"), N_("Choose another name, or merge the two.")
    return TakenError("name", message, mend, name=name)


def _told(label_: LabelRow) -> dict[str, object]:
    return {"name": label_.name, "colour": label_.colour}


async def _note(
    connection: AsyncConnection, verb: str, label_id: str, detail: dict[str, object], by: Actor, now: datetime
) -> None:
    hint(connection, Topic.INBOX, None)
    await record(connection, by, f"label.{verb}", "label", label_id, detail, at=now)
