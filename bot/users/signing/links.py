"""Links that are good once and for a quarter of an hour; what is kept of them opens nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ids import new_id, new_token
from bot.users import queries as users
from bot.users.digests import digest
from bot.users.models import LinkKind
from bot.users.signing import queries
from bot.users.values import LinkError

LIVES = timedelta(minutes=15)
CODE_LIVES = timedelta(minutes=5)
"""How long a right password waits for its code."""
PATH = "/welcome/"
"""What a link's path begins with; its token follows."""


@dataclass(frozen=True, slots=True)
class Link:
    """What somebody is given, who then chooses a password.

    Attributes:
        token: the end of its path, shown this once.
        expires_at: until when it is good.
    """

    token: str
    expires_at: datetime

    @property
    def path(self) -> str:
        """Where it leads."""
        return f"{PATH}{self.token}"

    def __repr__(self) -> str:
        return "Link()"


@dataclass(frozen=True, slots=True)
class LinkView:
    """What a link is for, as whoever opened it is told.

    Attributes:
        kind: a LinkKind.
        email: whose password it sets; empty for the first of all, who gives it.
        name: as they are called; empty likewise.
        expires_at: until when it is good.
    """

    kind: LinkKind
    email: str
    name: str
    expires_at: datetime


OPENED = frozenset({LinkKind.WELCOME, LinkKind.INVITATION, LinkKind.RESET})
"""What may be opened in a browser; the other kind belongs to the sign-in that it is a part of."""


async def make(connection: AsyncConnection, kind: LinkKind, user_id: str | None, now: datetime) -> Link:
    """A new link; another one of its kind for the same user ends."""
    lives = CODE_LIVES if kind is LinkKind.SECOND_FACTOR else LIVES
    link = Link(new_token(), now + lives)
    row: queries.NewLinkRow = {
        "id": new_id(),
        "kind": kind.value,
        "token_hash": digest(link.token),
        "user_id": user_id,
        "created_at": now,
        "expires_at": link.expires_at,
    }
    await queries.put_link(connection, row)
    return link


async def welcome(connection: AsyncConnection, now: datetime) -> Link | None:
    """A link that makes the first ADMIN, which ends the one before it; None where there are users."""
    return None if await users.any_user(connection) else await make(connection, LinkKind.WELCOME, None, now)


async def look_at_link(connection: AsyncConnection, token: str, now: datetime) -> LinkView:
    """What a link is for; looking does not use it up. Raises LinkError when it is good for nothing."""
    row = await queries.link_of(connection, digest(token), now)
    if row is None or row.kind not in OPENED:
        raise LinkError
    if row.user_id is None:
        return LinkView(LinkKind(row.kind), "", "", row.expires_at)
    user = await users.find(connection, id_=row.user_id, email="")
    if not user or user[0].deleted_at is not None or user[0].disabled_at is not None:
        raise LinkError
    return LinkView(LinkKind(row.kind), user[0].email, user[0].name, row.expires_at)


async def take(
    connection: AsyncConnection, token: str, now: datetime, kinds: Collection[LinkKind] = OPENED
) -> queries.LinkRow:
    """Use a link up; raises LinkError when somebody has, when its time is over, or when it is of another kind."""
    row = await queries.take_link(connection, digest(token), now)
    if row is None or row.kind not in kinds:
        raise LinkError
    return row
