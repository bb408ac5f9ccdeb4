"""Conversations that people of ours have or had, who has which, and what they keep beside them.

A conversation is its contact's. As long as the bot has it and no person ever did, it has no row here.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.notice_kinds import NoticeKind
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Id, Json, UtcDateTime
from bot.inbox.kinds import ConversationStatus, DraftMode, EndedAs, NoteType, OpenedBy, PresenceStatus
from bot.search.models import Rank, Words, indexed

_SNOOZED = text("status = 'snoozed'")
_NOBODYS = text("assignee_id IS NULL")
_UNDER_WAY = text("ended_at IS NULL")


class InboxConversation(Timestamped, Base):
    """A conversation that a person has, or had: open or snoozed it is a person's, resolved it is the bot's again.

    Attributes:
        status: a ConversationStatus.
        channel: where the contact last wrote while a person had it; NULL until they did.
        last_at: when either last said something while a person had it.
        opened_at: when it last became a person's.
        opened_seq: the contact's last message by then: what was before is nobody's to read.
        snoozed_until: when it opens by itself; NULL unless it is snoozed.
        resolved_at: when it last became the bot's; NULL while it is a person's.
        resolved_by: who resolved it; NULL for nobody who was logged in.
        reopened: how often it became a person's again.
        assignee_id: whom `Assignment` names, so that lists are read by an index; NULL for nobody. No foreign key, since
            SQLite takes none for a table that is there.
    """

    __tablename__ = "inbox_conversations"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str | None] = mapped_column(String(16))
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_seq: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reopened: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    assignee_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        one_of("status", *ConversationStatus),
        one_of("channel", *Channel, nullable=True),
        CheckConstraint("(status = 'snoozed') = (snoozed_until IS NOT NULL)", name="until_of_snoozed"),
        CheckConstraint("(status = 'resolved') = (resolved_at IS NOT NULL)", name="end_of_resolved"),
        Index(None, "last_at", "contact_id"),
        Index(None, "status", "last_at", "contact_id"),
        Index(None, "status", "channel", "last_at", "contact_id"),
        Index(None, "assignee_id", "status", "last_at", "contact_id"),
        Index(
            "ix_inbox_conversations_nobodys",
            *("status", "last_at", "contact_id"),
            sqlite_where=_NOBODYS,
            postgresql_where=_NOBODYS,
        ),
        Index("ix_inbox_conversations_wakes", "snoozed_until", sqlite_where=_SNOOZED, postgresql_where=_SNOOZED),
    )


class InboxPeriod(Identified, Base):
    """A stretch of time in which people had a conversation, for the reports; what ends one is never changed again.

    Attributes:
        opened_by: an OpenedBy.
        opened_at: when it became a person's.
        began_at: when that was for the first time, before it was opened again; else `opened_at`.
        channel: where the contact wrote last when it was opened, or anybody first afterwards; NULL until then.
        asked_at: since when the contact waited for a person: the hand-off, what opened it again, or what they wrote
            before a person had said anything; NULL where a person spoke first.
        replied_at: when the first words of a person went out.
        replied_by: whose; NULL for nobody who was logged in.
        answered_after: seconds from `asked_at` to `replied_at`; NULL where either is.
        ended_at: when the bot had it again; NULL while a person has it.
        ended_as: an EndedAs; NULL while a person has it.
        resolved_by: who ended it; NULL for nobody who was logged in.
        user_id: who had it at its end; NULL for nobody.
        lasted: seconds from `opened_at` to `ended_at`.
        lasted_in_all: seconds from `began_at` to `ended_at`.
        reopened_at: when another period went on with it; NULL for never.
    """

    __tablename__ = "inbox_periods"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    opened_by: Mapped[str] = mapped_column(String(8))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str | None] = mapped_column(String(16))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    answered_after: Mapped[int | None] = mapped_column(Integer)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_as: Mapped[str | None] = mapped_column(String(8))
    resolved_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    lasted: Mapped[int | None] = mapped_column(Integer)
    lasted_in_all: Mapped[int | None] = mapped_column(Integer)
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        one_of("opened_by", *OpenedBy),
        one_of("channel", *Channel, nullable=True),
        one_of("ended_as", *EndedAs, nullable=True),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="end_is_whole"),
        Index(
            "uq_inbox_periods_under_way",
            "contact_id",
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
        Index(None, "contact_id", "opened_at"),
        Index(None, "opened_at"),
        Index(None, "replied_at"),
        Index(None, "ended_at"),
    )


class InboxLabel(Identified, Timestamped, Base):
    """A word by which a team tells conversations apart.

    Attributes:
        name: as people read it.
        key: the same however it is spelled: one word is one label.
        colour: one of `bot.inbox.kinds.COLOURS`.
    """

    __tablename__ = "inbox_labels"

    name: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(128))
    colour: Mapped[str] = mapped_column(String(16))

    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("key"))


class InboxConversationLabel(Base):
    """A conversation has a label."""

    __tablename__ = "inbox_conversation_labels"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    label_id: Mapped[str] = mapped_column(ForeignKey("inbox_labels.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index(None, "label_id", "contact_id"),)


class Assignment(Base):
    """Who of ours has a conversation; resolved, who had it and gets it again.

    Attributes:
        assigned_by: who said so; NULL for a program, a command, or the server by itself.
    """

    __tablename__ = "assignments"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    assigned_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index(None, "user_id", "contact_id"),)


class Presence(Base):
    """Which conversation somebody of ours has before them.

    Attributes:
        last_seen: when their page last said so; a little later they are gone.
    """

    __tablename__ = "presence"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(8))
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (one_of("status", *PresenceStatus),)


class Note(Identified, Timestamped, Base):
    """What somebody of ours wrote beside a conversation; it never goes to the contact.

    Attributes:
        user_id: its author; NULL once they are erased.
        type: PUBLIC for the team, PRIVATE for its author alone.
    """

    __tablename__ = "notes"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    content: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(8))

    __table_args__ = (one_of("type", *NoteType), Index(None, "contact_id", "created_at"))


class NoteWords(Base):
    """The words by which a note is found.

    Attributes:
        rank: in which order notes are found, the highest first.
        words: distinct and in the form in which they are compared, parted by blanks.
    """

    __tablename__ = "note_words"

    rank: Mapped[int] = mapped_column(Rank, primary_key=True)
    note_id: Mapped[str] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(Words)

    __table_args__ = (UniqueConstraint("note_id"),)


indexed(NoteWords)


class NoteMention(Base):
    """A note of the team's names somebody of ours.

    Attributes:
        contact_id: the note's, so that who is named finds it by an index; NULL where older code wrote it.
        created_at: likewise.
    """

    __tablename__ = "note_mentions"

    note_id: Mapped[str] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "user_id", "contact_id", "created_at"),)


class Read(Base):
    """How far somebody of ours has read a conversation.

    Attributes:
        seq: the number of the last message that they have seen.
    """

    __tablename__ = "reads"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True)
    seq: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Draft(Base):
    """What somebody of ours has begun to write in a conversation; one for each mode.

    Attributes:
        options: what is chosen beside the words, by the names of the page's fields; NULL for nothing.
    """

    __tablename__ = "drafts"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    mode: Mapped[str] = mapped_column(String(8), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any] | None] = mapped_column(Json)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (one_of("mode", *DraftMode),)


class DraftFile(Base):
    """A file that somebody of ours has put beside what they write in a conversation.

    Attributes:
        sha256: of its bytes, hex; the store has them.
        content_type: by its bytes.
        filename: a bare name; may be empty.
        size: bytes.
        created_at: when it came.
        sent_at: when it went with a message; NULL while it is beside what is written.
    """

    __tablename__ = "draft_files"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(127))
    filename: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "contact_id", "user_id"),)


class ReplyTemplate(Identified, Timestamped, Base):
    """Words that a team says often, put in by a shortcut.

    Attributes:
        name: as people find it.
        shortcut: what is typed after a slash.
        content: with variables in double braces.
        variables: their names, in the order in which they stand in the content.
        channel: where it is offered; NULL everywhere.
        category: under which it stands; empty for none.
        is_active: whether it is offered.
    """

    __tablename__ = "reply_templates"

    name: Mapped[str] = mapped_column(String(64))
    shortcut: Mapped[str] = mapped_column(String(32))
    content: Mapped[str] = mapped_column(Text)
    variables: Mapped[list[Any]] = mapped_column(Json)
    channel: Mapped[str | None] = mapped_column(String(16), index=True)
    category: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"), index=True)

    __table_args__ = (UniqueConstraint("shortcut"), one_of("channel", *Channel, nullable=True))


class InboxNotice(Base):
    """Something of which somebody of ours is to be told outside of the pages, unless they have seen it by then.

    Attributes:
        kind: a NoticeKind.
        actor: how whoever did it is called; empty for nobody of ours.
        at: when it first happened.
    """

    __tablename__ = "inbox_notices"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    actor: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (one_of("kind", *NoticeKind),)
