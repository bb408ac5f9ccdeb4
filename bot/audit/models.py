"""The audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.clock import utc_now
from bot.db.base import Base, Identified
from bot.db.types import Json, UtcDateTime


class AuditLog(Identified, Base):
    """One change that somebody made; written once, never changed.

    Attributes:
        user_id: who was logged in, or whose token it was; NULL for a command and for the server by itself.
        token_id: by which token; NULL for none.
        actor: who it was in words, which stay when the user is gone: a name, or a command's caller.
        action: what was done, such as `user.role`.
        resource: to what kind of thing, such as `user`.
        resource_id: to which one.
        detail: what it was before and after; no secret, no message's words, no password.
        address: the network address from which it came; empty where there is none.
    """

    __tablename__ = "audit_logs"

    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    token_id: Mapped[str | None] = mapped_column(ForeignKey("api_tokens.id", ondelete="SET NULL"), index=True)
    actor: Mapped[str] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(64))
    resource: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[str] = mapped_column(String(255))
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    # Each also gives the newest first.
    __table_args__ = (
        Index(None, "user_id", "created_at"),
        Index(None, "action", "created_at"),
        Index(None, "resource", "resource_id", "created_at"),
        Index(None, "actor", "created_at"),
        Index(None, "resource_id", "created_at"),
        Index(None, "created_at"),
    )
