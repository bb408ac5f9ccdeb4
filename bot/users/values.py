"""What others get of users, sessions and tokens; and what becomes of a sign-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.permissions import Permission
from bot.users.browsers import browser_of
from bot.users.rules import Role, TokenStatus, UserStatus


class UserView(NamedTuple):
    """A user as people look at them; the attributes are the columns of the same name.

    Attributes:
        has_password: whether they have chosen one.
        has_totp: whether they have a second factor.
    """

    id: str
    email: str
    name: str
    role: Role
    locale: str | None
    timezone: str | None
    theme: str | None
    provider: str | None
    notice_addresses: list[str] | None
    last_seen_at: datetime | None
    disabled_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime
    has_password: bool
    has_totp: bool

    @property
    def status(self) -> UserStatus:
        """How they stand."""
        if self.deleted_at is not None:
            return UserStatus.DELETED
        if self.disabled_at is not None:
            return UserStatus.DISABLED
        return UserStatus.ACTIVE if self.has_password or self.provider else UserStatus.INVITED


class SessionView(NamedTuple):
    """A session as people look at it; the attributes are the columns of the same name."""

    id: str
    user_id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    agent: str

    @property
    def browser(self) -> str:
        """Which browser it is, in words; empty for one that we do not know."""
        return browser_of(self.agent)


class TokenView(NamedTuple):
    """An API token as people look at it; the attributes are the columns of the same name.

    Attributes:
        user: its owner's name.
        email: their address.
        is_let_in: whether its owner is; the token of who is not is worth nothing meanwhile.
    """

    id: str
    user_id: str
    user: str
    email: str
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    rate_limit: int | None
    is_let_in: bool

    def status(self, now: datetime) -> TokenStatus:
        """What it is worth at that moment."""
        if self.revoked_at is not None:
            return TokenStatus.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return TokenStatus.OVER
        return TokenStatus.GOOD if self.is_let_in else TokenStatus.OWNER_DISABLED


@dataclass(frozen=True, slots=True)
class Known:
    """Who is logged in, as of this moment: a role that was taken away is gone.

    Attributes:
        session_id: of the session by which they are known.
        csrf: what each of their forms that change something carries.
        user_id: theirs.
        email: by which they log in.
        name: as they are called.
        role: theirs.
        permissions: all that it may do.
        locale: theirs; None: as their browser asks.
        timezone: theirs; None: as their browser tells.
        theme: `light` or `dark`; None: as their system is.
        has_totp: whether they have a second factor; ADMINs are asked to.
    """

    session_id: str
    csrf: str
    user_id: str
    email: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    locale: str | None
    timezone: str | None
    theme: str | None
    has_totp: bool

    def actor(self, address: str = "") -> Actor:
        """Who changes something, for the audit."""
        return Actor(self.name, self.user_id, address=address)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """Whose token it is, as of this moment.

    Attributes:
        token_id: the token's.
        token_name: what its owner calls it.
        user_id: its owner's.
        name: as its owner is called.
        role: its owner's.
        permissions: its scopes, as far as its owner's role has them.
        rate_limit: requests a minute; None: as many as the usual one.
        rate_limit_of_user: requests a minute of all tokens of its owner: as many as the fastest of them has.
        expires_at: from when on it is worth nothing; None for a token that does not end by itself.
    """

    token_id: str
    token_name: str
    user_id: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    rate_limit: int | None
    rate_limit_of_user: int
    expires_at: datetime | None

    def actor(self, address: str = "") -> Actor:
        """Who changes something, for the audit."""
        return Actor(f"{self.name} ({self.token_name})", self.user_id, self.token_id, address)


class Visitor(NamedTuple):
    """Who stands at the door.

    Attributes:
        address: the network address, as `bot.web.guard.client_address` tells it.
        agent: the browser, as it names itself.
    """

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is in.

    Attributes:
        user_id: who.
        session_id: the new session's.
        token: for the cookie; it is shown this once.
        expires_at: when the session ends, however much it is used.
    """

    user_id: str
    session_id: str
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"SignedIn({self.user_id})"


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password was right; the code of the second factor is asked for.

    Attributes:
        token: what is to be given with the code.
        expires_at: until when.
    """

    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "CodeNeeded()"


class SignInError(BotError):
    """Whoever it is, they are not let in; it does not tell why."""

    def __init__(self) -> None:
        super().__init__(
            N_("the address and the password do not belong together"),
            mend=N_("Try again, or ask an admin for a link to choose another password."),
        )


class CodeError(BotError):
    """The code of the second factor is wrong, or was used."""

    def __init__(self) -> None:
        super().__init__(
            N_("the code is wrong, or was used already"),
            mend=N_("Take the newest code of your app, or one of your recovery codes."),
        )


class PasswordError(BotError):
    """Whoever is logged in does not know their password."""

    def __init__(self) -> None:
        super().__init__(N_("that is not your password"), mend=N_("Try again, or ask an admin for a link."))


class SignInAgainError(BotError):
    """A right password waited too long for its code."""

    def __init__(self) -> None:
        super().__init__(N_("signing in took too long"), mend=N_("Begin again with your password."))


class UnknownPersonError(BotError):
    """Somebody has proved elsewhere who they are, and is nobody here, or not let in: it is not told which."""

    def __init__(self) -> None:
        super().__init__(
            N_("nobody is let in here with that account"),
            mend=N_("Take another account, or ask an admin for a link."),
        )


class NotVouchedForError(BotError):
    """Who makes the first user has no address that their provider vouches for."""

    def __init__(self) -> None:
        super().__init__(
            N_("that account has no e-mail address that its provider has verified"),
            mend=N_("Open the link again and choose a password; you can join the account afterwards."),
        )


class JoinedElsewhereError(BotError):
    """Another user signs in with what somebody has proved."""

    def __init__(self) -> None:
        super().__init__(
            N_("somebody else here signs in with that account"),
            mend=N_("Take another account, or choose a password."),
        )


class LinkError(BotError):
    """A link that is good for nothing any more."""

    def __init__(self) -> None:
        super().__init__(
            N_("this link was used already, or its time is over"),
            mend=N_("Ask for another one; the first of all is printed by `bot.py run`."),
        )


class NoUserError(BotError):
    """There is no such user."""

    def __init__(self, spelled: str) -> None:
        super().__init__(N_("there is no user {spelled}"), mend=N_("See `bot.py users list`."), spelled=spelled[:255])


class LastAdminError(BotError):
    """Without this ADMIN there would be none."""

    def __init__(self) -> None:
        super().__init__(
            N_("this is the last ADMIN, without whom nobody could manage users"),
            mend=N_("Make somebody else an ADMIN first."),
        )


class TakenError(BotError):
    """Somebody else has that address."""

    def __init__(self, email: str) -> None:
        super().__init__(
            N_("{email} is the address of a user already"),
            mend=N_("See `bot.py users show {email}`."),
            email=email,
        )


def as_view(row: Any) -> UserView:
    """A row of `bot.users.queries` as a view."""
    values = row._asdict()
    return UserView(**{**values, "role": Role(values["role"])})
