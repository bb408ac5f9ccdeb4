"""What somebody looked for: people by their names and addresses, notes and messages by their words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import ContactFilter, kept, merged
from bot.inbox.finding import queries
from bot.inbox.finding.wanted import FindFilter
from bot.inbox.listing.listed import ListedConversation, conversations
from bot.inbox.notes.writing import NoteCard, find_notes
from bot.messages.service import MessageFilter
from bot.search.service import Among, FoundContact, FoundMessage, Span, marks, search_contacts, search_messages

_PEOPLE = 5
_NOTES = 5


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note that was looked for.

    Attributes:
        note: as it is shown.
        marks: where what was looked for stands in it.
        after: the id of the last message that was written before it; None for none.
    """

    note: NoteCard
    marks: Sequence[Span]
    after: str | None


@dataclass(frozen=True, slots=True)
class FoundHere:
    """What was found.

    Attributes:
        people: contacts, of the first page alone.
        notes: likewise.
        messages: the newest first.
        further: `after` for others that may fit, where the look ended before there were enough; else None.
        conversations: those that it is of, by contact's id; of one who was merged that of who goes on.
    """

    people: Sequence[FoundContact]
    notes: Sequence[FoundNote]
    messages: Sequence[FoundMessage]
    further: int | None
    conversations: Mapping[str, ListedConversation]


async def find(
    connection: AsyncConnection,
    words: str,
    wanted: FindFilter,
    user_id: str,
    now: datetime,
    limit: int,
    after: int | None = None,
) -> FoundHere:
    """What has all words that begin as these do, and somebody may see: of private notes their own alone.

    Args:
        connection: reads.
        words: whatever somebody typed.
        wanted: where to look.
        user_id: who does.
        now: the moment.
        limit: how many messages at most.
        after: the cursor of the last message of the page before, or its `further`; None for the first page.
    """
    within = queries.within(wanted, user_id)
    people, notes = list[FoundContact](), list[FoundNote]()
    if after is None:
        reached = ContactFilter(channels=wanted.channels)
        people += (await search_contacts(connection, words, wanted=reached, within=within, limit=_PEOPLE)).contacts
    if after is None and not wanted.channels:
        notes += await _notes(connection, words, user_id, within)
    said = MessageFilter(channels=wanted.channels)
    found = await search_messages(connection, words, wanted=said, within=within, limit=limit, after=after)
    ids = {
        *(each.contact.id for each in people),
        *(each.note.contact_id for each in notes),
        *(each.message.contact_id for each in found.messages),
    }
    goes_on = await kept(connection, ids)
    listed = await conversations(connection, {goes_on.get(each, each) for each in ids}, user_id, now)
    known = {each: listed[goes_on.get(each, each)] for each in ids if goes_on.get(each, each) in listed}
    return FoundHere(people, notes, found.messages, found.further, known)


async def _notes(connection: AsyncConnection, words: str, user_id: str, within: Sequence[Among]) -> Sequence[FoundNote]:
    """A few notes, in as many statements however many they are."""
    found = await find_notes(connection, words, user_id, within, _NOTES)
    kin = await merged(connection, {each.contact_id for each in found})
    families = [
        {each.contact_id, *(other for other, goes_on in kin.items() if goes_on == each.contact_id)} for each in found
    ]
    moments = [each.created_at for each in found]
    before = await queries.last_by(connection, list(zip(families, moments, strict=True)))
    return [FoundNote(each, marks(each.content, words), last) for each, last in zip(found, before, strict=True)]
