"""The statements over users."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.permissions import Permission
from bot.db.bulk import insert_or_pass
from bot.db.counting import count_some
from bot.users.models import User
from bot.users.rules import Role, UserStatus, permissions_of
from bot.users.values import UserView, as_view


class NewUserRow(TypedDict):
    """A user that is inserted; see `bot.users.models.User`."""

    id: str
    email: str
    name: str
    role: str
    password_hash: str | None
    provider: str | None
    provider_id: str | None
    created_at: datetime
    updated_at: datetime


class UserFilter(NamedTuple):
    """Which users are wanted.

    Attributes:
        roles: any of these; none for all.
        statuses: any of these; none for who is not deleted.
        words: a part of their name or address.
    """

    roles: Sequence[Role] = ()
    statuses: Sequence[UserStatus] = ()
    words: str = ""


class Credentials(NamedTuple):
    """By what a user proves who they are; the attributes are the columns of the same name."""

    id: str
    email: str
    name: str
    role: str
    password_hash: str | None
    provider: str | None
    provider_id: str | None
    totp: str | None
    totp_step: int | None
    disabled_at: datetime | None
    deleted_at: datetime | None

    @property
    def is_let_in(self) -> bool:
        """Whether they may log in at all."""
        return self.disabled_at is None and self.deleted_at is None


def new_row(
    id_: str,
    email: str,
    name: str,
    role: Role,
    now: datetime,
    *,
    password_hash: str | None = None,
    provider: str | None = None,
    provider_id: str | None = None,
) -> NewUserRow:
    """The row of a new user."""
    return {
        "id": id_,
        "email": email,
        "name": name,
        "role": role.value,
        "password_hash": password_hash,
        "provider": provider,
        "provider_id": provider_id,
        "created_at": now,
        "updated_at": now,
    }


def credentials_in(row: NewUserRow) -> Credentials:
    """By what a new user proves who they are."""
    return Credentials(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        password_hash=row["password_hash"],
        provider=row["provider"],
        provider_id=row["provider_id"],
        totp=None,
        totp_step=None,
        disabled_at=None,
        deleted_at=None,
    )


_HAVING = {
    "has_password": User.password_hash.is_not(None).label("has_password"),
    "has_totp": User.totp.is_not(None).label("has_totp"),
}
_VIEWED = [_HAVING[name] if name in _HAVING else getattr(User, name) for name in UserView._fields]
_CREDENTIALS = tuple(getattr(User, name) for name in Credentials._fields)
_LIVING = User.deleted_at.is_(None)
_LIVING_ADMIN = and_(User.role == Role.ADMIN, _LIVING, User.disabled_at.is_(None))
_BY_STATUS = {
    UserStatus.DELETED: User.deleted_at.is_not(None),
    UserStatus.DISABLED: and_(_LIVING, User.disabled_at.is_not(None)),
    UserStatus.INVITED: and_(
        _LIVING, User.disabled_at.is_(None), User.password_hash.is_(None), User.provider.is_(None)
    ),
    UserStatus.ACTIVE: and_(
        _LIVING, User.disabled_at.is_(None), or_(User.password_hash.is_not(None), User.provider.is_not(None))
    ),
}


async def any_user(connection: AsyncConnection) -> bool:
    """Whether there is anybody who is not deleted."""
    return bool(await connection.scalar(select(exists().where(_LIVING))))


async def insert_user(connection: AsyncConnection, row: NewUserRow) -> bool:
    """Insert a user; False where a living one has that address, or anybody that subject at that provider."""
    statement = insert_or_pass(connection.dialect.name, User).values(row).returning(User.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def find(connection: AsyncConnection, *, id_: str, email: str) -> list[UserView]:
    """The user of that id, else those of that address, the living one first."""
    statement = select(*_VIEWED).where(or_(User.id == id_, User.email == email))
    rows = await connection.execute(statement.order_by(User.deleted_at.is_not(None), User.deleted_at.desc()))
    return [as_view(row) for row in rows]


async def listed(
    connection: AsyncConnection, wanted: UserFilter, limit: int, after: tuple[str, str] | None = None
) -> list[UserView]:
    """Up to `limit` of the users that are wanted, by name, those behind (name, id) of the last one shown."""
    statement = _narrowed(select(*_VIEWED), wanted)
    if after is not None:
        statement = statement.where(tuple_(User.name, User.id) > after)
    rows = await connection.execute(statement.order_by(User.name, User.id).limit(limit))
    return [as_view(row) for row in rows]


async def count(connection: AsyncConnection, wanted: UserFilter) -> int:
    """How many users are wanted, as `count_some` counts."""
    return await count_some(connection, _narrowed(select(User.id), wanted))


def _narrowed(statement: Select[Any], wanted: UserFilter) -> Select[Any]:
    statement = statement.where(or_(*(_BY_STATUS[each] for each in wanted.statuses)) if wanted.statuses else _LIVING)
    if wanted.roles:
        statement = statement.where(User.role.in_(wanted.roles))
    if wanted.words:
        found = (column.icontains(wanted.words, autoescape=True) for column in (User.name, User.email))
        statement = statement.where(or_(*found))
    return statement


async def writing(connection: AsyncConnection, user_id: str) -> Row[str | None, int | None, int | None] | None:
    """How somebody writes to contacts: signature, undo_mail, undo_chats."""
    statement = select(User.signature, User.undo_mail, User.undo_chats).where(User.id == user_id)
    return (await connection.execute(statement)).one_or_none()


async def notice_choices(
    connection: AsyncConnection, ids: Collection[str] | None, permission: Permission | None = None
) -> Sequence[Row[str, list[str] | None, list[str] | None, str | None]]:
    """What those, or all, want to be told: id, notice_addresses, notice_kinds, locale.

    With a `permission`: of those who have said where, and may do that.
    """
    statement = select(User.id, User.notice_addresses, User.notice_kinds, User.locale)
    if ids is not None:
        statement = statement.where(User.id.in_(ids))
    if permission is not None:
        statement = statement.where(User.notice_addresses.is_not(None), *_able(permission))
    return (await connection.execute(statement)).all()


async def names_of(connection: AsyncConnection, ids: Collection[str]) -> Mapping[str, str]:
    """How users are called, by id; deleted ones, too. Nothing is asked for none."""
    if not ids:
        return {}
    rows = await connection.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def names_of_able(connection: AsyncConnection, ids: Collection[str], permission: Permission) -> Mapping[str, str]:
    """How those of the users are called who may do that, by id: neither disabled nor deleted ones."""
    rows = await connection.execute(select(User.id, User.name).where(User.id.in_(ids), *_able(permission)))
    return {row.id: row.name for row in rows}


async def hold_able(connection: AsyncConnection, ids: Collection[str], permission: Permission) -> Mapping[str, str]:
    """As `names_of_able`, of users who go on being able until the transaction ends: who limits them waits for that."""
    statement = select(User.id, User.name).where(User.id.in_(ids), *_able(permission)).order_by(User.id)
    return {row.id: row.name for row in await connection.execute(statement.with_for_update(read=True))}


async def able(connection: AsyncConnection, permission: Permission) -> Mapping[str, str]:
    """How all users are called who may do that, by id, in the order of their names."""
    return {row.id: row.name for row in await connection.execute(_all_able(permission))}


@cache
def _all_able(permission: Permission) -> Select[str, str]:
    return select(User.id, User.name).where(*_able(permission)).order_by(User.name, User.id)


def _able(permission: Permission) -> Sequence[ColumnElement[bool]]:
    roles = [each.value for each in Role if permission in permissions_of(each)]
    return User.role.in_(roles), User.disabled_at.is_(None), User.deleted_at.is_(None)


async def lock_with_admins(connection: AsyncConnection, user_id: str) -> tuple[UserView | None, frozenset[str]]:
    """Lock a user together with all living ADMINs, by id; gives the user, and the ids of those ADMINs.

    Whoever waited for another one's change sees what came of it.
    """
    statement = (
        select(*_VIEWED).where(or_(User.id == user_id, _LIVING_ADMIN)).order_by(User.id).with_for_update(key_share=True)
    )
    views = [as_view(row) for row in await connection.execute(statement)]
    admins = frozenset(
        each.id for each in views if each.role is Role.ADMIN and each.deleted_at is None and each.disabled_at is None
    )
    return next((each for each in views if each.id == user_id), None), admins


async def lock(connection: AsyncConnection, user_id: str) -> UserView | None:
    """Lock a user; None where there is none."""
    statement = select(*_VIEWED).where(User.id == user_id).with_for_update(key_share=True)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else as_view(row)


async def lock_credentials(connection: AsyncConnection, user_id: str) -> Credentials | None:
    """Lock a user; gives by what they prove who they are."""
    statement = select(*_CREDENTIALS).where(User.id == user_id).with_for_update(key_share=True)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Credentials(*row)


async def credentials_of(connection: AsyncConnection, email: str) -> Credentials | None:
    """By what the living user of that address proves who they are."""
    row = (await connection.execute(select(*_CREDENTIALS).where(User.email == email, _LIVING))).one_or_none()
    return None if row is None else Credentials(*row)


async def credentials_at(connection: AsyncConnection, provider: str, subject: str) -> Credentials | None:
    """The same, of who signs in at that provider as that subject; deleted ones, too."""
    statement = select(*_CREDENTIALS).where(User.provider == provider, User.provider_id == subject)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Credentials(*row)


async def change(connection: AsyncConnection, user_id: str, values: Mapping[str, Any], now: datetime) -> None:
    """Set columns of a user."""
    await connection.execute(update(User).where(User.id == user_id).values(**values, updated_at=now))


async def use_step(connection: AsyncConnection, user_id: str, step: int) -> bool:
    """Note that the code of a step was used; False where it, or a later one, was used before."""
    unused = or_(User.totp_step.is_(None), User.totp_step < step)
    statement = update(User).where(User.id == user_id, unused).values(totp_step=step, updated_at=User.updated_at)
    return (await connection.execute(statement)).rowcount > 0


async def lock_totp(connection: AsyncConnection) -> Sequence[Row[str, str, str | None]]:
    """Lock those who have a second factor, by id; gives (id, email, totp)."""
    statement = select(User.id, User.email, User.totp).where(User.totp.is_not(None)).order_by(User.id)
    return (await connection.execute(statement.with_for_update(key_share=True))).all()


async def set_totp(connection: AsyncConnection, user_id: str, sealed: str) -> None:
    """Give a user's secret another encryption; nothing else of them changes."""
    values = {"totp": sealed, "updated_at": User.updated_at}
    await connection.execute(update(User).where(User.id == user_id).values(values))
