"""Programmes of points, their accounts, and the ledger.

Days are dates in the programme's zone, amounts whole points in 64 bits. Entries and allocations are only ever added;
that no amount of an entry is changed is held by the database. Rows are locked contacts first, then accounts by id.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Time,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.clock import utc_now
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Id, Json, UtcDateTime
from bot.loyalty.kinds import EntryKind, NoticeStatus, OnReturn, PendingStatus, Rounding

_REMAINS = text("remaining > 0")
_HAS_POINTS = text("balance > 0")
_REVERSES = text("reverses_id IS NOT NULL")
_PENDING = text("status = 'pending'")
_OF_MESSAGE = text("message_id IS NOT NULL")
_OPEN = text("settled_at IS NULL")


class Programme(Identified, Timestamped, Base):
    """A programme by which people earn and redeem points.

    Attributes:
        unit: how its points are called.
        timezone: whose midnight ends a day.
        expires_after: how long points count, as `12 months` or `365 days`; NULL: for ever.
        rounding: a Rounding.
        least_life: days that points count at least, whatever else is said.
        notice_days: how many days before their last one people are told, the most first.
        notice_at: when, by the clock on the programme's wall.
        channels: by which, in order of preference; none: by any.
        templates: what is said, `bundle/template` by the number of days, or by `default`.
        daily_limit: points that an EDITOR may give and take a day.
        on_return: an OnReturn.
        idle_days: after how many days without earning and redeeming all points end; NULL: never.
        released_at: since when notices may go out; NULL: not yet, or not any more.
        is_active: whether anything is posted.
    """

    __tablename__ = "programmes"

    name: Mapped[str] = mapped_column(String(64))
    unit: Mapped[str] = mapped_column(String(32))
    timezone: Mapped[str] = mapped_column(String(64))
    expires_after: Mapped[str | None] = mapped_column(String(16))
    rounding: Mapped[str] = mapped_column(String(16))
    least_life: Mapped[int] = mapped_column(Integer)
    notice_days: Mapped[list[int]] = mapped_column(Json)
    notice_at: Mapped[time] = mapped_column(Time)
    channels: Mapped[list[str]] = mapped_column(Json)
    templates: Mapped[dict[str, Any]] = mapped_column(Json)
    daily_limit: Mapped[int] = mapped_column(BigInteger)
    on_return: Mapped[str] = mapped_column(String(8))
    idle_days: Mapped[int | None] = mapped_column(Integer)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    __table_args__ = (
        UniqueConstraint("name"),
        one_of("rounding", *Rounding),
        one_of("on_return", *OnReturn),
        CheckConstraint("least_life >= 0", name="least_life"),
        CheckConstraint("daily_limit >= 0", name="daily_limit"),
        CheckConstraint("idle_days IS NULL OR idle_days > 0", name="idle_days"),
    )


class PointAccount(Identified, Timestamped, Base):
    """Somebody's points in a programme; made when it is first used.

    Attributes:
        contact_id: whose; NULL once they are erased. A contact who was merged keeps theirs.
        number: by which people name it: 13 digits, the last one a check.
        balance: credits - debits, which is what remains - what is owed; less than zero where more is owed.
        owed: what the next points fill.
        last_active_on: when something was last given or redeemed; NULL: never yet.
        email_notifications: whether its notices go out, by whichever channel.
    """

    __tablename__ = "point_accounts"

    programme_id: Mapped[str] = mapped_column(ForeignKey("programmes.id", ondelete="RESTRICT"))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="RESTRICT"))
    number: Mapped[str] = mapped_column(String(16))
    balance: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    owed: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    last_active_on: Mapped[date | None] = mapped_column(Date)
    email_notifications: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    # Each posting changes the balance, which is in no index but that of accounts that may be idle.
    __table_args__ = (
        UniqueConstraint("programme_id", "contact_id"),
        UniqueConstraint("number"),
        CheckConstraint("owed >= 0", name="owed"),
        Index(None, "contact_id"),
        Index(
            "ix_point_accounts_idle",
            *("programme_id", "last_active_on", "id"),
            sqlite_where=_HAS_POINTS,
            postgresql_where=_HAS_POINTS,
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )


class PointEntry(Identified, Base):
    """An entry of the ledger: points given to an account, or taken from it.

    What is posted at once may draw on several accounts of one person; then each has an entry of its own.

    Attributes:
        posting_id: the id of the first entry of what was posted at once; of what expires its own.
        kind: an EntryKind.
        credit: points given; one of both is 0.
        debit: points taken.
        expires_at: when points given end, the midnight after their last day; NULL where they never do, or are many.
        reason: why, in the words of whoever posted it; may be empty.
        reference: what it belongs to elsewhere, as the number of an order; may be empty.
        idempotency_key: once in a programme, whatever is posted; NULL for none.
        key_digest: what was asked with that key.
        reverses_id: the entry of which this one gives back, or takes back.
    """

    __tablename__ = "point_ledger"

    programme_id: Mapped[str] = mapped_column(ForeignKey("programmes.id", ondelete="RESTRICT"))
    account_id: Mapped[str] = mapped_column(ForeignKey("point_accounts.id", ondelete="RESTRICT"))
    posting_id: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(8))
    credit: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    debit: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    reference: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    key_digest: Mapped[str | None] = mapped_column(String(64))
    reverses_id: Mapped[str | None] = mapped_column(ForeignKey("point_ledger.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        UniqueConstraint("programme_id", "idempotency_key"),
        one_of("kind", *EntryKind),
        CheckConstraint("(credit > 0 AND debit = 0) OR (credit = 0 AND debit > 0)", name="one_side"),
        CheckConstraint("(kind IN ('refund', 'return')) = (reverses_id IS NOT NULL)", name="reverses"),
        CheckConstraint("(idempotency_key IS NULL) = (key_digest IS NULL)", name="key_is_whole"),
        Index(None, "expires_at"),
        Index(None, "expires_at", "credit"),
        Index(None, "account_id", "expires_at"),
        Index(None, "account_id", "created_at", "id"),
        Index(None, "reverses_id", sqlite_where=_REVERSES, postgresql_where=_REVERSES),
    )


class PointLot(Base):
    """Points that were given at once and end on one day.

    Attributes:
        entry_id: what gave them; an entry makes one lot at most.
        earned: how many there were; what the entry gave besides filled what was owed.
        remaining: how many of them are left; `earned` less all allocations.
        expires_on: the last day on which they count; NULL: they never end.
    """

    __tablename__ = "point_lots"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("point_accounts.id", ondelete="RESTRICT"), index=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("point_ledger.id", ondelete="RESTRICT"))
    earned: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    expires_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("entry_id"),
        CheckConstraint("remaining >= 0 AND remaining <= earned AND earned > 0", name="remaining"),
        Index(
            "ix_point_lots_ends",
            *("expires_on", "account_id"),
            sqlite_where=_REMAINS,
            postgresql_where=_REMAINS,
            postgresql_include=["remaining"],
        ),
        Index(
            "ix_point_lots_spent_in_order",
            *("account_id", "expires_on", "id"),
            sqlite_where=_REMAINS,
            postgresql_where=_REMAINS,
        ),
    )


class PointAllocation(Base):
    """What an entry took out of a lot.

    Attributes:
        n: how many points; less than zero where it gave them back.
    """

    __tablename__ = "point_allocations"

    entry_id: Mapped[str] = mapped_column(ForeignKey("point_ledger.id", ondelete="RESTRICT"), primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("point_lots.id", ondelete="RESTRICT"), primary_key=True, index=True)
    n: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("n <> 0", name="n"),)


class PointPending(Identified, Base):
    """Points that are earned once somebody confirms them; until then no entry.

    Attributes:
        points: how many.
        reason: as an entry's, which it becomes.
        reference: likewise.
        idempotency_key: once in a programme; NULL for none.
        key_digest: what was asked with that key.
        status: a PendingStatus.
        entry_id: what it became; NULL until it is confirmed.
        settled_at: when it was confirmed or cancelled.
    """

    __tablename__ = "point_pending"

    programme_id: Mapped[str] = mapped_column(ForeignKey("programmes.id", ondelete="RESTRICT"))
    account_id: Mapped[str] = mapped_column(ForeignKey("point_accounts.id", ondelete="RESTRICT"))
    points: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    reference: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    key_digest: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("point_ledger.id", ondelete="RESTRICT"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("programme_id", "idempotency_key"),
        one_of("status", *PendingStatus),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("(status = 'confirmed') = (entry_id IS NOT NULL)", name="entry_of_confirmed"),
        CheckConstraint("(status = 'pending') = (settled_at IS NULL)", name="end_of_settled"),
        CheckConstraint("(idempotency_key IS NULL) = (key_digest IS NULL)", name="key_is_whole"),
        Index(None, "account_id", "created_at", "id"),
        Index(
            "ix_point_pending_open",
            *("programme_id", "created_at", "id"),
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )


class PointsPosted(Base):
    """How many points somebody whose limit counts gave and took on a day.

    Attributes:
        day: in the programme's zone.
        points: those given and those taken, together.
    """

    __tablename__ = "points_posted"

    programme_id: Mapped[str] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)


class PointNotice(Base):
    """The claim to tell an account once that points end; several may share one message.

    Attributes:
        notification_type: `EXPIRATION_30_DAYS` and so on.
        expiration_date: the last day of the points.
        points: how many it told, or is to tell.
        message_id: what tells it; NULL while nothing is queued.
        claimed_at: when.
        settled_at: when it was known what came of it; NULL until then.
    """

    __tablename__ = "point_notices"

    account_id: Mapped[str] = mapped_column(ForeignKey("point_accounts.id", ondelete="RESTRICT"), primary_key=True)
    notification_type: Mapped[str] = mapped_column(String(32), primary_key=True)
    expiration_date: Mapped[date] = mapped_column(Date, primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)
    # No foreign key: a contact's messages go before what is told of them.
    message_id: Mapped[str | None] = mapped_column(Id)
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(None, "message_id", sqlite_where=_OF_MESSAGE, postgresql_where=_OF_MESSAGE),
        Index("ix_point_notices_open", "claimed_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class NotificationLog(Identified, Base):
    """An attempt to tell an account that points end, written with what came of it.

    Attributes:
        notification_type: `EXPIRATION_30_DAYS` and so on.
        status: a NoticeStatus.
        sent_at: when it went out; NULL where it did not.
        failure_reason: why it did not: "missing email", "invalid format", "user opted out", or what the provider said.
        expiration_date: the last day of the points.
        points_expiring: how many it told, or would have told.
        message_id: what told it; NULL where nothing was queued.
    """

    __tablename__ = "notification_log"

    account_id: Mapped[str] = mapped_column(ForeignKey("point_accounts.id", ondelete="RESTRICT"))
    notification_type: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(8))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure_reason: Mapped[str | None] = mapped_column(String(255))
    expiration_date: Mapped[date] = mapped_column(Date)
    points_expiring: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        one_of("status", *NoticeStatus),
        Index(None, "account_id", "notification_type", "expiration_date"),
        Index(None, "status", "created_at"),
        Index(None, "message_id", sqlite_where=_OF_MESSAGE, postgresql_where=_OF_MESSAGE),
    )


_AMOUNTS = "programme_id, account_id, posting_id, kind, credit, debit, reverses_id"
_BEFORE = f"CREATE TRIGGER point_ledger_kept BEFORE UPDATE OF {_AMOUNTS} ON point_ledger"
_REFUSE = (
    "CREATE OR REPLACE FUNCTION point_ledger_kept() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN RAISE EXCEPTION 'entries are never changed'; END$$"
)
for _dialect, _statement in (
    ("sqlite", f"{_BEFORE} BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END"),
    ("postgresql", _REFUSE),
    ("postgresql", f"{_BEFORE} FOR EACH ROW EXECUTE FUNCTION point_ledger_kept()"),
):
    event.listen(PointEntry.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect), propagate=True)  # type: ignore[no-untyped-call]
