"""The table of answers that are given again."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.clock import utc_now
from bot.db.base import Base
from bot.db.types import UtcDateTime


class IdempotencyKey(Base):
    """A request that was carried out once, and is answered the same when it comes again.

    Attributes:
        user_id: whose request it was, by whatever token of theirs.
        key: as they sent it.
        fingerprint: SHA-256 of what was asked for, in hexadecimal.
        status: of the answer; NULL while the transaction that does it is under way.
        body: of the answer, without what is shown once.
    """

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
