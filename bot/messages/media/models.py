"""Files that people sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import UtcDateTime


class MediaState(StrEnum):
    """How far a file has come."""

    PENDING = "pending"
    STORED = "stored"
    REFUSED = "refused"
    """Too large, of a type that is not kept, or no longer at the provider."""
    FAILED = "failed"
    """Given up after many tries."""


class MediaFile(Identified, Timestamped, Base):
    """A file that a person sent; its bytes are in the media folder, not here.

    Attributes:
        position: its place in the message's `body["media"]`.
        state: see MediaState.
        content_type: as found in its bytes or told by the provider; NULL until it is stored.
        filename: what the person sees, a bare name; NULL for none.
        size: bytes; NULL until it is stored.
        sha256: of the bytes, hex; with it a file is stored once.
        error: why it was refused or failed, one plain sentence.
        attempts: how often it was tried.
        next_attempt_at: not before; NULL for at once.
        claimed_until: a process fetches it until then; NULL when none does.
    """

    __tablename__ = "media_files"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    content_type: Mapped[str | None] = mapped_column(String(127))
    filename: Mapped[str | None] = mapped_column(String(255))
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("message_id", "position"),
        one_of("state", *MediaState),
        Index(None, "sha256"),
        Index(
            "ix_media_files_pending",
            "created_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )
