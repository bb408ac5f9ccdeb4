"""Work that is due at a moment."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Json, UtcDateTime


class ScheduledJob(Identified, Timestamped, Base):
    """One piece of due work, claimed like the outbox.

    Attributes:
        type: which handler runs it.
        key: at most one pending job of a type has it; a daily job's is its day.
        error: what went wrong last.
    """

    __tablename__ = "scheduled_jobs"

    type: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(255))
    payload: Mapped[dict[str, Any] | None] = mapped_column(Json)
    scheduled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16))
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        one_of("status", "pending", "done", "failed"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_is_whole"),
        Index("uq_scheduled_jobs_type_key", "type", "key", unique=True),
        Index(
            "ix_scheduled_jobs_due",
            "scheduled_at",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )
