"""Who is told of what happens, what happened, and each attempt to tell it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Id, Json, UtcDateTime
from bot.endpoints.kinds import AttemptError, DeliveryStatus, DisabledReason, EndpointStatus

Number = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself in a column that is declared so, and gives it 64 bits all the same."""
EventId = String(29)
"""`evt_` and a CUID."""


class Endpoint(Identified, Timestamped, Base):
    """A program's address, where it is told of what happens.

    Attributes:
        kinds: of which events it is told, by EventKind.
        secret: signs what it is told, encrypted.
        old_secret: signs as well until `old_secret_until`, encrypted; NULL for none.
        disabled_reason: a DisabledReason; NULL unless it is disabled.
        failing_since: the first attempt of those that have failed since the last one that did not; NULL for none.
        deleted_at: nobody sees it any more; its row goes with the last of its deliveries.
    """

    __tablename__ = "endpoints"

    url: Mapped[str] = mapped_column(String(2048))
    description: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    kinds: Mapped[list[Any]] = mapped_column(Json)
    secret: Mapped[str] = mapped_column(Text)
    old_secret: Mapped[str | None] = mapped_column(Text)
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(
        String(16), default=EndpointStatus.ENABLED, server_default=text(f"'{EndpointStatus.ENABLED}'")
    )
    disabled_reason: Mapped[str | None] = mapped_column(String(16))
    last_success_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        one_of("status", *EndpointStatus),
        one_of("disabled_reason", *DisabledReason, nullable=True),
        CheckConstraint("(status = 'disabled') = (disabled_reason IS NOT NULL)", name="why_disabled"),
        CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret_is_whole"),
    )


class EndpointEvent(Base):
    """Something that happened, as it is told; written once, never changed.

    Attributes:
        id: `evt_` and a CUID; the same however often it is delivered.
        type: an EventKind, or `endpoint.test`.
        contact_id: of whom it tells; NULL for a test.
        payload: the body of the request, as it is signed: JSON.
        created_at: when it happened.
    """

    __tablename__ = "endpoint_events"

    id: Mapped[str] = mapped_column(EventId, primary_key=True)
    type: Mapped[str] = mapped_column(String(32))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "contact_id", "created_at"), Index(None, "created_at", "id"))


class EndpointDelivery(Timestamped, Base):
    """An event on its way to an endpoint, claimed like an outbound message.

    Attributes:
        number: counted by the database, so that what was caused by something else has a higher one, whichever process
            wrote it; the order in which an endpoint is told of a contact.
        contact_id: the event's; NULL: it waits for no other.
        due_at: when it may be tried; behind another one of its contact that waits for longer, no sooner than that one.
        tries: attempts whose outcome was a failure, since it was last put to work.
        attempts: how often it was claimed; the last claim is the one whose outcome counts.
        ended_at: when it was delivered or given up; NULL while it is pending.
        resent_at: when another delivery of the same event was made; NULL for never.
    """

    __tablename__ = "endpoint_deliveries"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    event_id: Mapped[str] = mapped_column(ForeignKey("endpoint_events.id", ondelete="CASCADE"), index=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoints.id", ondelete="CASCADE"))
    contact_id: Mapped[str | None] = mapped_column(Id)
    status: Mapped[str] = mapped_column(
        String(16), default=DeliveryStatus.PENDING, server_default=text(f"'{DeliveryStatus.PENDING}'")
    )
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("id"),
        one_of("status", *DeliveryStatus),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_is_whole"),
        CheckConstraint("(status = 'pending') = (ended_at IS NULL)", name="end_of_ended"),
        Index(None, "endpoint_id", "number"),
        Index(None, "endpoint_id", "status", "number"),
        Index(
            "ix_endpoint_deliveries_due_by_number",
            "endpoint_id",
            "due_at",
            "number",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_endpoint_deliveries_in_order",
            "endpoint_id",
            "contact_id",
            "number",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )


class EndpointAttempt(Identified, Base):
    """One request and what came of it; written once, never changed.

    Attributes:
        delivery: its number.
        attempt: the delivery's `attempts` by then; one whose process died leaves none.
        milliseconds: until the answer, or until there was to be none.
        status: the answer's; NULL for none.
        error: an AttemptError; NULL where it succeeded.
        answer: the beginning of the answer's body; empty for none.
    """

    __tablename__ = "endpoint_attempts"

    delivery: Mapped[int] = mapped_column(Number, ForeignKey("endpoint_deliveries.number", ondelete="CASCADE"))
    attempt: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    milliseconds: Mapped[int] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "delivery", "attempt"), one_of("error", *AttemptError, nullable=True))
