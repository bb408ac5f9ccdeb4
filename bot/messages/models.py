"""Messages in both directions."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.addresses import Channel
from bot.core.i18n import N_
from bot.core.messages import Status
from bot.core.purposes import Lane, Purpose
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Json, UtcDateTime


class Direction(StrEnum):
    """Who wrote it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class TurnState(StrEnum):
    """Whether an inbound message has had its turn."""

    DONE = "done"
    PENDING = "pending"
    """Its turn is still to come; the contact's later messages queue behind it."""
    PARKED = "parked"
    """The engine failed on it; an admin decides."""


_SHOWN = (N_("pending"), N_("parked"))
"""For the catalogues: those that tables show."""


UNCLAIMED: Mapping[str, None] = dict.fromkeys(("claimed_by", "claimed_until", "attempt_started_at", "next_attempt_at"))
"""The columns of a message that nobody is sending."""
_QUEUED = "direction = 'outbound' AND status = 'queued'"
_FAILED = "direction = 'outbound' AND status = 'failed'"
_UNDECIDED = f"{_FAILED} AND dismissed_at IS NULL"
_DUE_AT = "coalesce(next_attempt_at, scheduled_at, created_at)"
# It never is NULL. A question that asks nothing of it cannot be answered from this index, so that looking for what
# blocks a message never reads the whole queue, even in a plan that was made while the queue was empty.
_QUEUED_DUE = f"{_QUEUED} AND {_DUE_AT} IS NOT NULL"


class Message(Identified, Timestamped, Base):
    """One message. Recipient and account of an outbound one are frozen when it is queued.

    Attributes:
        account: our side; the answer leaves through the account on which the contact wrote.
        address_id: the contact's address, whose consent is checked again at the moment of sending.
        address: its value, frozen.
        address_kind: its kind, frozen.
        seq: given under the contact's lock, from `contacts.seq`; the only order within a contact.
        content: the words; for a button its title as the person saw it.
        body: the structured rest (choices, media, location, e-mail headers, the answer behind a button).
        reply_to_id: the inbound message whose turn queued this outbound one.
        thread_id: e-mail: the thread's first message id.
        sent_at: when it was said, by the provider's clock, never after `created_at`; NULL where the provider does not
            tell, and for what we queue.
        trace: for an inbound message: why the bot did or did not answer, step by step.
        scheduled_at: outbound: not before this moment; NULL: at once.
        next_attempt_at: outbound: after a failed attempt; inbound: a pending turn's next try.
        attempt_started_at: outbound: set with the claim; still set on an unclaimed queued message it means that
            nobody knows whether the last attempt went out.
        expires_at: outbound: stale afterwards.
        despite_opt_out: sent although the person opted out (a confirmation).
        error: a code (`opted_out`, `expired`, the provider's); `error_reason` a plain sentence.
        dismissed_at: outbound, failed: when somebody decided about it: it was tried again as another message, or left.
        sends_unknown: how many times it was sent again after an attempt of unknown outcome.
        origin: outbound: who asked for it, e.g. `inbox:<user>`; NULL: a turn of the bot.
        purpose: outbound: what it is sent for, which decides the consent that it needs.
        lane: outbound: within an account and a contact what blocks what is looked at lane by lane.
        epoch: outbound: the contact's epoch when a turn queued it; NULL for what no takeover takes back.
    """

    __tablename__ = "messages"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    channel: Mapped[str] = mapped_column(String(16))
    address_id: Mapped[str] = mapped_column(ForeignKey("contact_addresses.id"))
    address: Mapped[str] = mapped_column(String(255))
    address_kind: Mapped[str] = mapped_column(String(16))
    direction: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(16))
    turn_state: Mapped[str | None] = mapped_column(String(8))
    seq: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16), default="text", server_default=text("'text'"))
    content: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any] | None] = mapped_column(Json)
    provider_message_id: Mapped[str | None] = mapped_column(String(512))
    # Checked at commit, since an answer is written in one statement with what it answers, which may turn out a repeat.
    reply_to_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id", deferrable=True, initially="DEFERRED"))
    thread_id: Mapped[str | None] = mapped_column(String(512))
    trigger_id: Mapped[str | None] = mapped_column(ForeignKey("triggers.id"))
    flow_instance_id: Mapped[str | None] = mapped_column(ForeignKey("flow_instances.id"))
    template_id: Mapped[str | None] = mapped_column(ForeignKey("templates.id"))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trace: Mapped[list[Any] | None] = mapped_column(Json)
    scheduled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    despite_opt_out: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    error: Mapped[str | None] = mapped_column(String(64))
    error_reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    sends_unknown: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    origin: Mapped[str | None] = mapped_column(String(255))
    purpose: Mapped[str] = mapped_column(String(16), default=Purpose.SERVICE, server_default=text("'service'"))
    lane: Mapped[str] = mapped_column(String(8), default=Lane.REPLY, server_default=text("'reply'"))
    epoch: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        one_of("direction", *Direction),
        one_of("purpose", *Purpose),
        one_of("lane", *Lane),
        one_of("channel", *Channel),
        one_of("status", *Status),
        one_of("turn_state", *TurnState, nullable=True),
        CheckConstraint("(direction = 'inbound') = (turn_state IS NOT NULL)", name="turn_of_inbound"),
        CheckConstraint("direction = 'outbound' OR status = 'delivered'", name="inbound_is_delivered"),
        CheckConstraint("direction = 'outbound' OR provider_message_id IS NOT NULL", name="inbound_has_provider_id"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_is_whole"),
        Index(
            "uq_messages_inbound_provider_id",
            "account",
            "provider_message_id",
            unique=True,
            sqlite_where=text("direction = 'inbound'"),
            postgresql_where=text("direction = 'inbound'"),
        ),
        Index(
            "uq_messages_outbound_provider_id",
            "account",
            "provider_message_id",
            unique=True,
            sqlite_where=text("direction = 'outbound' AND provider_message_id IS NOT NULL"),
            postgresql_where=text("direction = 'outbound' AND provider_message_id IS NOT NULL"),
        ),
        Index("uq_messages_contact_id_seq", "contact_id", "seq", unique=True),
        Index(None, "contact_id", "created_at"),
        Index(
            None,
            "contact_id",
            "trigger_id",
            "direction",
            "created_at",
            sqlite_where=text("trigger_id IS NOT NULL"),
            postgresql_where=text("trigger_id IS NOT NULL"),
        ),
        Index(
            None,
            "reply_to_id",
            sqlite_where=text("reply_to_id IS NOT NULL"),
            postgresql_where=text("reply_to_id IS NOT NULL"),
        ),
        Index(None, "created_at"),
        Index(
            "ix_messages_lane_due",
            "account",
            "lane",
            text(_DUE_AT),
            sqlite_where=text(_QUEUED_DUE),
            postgresql_where=text(_QUEUED_DUE),
        ),
        Index(
            "ix_messages_lane_contact",
            "contact_id",
            "lane",
            "seq",
            sqlite_where=text(_QUEUED),
            postgresql_where=text(_QUEUED),
        ),
        Index(
            "ix_messages_failed",
            "error",
            "created_at",
            sqlite_where=text(_FAILED),
            postgresql_where=text(_FAILED),
        ),
        Index(
            "ix_messages_failed_open",
            "error",
            "created_at",
            "id",
            sqlite_where=text(_UNDECIDED),
            postgresql_where=text(_UNDECIDED),
        ),
        Index(
            "ix_messages_pending",
            "contact_id",
            "seq",
            sqlite_where=text("turn_state = 'pending'"),
            postgresql_where=text("turn_state = 'pending'"),
        ),
        Index(
            "ix_messages_parked",
            "created_at",
            sqlite_where=text("turn_state = 'parked'"),
            postgresql_where=text("turn_state = 'parked'"),
        ),
    )


class MessageKey(Base):
    """Under which key a message was asked for, so that asking twice sends once.

    Attributes:
        key: whoever asks makes it, and it is unlike any other's.
        fingerprint: of what was asked for, 64 hexadecimal digits; NULL where the key alone decides.
    """

    __tablename__ = "message_keys"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "message_id"),)
