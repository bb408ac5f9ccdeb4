"""Users, and by what they prove who they are."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.clock import utc_now
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Json, UtcDateTime
from bot.users.rules import Role


class LinkKind(StrEnum):
    """What a link, or another token that is good once, is for."""

    WELCOME = "welcome"
    """Makes the first ADMIN, while there is no user."""
    INVITATION = "invitation"
    """Lets a new user choose a password."""
    RESET = "reset"
    """Lets a user choose another one."""
    SECOND_FACTOR = "second_factor"
    """Stands for a password that was right, and waits for the code of a second factor."""


class FailureKind(StrEnum):
    """By what failed sign-ins are counted."""

    ACCOUNT = "account"
    ADDRESS = "address"
    CODE = "code"


class User(Identified, Timestamped, Base):
    """Somebody who may log in; who is deleted keeps their row, since their name stays on what they did.

    Attributes:
        email: as it is compared: small letters, one spelling of each character.
        password_hash: argon2id; NULL as long as they have none.
        locale: NULL: as their browser asks.
        timezone: NULL: as their browser tells.
        theme: `light` or `dark`; NULL: as their system is.
        provider: where they sign in besides, with `provider_id`, the subject there; both NULL for nowhere.
        totp: the secret of the second factor, encrypted; NULL for none.
        totp_step: the last step of 30 seconds whose code was used, so that each is good once.
        notice_addresses: where they get notices: e-mail addresses and phone numbers.
        notice_kinds: of what they get some, as NoticeKinds; NULL: of what is usual.
        signature: below the mails that they write by hand; NULL for none.
        undo_mail: seconds that a mail of theirs waits to be taken back; NULL: as long as usual.
        undo_chats: likewise what goes elsewhere.
        last_seen_at: written at most once a minute.
    """

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    locale: Mapped[str | None] = mapped_column(String(16))
    timezone: Mapped[str | None] = mapped_column(String(64))
    theme: Mapped[str | None] = mapped_column(String(8))
    provider: Mapped[str | None] = mapped_column(String(255))
    provider_id: Mapped[str | None] = mapped_column(String(255))
    totp: Mapped[str | None] = mapped_column(Text)
    totp_step: Mapped[int | None] = mapped_column(Integer)
    notice_addresses: Mapped[list[Any] | None] = mapped_column(Json)
    notice_kinds: Mapped[list[Any] | None] = mapped_column(Json)
    signature: Mapped[str | None] = mapped_column(Text)
    undo_mail: Mapped[int | None] = mapped_column(Integer)
    undo_chats: Mapped[int | None] = mapped_column(Integer)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        one_of("role", *Role),
        one_of("theme", "light", "dark", nullable=True),
        CheckConstraint("(provider IS NULL) = (provider_id IS NULL)", name="provider_is_whole"),
        Index(
            "uq_users_email_living",
            "email",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("uq_users_provider_provider_id", "provider", "provider_id", unique=True),
    )


class Session(Identified, Base):
    """A browser in which somebody is logged in.

    Attributes:
        token_hash: SHA-256 of the token in its cookie, in hexadecimal.
        csrf: what forms that change something carry along.
        last_used_at: written at most once a minute.
        expires_at: when it ends, however much it is used.
        address: from where it began.
        agent: the browser, as it named itself.
    """

    __tablename__ = "sessions"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(255))

    __table_args__ = (UniqueConstraint("token_hash"),)


class ApiToken(Identified, Base):
    """A program that acts for somebody.

    Attributes:
        hash: SHA-256 of the token, in hexadecimal.
        scopes: permissions; of these it has those that its user's role has.
        last_used_at: written at most once a minute; NULL for never.
        expires_at: NULL: it does not end by itself.
        rate_limit: requests a minute; NULL: as many as the usual one.
    """

    __tablename__ = "api_tokens"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rate_limit: Mapped[int | None]

    __table_args__ = (UniqueConstraint("hash"),)


class SignInLink(Identified, Base):
    """What is good once, for some minutes; it is deleted when it is used.

    Attributes:
        token_hash: SHA-256 of what the link ends with, in hexadecimal.
        user_id: whom it lets in; NULL for the one that makes the first user.
    """

    __tablename__ = "sign_in_links"

    kind: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("token_hash"),
        one_of("kind", *LinkKind),
        CheckConstraint("(kind = 'welcome') = (user_id IS NULL)", name="user"),
        # There is one at a time, so two first users cannot come of two links.
        Index(
            "uq_sign_in_links_welcome",
            "kind",
            unique=True,
            sqlite_where=text("kind = 'welcome'"),
            postgresql_where=text("kind = 'welcome'"),
        ),
    )


class SignInFailure(Base):
    """How often signing in was tried in vain, within one window of time.

    Attributes:
        kind: by what it is counted.
        key: SHA-256 of what was typed as the account, or of the network address, or the user's id.
        failures: how often; attempts under way are counted until they have succeeded.
        since: when the window began.
    """

    __tablename__ = "sign_in_failures"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (one_of("kind", *FailureKind),)


class RecoveryCode(Identified, Base):
    """What stands in once for the code of a second factor; it is deleted when it is used.

    Attributes:
        code_hash: SHA-256, in hexadecimal.
    """

    __tablename__ = "recovery_codes"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index(None, "user_id", "code_hash", unique=True),)


class OpenidRequest(Base):
    """A sign-in that was sent to a provider, and is expected back within some minutes.

    Attributes:
        state_hash: SHA-256 of the `state` that comes back, in hexadecimal.
        provider: the issuer that was asked.
        nonce: what the ID token must bear.
        verifier: the secret half of the PKCE challenge.
        next: the path to go on to afterwards.
        link_id: the link by which whoever comes back is let in; NULL for none.
    """

    __tablename__ = "openid_requests"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    provider: Mapped[str] = mapped_column(String(255))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    next: Mapped[str] = mapped_column(String(1024))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("sign_in_links.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
