"""Tokens, as programs see them and make them."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from bot.api.shapes import Given, KeptMoment, Page, PageQuery, Shown, Text
from bot.core.permissions import Permission
from bot.users.service import MOST_A_MINUTE, TokenStatus, TokenView


class Token(Shown):
    """What a program shows to act for somebody."""

    id: str
    user_id: Annotated[str, Field(description="Its owner's.")]
    name: str
    scopes: Annotated[list[str], Field(description="What it may do, as far as its owner's role has it.")]
    status: Annotated[TokenStatus, Field(description="What it is worth now.")]
    rate_limit: Annotated[int | None, Field(description="Requests a minute; null: as many as the usual one.")]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: Annotated[datetime | None, Field(description="Null: it does not end by itself.")]
    revoked_at: datetime | None

    @classmethod
    def of(cls, view: TokenView, now: datetime) -> "Token":
        """A token of theirs."""
        return cls(**_told(view, now))


class TokenPage(Page[Token]):
    """Some tokens."""


class TokenQuery(PageQuery):
    """Which tokens."""

    search: Annotated[Text, Field(max_length=200, description="A part of its name, or of its owner's.")] = ""
    user_id: Annotated[Text | None, Field(max_length=64, description="Of this owner.")] = None
    good: Annotated[bool, Field(description="Only those that are good now.")] = False


class NewToken(Given):
    """What somebody lets a program do."""

    name: Annotated[str, Field(min_length=1, max_length=255, description="What you call it.")]
    scopes: Annotated[
        list[Permission], Field(min_length=1, max_length=len(Permission), description="At most those of your own.")
    ]
    expires_at: Annotated[KeptMoment | None, Field(description="Null: when your own does.")] = None
    rate_limit: Annotated[
        int | None, Field(ge=1, le=MOST_A_MINUTE, description="Requests a minute; null: as many as your own.")
    ] = None


class MadeToken(Token):
    """A token that was made."""

    once: ClassVar[frozenset[str]] = frozenset({"token"})

    token: Annotated[str | None, Field(description="What the program shows: only here, and null in a repeated answer.")]

    @classmethod
    def with_token(cls, view: TokenView, now: datetime, token: str) -> "MadeToken":
        """A token of theirs, with what opens the door."""
        return cls(**_told(view, now), token=token)


def _told(view: TokenView, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(view, name) for name in Token.model_fields if name in view._fields}
    return {**values, "status": view.status(now)}
