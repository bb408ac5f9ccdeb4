"""Work that is due at a moment."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Json, UtcDateTime
from bot.jobs.status import JobStatus


class ScheduledJob(Identified, Timestamped, Base):
    """One piece of due work, claimed like the outbox, slice by slice.

    Attributes:
        type: which handler runs it.
        key: unique within its type, whatever became of the job, until it is purged: so what is scheduled twice runs
            once, and a daily job, whose key is its day, runs once a day.
        scheduled_at: when its next slice is due.
        claimed_by: the claim under which a slice is under way, each another's; NULL when none is.
        attempts: how often its next slice was begun.
        done: how much of it is done, in units of its handler's own.
        total: of how much; NULL where nobody knows.
        checkpoint: where its next slice goes on; NULL before the first one.
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
    done: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    total: Mapped[int | None] = mapped_column(Integer)
    checkpoint: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        one_of("status", *JobStatus),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_is_whole"),
        Index("uq_scheduled_jobs_type_key", "type", "key", unique=True),
        Index("ix_scheduled_jobs_listed", "scheduled_at", "id"),
        Index(
            "ix_scheduled_jobs_due",
            "scheduled_at",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_scheduled_jobs_failed",
            "type",
            sqlite_where=text("status = 'failed'"),
            postgresql_where=text("status = 'failed'"),
        ),
    )
