"""Provider accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Float, ForeignKey, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified, Timestamped
from bot.db.types import Json, UtcDateTime


class Account(Timestamped, Base):
    """One sender of ours at a provider. Its token bucket lives here, so that all processes share one rate.

    Attributes:
        id: `provider:identity`, e.g. `whatsapp:106540352242922`; the simulator's is just `simulator`.
        provider: its module's name.
        credentials: encrypted; NULL when they come from the settings.
        name: what its owner calls it; NULL for none.
        rate: messages a second; NULL for no limit.
        slowed: the part of the rate that is used, after the provider complained of the speed; it grows back to 1.
        slowed_at: when it last changed.
        paused: nothing is sent; its queue is kept.
        paused_reason: why, one plain sentence; NULL when it is not paused.
        checked_at: when its provider last said that it knows the credentials; NULL for never.
        checked_with: the fingerprint of those credentials.
        check_failed_at: when its provider last said that it does not know them; NULL since it knew them, or since
            there are others.
        tokens: what is left in the bucket as of `tokens_at`.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    provider: Mapped[str] = mapped_column(String(32))
    credentials: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(String(255))
    rate: Mapped[float | None] = mapped_column(Float)
    slowed: Mapped[float] = mapped_column(Float, default=1.0, server_default=text("1"))
    slowed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    paused_reason: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_with: Mapped[str | None] = mapped_column(String(64))
    check_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tokens: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    tokens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint("slowed > 0 AND slowed <= 1", name="slowed"),
    )


class ProviderTemplate(Identified, Timestamped, Base):
    """A template in one language, as the provider of an account last listed it.

    Attributes:
        account_id: whose.
        name: at the provider.
        language: at the provider, e.g. `pt_BR`.
        category: `MARKETING`, `UTILITY`, `AUTHENTICATION`; empty where it is not told.
        status: `APPROVED`, `PAUSED`, `REJECTED`, …
        quality: `GREEN`, `YELLOW`, `RED`; empty where it is not told.
        parameters: how many blanks are to be filled in.
        content: what it says, as `bot.core.listed_templates.to_json` gives it.
        changed_at: when it was first listed, or last listed otherwise than before.
        gone_at: when it was no longer listed; NULL while it is.
    """

    __tablename__ = "provider_templates"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(512))
    language: Mapped[str] = mapped_column(String(32))
    category: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(32))
    quality: Mapped[str] = mapped_column(String(32))
    parameters: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("account_id", "name", "language"),)


class TemplateListing(Base):
    """How asking for the templates of an account stands.

    Attributes:
        asked_with: the fingerprint of the credentials with which it was last asked; empty for never.
        asked_at: when that was; NULL for never.
        listed_at: when all of them were last listed; NULL for never.
        error: why they were not, the last time; NULL where they were.
        failures: how often in a row.
        next_at: when it is asked again.
        claimed_until: a process asks until then; NULL when none does.
    """

    __tablename__ = "template_listings"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    asked_with: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    listed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
