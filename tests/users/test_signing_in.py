"""Signing in by a password: who gets in, who does not, and what a crowd at the door costs."""

import asyncio

import pytest
from sqlalchemy import text

from bot.users.service import (
    Cost,
    LaterError,
    PasswordError,
    Passwords,
    Role,
    SignedIn,
    SignIn,
    SignInError,
    ThrottledError,
    Visitor,
    WeakPasswordError,
    disable_user,
)
from bot.users.signing.gate import AT_ONCE, WAITING, Gate
from tests.support.people import ANOTHER, BY, HERE, PASSWORD, People


async def refused(people: People, email: str, password: str, visitor: Visitor = HERE) -> str:
    with pytest.raises(SignInError) as caught:
        await people.door.by_password(email, password, visitor)
    return str(caught.value)


async def test_who_knows_the_password_is_let_in_and_known_by_the_token(people: People) -> None:
    ana = await people.person("ana@example.com", Role.EDITOR)

    signed_in = await people.enters(" Ana@EXAMPLE.com")

    known = await people.knows(signed_in)
    assert (known.user_id, known.email, known.role, known.session_id) == (
        ana.id,
        "ana@example.com",
        Role.EDITOR,
        signed_in.session_id,
    )
    assert signed_in.token not in repr(signed_in)
    (line, *_others) = await people.told("session.start")
    assert (line.user_id, line.address, line.detail) == (
        ana.id,
        HERE.address,
        {"by": "password", "session": signed_in.session_id},
    )


async def test_whoever_is_not_let_in_hears_the_same_whyever_that_is(people: People) -> None:
    await people.person("ana@example.com")
    await people.invited("new@example.com", Role.VIEWER)
    out = await people.person("out@example.com", Role.VIEWER)
    async with people.engine.begin() as connection:
        await disable_user(connection, out.id, BY, people.clock.now)

    said = {
        await refused(people, email, password)
        for email, password in [
            ("ana@example.com", "wrong"),
            ("ana@example.com", ""),
            ("ana@example.com", "x" * 100_000),
            ("nobody@example.com", PASSWORD),
            ("no address", PASSWORD),
            ("new@example.com", PASSWORD),
            ("out@example.com", PASSWORD),
            ("\ud800\x00", "\ud800\x00"),
        ]
    }

    assert len(said) == 1


async def test_passwords_are_compared_whether_there_is_such_a_user_or_not(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.person()
    compared: list[bool] = []
    fits = Passwords.fits

    async def seen(self: Passwords, password: str, hashed: str | None) -> bool:
        compared.append(hashed is None)
        return await fits(self, password, hashed)

    monkeypatch.setattr(Passwords, "fits", seen)
    await refused(people, "ana@example.com", "wrong")
    await refused(people, "nobody@example.com", "wrong")

    assert compared == [False, True]


async def test_an_account_is_tried_ten_times_in_a_quarter_of_an_hour_from_wherever(people: People) -> None:
    await people.person("ana@example.com")
    await people.person("rui@example.com")
    for number in range(10):
        await refused(people, "ana@example.com", "wrong", Visitor(f"198.51.100.{number}"))

    with pytest.raises(ThrottledError) as caught:
        await people.door.by_password("ana@example.com", PASSWORD, Visitor("192.0.2.1"))
    assert caught.value.retry_after == 900
    assert "15 min" in caught.value.mend
    await people.enters("rui@example.com")

    people.clock.advance(minutes=14)
    with pytest.raises(ThrottledError) as caught:
        await people.door.by_password("ana@example.com", PASSWORD, HERE)
    assert caught.value.retry_after == 60
    people.clock.advance(minutes=1)
    await people.enters("ana@example.com")


async def test_who_is_not_there_is_throttled_alike(people: People) -> None:
    for spelling in ("nobody@example.com", "NOBODY@example.com ") * 5:
        await refused(people, spelling, "wrong")
    for spelling in ("nobody@example.com", "nobody@EXAMPLE.com"):
        with pytest.raises(ThrottledError):
            await people.door.by_password(spelling, "wrong", HERE)


async def test_success_forgets_what_an_account_failed(people: People) -> None:
    await people.person()
    for _ in range(3):
        for _ in range(9):
            await refused(people, "ana@example.com", "wrong")
        await people.enters()


async def test_an_address_is_throttled_whatever_accounts_it_tries_and_one_that_succeeds_takes_back_its_own(
    people: People,
) -> None:
    await people.person()
    network = [Visitor(f"2001:db8:1:2::{number:x}") for number in range(60)]
    for number in range(59):
        await refused(people, f"{number}@example.com", "wrong", network[number])
    for _ in range(3):
        await people.door.by_password("ana@example.com", PASSWORD, network[59])
    await refused(people, "one.more@example.com", "wrong", network[0])

    with pytest.raises(ThrottledError):
        await people.door.by_password("ana@example.com", PASSWORD, network[7])
    await people.door.by_password("ana@example.com", PASSWORD, Visitor("2001:db8:1:3::1"))


async def test_attempts_at_once_are_all_counted(people: People) -> None:
    await people.person()

    outcomes = await asyncio.gather(
        *(people.door.by_password("ana@example.com", "wrong", HERE) for _ in range(25)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["SignInError"] * 10 + ["ThrottledError"] * 15


async def test_a_crowd_waits_at_the_door_and_whoever_is_too_many_is_told_when_to_come_back(people: People) -> None:
    going, looked_at, most = asyncio.Event(), 0, 0

    class Slow(Passwords):
        async def fits(self, password: str, hashed: str | None) -> bool:
            del password, hashed
            nonlocal looked_at, most
            looked_at += 1
            most = max(most, looked_at)
            await going.wait()
            looked_at -= 1
            return False

    door = SignIn(people.engine, people.factors, Slow(), people.clock)
    crowd = [
        asyncio.create_task(
            door.by_password(f"{number}@example.com", "wrong", Visitor(f"10.0.{number // 200}.{number % 200}"))
        )
        for number in range(2000)
    ]
    refused_at_once, _waiting = await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)
    errors = [each.exception() for each in refused_at_once]
    assert len(errors) == 2000 - AT_ONCE - WAITING
    assert {(type(each), each.retry_after) for each in errors if isinstance(each, LaterError)} == {(LaterError, 5)}
    assert all(isinstance(each, LaterError) for each in errors)

    going.set()
    done = await asyncio.gather(*crowd, return_exceptions=True)
    assert sum(isinstance(each, SignInError) for each in done) == AT_ONCE + WAITING
    assert 0 < most <= AT_ONCE


async def test_a_gate_lets_the_next_one_in_whatever_became_of_the_one_before() -> None:
    gate = Gate(at_once=1, waiting=1)
    for error in (ValueError, asyncio.CancelledError, ValueError):
        with pytest.raises(error):
            async with gate.passed():
                raise error
    async with gate.passed():
        waits = asyncio.create_task(gate.passed().__aenter__())
        await asyncio.sleep(0)
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
    async with gate.passed():
        pass


async def test_a_password_that_costs_more_by_now_is_hashed_anew(people: People) -> None:
    await people.person()
    dearer = Passwords(Cost(memory=16, passes=1))
    door = SignIn(people.engine, people.factors, dearer, people.clock)

    await door.by_password("ana@example.com", PASSWORD, HERE)

    async with people.engine.connect() as connection:
        hashed = await connection.scalar(text("SELECT password_hash FROM users"))
    assert hashed is not None
    assert "m=16," in hashed
    assert isinstance(await door.by_password("ana@example.com", PASSWORD, HERE), SignedIn)


async def test_changing_the_password_ends_the_other_sessions_and_renews_this_one(people: People) -> None:
    await people.person()
    other, own = await people.enters(), await people.enters()
    known = await people.knows(own)

    renewed = await people.door.change_password(known, PASSWORD, ANOTHER, HERE)

    assert await people.known(other) is None
    assert await people.known(own) is None
    again = await people.knows(renewed)
    assert (again.session_id, again.csrf == known.csrf) == (known.session_id, False)
    await refused(people, "ana@example.com", PASSWORD)
    await people.enters(password=ANOTHER)
    (line,) = [each for each in await people.told("user.password") if each.address == HERE.address][:1]
    assert line.detail is None


async def test_who_does_not_know_their_password_does_not_change_it_and_is_throttled(people: People) -> None:
    await people.person()
    known = await people.knows(await people.enters())

    with pytest.raises(WeakPasswordError):
        await people.door.change_password(known, PASSWORD, "short", HERE)
    for _ in range(9):
        with pytest.raises(PasswordError):
            await people.door.change_password(known, "wrong", ANOTHER, HERE)
    with pytest.raises(ThrottledError):
        await people.door.require_password(known, PASSWORD, HERE)
    people.clock.advance(minutes=20)
    await people.door.require_password(known, PASSWORD, HERE)
    await people.enters()


async def test_a_password_that_changed_while_it_was_looked_at_lets_nobody_in(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.person()
    known = await people.knows(await people.enters())
    hash_ = Passwords.fits

    async def meanwhile(self: Passwords, password: str, hashed: str | None) -> bool:
        monkeypatch.undo()
        await people.door.change_password(known, PASSWORD, ANOTHER, HERE)
        return await hash_(self, password, hashed)

    monkeypatch.setattr(Passwords, "fits", meanwhile)
    await refused(people, "ana@example.com", PASSWORD)
