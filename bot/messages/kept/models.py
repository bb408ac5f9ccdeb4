"""Posts that are kept raw, and tokens by which a provider signs each post once."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified, one_of
from bot.db.types import Json, UtcDateTime


class WebhookToken(Base):
    """A one-time token with which a provider signed a post, so that nobody can sign another post with it.

    Attributes:
        used_for: the id of what the post carried; the provider's own repeat carries the same.
    """

    __tablename__ = "webhook_tokens"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    token: Mapped[str] = mapped_column(String(255), primary_key=True)
    used_for: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "seen_at"),)


class WebhookEvent(Identified, Base):
    """A post, or a part of one, kept raw: not understood, for an unknown account, or a status that came early.

    Attributes:
        kind: `unknown`, `unknown_account`, `status`, `cleaned` (a string had NUL bytes or lone surrogates).
        provider_message_id: of an early status: the message it belongs to.
        detail: what was made of it (a status: its fields; else the provider's name for the event).
        payload: the raw body, without files and up to a bound; NULL where an event of another kind holds the same one.
        size: bytes of the body as it came; NULL for a status, and for what came before this was kept.
        cut: what of the body is not kept: `files`, `length`, both, or empty.
        digest: SHA-256 of the whole post, hex, so that the same one is kept once for each kind.
        request: what it takes beside the payload to read the post again.
        applied_at: when an early status found its message.
        replayed_at: when the post was read again, and all of it was understood.
        dismissed_at: when somebody left it as it is.
    """

    __tablename__ = "webhook_events"

    provider: Mapped[str] = mapped_column(String(32))
    account: Mapped[str | None] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    provider_message_id: Mapped[str | None] = mapped_column(String(512))
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    size: Mapped[int | None] = mapped_column(BigInteger)
    cut: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    digest: Mapped[str | None] = mapped_column(String(64))
    request: Mapped[dict[str, Any] | None] = mapped_column(Json)
    replayed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "ix_webhook_events_once",
            "provider",
            "digest",
            "kind",
            unique=True,
            sqlite_where=text("digest IS NOT NULL"),
            postgresql_where=text("digest IS NOT NULL"),
        ),
        one_of("kind", "unknown", "unknown_account", "status", "cleaned"),
        Index(None, "received_at"),
        Index(
            "ix_webhook_events_posts",
            "received_at",
            "id",
            sqlite_where=text("kind <> 'status'"),
            postgresql_where=text("kind <> 'status'"),
        ),
        Index(
            "ix_webhook_events_early_status",
            "provider_message_id",
            sqlite_where=text("kind = 'status' AND applied_at IS NULL"),
            postgresql_where=text("kind = 'status' AND applied_at IS NULL"),
        ),
    )
