"""People who log in, as programs see them and change them."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from bot.api.shapes import Given, Page, PageQuery, Shown, Text
from bot.users.service import Role, SessionView, UserStatus, UserView


class User(Shown):
    """Somebody who may log in."""

    volatile: ClassVar[frozenset[str]] = frozenset({"last_seen_at"})
    has_etag: ClassVar[bool] = True

    id: str
    email: str
    name: str
    role: Role
    status: UserStatus
    locale: Annotated[str | None, Field(description="As they chose it; null: as their browser asks.")]
    timezone: Annotated[str | None, Field(description="As they chose it; null: as their browser tells.")]
    provider: Annotated[str | None, Field(description="Where they sign in; null for a password alone.")]
    has_second_factor: bool
    created_at: datetime
    last_seen_at: datetime | None
    disabled_at: datetime | None
    deleted_at: datetime | None

    @classmethod
    def of(cls, view: UserView) -> "User":
        """A user of ours."""
        return cls(**_told(view))


class UserPage(Page[User]):
    """Some users."""


class UserQuery(PageQuery):
    """Which users."""

    search: Annotated[Text, Field(max_length=200, description="A part of a name or of an address.")] = ""
    role: tuple[Role, ...] = ()
    status: Annotated[tuple[UserStatus, ...], Field(description="By default all but who is deleted.")] = ()


class NewUser(Given):
    """Whom to invite."""

    email: Annotated[str, Field(max_length=254, description="By which they will log in.")]
    name: Annotated[str, Field(max_length=255, description="By default what stands before the `@`.")] = ""
    role: Role = Role.VIEWER


class InvitedUser(User):
    """Somebody who was invited."""

    volatile: ClassVar[frozenset[str]] = User.volatile | {"link_expires_at"}
    once: ClassVar[frozenset[str]] = frozenset({"link"})

    link: Annotated[
        str | None,
        Field(description="By which they choose a password; shown this once, and null in a repeated answer."),
    ]
    link_expires_at: Annotated[datetime, Field(description="Until when it is good.")]

    @classmethod
    def with_link(cls, view: UserView, link: str, expires_at: datetime) -> "InvitedUser":
        """A user of ours, with what lets them in."""
        return cls(**_told(view), link=link, link_expires_at=expires_at)


class UserChange(Given):
    """What is another now."""

    role: Annotated[Role, Field(description="Their sessions end; they sign in again with the new rights.")]


class SignInLink(Shown):
    """By what somebody chooses another password."""

    once: ClassVar[frozenset[str]] = frozenset({"link"})

    link: Annotated[str | None, Field(description="Shown this once, and null in a repeated answer.")]
    expires_at: Annotated[datetime, Field(description="Until when it is good.")]


class UserSession(Shown):
    """A browser that is signed in."""

    id: str
    browser: Annotated[str, Field(description="In words; empty for one that is not known.")]
    address: Annotated[str, Field(description="The network address at which it began.")]
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, view: SessionView) -> "UserSession":
        """A session of theirs."""
        return cls.model_validate(view, from_attributes=True)


class UserSessions(Shown):
    """All sessions of a user that are open, the last used first."""

    data: list[UserSession]


class SessionsEnded(Shown):
    """What came of it."""

    ended: Annotated[int, Field(description="How many there were.")]


def _told(view: UserView) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(view, name) for name in User.model_fields if hasattr(view, name)}
    return {**values, "has_second_factor": view.has_totp}
