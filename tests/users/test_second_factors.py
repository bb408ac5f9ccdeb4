"""The second factor: an app's codes and recovery codes, each good once."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.core.errors import BotError
from bot.users.service import (
    CodeError,
    CodeNeeded,
    LinkError,
    SignedIn,
    SignInAgainError,
    ThrottledError,
    new_recovery_codes,
    recovery_codes_left,
    remove_second_factor,
    reset_user,
    second_factors,
)
from tests.support.accounts import SECRET_KEY
from tests.support.people import ANOTHER, BY, HERE, PASSWORD, People


async def asked(people: People) -> CodeNeeded:
    """The password was right."""
    needed = await people.door.by_password("ana@example.com", PASSWORD, HERE)
    assert isinstance(needed, CodeNeeded)
    return needed


async def test_who_has_one_is_asked_for_its_code(people: People) -> None:
    await people.person()
    app, _codes = await people.with_app()

    needed = await asked(people)
    signed_in = await people.door.by_code(needed.token, app.at(people.clock.now), HERE)

    assert (await people.knows(signed_in)).has_totp
    assert (await people.told("session.start"))[0].detail == {"by": "second factor", "session": signed_in.session_id}
    assert needed.token not in repr(needed)


async def test_the_half_of_a_sign_in_opens_nothing_else(people: People) -> None:
    await people.person()
    await people.with_app()
    needed = await asked(people)

    assert await people.known(SignedIn("", "", needed.token, needed.expires_at)) is None
    with pytest.raises(LinkError):
        await people.door.by_link(needed.token, ANOTHER, HERE)
    link = await people.invited("rui@example.com")
    with pytest.raises(SignInAgainError):
        await people.door.by_code(link.token, "123456", HERE)


async def test_codes_of_the_steps_beside_the_present_one_are_taken_and_no_older_ones(people: People) -> None:
    await people.person()
    app, _codes = await people.with_app()
    for seconds in (-60, 60):
        with pytest.raises(CodeError):
            await people.door.by_code(
                (await asked(people)).token, app.at(people.clock.now + timedelta(seconds=seconds)), HERE
            )
    for seconds in (-30, 0, 30):
        code = app.at(people.clock.now + timedelta(seconds=seconds))
        await people.door.by_code((await asked(people)).token, f" {code[:3]} {code[3:]} ", HERE)


async def test_a_code_is_good_once_and_no_older_one_after_it(people: People) -> None:
    await people.person()
    app, _codes = await people.with_app()
    code, before = app.at(people.clock.now), app.at(people.clock.now - timedelta(seconds=30))
    await people.door.by_code((await asked(people)).token, code, HERE)

    for each in (code, before):
        with pytest.raises(CodeError):
            await people.door.by_code((await asked(people)).token, each, HERE)


async def test_the_code_by_which_it_was_taken_up_is_used_up(people: People) -> None:
    ana = await people.person()
    offer = people.factors.offer(ana.id, ana.email)
    code = pyotp.TOTP(offer.secret).at(people.clock.now)
    async with people.engine.begin() as connection:
        await people.factors.confirm(connection, ana.id, offer.sealed, code, BY, people.clock.now)

    with pytest.raises(CodeError):
        await people.door.by_code((await asked(people)).token, code, HERE)


@pytest.mark.parametrize("same_sign_in", [True, False], ids=["one sign-in", "two sign-ins"])
async def test_a_code_used_twice_at_once_lets_one_in(people: People, *, same_sign_in: bool) -> None:
    await people.person()
    app, codes = await people.with_app()
    for code in (app.at(people.clock.now), codes[0]):
        needed = [await asked(people)] * 2 if same_sign_in else [await asked(people), await asked(people)]

        outcomes = await asyncio.gather(
            *(people.door.by_code(each.token, code, HERE) for each in needed), return_exceptions=True
        )

        assert [isinstance(each, SignedIn) for each in outcomes].count(True) == 1
        assert all(isinstance(each, SignedIn | CodeError | SignInAgainError) for each in outcomes)


async def test_codes_are_tried_five_times_in_a_quarter_of_an_hour(people: People) -> None:
    await people.person()
    app, _codes = await people.with_app()
    for wrong in ("", "12345", "1234567", "\u0661\u0662\u0663\u0664\u0665\u0666", "\ud800"):
        with pytest.raises(CodeError):
            await people.door.by_code((await asked(people)).token, wrong, HERE)

    with pytest.raises(ThrottledError):
        await people.door.by_code((await asked(people)).token, app.at(people.clock.now), HERE)
    people.clock.advance(minutes=15)
    await people.door.by_code((await asked(people)).token, app.at(people.clock.now), HERE)


async def test_a_password_waits_five_minutes_for_its_code(people: People) -> None:
    await people.person()
    app, _codes = await people.with_app()
    needed = await asked(people)
    people.clock.advance(minutes=5)

    with pytest.raises(SignInAgainError):
        await people.door.by_code(needed.token, app.at(people.clock.now), HERE)


async def test_each_of_ten_recovery_codes_stands_in_once_however_it_is_copied(people: People) -> None:
    ana = await people.person()
    _app, codes = await people.with_app()
    assert len(set(codes)) == 10

    await people.door.by_code((await asked(people)).token, f" {codes[0].upper().replace('-', ' ')}", HERE)
    await people.door.by_code((await asked(people)).token, codes[1], HERE)
    with pytest.raises(CodeError):
        await people.door.by_code((await asked(people)).token, codes[0], HERE)

    async with people.engine.begin() as connection:
        assert await recovery_codes_left(connection, ana.id) == 8
        rows = str((await connection.execute(text("SELECT * FROM recovery_codes"))).all())
        assert not any(code in rows for code in codes)
        others = await new_recovery_codes(connection, ana.id, BY, people.clock.now)
    with pytest.raises(CodeError):
        await people.door.by_code((await asked(people)).token, codes[2], HERE)
    await people.door.by_code((await asked(people)).token, others[2], HERE)


async def test_it_is_taken_up_only_with_the_code_of_an_offer_of_ones_own(people: People) -> None:
    ana, rui = await people.person(), await people.person("rui@example.com")
    offer = people.factors.offer(ana.id, ana.email)
    code = pyotp.TOTP(offer.secret).at(people.clock.now)
    assert "ana%40example.com" in offer.uri
    assert offer.secret not in repr(offer)

    async with people.engine.begin() as connection:
        for user, sealed, typed in (
            (ana.id, offer.sealed, "000000" if code != "000000" else "111111"),
            (rui.id, offer.sealed, code),
            (ana.id, "forged", code),
        ):
            with pytest.raises(CodeError):
                await people.factors.confirm(connection, user, sealed, typed, BY, people.clock.now)
    assert not (await people.user()).has_totp


async def test_the_secret_is_encrypted_and_turned_with_the_key(people: People) -> None:
    await people.person()
    app, codes = await people.with_app()
    new = "a-newer-secret-key-0123456789-abcdefgh"
    both = second_factors((SecretStr(new), SecretStr(SECRET_KEY)))
    async with people.engine.begin() as connection:
        kept = await connection.scalar(text("SELECT totp FROM users"))
        assert app.secret not in str(kept)
        assert (await second_factors((SecretStr(new),)).rotate(connection)).sealed == ("ana@example.com",)
        assert (await both.rotate(connection))[:2] == (1, 0)
        assert (await both.rotate(connection))[:2] == (0, 1)

    needed = await asked(people)
    with pytest.raises(CodeError):
        await people.door.by_code(needed.token, app.at(people.clock.now), HERE)
    await people.door.by_code(needed.token, codes[0], HERE)


async def test_without_a_key_nobody_gets_one(people: People) -> None:
    with pytest.raises(BotError, match="BOT_SECRET_KEY"):
        second_factors(()).offer("someone", "ana@example.com")
    del people


async def test_who_resets_the_password_is_asked_for_the_code_all_the_same(people: People) -> None:
    ana = await people.person()
    app, _codes = await people.with_app()
    async with people.engine.begin() as connection:
        link = await reset_user(connection, ana.id, BY, people.clock.now)

    needed = await people.door.by_link(link.token, ANOTHER, HERE)

    assert isinstance(needed, CodeNeeded)
    await people.door.by_code(needed.token, app.at(people.clock.now), HERE)


async def test_who_lost_it_is_let_in_by_the_password_alone_once_it_is_taken_away(people: People) -> None:
    ana = await people.person()
    await people.with_app()
    needed = await asked(people)
    async with people.engine.begin() as connection:
        assert await remove_second_factor(connection, ana.id, BY, people.clock.now)
        assert not await remove_second_factor(connection, ana.id, BY, people.clock.now)
        assert await recovery_codes_left(connection, ana.id) == 0
        with pytest.raises(CodeError):
            await new_recovery_codes(connection, ana.id, BY, people.clock.now)

    with pytest.raises(SignInAgainError):
        await people.door.by_code(needed.token, "123456", HERE)
    await people.enters()
    (line,) = (await people.told("user.second_factor"))[:1]
    assert line.detail == {"before": {"second_factor": True}, "after": {"second_factor": False}}
