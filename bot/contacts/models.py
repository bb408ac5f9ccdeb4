"""Contacts, their addresses, and what they agreed to hear."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.addresses import AddressKind, Channel
from bot.core.consents import ConsentReason
from bot.core.purposes import ConsentPurpose
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Id, Json, UtcDateTime

_IS_MERGED = "merged_into IS NOT NULL"


class Responder(StrEnum):
    """Who answers a contact."""

    BOT = "bot"
    HUMAN = "human"


class Contact(Identified, Timestamped, Base):
    """A person. A turn holds this row's lock, so `seq` is the only order within a contact.

    Attributes:
        phone: copy of the primary phone address.
        email: copy of the primary e-mail address.
        opt_in: copy of the consent last given or taken, on whichever address.
        seq: the last number given to a message of this contact.
        fallback_at: when the fallback words were last said.
        recent_answers: what the bot said to them a moment ago: [Unix seconds, what], oldest first.
        responder: who answers them.
        epoch: how often people took the conversation over; what the bot queued in an older one is not sent any more.
        waiting_since: since when they wait for a person; NULL when they do not.
        reopens_until: until when what they write goes to the person who answered them last; NULL: it is the bot's.
        attributes: what else is known of them: a flat map of text, number, boolean or date.
        merged_into: who they turned out to be, and goes on for both; never somebody merged. NULL: nobody else. Whoever
            is merged has no address, no open flow and nothing that is still to be sent or answered: only what was.
        has_merged: somebody is merged into them, so that what was said is read over all of these.
    """

    __tablename__ = "contacts"

    phone: Mapped[str | None] = mapped_column(String(32))
    email: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str | None] = mapped_column(String(255))
    opt_in: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    locale: Mapped[str | None] = mapped_column(String(35))
    timezone: Mapped[str | None] = mapped_column(String(64))
    last_inbound_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seq: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    fallback_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recent_answers: Mapped[list[Any] | None] = mapped_column(Json)
    responder: Mapped[str] = mapped_column(String(8), default=Responder.BOT, server_default=text("'bot'"))
    epoch: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopens_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attributes: Mapped[dict[str, Any] | None] = mapped_column(Json)
    # No foreign key: SQLite takes none for a table that is there.
    merged_into: Mapped[str | None] = mapped_column(Id)
    has_merged: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))

    # Each turn changes this row. With room on its page and none of the changed columns indexed, PostgreSQL writes the
    # new version beside the old one and touches no index.
    __table_args__ = (
        one_of("responder", *Responder),
        Index(None, "phone"),
        Index(None, "email"),
        # Few wait, and of whom the bot answers this never changes.
        Index(
            "ix_contacts_waiting",
            "waiting_since",
            "id",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            None,
            "merged_into",
            sqlite_where=text(_IS_MERGED),
            postgresql_where=text(_IS_MERGED),
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )


class Tag(Identified, Timestamped, Base):
    """A word by which people are told apart."""

    __tablename__ = "tags"

    name: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("name"),)


class ContactTag(Base):
    """A contact has a tag."""

    __tablename__ = "contact_tags"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[str] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "tag_id"),)


class ContactAddress(Identified, Timestamped, Base):
    """Where a contact is reached; one address belongs to one contact.

    The foreign key is checked at commit, so that an address can be claimed before its new contact is written.

    Attributes:
        kind: an AddressKind.
        value: the address's key: `bot.core.addresses.Address.key`.
    """

    __tablename__ = "contact_addresses"

    contact_id: Mapped[str] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED")
    )
    kind: Mapped[str] = mapped_column(String(16))
    # SQLite takes any length, and cannot change what a column was declared with.
    value: Mapped[str] = mapped_column(String(512).with_variant(String(255), "sqlite"))

    __table_args__ = (
        UniqueConstraint("value", "kind"),
        Index(None, "contact_id"),
        one_of("kind", *AddressKind),
    )


class FormerAddress(Identified, Timestamped, Base):
    """Where a contact was reached before they took another number or user id; nothing is sent there.

    Attributes:
        created_at: when they left it.
    """

    __tablename__ = "former_addresses"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(512))

    __table_args__ = (Index(None, "contact_id"), one_of("kind", *AddressKind))


class ChangedContact(Base):
    """A contact whose name or addresses changed, until their words are gathered for search.

    Attributes:
        changed_at: when they last did.
    """

    __tablename__ = "changed_contacts"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Consent(Identified, Timestamped, Base):
    """What an address agreed to on one channel; no row means that it never said anything: opted in.

    Attributes:
        opted_in: the present state.
        reason: who or what set it, a ConsentReason.
        changed_at: when we came to know it.
        said_at: when it was last said, by the person's or their provider's clock; NULL where nobody told.
        reminded_at: when someone opted out was last told how to come back.
        marketing_opted_in: whether they agreed to marketing; NULL: they never said. Nothing is sent against `opted_in`.
        marketing_reason: who or what set it, a ConsentReason.
        marketing_changed_at: when we came to know it.
        marketing_said_at: when it was last said; NULL where nobody told.
    """

    __tablename__ = "consents"

    address_id: Mapped[str] = mapped_column(ForeignKey("contact_addresses.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    opted_in: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(16))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    said_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    marketing_opted_in: Mapped[bool | None] = mapped_column(Boolean)
    marketing_reason: Mapped[str | None] = mapped_column(String(16))
    marketing_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    marketing_said_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("address_id", "channel"),
        one_of("channel", *Channel),
        one_of("reason", *ConsentReason),
    )


class ConsentChange(Identified, Base):
    """What an address agreed to before, and when and why that changed; written once, never changed.

    Attributes:
        purpose: for what: all messages, or marketing alone.
        opted_in: what held from then on.
        reason: who or what set it, a ConsentReason.
        detail: the person's own word, or the provider's code; may be NULL.
        changed_at: when we came to know it.
        said_at: when it was said; NULL where nobody told.
    """

    __tablename__ = "consent_changes"

    address_id: Mapped[str] = mapped_column(ForeignKey("contact_addresses.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(
        String(16), default=ConsentPurpose.ALL, server_default=text(f"'{ConsentPurpose.ALL}'")
    )
    opted_in: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str | None] = mapped_column(String(255))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    said_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(None, "address_id", "changed_at"),
        one_of("channel", *Channel),
        one_of("purpose", *ConsentPurpose),
        one_of("reason", *ConsentReason),
    )
