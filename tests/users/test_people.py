"""Managing users: inviting, roles, disabling, deleting, restoring; and that there is always an ADMIN."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.db.engine import reading
from bot.users.service import (
    LastAdminError,
    NoUserError,
    Role,
    TakenError,
    UserFilter,
    UserStatus,
    UserView,
    add_token,
    add_user,
    change_profile,
    change_role,
    delete_user,
    disable_user,
    enable_user,
    find_user,
    identify_token,
    list_users,
    reset_user,
    restore_user,
)
from tests.support.people import BY, PASSWORD, People

Change = Callable[[AsyncConnection, str], Awaitable[object]]


async def done(people: People, change: Callable[..., Awaitable[Any]], *arguments: object) -> Any:
    """A change, in a transaction of its own."""
    async with people.engine.begin() as connection:
        return await change(connection, *arguments, BY, people.clock.now)


async def demote(connection: AsyncConnection, user_id: str, people: People) -> UserView:
    return await change_role(connection, user_id, Role.VIEWER, BY, people.clock.now)


async def disable(connection: AsyncConnection, user_id: str, people: People) -> UserView:
    return await disable_user(connection, user_id, BY, people.clock.now)


async def delete(connection: AsyncConnection, user_id: str, people: People) -> UserView:
    return await delete_user(connection, user_id, BY, people.clock.now)


async def admins(people: People) -> int:
    async with reading(people.engine) as connection:
        found = await list_users(connection, UserFilter([Role.ADMIN], [UserStatus.ACTIVE]), 10)
    return len(found)


async def test_an_address_belongs_to_one_living_user_however_it_is_spelled(people: People) -> None:
    await people.invited("josé@example.com")
    for spelled in ("josé@example.com", "JOSÉ@Example.com", "jose\u0301@example.com"):
        with pytest.raises(TakenError):
            await done(people, add_user, spelled, Role.VIEWER)
    assert len(await people.told("user.add")) == 1


async def test_of_two_invitations_of_one_address_at_once_one_is_made(people: People) -> None:
    outcomes = await asyncio.gather(
        *(done(people, add_user, "ana@example.com", Role.ADMIN) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["NewUser"] + ["TakenError"] * 3


async def test_a_user_is_found_by_id_and_by_address_and_who_is_deleted_only_on_demand(people: People) -> None:
    await people.person("ana@example.com")
    rui = await people.person("rui@example.com", Role.VIEWER)
    await done(people, delete_user, rui.id)

    async with reading(people.engine) as connection:
        assert (await find_user(connection, " ANA@example.com")).email == "ana@example.com"
        for spelled in (rui.id, "rui@example.com", "nobody", "\ud800", "x" * 9999):
            with pytest.raises(NoUserError):
                await find_user(connection, spelled)
        assert (await find_user(connection, rui.id, deleted=True)).status is UserStatus.DELETED


async def test_users_are_listed_by_role_and_status(people: People) -> None:
    await people.person("ana@example.com")
    await people.invited("new@example.com", Role.EDITOR)
    out = await people.person("out@example.com", Role.EDITOR)
    gone = await people.person("gone@example.com", Role.EDITOR)
    await done(people, disable_user, out.id)
    await done(people, delete_user, gone.id)

    async with reading(people.engine) as connection:

        async def emails(role: Role | None, status: UserStatus | None) -> list[str]:
            roles = () if role is None else (role,)
            statuses = () if status is None else (status,)
            return [each.email for each in await list_users(connection, UserFilter(roles, statuses), 10)]

        assert await emails(None, None) == ["ana@example.com", "new@example.com", "out@example.com"]
        assert await emails(Role.EDITOR, None) == ["new@example.com", "out@example.com"]
        assert await emails(None, UserStatus.ACTIVE) == ["ana@example.com"]
        assert await emails(None, UserStatus.INVITED) == ["new@example.com"]
        assert await emails(None, UserStatus.DISABLED) == ["out@example.com"]
        assert await emails(None, UserStatus.DELETED) == ["gone@example.com"]
        assert len(await list_users(connection, UserFilter(), 1)) == 1


@pytest.mark.parametrize("change", [demote, disable, delete])
async def test_the_last_admin_stays(people: People, change: Callable[..., Awaitable[object]]) -> None:
    ana = await people.person("ana@example.com")
    out = await people.person("out@example.com")
    await done(people, disable_user, out.id)

    async with people.engine.begin() as connection:
        with pytest.raises(LastAdminError):
            await change(connection, ana.id, people)
    assert await admins(people) == 1

    await done(people, enable_user, out.id)
    async with people.engine.begin() as connection:
        await change(connection, ana.id, people)
    assert await admins(people) == 1


@pytest.mark.parametrize("changes", [(demote, demote), (delete, disable), (disable, demote)])
async def test_of_two_last_admins_who_end_each_other_at_once_one_stays(
    people: People, changes: tuple[Callable[..., Awaitable[object]], ...]
) -> None:
    both = [await people.person("ana@example.com"), await people.person("rui@example.com")]

    async def end(change: Callable[..., Awaitable[object]], user: UserView) -> object:
        async with people.engine.begin() as connection:
            return await change(connection, user.id, people)

    outcomes = await asyncio.gather(*map(end, changes, both), return_exceptions=True)

    # Whoever waits longer than a lock is waited for is refused, too.
    assert [isinstance(each, LastAdminError | DBAPIError) for each in outcomes].count(True) == 1
    assert await admins(people) == 1


async def test_a_role_that_changes_holds_at_the_next_click(people: People) -> None:
    await people.person("ana@example.com")
    rui = await people.person("rui@example.com", Role.EDITOR)
    session = await people.enters("rui@example.com")

    changed = await done(people, change_role, rui.id, Role.VIEWER)

    assert changed.role is Role.VIEWER
    assert await people.known(session) is None
    again = await people.knows(await people.enters("rui@example.com"))
    assert (again.role, Permission.MESSAGES_SEND in again.permissions) == (Role.VIEWER, False)
    (line,) = await people.told("user.role")
    assert (line.resource_id, line.detail) == (rui.id, {"before": {"role": "EDITOR"}, "after": {"role": "VIEWER"}})
    await done(people, change_role, rui.id, Role.VIEWER)
    assert len(await people.told("user.role")) == 1


@pytest.mark.parametrize("change", [disable_user, delete_user])
async def test_who_is_shut_out_is_known_by_nothing_any_more(
    people: People, change: Callable[..., Awaitable[object]]
) -> None:
    await people.person("ana@example.com")
    rui = await people.person("rui@example.com", Role.EDITOR)
    session = await people.enters("rui@example.com")
    async with people.engine.begin() as connection:
        _id, token = await add_token(connection, rui, "CRM", [Permission.CONTACTS_READ], BY, people.clock.now)
    assert await identify_token(people.engine, token, people.clock.now) is not None

    await done(people, change, rui.id)

    assert await people.known(session) is None
    assert await identify_token(people.engine, token, people.clock.now) is None
    with pytest.raises(BotError):
        await people.enters("rui@example.com")
    with pytest.raises(BotError):
        await done(people, reset_user, rui.id)


async def test_who_is_enabled_again_has_tokens_and_password_but_no_old_session(people: People) -> None:
    await people.person("ana@example.com")
    rui = await people.person("rui@example.com", Role.EDITOR)
    session = await people.enters("rui@example.com")
    async with people.engine.begin() as connection:
        _id, token = await add_token(connection, rui, "CRM", [Permission.CONTACTS_READ], BY, people.clock.now)
    for change in (disable_user, disable_user, enable_user, enable_user):
        await done(people, change, rui.id)

    assert await people.known(session) is None
    assert await identify_token(people.engine, token, people.clock.now) is not None
    await people.enters("rui@example.com")
    assert len(await people.told("user.disable")) == len(await people.told("user.enable")) == 1


async def test_a_deleted_user_keeps_a_name_frees_the_address_and_comes_back_with_role_and_password(
    people: People,
) -> None:
    await people.person("ana@example.com")
    rui = await people.person("rui@example.com", Role.EDITOR)
    await done(people, delete_user, rui.id)
    with pytest.raises(NoUserError):
        await done(people, delete_user, rui.id)
    assert any(line.actor == "rui" and line.user_id == rui.id for line in await people.told())

    newcomer = await done(people, add_user, "rui@example.com", Role.VIEWER)
    with pytest.raises(TakenError):
        await done(people, restore_user, rui.id)
    assert (await people.user(rui.id)).status is UserStatus.DELETED
    await done(people, delete_user, newcomer.id)

    restored = await done(people, restore_user, rui.id)

    assert (restored.status, restored.role) == (UserStatus.ACTIVE, Role.EDITOR)
    await people.enters("rui@example.com", PASSWORD)
    assert [line.resource_id for line in await people.told("user.restore")] == [rui.id]
    with pytest.raises(NoUserError):
        await done(people, restore_user, "nobody")
    assert (await done(people, restore_user, rui.id)).status is UserStatus.ACTIVE


async def test_people_say_how_they_are_spoken_to(people: People) -> None:
    ana = await people.person()

    async def change(**values: Any) -> UserView:
        async with people.engine.begin() as connection:
            return await change_profile(connection, ana.id, BY, people.clock.now, **values)

    changed = await change(
        name=" Ana Souza ",
        locale="pt-BR",
        timezone="america/sao_paulo",
        theme="dark",
    )

    assert changed == await people.user()
    assert (changed.name, changed.locale, changed.timezone, changed.theme) == (
        "Ana Souza",
        "pt-BR",
        "America/Sao_Paulo",
        "dark",
    )
    known = await people.knows(await people.enters())
    assert (known.locale, known.timezone, known.theme) == ("pt-BR", "America/Sao_Paulo", "dark")
    back = await change(locale="", timezone=" ", theme="")
    assert (back.locale, back.timezone, back.theme) == (None, None, None)
    await change(name="Ana Souza")
    assert len(await people.told("user.profile")) == 2


async def test_what_cannot_be_chosen_is_refused_and_changes_nothing(people: People) -> None:
    ana = await people.person()
    wrong: list[dict[str, Any]] = [
        {"name": " "},
        {"locale": "fr"},
        {"timezone": "Mars/Olympus"},
        {"theme": "purple"},
    ]
    for values in wrong:
        async with people.engine.begin() as connection:
            with pytest.raises(BotError):
                await change_profile(connection, ana.id, BY, people.clock.now, **values)
    async with people.engine.begin() as connection:
        with pytest.raises(NoUserError):
            await change_profile(connection, "nobody", BY, people.clock.now, name="x")
    assert await people.user() == ana
