"""Writing notes, and reading those that somebody may see.

A note of the team's is everybody's who may read messages; a private one its author's, to whom alone it exists.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.core.inbox_events import NoteChange, NoteChanged
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT, clean
from bot.db.hub import hint
from bot.inbox.holding import hold
from bot.inbox.kinds import NoteType
from bot.inbox.models import NoteWords
from bot.inbox.notes import queries
from bot.inbox.notes.queries import NoteRow
from bot.inbox.values import NotThereError
from bot.listeners.service import tell
from bot.search import service as search
from bot.users.service import names_of_able

_VERBS = {NoteChange.WRITTEN: "add", NoteChange.CHANGED: "change", NoteChange.DELETED: "delete"}
"""As the audit has them."""


@dataclass(frozen=True, slots=True)
class NoteCard:
    """A note as somebody sees it.

    Attributes:
        id: of the note.
        contact_id: beside whose conversation it stands: who goes on, where it was written beside somebody merged.
        user_id: its author; empty once they are erased.
        author: how they are called.
        content: what they wrote.
        type: the team's, or its author's alone.
        mentions: ids and names of whom it names.
        created_at: when it was written.
        updated_at: when it was last written anew.
    """

    id: str
    contact_id: str
    user_id: str
    author: str
    content: str
    type: NoteType
    mentions: Sequence[tuple[str, str]]
    created_at: datetime
    updated_at: datetime


async def add_note(
    connection: AsyncConnection,
    contact_id: str,
    content: str,
    type_: NoteType,
    by: Actor,
    now: datetime,
    *,
    mentions: Collection[str] = (),
) -> NoteCard:
    """Write a note beside a conversation, the bot's too; it never goes to the contact.

    Raises NotThereError for no such contact, and BotError for one without words and for who is not logged in. Of
    `mentions`, ids of users, those who may not read it are left out; a private note names nobody.
    """
    if by.user_id is None:
        raise BotError(N_("only somebody who is logged in writes notes"))
    words = _read(content)
    # Nobody merges them meanwhile: whom the note names would find it in a conversation that is in no list.
    held = await hold(connection, [contact_id])
    if held.gone:
        raise NotThereError(contact_id)
    (beside_id,) = held.ids
    note_id = new_id()
    values = {
        "id": note_id,
        "contact_id": beside_id,
        "user_id": by.user_id,
        "content": words,
        "type": type_.value,
        "created_at": now,
        "updated_at": now,
    }
    await queries.insert_note(connection, values)
    await search.keep(connection, NoteWords, "note_id", note_id, words)
    named = await _named(connection, mentions, type_)
    await queries.mention(connection, note_id, beside_id, now, named)
    written = await note(connection, note_id, by.user_id)
    await _tell(connection, NoteChange.WRITTEN, written, by, now, named)
    return written


async def change_note(
    connection: AsyncConnection, note_id: str, content: str, by: Actor, now: datetime, *, mentions: Collection[str] = ()
) -> NoteCard:
    """Write a note of one's own anew; raises NotThereError, BotError for one without words or of somebody else."""
    words = _read(content)
    before = await _own(connection, note_id, by)
    await queries.update_note(connection, note_id, words, now)
    await search.keep(connection, NoteWords, "note_id", note_id, words)
    named = await _named(connection, mentions, before.type)
    await queries.mention(connection, note_id, before.contact_id, before.created_at, named)
    await _tell(connection, NoteChange.CHANGED, before, by, now, set(named) - {each for each, _name in before.mentions})
    return await note(connection, note_id, before.user_id)


async def delete_note(connection: AsyncConnection, note_id: str, by: Actor, now: datetime) -> None:
    """Delete a note of one's own; raises NotThereError, and BotError for one of somebody else."""
    before = await _own(connection, note_id, by)
    await queries.delete_note(connection, note_id)
    await _tell(connection, NoteChange.DELETED, before, by, now)


async def hold_note(connection: AsyncConnection, note_id: str, user_id: str) -> NoteCard:
    """A note that nobody else changes until the transaction ends, nor merges whose it is; raises as `note`."""
    beside_id = await queries.beside(connection, note_id, user_id)
    if beside_id is None:
        raise NotThereError(note_id)
    await hold(connection, [beside_id])
    await queries.lock_note(connection, note_id)
    return await note(connection, note_id, user_id)


async def note(connection: AsyncConnection, note_id: str, user_id: str) -> NoteCard:
    """A note; raises NotThereError where somebody does not see it."""
    row = await queries.note(connection, note_id, user_id)
    if row is None:
        raise NotThereError(note_id)
    return (await _cards(connection, [row]))[0]


async def notes(
    connection: AsyncConnection,
    family: Sequence[str],
    user_id: str,
    limit: int,
    before: tuple[datetime, str] | None = None,
) -> Sequence[NoteCard]:
    """The newest notes beside a conversation that somebody sees; the newest first.

    Args:
        connection: any.
        family: whose conversation, with those who were merged into them.
        user_id: who asks.
        limit: how many at most.
        before: when the one after them was written, and its id.
    """
    return await _cards(connection, await queries.notes(connection, family, user_id, limit, before))


async def notes_of_team(connection: AsyncConnection, note_ids: Iterable[str]) -> dict[str, NoteCard]:
    """Those of the notes that there are, by id, without private ones."""
    return {each.id: each for each in await _cards(connection, await queries.notes_of_team(connection, note_ids))}


async def find_notes(
    connection: AsyncConnection, words: str, user_id: str, within: Sequence[search.Among], limit: int
) -> Sequence[NoteCard]:
    """The notes that somebody sees and that have all words that begin as these do, the newest first.

    Args:
        connection: any.
        words: whatever somebody typed.
        user_id: who asks.
        within: beside whose conversation each of these says that they must stand.
        limit: how many at most.
    """
    found = await search.find_in(connection, NoteWords, queries.worded(user_id, within), words, limit)
    rows = await queries.notes_of(connection, [row.id for row in found])
    return await _cards(connection, [rows[row.id] for row in found if row.id in rows])


async def _cards(connection: AsyncConnection, rows: Sequence[NoteRow]) -> list[NoteCard]:
    named = await queries.mentions(connection, [row.id for row in rows]) if rows else {}
    return [
        NoteCard(
            id=row.id,
            contact_id=row.contact_id,
            user_id=row.user_id or "",
            author=row.name or "",
            content=row.content,
            type=NoteType(row.type),
            mentions=named.get(row.id, ()),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


async def _own(connection: AsyncConnection, note_id: str, by: Actor) -> NoteCard:
    found = await hold_note(connection, note_id, by.user_id or "")
    if found.user_id != by.user_id:
        raise BotError(N_("a note is changed by who wrote it"))
    return found


async def _named(connection: AsyncConnection, mentions: Iterable[str], type_: NoteType) -> Collection[str]:
    ids = set(mentions)
    if type_ is NoteType.PRIVATE or not ids:
        return ()
    return await names_of_able(connection, ids, Permission.MESSAGES_READ)


def _read(content: str) -> str:
    words = clean(content, MAX_TEXT)[0].strip()
    if not words:
        raise BotError(N_("a note has words"))
    return words


async def _tell(
    connection: AsyncConnection,
    change: NoteChange,
    card: NoteCard,
    by: Actor,
    now: datetime,
    named: Collection[str] = (),
) -> None:
    """Let it be known; what a note says, the audit does not tell, and of a private one nobody else hears.

    `named` are those whom it names by now and did not before.
    """
    hint(connection, Topic.INBOX, [card.contact_id])
    detail = {"contact": card.contact_id, "type": card.type.value}
    await record(connection, by, f"note.{_VERBS[change]}", "note", card.id, detail, at=now)
    if card.type is NoteType.PUBLIC:
        told = NoteChanged(
            note_id=card.id,
            contact_id=card.contact_id,
            change=change,
            user_id=card.user_id,
            at=now,
            named=tuple(sorted(named)),
        )
        await tell(connection, [told], now)
