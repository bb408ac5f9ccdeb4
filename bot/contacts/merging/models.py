"""What was merged, and who may be one person."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified
from bot.db.types import Json, UtcDateTime

_HOLDS = "undone_at IS NULL"
_OPEN = "dismissed_at IS NULL"


class ContactMerge(Identified, Base):
    """Two contacts turned out to be one person.

    Attributes:
        kept_id: who went on.
        merged_id: of whom nothing but the history was left.
        moved: what went from one to the other, so that it can go back: a part for each room.
        merged_by: who said so, as the audit has it.
        user_id: the same, where they were logged in.
        at: when.
        undone_at: when they became two again; NULL: they are one.
    """

    __tablename__ = "contact_merges"

    kept_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    merged_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    moved: Mapped[dict[str, Any]] = mapped_column(Json)
    merged_by: Mapped[str] = mapped_column(String(255))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(None, "kept_id", "at"),
        Index(None, "merged_id"),
        Index(None, "user_id"),
        Index(
            "uq_contact_merges_holds",
            "merged_id",
            unique=True,
            sqlite_where=text(_HOLDS),
            postgresql_where=text(_HOLDS),
        ),
    )


class MergeSuggestion(Identified, Base):
    """Two contacts who may be one person.

    Attributes:
        first_id: the one with the lower id.
        second_id: the other.
        score: how alike they are, up to 1.
        reasons: in what, a list of Likeness.
        found_at: when they were last found to be.
        dismissed_at: when somebody said that they are two; they are not suggested again.
        dismissed_by: who said so, as the audit has it.
    """

    __tablename__ = "merge_suggestions"

    first_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    second_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[list[str]] = mapped_column(Json)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dismissed_by: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        Index(None, "second_id"),
        Index(
            "ix_merge_suggestions_open",
            "score",
            "id",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )
