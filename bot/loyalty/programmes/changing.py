"""Making programmes and changing them, one at a time, each with its line in the audit."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.loyalty.programmes import queries
from bot.loyalty.programmes.rules import kept, name_key, told
from bot.loyalty.values import AskedProgramme, NotThereError, Programme, TakenError

MOST_PROGRAMMES = 100
"""They are read whole, by each page and each posting that names one."""


async def add_programme(connection: AsyncConnection, asked: AskedProgramme, by: Actor, now: datetime) -> Programme:
    """Make a programme; raises AskedError for what cannot be, TakenError, and BotError for too many."""
    made = Programme(new_id(), kept(asked), None, now, now)
    await queries.lock_names(connection)
    others = await queries.programmes(connection)
    if len(others) >= MOST_PROGRAMMES:
        raise BotError(N_("there are {most} programmes, the most"), most=MOST_PROGRAMMES)
    _require_free(made, others)
    await queries.insert_programme(connection, made)
    await _note(connection, "add", made.id, difference({}, told(made.asked)), by, now)
    return made


async def hold_programme(connection: AsyncConnection, spelled: str) -> Programme:
    """A programme by name or id that nobody else changes until the transaction ends; raises NotThereError."""
    await queries.lock_names(connection)
    return await find_programme(connection, spelled)


async def change_programme(
    connection: AsyncConnection, spelled: str, asked: AskedProgramme, by: Actor, now: datetime
) -> Programme:
    """Let a programme be another one; what was earned keeps its last day.

    Raises NotThereError, and what `add_programme` raises.
    """
    wanted = kept(asked)
    before = await hold_programme(connection, spelled)
    after = Programme(before.id, wanted, before.released_at, before.created_at, now)
    if wanted == before.asked:
        return before
    _require_free(after, await queries.programmes(connection))
    await queries.update_programme(connection, before.id, wanted, now)
    await _note(connection, "change", before.id, difference(told(before.asked), told(wanted)), by, now)
    return after


async def set_released(
    connection: AsyncConnection, spelled: str, by: Actor, now: datetime, *, released: bool
) -> Programme:
    """Let a programme's notices go out, or not until somebody releases them again; raises NotThereError."""
    before = await hold_programme(connection, spelled)
    if (before.released_at is not None) == released:
        return before
    released_at = now if released else None
    await queries.set_released(connection, before.id, released_at, now)
    await _note(connection, "release" if released else "withhold", before.id, {}, by, now)
    return Programme(before.id, before.asked, released_at, before.created_at, now)


async def find_programme(connection: AsyncConnection, spelled: str) -> Programme:
    """A programme by its name, in any case, or its id; raises NotThereError, which names those that there are."""
    exactly = await queries.programme(connection, spelled)
    if exactly is not None:
        return exactly
    for each in await queries.programmes(connection):
        if name_key(each.name) == name_key(spelled):
            return each
    raise NotThereError(spelled)


def _require_free(wanted: Programme, others: Sequence[Programme]) -> None:
    if any(each.id != wanted.id and name_key(each.name) == name_key(wanted.name) for each in others):
        message, mend = N_("there is a programme {name} already"), N_("Choose another name.")
        raise TakenError("name", message, mend, name=wanted.name)


async def _note(
    connection: AsyncConnection, verb: str, programme_id: str, detail: dict[str, object], by: Actor, now: datetime
) -> None:
    hint(connection, Topic.POINTS, None)
    await record(connection, by, f"programme.{verb}", "programme", programme_id, detail, at=now)
