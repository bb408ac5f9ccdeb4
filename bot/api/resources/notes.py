"""Notes: what the team writes beside conversations, and what each writes for themselves alone."""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import REFUSED, ProblemError, at, not_found
from bot.api.resources.conversation_shown import whose
from bot.api.shapes import Given, Page, PageQuery, Shown
from bot.contacts.service import family
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT
from bot.endpoints.service import UserPayload, people_of
from bot.inbox.service import (
    NoteCard,
    NoteType,
    NotThereError,
    add_note,
    change_note,
    delete_note,
    hold_note,
    notes,
)
from bot.inbox.service import note as one_note
from bot.web.posted import WORDY

_ID = "cmb0z1q4w000012ab34cd56ef"
_MOST_NAMED = 50
_OF_ONE = MappingProxyType({"path": {"contact_id": _ID}})
_ONE = MappingProxyType({"path": {"note_id": _ID}})
_Content = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, description="It never goes to the contact.")]
_Mentions = Annotated[
    list[Annotated[str, Field(max_length=64)]],
    Field(max_length=_MOST_NAMED, description="Ids of users whom it names; those who may not read it are left out."),
]


class Note(Shown):
    """What somebody of the team wrote beside a conversation."""

    has_etag: ClassVar[bool] = True

    id: str
    contact_id: Annotated[str, Field(description="Beside whose conversation it stands.")]
    type: Annotated[NoteType, Field(description="`PUBLIC`: the team reads it; `PRIVATE`: its author alone.")]
    author: Annotated[UserPayload | None, Field(description="Null once they are erased.")]
    content: str
    mentions: Annotated[list[UserPayload], Field(description="Whom it names.")]
    created_at: datetime
    updated_at: Annotated[datetime, Field(description="When it was last written anew.")]

    @classmethod
    def of(cls, card: NoteCard) -> Self:
        """A note of ours."""
        return cls(
            id=card.id,
            contact_id=card.contact_id,
            type=card.type,
            author=UserPayload.known(card.user_id, card.author),
            content=card.content,
            mentions=people_of(card.mentions),
            created_at=card.created_at,
            updated_at=card.updated_at,
        )


class NotePage(Page[Note]):
    """Some notes."""


class NewNote(Given):
    """What is to be written."""

    content: _Content
    type: Annotated[NoteType, Field(description="`PRIVATE`: for the token's owner alone; it names nobody.")] = (
        NoteType.PUBLIC
    )
    mentions: _Mentions = Field(default_factory=list)


class NoteAnew(Given):
    """What is another now; what is left out stays."""

    content: _Content | None = None
    mentions: _Mentions = Field(default_factory=list)


async def list_(call: Call[PageQuery, NoBody]) -> NotePage:
    """A page of those beside a conversation that the token's owner sees."""
    contact_id, cursors = await whose(call), call.cursors
    theirs = await family(call.connection, contact_id)
    found = await notes(call.connection, theirs, call.token.user_id, cursors.wanted, cursors.after_moment)
    rows, following = cursors.page(found, lambda row: (row.created_at, row.id))
    return NotePage(data=[Note.of(each) for each in rows], next=following)


async def create(call: Call[NoQuery, NewNote]) -> Note:
    """Write one."""
    given, contact_id = call.body, await whose(call)
    with at("/content"):
        made = await add_note(
            call.connection, contact_id, given.content, given.type, call.by, call.now, mentions=given.mentions
        )
    return Note.of(made)


async def get(call: Call[Any, Any]) -> Note:
    """One of them."""
    try:
        return Note.of(await one_note(call.connection, call.path["note_id"], call.token.user_id))
    except NotThereError:
        raise not_found("note") from None


async def held(call: Call[Any, Any]) -> Note:
    """One of the token's owner's, which nobody else changes until the transaction ends."""
    try:
        return Note.of(await hold_note(call.connection, call.path["note_id"], call.token.user_id))
    except NotThereError:
        raise not_found("note") from None


async def change(call: Call[NoQuery, NoteAnew]) -> Note:
    """Write one anew."""
    given, before = call.body, await held(call)
    _require_author(call, before)
    content = before.content if given.content is None else given.content
    mentions = given.mentions if "mentions" in given.model_fields_set else [each.id for each in before.mentions]
    with at("/content"):
        done = await change_note(call.connection, before.id, content, call.by, call.now, mentions=mentions)
    return Note.of(done)


async def delete(call: Call[NoQuery, NoBody]) -> None:
    """Delete one."""
    before = await held(call)
    _require_author(call, before)
    await delete_note(call.connection, before.id, call.by, call.now)


def _require_author(call: Call[Any, Any], note: Note) -> None:
    if note.author is None or note.author.id != call.token.user_id:
        raise ProblemError(REFUSED, "Somebody else wrote it; they alone change it.", code="not_author")


NOTES = Resource(
    "notes",
    "What the team writes beside conversations; it never goes to a contact. Private ones are there for nobody but who "
    "wrote them.",
    (
        Operation(
            name="list_notes",
            method="GET",
            path="/conversations/{contact_id}/notes",
            scope=Permission.MESSAGES_READ,
            summary="List the notes beside a conversation",
            description="The newest first: the team's, and the token's owner's own.",
            handle=list_,
            query=PageQuery,
            result=NotePage,
            example=_OF_ONE,
        ),
        Operation(
            name="create_note",
            method="POST",
            path="/conversations/{contact_id}/notes",
            scope=Permission.MESSAGES_SEND,
            summary="Write a note",
            description="Those whom it names find the conversation among `mentioned`.",
            handle=create,
            body=NewNote,
            result=Note,
            status=201,
            creates=True,
            problems=(REFUSED,),
            most=WORDY,
            example=MappingProxyType({**_OF_ONE, "body": {"content": "Wants the big one, in blue."}}),
        ),
        Operation(
            name="get_note",
            method="GET",
            path="/notes/{note_id}",
            scope=Permission.MESSAGES_READ,
            summary="Get a note",
            handle=get,
            result=Note,
            example=_ONE,
        ),
        Operation(
            name="change_note",
            method="PATCH",
            path="/notes/{note_id}",
            scope=Permission.MESSAGES_SEND,
            summary="Write a note anew",
            description="One of the token's owner's; somebody else's is refused with `not_author`.",
            handle=change,
            body=NoteAnew,
            result=Note,
            current=held,
            problems=(REFUSED,),
            most=WORDY,
            example=MappingProxyType({**_ONE, "body": {"content": "Wants the small one."}}),
        ),
        Operation(
            name="delete_note",
            method="DELETE",
            path="/notes/{note_id}",
            scope=Permission.MESSAGES_SEND,
            summary="Delete a note",
            description="One of the token's owner's.",
            handle=delete,
            current=held,
            problems=(REFUSED,),
            example=_ONE,
        ),
    ),
)
