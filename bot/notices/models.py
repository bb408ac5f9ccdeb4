"""Notices on their way to people of ours, and what became of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.addresses import AddressKind
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import UtcDateTime

_QUEUED = text("status = 'queued'")


class NoticeStatus(StrEnum):
    """How a notice stands; it only goes forward."""

    QUEUED = "queued"
    SENT = "sent"
    """A provider took it."""
    FAILED = "failed"


class Notice(Identified, Timestamped, Base):
    """Words for somebody of ours, to one of their addresses.

    Attributes:
        user_id: whose.
        address: an e-mail address, or a phone number with its country's code.
        kind: which of the two, as an AddressKind.
        subject: of a mail; a text message has none.
        content: the words.
        status: a NoticeStatus.
        due_at: not before this moment.
        expires_at: it is worth nothing after this moment.
        attempts: how often it was tried.
        attempt_started_at: set with the claim; still set without one it means that nobody knows whether it went out.
        claimed_until: some process sends it until then.
        error: why the last attempt failed, a code; `error_reason` a plain sentence.
        sent_at: when it was taken.
    """

    __tablename__ = "notices"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(255))
    content: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    attempt_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(64))
    error_reason: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        one_of("kind", AddressKind.EMAIL, AddressKind.PHONE),
        one_of("status", *NoticeStatus),
        Index(None, "user_id", "created_at"),
        Index(None, "created_at"),
        Index("ix_notices_due", "due_at", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
    )
