"""Provider accounts."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, Float, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Timestamped
from bot.db.types import UtcDateTime


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
