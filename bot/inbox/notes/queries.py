"""The statements over notes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact
from bot.db.bulk import among
from bot.db.types import UtcDateTime
from bot.inbox.kinds import NoteType
from bot.inbox.models import Note, NoteMention, NoteWords
from bot.search.service import Among
from bot.users.models import User


class NoteRow(NamedTuple):
    """A note; see `bot.inbox.models.Note`.

    Of one beside somebody who was merged `contact_id` is who goes on. `name` is how its author is called.
    """

    id: str
    contact_id: str
    user_id: str | None
    name: str | None
    content: str
    type: str
    created_at: datetime
    updated_at: datetime


_ROWS = (
    select(
        *(Note.id, func.coalesce(Contact.merged_into, Contact.id), Note.user_id, User.name, Note.content, Note.type),
        *(Note.created_at, Note.updated_at),
    )
    .join_from(Note, Contact, Contact.id == Note.contact_id)
    .outerjoin(User, User.id == Note.user_id)
)


def _visible(user_id: str | BindParameter[str]) -> ColumnElement[bool]:
    """Whether somebody sees a note: the team's, and their own."""
    own = and_(Note.type == NoteType.PRIVATE.value, Note.user_id == user_id)
    return or_(Note.type == NoteType.PUBLIC.value, own)


async def notes(
    connection: AsyncConnection,
    contact_ids: Sequence[str],
    user_id: str,
    limit: int,
    before: tuple[datetime, str] | None,
) -> Sequence[NoteRow]:
    """The newest notes beside those contacts' conversation that somebody sees, before that moment and id."""
    given: dict[str, Any] = {"ids": list(contact_ids), "me": user_id, "most": limit}
    if before is not None:
        given |= {"before": before[0], "before_id": before[1]}
    statement = _notes(connection.dialect.name, is_before=before is not None)
    return [NoteRow(*row) for row in await connection.execute(statement, given)]


@cache
def _notes(dialect: str, *, is_before: bool) -> Select[*tuple[Any, ...]]:
    order = (Note.created_at, Note.id)
    statement = _ROWS.where(among(dialect, Note.contact_id, "ids"), _visible(bindparam("me")))
    if is_before:
        before = (bindparam("before", type_=UtcDateTime()), bindparam("before_id", type_=String()))
        statement = statement.where(tuple_(*order) < tuple_(*before))
    return statement.order_by(*(each.desc() for each in order)).limit(bindparam("most"))


def worded(user_id: str, within: Sequence[Among]) -> Select[int, str]:
    """The words of all notes that somebody sees beside conversations that each of `within` says are meant."""
    goes_on = func.coalesce(Contact.merged_into, Contact.id)
    return (
        select(NoteWords.rank, NoteWords.note_id.label("id"))
        .join(Note, Note.id == NoteWords.note_id)
        .join(Contact, Contact.id == Note.contact_id)
        .where(_visible(user_id), *(each(goes_on) for each in within))
    )


async def notes_of(connection: AsyncConnection, note_ids: Iterable[str]) -> dict[str, NoteRow]:
    """Those notes, by id, whoever sees them."""
    rows = await connection.execute(_ROWS.where(Note.id.in_(sorted(note_ids))))
    return {row.id: NoteRow(*row) for row in rows}


async def note(connection: AsyncConnection, note_id: str, user_id: str) -> NoteRow | None:
    """A note, if somebody sees it."""
    row = (await connection.execute(_ROWS.where(Note.id == note_id, _visible(user_id)))).one_or_none()
    return None if row is None else NoteRow(*row)


async def notes_of_team(connection: AsyncConnection, note_ids: Iterable[str]) -> Sequence[NoteRow]:
    """Those of the notes that are no private ones."""
    its = (Note.id.in_(sorted(note_ids)), Note.type == NoteType.PUBLIC.value)
    return [NoteRow(*row) for row in await connection.execute(_ROWS.where(*its))]


async def beside(connection: AsyncConnection, note_id: str, user_id: str) -> str | None:
    """Beside which contact a note was written, whoever goes on for them; None where somebody does not see it."""
    return await connection.scalar(select(Note.contact_id).where(Note.id == note_id, _visible(user_id)))


async def lock_note(connection: AsyncConnection, note_id: str) -> None:
    """Let nobody else change a note until the transaction ends."""
    await connection.execute(select(Note.id).where(Note.id == note_id).with_for_update())


async def insert_note(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Write a note."""
    await connection.execute(insert(Note).values(values))


async def update_note(connection: AsyncConnection, note_id: str, content: str, now: datetime) -> None:
    """Write a note anew."""
    await connection.execute(update(Note).where(Note.id == note_id).values(content=content, updated_at=now))


async def delete_note(connection: AsyncConnection, note_id: str) -> None:
    """Delete a note."""
    await connection.execute(delete(Note).where(Note.id == note_id))


async def mention(
    connection: AsyncConnection, note_id: str, contact_id: str, created_at: datetime, user_ids: Iterable[str]
) -> None:
    """Let a note, beside that contact's conversation and of that moment, name these, and nobody else."""
    await connection.execute(delete(NoteMention).where(NoteMention.note_id == note_id))
    of_note = {"note_id": note_id, "contact_id": contact_id, "created_at": created_at}
    rows = [{**of_note, "user_id": each} for each in sorted(user_ids)]
    if rows:
        await connection.execute(insert(NoteMention), rows)


async def mention_beside(connection: AsyncConnection, before: str, after: str, beside: Iterable[str]) -> None:
    """Let mentions of one conversation, in notes `beside` these contacts, stand in another."""
    # By their notes, which have an index of whose they are; mentions have one of whom they name.
    theirs = select(Note.id).where(Note.contact_id.in_(sorted(beside)))
    moved = (NoteMention.contact_id == before, NoteMention.note_id.in_(theirs))
    await connection.execute(update(NoteMention).where(*moved).values(contact_id=after))


async def mentions(connection: AsyncConnection, note_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Whom notes name, by note's id: their ids and names, by name."""
    statement = (
        select(NoteMention.note_id, User.id, User.name)
        .join(User, User.id == NoteMention.user_id)
        .where(NoteMention.note_id.in_(sorted(note_ids)))
        .order_by(User.name)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for note_id, user_id, name in await connection.execute(statement):
        found.setdefault(note_id, []).append((user_id, name))
    return found
