"""How we speak of the inbox's conversations to other programs: in events and in answers of the API alike.

As in `bot.endpoints.payloads`: what is not known is null, and no field is taken away or renamed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import Responder
from bot.core.addresses import Channel
from bot.core.inbox_events import NoteChange
from bot.endpoints.payloads import Payload
from bot.inbox.service import ConversationStatus, LabelRow, ListedConversation, NoteCard, conversations


class UserPayload(Payload):
    """Somebody of ours."""

    id: str
    name: str = Field(description="How they are called.")

    @classmethod
    def known(cls, user_id: str, name: str) -> Self | None:
        """Somebody; None where the id is empty."""
        return cls(id=user_id, name=name) if user_id else None


class LabelPayload(Payload):
    """A word by which the team tells conversations apart."""

    id: str
    name: str
    colour: str = Field(description="What it looks like: `gray`, `red`, …")

    @classmethod
    def of(cls, label: LabelRow) -> Self:
        """A label of ours."""
        return cls(**label._asdict())


class ConversationPayload(Payload):
    """A contact's conversation, over all channels."""

    contact_id: str = Field(description="Whose it is, and what it is known by.")
    responder: Responder = Field(description="Who answers: `human` while it is open or snoozed, else `bot`.")
    status: ConversationStatus | None = Field(
        description="`open`, `snoozed` or `resolved`; null where no person ever had it."
    )
    assignee: UserPayload | None = Field(
        description="Who has it; of a resolved one who had it, and has it again if it is reopened."
    )
    labels: list[LabelPayload]
    channel: Channel | None = Field(description="Where the contact last wrote while a person had it.")
    waiting_since: datetime | None = Field(description="Since when the contact waits for a person; null: they do not.")
    last_at: datetime | None = Field(description="When something was last said while a person had it.")
    opened_at: datetime | None = Field(description="When it last became a person's.")
    snoozed_until: datetime | None = Field(description="When it opens by itself, if the contact does not write before.")
    resolved_at: datetime | None = Field(description="When it last became the bot's; null while it is a person's.")
    resolved_by: str | None = Field(description="The id of who resolved it; null for nobody who was signed in.")
    reopened: int = Field(description="How often it became a person's again.")
    version: int = Field(description="The number of its last message.")


class AssignmentPayload(Payload):
    """Who has a conversation from now on."""

    contact_id: str
    assignee: UserPayload | None = Field(description="Who has it; null for nobody.")
    instead_of: UserPayload | None = Field(description="Who had it.")
    by: UserPayload | None = Field(description="Who said so; null for a command, and for the server by itself.")
    at: datetime


class TeamNotePayload(Payload):
    """What became of a note that the team may read; private ones are never told."""

    id: str
    contact_id: str
    change: NoteChange
    author: UserPayload | None
    content: str | None = Field(description="What it says; null where it was deleted.")
    mentions: list[UserPayload] = Field(description="Whom it names.")
    at: datetime


def people_of(pairs: Iterable[tuple[str, str]]) -> list[UserPayload]:
    """People by their ids and names."""
    return [UserPayload(id=user_id, name=name) for user_id, name in pairs]


def conversation_payload(listed: ListedConversation) -> ConversationPayload:
    """A conversation of ours."""
    return ConversationPayload(
        contact_id=listed.contact_id,
        responder=listed.responder,
        status=listed.status,
        assignee=UserPayload.known(listed.assignee_id, listed.assignee),
        labels=[LabelPayload.of(each) for each in listed.labels],
        channel=listed.channel,
        waiting_since=listed.waiting_since,
        last_at=listed.last_at,
        opened_at=listed.opened_at,
        snoozed_until=listed.snoozed_until,
        resolved_at=listed.resolved_at,
        resolved_by=listed.resolved_by or None,
        reopened=listed.reopened,
        version=listed.seq,
    )


async def conversation_payloads(
    connection: AsyncConnection, contact_ids: Sequence[str], now: datetime
) -> dict[str, ConversationPayload]:
    """Those of the contacts that there are, by id, as they stand at this moment."""
    found = await conversations(connection, contact_ids, "", now)
    return {each: conversation_payload(listed) for each, listed in found.items()}


def note_payload(card: NoteCard, change: NoteChange, at: datetime) -> TeamNotePayload:
    """A note of the team's that was written, or written anew."""
    return TeamNotePayload(
        id=card.id,
        contact_id=card.contact_id,
        change=change,
        author=UserPayload.known(card.user_id, card.author),
        content=card.content,
        mentions=people_of(card.mentions),
        at=at,
    )
