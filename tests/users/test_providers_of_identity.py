"""Signing in at a provider: which user somebody is, and who is nobody here."""

import asyncio

import pytest

from bot.users.service import (
    CodeNeeded,
    Link,
    LinkError,
    Proof,
    Role,
    SignedIn,
    SignInError,
    UnknownPersonError,
    UserStatus,
    delete_user,
    disable_user,
    restore_user,
    welcome,
)
from tests.support.people import BY, HERE, People

ANA = Proof("https://id.example", "1000", "ana@example.com", is_verified=True, name="Ana Souza")


async def first(people: People) -> Link:
    async with people.engine.begin() as connection:
        link = await welcome(connection, people.clock.now)
    assert link is not None
    return link


async def test_the_first_link_makes_an_admin_of_who_has_a_verified_address(people: People) -> None:
    link = await first(people)
    for proof in (Proof(ANA.provider, "1"), Proof(ANA.provider, "1", "ana@example.com")):
        with pytest.raises(UnknownPersonError):
            await people.door.by_provider(proof, HERE, token=link.token)

    assert isinstance(await people.door.by_provider(ANA, HERE, token=link.token), SignedIn)

    ana = await people.user()
    assert (ana.name, ana.role, ana.provider, ana.status) == ("Ana Souza", Role.ADMIN, ANA.provider, UserStatus.ACTIVE)
    with pytest.raises(LinkError):
        await people.door.by_provider(
            Proof(ANA.provider, "2", "rui@example.com", is_verified=True), HERE, token=link.token
        )
    # By the subject from now on, whatever address the provider tells.
    assert isinstance(await people.door.by_provider(Proof(ANA.provider, "1000"), HERE), SignedIn)


async def test_of_two_first_sign_ins_at_once_one_makes_the_admin(people: People) -> None:
    link = await first(people)
    proofs = [Proof(ANA.provider, str(each), f"{each}@example.com", is_verified=True) for each in range(4)]

    outcomes = await asyncio.gather(
        *(people.door.by_provider(each, HERE, token=link.token) for each in proofs), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["LinkError"] * 3 + ["SignedIn"]


async def test_who_is_invited_joins_by_the_link_whatever_address_they_have_there(people: People) -> None:
    link = await people.invited("ana@shop.example", Role.EDITOR)

    await people.door.by_provider(Proof(ANA.provider, "1000", "private@example.com"), HERE, token=link.token)

    ana = await people.user("ana@shop.example")
    assert (ana.provider, ana.role) == (ANA.provider, Role.EDITOR)
    assert [line.detail for line in await people.told("user.provider")] == [{"after": {"provider": ANA.provider}}]
    with pytest.raises(LinkError):
        await people.door.by_provider(Proof(ANA.provider, "2000"), HERE, token=link.token)


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

    await people.door.by_provider(rui, HERE, domains=("SHOP.example",))

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
    with pytest.raises(SignInError):
        await people.door.by_provider(ANA, HERE)
    async with people.engine.begin() as connection:
        await delete_user(connection, ana.id, BY, now)
    with pytest.raises(UnknownPersonError):
        await people.door.by_provider(ANA, HERE)
    async with people.engine.begin() as connection:
        await restore_user(connection, ana.id, BY, now)
    with pytest.raises(SignInError):
        await people.door.by_provider(ANA, HERE)
