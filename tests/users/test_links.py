"""Links that are good once: the first ADMIN's, an invitation, another password."""

import asyncio

import pytest
from sqlalchemy import text

from bot.core.errors import BotError
from bot.db.engine import reading
from bot.users.service import (
    Link,
    LinkError,
    LinkKind,
    LinkView,
    Role,
    SignedIn,
    UserFilter,
    UserStatus,
    WeakPasswordError,
    delete_user,
    disable_user,
    list_users,
    look_at_link,
    reset_user,
    welcome,
)
from tests.support.people import ANOTHER, BY, HERE, PASSWORD, People


async def greeted(people: People) -> Link:
    async with people.engine.begin() as connection:
        link = await welcome(connection, people.clock.now)
    assert link is not None
    return link


async def reset(people: People, user_id: str) -> Link:
    async with people.engine.begin() as connection:
        return await reset_user(connection, user_id, BY, people.clock.now)


async def looked_at(people: People, link: Link) -> LinkView:
    async with reading(people.engine) as connection:
        return await look_at_link(connection, link.token, people.clock.now)


async def first(people: People, link: Link, email: str = "ana@example.com") -> object:
    return await people.door.by_link(link.token, PASSWORD, HERE, email=email, name="Ana")


async def test_the_first_link_makes_an_admin_who_is_let_in(people: People) -> None:
    link = await greeted(people)
    assert link.path == f"/welcome/{link.token}"
    assert link.token not in repr(link)
    assert (await looked_at(people, link)).kind is LinkKind.WELCOME

    signed_in = await first(people, link, " Ana@Example.com")

    assert isinstance(signed_in, SignedIn)
    ana = await people.user()
    assert (ana.name, ana.role, ana.status) == ("Ana", Role.ADMIN, UserStatus.ACTIVE)
    (line,) = await people.told("user.first")
    assert (line.user_id, line.actor, line.detail) == (
        ana.id,
        "Ana",
        {"after": {"email": "ana@example.com", "role": "ADMIN"}},
    )
    async with people.engine.begin() as connection:
        assert await welcome(connection, people.clock.now) is None


async def test_only_the_hash_of_a_link_is_kept(people: People) -> None:
    link = await greeted(people)
    async with people.engine.connect() as connection:
        rows = str((await connection.execute(text("SELECT * FROM sign_in_links"))).all())
    assert link.token not in rows


async def test_each_start_ends_the_link_of_the_one_before(people: People) -> None:
    before, after = await greeted(people), await greeted(people)

    with pytest.raises(LinkError):
        await first(people, before)
    assert isinstance(await first(people, after), SignedIn)


async def test_of_two_starts_at_once_one_link_is_good(people: People) -> None:
    links = await asyncio.gather(*(greeted(people) for _ in range(4)))

    good = []
    for link in links:
        try:
            good.append(await looked_at(people, link))
        except LinkError:
            continue
    assert len(good) == 1


async def test_of_two_first_sign_ins_at_once_one_makes_the_admin(people: People) -> None:
    link = await greeted(people)

    outcomes = await asyncio.gather(
        *(first(people, link, f"{number}@example.com") for number in range(6)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["LinkError"] * 5 + ["SignedIn"]
    async with reading(people.engine) as connection:
        assert len(await list_users(connection, UserFilter(), 10)) == 1


async def test_whoever_is_added_meanwhile_is_first(people: People) -> None:
    link = await greeted(people)
    await people.invited("rui@example.com", Role.VIEWER)

    with pytest.raises(LinkError):
        await first(people, link)


async def test_a_link_is_good_for_a_quarter_of_an_hour(people: People) -> None:
    link = await greeted(people)
    people.clock.advance(minutes=14, seconds=59)
    await looked_at(people, link)
    people.clock.advance(seconds=1)

    with pytest.raises(LinkError):
        await looked_at(people, link)
    with pytest.raises(LinkError):
        await first(people, link)


async def test_what_is_typed_wrongly_leaves_the_link_good(people: People) -> None:
    link = await greeted(people)
    with pytest.raises(WeakPasswordError):
        await people.door.by_link(link.token, "short", HERE, email="ana@example.com", name="Ana")
    for email, name in (("no address", "Ana"), ("ana@example.com", " ")):
        with pytest.raises(BotError):
            await people.door.by_link(link.token, PASSWORD, HERE, email=email, name=name)

    assert isinstance(await first(people, link), SignedIn)


async def test_who_is_invited_chooses_a_password_and_may_correct_their_name(people: People) -> None:
    link = await people.invited("rui.costa@example.com", Role.EDITOR)
    seen = await looked_at(people, link)
    assert (seen.kind, seen.email, seen.name) == (LinkKind.INVITATION, "rui.costa@example.com", "rui.costa")
    assert (await people.user("rui.costa@example.com")).status is UserStatus.INVITED

    await people.door.by_link(link.token, PASSWORD, HERE, email="else@example.com", name="Rui Costa")

    rui = await people.user("rui.costa@example.com")
    assert (rui.name, rui.role, rui.status) == ("Rui Costa", Role.EDITOR, UserStatus.ACTIVE)


async def test_a_link_used_twice_at_once_is_used_once(people: People) -> None:
    link = await people.invited()

    outcomes = await asyncio.gather(
        *(people.door.by_link(link.token, f"{PASSWORD}{number}", HERE) for number in range(6)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["LinkError"] * 5 + ["SignedIn"]


async def test_a_reset_ends_all_sessions_and_every_other_link_and_lifts_the_throttle(people: People) -> None:
    ana = await people.person()
    session = await people.enters()
    before, link = await reset(people, ana.id), await reset(people, ana.id)
    for _ in range(11):
        with pytest.raises(BotError):
            await people.door.by_password("ana@example.com", "wrong", HERE)

    signed_in = await people.door.by_link(link.token, ANOTHER, HERE)

    assert isinstance(signed_in, SignedIn)
    assert await people.known(session) is None
    assert await people.known(signed_in) is not None
    for each in (before, link):
        with pytest.raises(LinkError):
            await people.door.by_link(each.token, ANOTHER, HERE)
    await people.enters(password=ANOTHER)


@pytest.mark.parametrize("change", [disable_user, delete_user])
async def test_who_is_not_let_in_any_more_has_no_link_either(people: People, change: object) -> None:
    await people.person()
    link = await people.invited("rui@example.com", Role.VIEWER)
    rui = await people.user("rui@example.com")
    async with people.engine.begin() as connection:
        await change(connection, rui.id, BY, people.clock.now)  # type: ignore[operator]  # both are called alike

    with pytest.raises(LinkError):
        await people.door.by_link(link.token, PASSWORD, HERE)


async def test_a_token_that_nobody_gave_opens_nothing(people: People) -> None:
    await greeted(people)
    for token in ("", "x", "../../etc/passwd", "\ud800", "'; DROP TABLE users; --", "x" * 100_000):
        with pytest.raises(LinkError):
            await people.door.by_link(token, PASSWORD, HERE, email="ana@example.com", name="Ana")
