"""Signing in at a provider: which user somebody is, and who is nobody here."""

import asyncio

import pytest
from sqlalchemy import select

from bot.users.models import SignInLink
from bot.users.service import (
    CodeNeeded,
    JoinedElsewhereError,
    Link,
    LinkError,
    LinkKind,
    NotVouchedForError,
    PasswordError,
    Proof,
    Role,
    SignedIn,
    UnknownPersonError,
    UserStatus,
    delete_user,
    disable_user,
    reset_user,
    restore_user,
    welcome,
)
from tests.support.people import BY, HERE, PASSWORD, People

ANA = Proof("https://id.example", "1000", "ana@example.com", is_verified=True, name="Ana Souza")


async def id_of(people: People, kind: LinkKind) -> str:
    """The id of the one link of that kind."""
    async with people.engine.connect() as connection:
        id_: str = (await connection.execute(select(SignInLink.id).where(SignInLink.kind == kind))).scalar_one()
        return id_


async def first(people: People) -> str:
    async with people.engine.begin() as connection:
        assert await welcome(connection, people.clock.now) is not None
    return await id_of(people, LinkKind.WELCOME)


async def reset(people: People, user_id: str) -> Link:
    async with people.engine.begin() as connection:
        return await reset_user(connection, user_id, BY, people.clock.now)


async def test_the_first_link_makes_an_admin_of_who_has_a_verified_address(people: People) -> None:
    link = await first(people)
    for proof in (Proof(ANA.provider, "1"), Proof(ANA.provider, "1", "ana@example.com")):
        with pytest.raises(NotVouchedForError):
            await people.door.by_provider(proof, HERE, link_id=link)

    assert isinstance(await people.door.by_provider(ANA, HERE, link_id=link), SignedIn)

    ana = await people.user()
    assert (ana.name, ana.role, ana.provider, ana.status) == ("Ana Souza", Role.ADMIN, ANA.provider, UserStatus.ACTIVE)
    with pytest.raises(LinkError):
        await people.door.by_provider(Proof(ANA.provider, "2", "rui@example.com", is_verified=True), HERE, link_id=link)
    # By the subject from now on, whatever address the provider tells.
    assert isinstance(await people.door.by_provider(Proof(ANA.provider, "1000"), HERE), SignedIn)


async def test_of_two_first_sign_ins_at_once_one_makes_the_admin(people: People) -> None:
    link = await first(people)
    proofs = [Proof(ANA.provider, str(each), f"{each}@example.com", is_verified=True) for each in range(4)]

    outcomes = await asyncio.gather(
        *(people.door.by_provider(each, HERE, link_id=link) for each in proofs), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["LinkError"] * 3 + ["SignedIn"]


async def test_who_is_invited_joins_by_the_link_whatever_address_they_have_there(people: People) -> None:
    await people.invited("ana@shop.example", Role.EDITOR)
    link = await id_of(people, LinkKind.INVITATION)

    await people.door.by_provider(Proof(ANA.provider, "1000", "private@example.com"), HERE, link_id=link)

    ana = await people.user("ana@shop.example")
    assert (ana.provider, ana.role) == (ANA.provider, Role.EDITOR)
    assert [line.detail for line in await people.told("user.provider")] == [
        {"before": {"provider": None}, "after": {"provider": ANA.provider}}
    ]
    with pytest.raises(LinkError):
        await people.door.by_provider(Proof(ANA.provider, "2000"), HERE, link_id=link)


async def test_a_user_is_joined_by_a_verified_address_alone(people: People) -> None:
    await people.person()
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(Proof(ANA.provider, "6666", "ana@example.com", is_verified=False), HERE)

    assert isinstance(await people.door.by_provider(ANA, HERE), SignedIn)
    # The same address with another subject is another person.
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(Proof(ANA.provider, "2000", "ana@example.com", is_verified=True), HERE)
    await people.enters()


async def test_who_is_nobody_here_is_taken_in_only_from_a_domain_that_is_allowed(people: People) -> None:
    await people.person()
    rui = Proof(ANA.provider, "2000", "Rui@Shop.example", is_verified=True)
    for domains in ((), ("other.example", "hop.example", "shop.example.com")):
        with pytest.raises(UnknownPersonError):
            await people.door.by_provider(rui, HERE, domains=domains)

    await people.door.by_provider(rui, HERE, domains=("shop.example",))

    made = await people.user("rui@shop.example")
    assert (made.role, made.name) == (Role.VIEWER, "rui")


async def test_the_second_factor_is_asked_for_here_too(people: People) -> None:
    await people.person()
    await people.door.by_provider(ANA, HERE)
    await people.with_app()

    assert isinstance(await people.door.by_provider(ANA, HERE), CodeNeeded)


async def test_who_is_shut_out_stays_out_and_who_is_restored_joins_again(people: People) -> None:
    await people.person("boss@example.com")
    ana = await people.person()
    await people.door.by_provider(ANA, HERE)
    now = people.clock.now
    async with people.engine.begin() as connection:
        await disable_user(connection, ana.id, BY, now)
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(ANA, HERE)
    async with people.engine.begin() as connection:
        await delete_user(connection, ana.id, BY, now)
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(ANA, HERE)
    async with people.engine.begin() as connection:
        await restore_user(connection, ana.id, BY, now)
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(ANA, HERE)


async def test_nobody_is_the_first_one_by_their_domain(people: People) -> None:
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(ANA, HERE, domains=("example.com",))


async def test_of_two_sign_ins_of_the_same_person_at_once_both_are_the_same_user(people: People) -> None:
    await people.person("boss@example.com")
    for proof in (ANA, Proof(ANA.provider, "3000", "new@shop.example", is_verified=True)):
        outcomes = await asyncio.gather(
            *(people.door.by_provider(proof, HERE, domains=("shop.example", "example.com")) for _ in range(2))
        )
        assert len({each.user_id for each in outcomes if isinstance(each, SignedIn)}) == 1
        assert all(isinstance(each, SignedIn) for each in outcomes)


async def test_an_account_of_somebody_else_joins_nobody(people: People) -> None:
    await people.person()
    await people.door.by_provider(ANA, HERE)
    rui = await people.person("rui@example.com")
    await reset(people, rui.id)

    with pytest.raises(JoinedElsewhereError):
        await people.door.by_provider(ANA, HERE, link_id=await id_of(people, LinkKind.RESET))

    assert (await people.user("rui@example.com")).provider is None


async def test_of_two_who_join_the_same_account_at_once_one_has_it(people: People) -> None:
    links = []
    for email in ("ana@example.com", "rui@example.com"):
        user = await people.person(email)
        async with people.engine.begin() as connection:
            await reset_user(connection, user.id, BY, people.clock.now)
            statement = select(SignInLink.id).where(SignInLink.user_id == user.id)
            links.append((await connection.execute(statement)).scalar_one())

    outcomes = await asyncio.gather(
        *(people.door.by_provider(Proof(ANA.provider, "1"), HERE, link_id=each) for each in links),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["JoinedElsewhereError", "SignedIn"]


async def test_by_a_link_for_another_password_an_account_takes_the_place_of_the_one_before(people: People) -> None:
    ana = await people.person()
    await people.door.by_provider(ANA, HERE)
    before = await people.enters()
    await reset(people, ana.id)
    another = Proof("https://other.example", "77")

    inside = await people.door.by_provider(another, HERE, link_id=await id_of(people, LinkKind.RESET))

    assert isinstance(inside, SignedIn)
    assert (await people.user()).provider == another.provider
    assert await people.known(before) is None
    assert await people.known(inside) is not None
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(ANA, HERE)
    assert (await people.told("user.provider"))[0].detail == {
        "before": {"provider": ANA.provider},
        "after": {"provider": another.provider},
    }


async def test_a_provider_is_left_by_who_has_a_password_and_shows_it(people: People) -> None:
    await people.person()
    await people.door.by_provider(ANA, HERE)
    here, there = await people.enters(), await people.enters()
    who = await people.knows(here)
    with pytest.raises(PasswordError):
        await people.door.leave_provider(who, "wrong", HERE)

    renewed = await people.door.leave_provider(who, PASSWORD, HERE)

    assert (await people.user()).provider is None
    assert [await people.known(each) is None for each in (here, there, renewed)] == [True, True, False]


async def test_the_last_way_to_sign_in_is_never_left(people: People) -> None:
    await people.invited()
    inside = await people.door.by_provider(ANA, HERE, link_id=await id_of(people, LinkKind.INVITATION))
    assert isinstance(inside, SignedIn)

    for password in ("", PASSWORD):
        with pytest.raises(PasswordError):
            await people.door.leave_provider(await people.knows(inside), password, HERE)

    assert (await people.user()).provider == ANA.provider
