"""Users: who may log in, with which role, and where they are signed in."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, REFUSED, ProblemError, not_found, sentence
from bot.api.resources.user_shapes import (
    InvitedUser,
    NewUser,
    SessionsEnded,
    SignInLink,
    User,
    UserChange,
    UserPage,
    UserQuery,
    UserSession,
    UserSessions,
)
from bot.core.actors import Actor
from bot.core.permissions import Permission
from bot.users.service import (
    LastAdminError,
    NoUserError,
    TakenError,
    UserFilter,
    UserView,
    add_user,
    change_role,
    delete_user,
    disable_user,
    enable_user,
    end_session,
    end_sessions,
    find_user,
    list_users,
    lock_user,
    reset_user,
    restore_user,
    sessions,
)

Change = Callable[[AsyncConnection, str, Actor, datetime], Awaitable[UserView]]

_ONE = MappingProxyType({"path": {"user_id": "cmb0z1q4w000012ab34cd56ef"}})


async def list_(call: Call[UserQuery, NoBody]) -> UserPage:
    """A page of them."""
    query, cursors = call.query, call.cursors
    after = cursors.after
    wanted = UserFilter(query.role, query.status, query.search.strip())
    place = None if after is None else (str(after[0]), str(after[1]))
    found = await list_users(call.connection, wanted, cursors.wanted, place)
    rows, following = cursors.page(found, lambda row: (row.name, row.id))
    return UserPage(data=[User.of(each) for each in rows], next=following)


async def get(call: Call[NoQuery, NoBody]) -> User:
    """One of them."""
    return User.of(await _user(call))


async def held(call: Call[Any, Any]) -> User:
    """One of them, whom nobody else changes until the transaction ends."""
    try:
        return User.of(await lock_user(call.connection, call.path["user_id"]))
    except NoUserError:
        raise not_found("user") from None


async def invite(call: Call[NoQuery, NewUser]) -> InvitedUser:
    """Invite somebody."""
    given = call.body
    try:
        new = await add_user(call.connection, given.email, given.role, call.by, call.now, name=given.name)
    except TakenError as error:
        raise await _taken(call.connection, error) from None
    user = await find_user(call.connection, new.id)
    return InvitedUser.with_link(user, f"{call.base}{new.link.path}", new.link.expires_at)


async def _taken(connection: AsyncConnection, error: TakenError) -> ProblemError:
    """With the user whose address it is."""
    owner = await find_user(connection, str(error.values["email"]))
    return ProblemError(CONFLICT, f"{error.sentence()} Change that one instead.", code="taken", user_id=owner.id)


async def change(call: Call[NoQuery, UserChange]) -> User:
    """Give one another role."""
    role = call.body.role

    async def given(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> UserView:
        return await change_role(connection, user_id, role, by, now)

    return await _changed(call, given)


async def disable(call: Call[NoQuery, NoBody]) -> User:
    """Let one in no more."""
    return await _changed(call, disable_user)


async def enable(call: Call[NoQuery, NoBody]) -> User:
    """Let one in again."""
    return await _changed(call, enable_user)


async def delete(call: Call[NoQuery, NoBody]) -> User:
    """Delete one."""
    return await _changed(call, delete_user)


async def restore(call: Call[NoQuery, NoBody]) -> User:
    """Take a deletion back."""
    return await _changed(call, restore_user)


async def reset(call: Call[NoQuery, NoBody]) -> SignInLink:
    """Make a link for another password."""
    try:
        link = await reset_user(call.connection, call.path["user_id"], call.by, call.now)
    except NoUserError:
        raise not_found("user") from None
    return SignInLink(link=f"{call.base}{link.path}", expires_at=link.expires_at)


async def list_sessions(call: Call[NoQuery, NoBody]) -> UserSessions:
    """Where one is signed in."""
    user = await _user(call)
    found = await sessions(call.connection, user.id, call.now)
    return UserSessions(data=[UserSession.of(each) for each in found])


async def end_all(call: Call[NoQuery, NoBody]) -> SessionsEnded:
    """Sign one out everywhere."""
    user = await _user(call)
    return SessionsEnded(ended=await end_sessions(call.connection, user.id, call.by, call.now))


async def end_one(call: Call[NoQuery, NoBody]) -> None:
    """Sign one out in one browser."""
    if not await end_session(call.connection, call.path["user_id"], call.path["session_id"], call.by, call.now):
        raise not_found("session")


async def _user(call: Call[Any, Any]) -> UserView:
    id_ = call.path["user_id"]
    try:
        user = await find_user(call.connection, id_, deleted=True)
    except NoUserError:
        raise not_found("user") from None
    if user.id != id_:
        raise not_found("user")
    return user


async def _changed(call: Call[Any, Any], change: Change) -> User:
    try:
        return User.of(await change(call.connection, call.path["user_id"], call.by, call.now))
    except NoUserError:
        raise not_found("user") from None
    except LastAdminError as error:
        raise ProblemError(CONFLICT, sentence(error), code="last_admin") from None
    except TakenError as error:
        raise await _taken(call.connection, error) from None


def _change(
    verb: str, handle: Callable[[Call[Any, Any]], Awaitable[User]], summary: str, description: str
) -> Operation:
    return Operation(
        name=f"{verb}_user",
        method="POST",
        path=f"/users/{{user_id}}/{verb}",
        scope=Permission.USERS_MANAGE,
        summary=summary,
        description=description,
        handle=handle,
        result=User,
        current=held,
        problems=(CONFLICT,),
        example=_ONE,
    )


USERS = Resource(
    "users",
    "People who log in, each with a role that says what they may do.",
    (
        Operation(
            name="list_users",
            method="GET",
            path="/users",
            scope=Permission.USERS_MANAGE,
            summary="List users",
            description="By their names.",
            handle=list_,
            query=UserQuery,
            result=UserPage,
            example=MappingProxyType({"query": {"role": "ADMIN"}}),
        ),
        Operation(
            name="invite_user",
            method="POST",
            path="/users",
            scope=Permission.USERS_MANAGE,
            summary="Invite a user",
            description="Nothing is mailed: give them the `link`, which is good once and for a quarter of an hour.",
            handle=invite,
            body=NewUser,
            result=InvitedUser,
            status=201,
            creates=True,
            problems=(CONFLICT, REFUSED),
            example=MappingProxyType({"body": {"email": "rui@example.com", "name": "Rui Dias", "role": "EDITOR"}}),
        ),
        Operation(
            name="get_user",
            method="GET",
            path="/users/{user_id}",
            scope=Permission.USERS_MANAGE,
            summary="Get a user",
            description="Deleted ones, too.",
            handle=get,
            result=User,
            example=_ONE,
        ),
        Operation(
            name="change_user",
            method="PATCH",
            path="/users/{user_id}",
            scope=Permission.USERS_MANAGE,
            summary="Change a user's role",
            description="The last ADMIN stays one: 409 with the code `last_admin`.",
            handle=change,
            body=UserChange,
            result=User,
            current=held,
            problems=(CONFLICT,),
            example=MappingProxyType({**_ONE, "body": {"role": "ADMIN"}}),
        ),
        _change(
            "disable",
            disable,
            "Disable a user",
            "Sessions and links end at once; tokens are worth nothing until they are let in again.",
        ),
        _change("enable", enable, "Enable a user", "They are let in again, with the tokens that they had."),
        Operation(
            name="delete_user",
            method="DELETE",
            path="/users/{user_id}",
            scope=Permission.USERS_MANAGE,
            summary="Delete a user",
            description="Sessions, links and tokens end, the address is free, and the name stays on what they did.",
            handle=delete,
            result=User,
            current=held,
            problems=(CONFLICT,),
            example=_ONE,
        ),
        _change("restore", restore, "Restore a user", "With role and password; tokens stay revoked."),
        Operation(
            name="create_user_link",
            method="POST",
            path="/users/{user_id}/link",
            scope=Permission.USERS_MANAGE,
            summary="Make a link for another password",
            description="Good once and for a quarter of an hour; the present password stays good until then.",
            handle=reset,
            result=SignInLink,
            status=201,
            creates=True,
            problems=(REFUSED,),
            example=_ONE,
        ),
        Operation(
            name="list_user_sessions",
            method="GET",
            path="/users/{user_id}/sessions",
            scope=Permission.USERS_MANAGE,
            summary="List a user's sessions",
            description="Where they are signed in, the last used first.",
            handle=list_sessions,
            result=UserSessions,
            example=_ONE,
        ),
        Operation(
            name="end_user_sessions",
            method="DELETE",
            path="/users/{user_id}/sessions",
            scope=Permission.USERS_MANAGE,
            summary="End all sessions of a user",
            description="They are signed out everywhere; tokens stay good.",
            handle=end_all,
            result=SessionsEnded,
            example=_ONE,
        ),
        Operation(
            name="end_user_session",
            method="DELETE",
            path="/users/{user_id}/sessions/{session_id}",
            scope=Permission.USERS_MANAGE,
            summary="End a session",
            handle=end_one,
            example=MappingProxyType(
                {"path": {"user_id": "cmb0z1q4w000012ab34cd56ef", "session_id": "cmb0z1q4w000712ab34cd56ef"}}
            ),
        ),
    ),
)
