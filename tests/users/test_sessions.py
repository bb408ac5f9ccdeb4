"""Sessions and API tokens: how long they are good, what is written down of them, and how they end."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.db.engine import is_postgresql, reading
from bot.jobs.service import Context, Job
from bot.users import queries
from bot.users.service import (
    HANDLERS,
    PREFIX,
    LinkError,
    Role,
    SessionView,
    SignedIn,
    TokenFilter,
    Visitor,
    add_token,
    change_role,
    end_session,
    end_sessions,
    identify_token,
    renew_session,
    revoke_token,
    sessions,
    sign_out,
    token_of,
    tokens,
    welcome,
)
from tests.support.people import BY, HERE, PASSWORD, People
from tests.support.waiting import eventually


async def of(people: People, user_id: str) -> list[SessionView]:
    async with reading(people.engine) as connection:
        return await sessions(connection, user_id, people.clock.now)


async def somebody_waits(connection: AsyncConnection) -> bool:
    """Whether anybody waits for a row that this transaction holds."""
    held = text(
        "SELECT exists (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
    )
    return bool(await connection.scalar(held))


async def token_for(people: People, *scopes: Permission, expires_at: datetime | None = None) -> str:
    async with people.engine.begin() as connection:
        ana = await people.user()
        _id, token = await add_token(connection, ana, "CRM", scopes, BY, people.clock.now, expires_at=expires_at)
    return token


async def test_a_session_that_nobody_uses_ends_after_twelve_hours(people: People) -> None:
    await people.person()
    used, idle = await people.enters(), await people.enters()
    people.clock.advance(hours=11)
    await people.knows(used)
    people.clock.advance(minutes=59, seconds=59)
    assert await people.known(used) is not None
    people.clock.advance(seconds=1)

    assert await people.known(idle) is None
    assert await people.known(used) is not None


async def test_a_session_ends_after_thirty_days_however_much_it_is_used(people: People) -> None:
    await people.person()
    session = await people.enters()
    for _ in range(59):
        people.clock.advance(hours=12, seconds=-1)
        await people.knows(session)
    people.clock.advance(hours=11)
    await people.knows(session)
    people.clock.advance(hours=1, minutes=1)

    assert await people.known(session) is None


async def test_that_it_is_used_is_written_once_a_minute_and_the_look_up_is_one_statement(people: People) -> None:
    ana = await people.person()
    session = await people.enters()
    since = people.clock.now
    said: list[str] = []
    event.listen(people.engine.sync_engine, "before_cursor_execute", lambda *seen: said.append(seen[2].split()[0]))

    people.clock.advance(seconds=59)
    for _ in range(3):
        await people.knows(session)
    assert [each for each in said if each != "BEGIN"] == ["SELECT"] * 3
    people.clock.advance(seconds=1)
    await people.knows(session)

    assert [each for each in said if each not in {"BEGIN", "COMMIT"}][3:] == ["SELECT", "UPDATE", "UPDATE"]
    (own, *_others) = await of(people, ana.id)
    assert own.last_used_at == (await people.user()).last_seen_at == since + timedelta(minutes=1)


async def test_whoever_ends_sessions_never_waits_for_one_that_is_used_at_that_moment(people: People) -> None:
    ana = await people.person()
    session = await people.enters()
    people.clock.advance(minutes=1)
    async with people.engine.begin() as connection:
        await queries.lock(connection, ana.id)
        asking = asyncio.create_task(people.known(session))
        if is_postgresql(connection):
            await eventually(lambda: somebody_waits(connection))
            await connection.execute(text("SET LOCAL lock_timeout = 50"))

        assert await end_sessions(connection, ana.id, BY, people.clock.now) == 2
    await asking
    assert await people.known(session) is None


async def test_a_token_that_nobody_gave_is_nobodys(people: People) -> None:
    await people.person()
    session = await people.enters()
    for each in ("", "x", session.token[:-1], session.token.upper(), session.session_id, "\ud800", "x" * 100_000):
        assert await people.known(SignedIn("", "", each, session.expires_at)) is None
    async with people.engine.connect() as connection:
        rows = str((await connection.execute(text("SELECT * FROM sessions"))).all())
    assert session.token not in rows


async def test_sessions_are_listed_with_where_they_began_and_ended_one_by_one_or_all_but_ones_own(
    people: People,
) -> None:
    ana, rui = await people.person(), await people.person("rui@example.com")
    people.clock.advance(minutes=1)
    for name in ("Phone", "Tablet\x00\x1b[31m" + "x" * 500):
        await people.door.by_password("ana@example.com", PASSWORD, Visitor("198.51.100.9", name))
        people.clock.advance(minutes=1)
    own = await people.enters()
    listed = await of(people, ana.id)
    assert [(each.address, each.agent[:6]) for each in listed] == [
        (HERE.address, "Firefo"),
        ("198.51.100.9", "Tablet"),
        ("198.51.100.9", "Phone"),
        (HERE.address, "Firefo"),
    ]

    async with people.engine.begin() as connection:
        assert not await end_session(connection, rui.id, listed[1].id, BY, people.clock.now)
        assert await end_session(connection, ana.id, listed[1].id, BY, people.clock.now)
        assert await end_sessions(connection, ana.id, BY, people.clock.now, but=own.session_id) == 2
        assert await end_sessions(connection, ana.id, BY, people.clock.now, but=own.session_id) == 0

    assert [each.id for each in await of(people, ana.id)] == [own.session_id]
    assert [line.detail for line in await people.told("session.end")] == [{"session": listed[1].id}]
    assert [line.detail for line in await people.told("session.end_all")] == [{"sessions": 2}]


async def test_who_signs_out_is_out(people: People) -> None:
    await people.person()
    session, other = await people.enters(), await people.enters()
    async with people.engine.begin() as connection:
        assert await sign_out(connection, session.token)
        assert not await sign_out(connection, session.token)

    assert await people.known(session) is None
    assert await people.known(other) is not None


async def test_a_renewed_session_has_another_token_and_the_same_end(people: People) -> None:
    ana = await people.person()
    session = await people.enters()
    async with people.engine.begin() as connection:
        renewed = await renew_session(connection, ana.id, session.session_id)
        assert await renew_session(connection, ana.id, "nobody's") is None

    assert renewed is not None
    assert renewed.expires_at == session.expires_at
    assert await people.known(session) is None
    assert (await people.knows(renewed)).session_id == session.session_id


async def test_a_token_is_shown_once_and_knows_its_owner_and_its_scopes(people: People) -> None:
    ana = await people.person()
    token = await token_for(people, Permission.CONTACTS_READ, Permission.MESSAGES_SEND)

    known = await identify_token(people.engine, token, people.clock.now)

    assert token.startswith(PREFIX)
    assert known is not None
    assert (known.user_id, known.role, known.token_name) == (ana.id, Role.ADMIN, "CRM")
    assert known.permissions == {Permission.CONTACTS_READ, Permission.MESSAGES_SEND}
    assert (known.actor("192.0.2.1").name, known.actor().token_id) == ("ana (CRM)", known.token_id)
    async with people.engine.connect() as connection:
        rows = str((await connection.execute(text("SELECT * FROM api_tokens, audit_logs"))).all())
    assert token not in rows
    assert token.removeprefix(PREFIX) not in rows


async def test_scopes_are_cut_by_the_role_its_owner_has_now(people: People) -> None:
    await people.person("boss@example.com")
    ana = await people.person()
    token = await token_for(people, Permission.CONTACTS_READ, Permission.USERS_MANAGE)
    async with people.engine.begin() as connection:
        await change_role(connection, ana.id, Role.VIEWER, BY, people.clock.now)

    known = await identify_token(people.engine, token, people.clock.now)

    assert known is not None
    assert known.permissions == {Permission.CONTACTS_READ}


async def test_a_token_ends_when_it_says_or_when_it_is_revoked(people: People) -> None:
    await people.person()
    ending = await token_for(people, Permission.CONTACTS_READ, expires_at=people.clock.now + timedelta(days=1))
    lasting = await token_for(people, Permission.CONTACTS_READ)
    people.clock.advance(days=1)

    assert await identify_token(people.engine, ending, people.clock.now) is None
    known = await identify_token(people.engine, lasting, people.clock.now)
    assert known is not None
    async with people.engine.begin() as connection:
        assert await revoke_token(connection, known.token_id, BY, people.clock.now)
        assert not await revoke_token(connection, known.token_id, BY, people.clock.now)
        assert not await revoke_token(connection, "nobody's", BY, people.clock.now)
    assert await identify_token(people.engine, lasting, people.clock.now) is None
    assert [line.resource_id for line in await people.told("token.revoke")] == [known.token_id]


async def test_that_a_token_is_used_is_written_once_a_minute(people: People) -> None:
    ana = await people.person()
    token = await token_for(people, Permission.CONTACTS_READ)
    used = []
    for _ in range(3):
        await identify_token(people.engine, token, people.clock.now)
        async with reading(people.engine) as connection:
            (view,) = await tokens(connection, TokenFilter(ana.id))
            assert await token_of(connection, view.id) == view
        used.append(view.last_used_at)
        people.clock.advance(seconds=40)

    assert used[0] == used[1]
    assert used[2] == people.clock.now - timedelta(seconds=40)
    for each in ("", PREFIX, "rcd_x", token.removeprefix(PREFIX), token + "x" * 200, "rcd_\ud800"):
        assert await identify_token(people.engine, each, people.clock.now) is None


async def test_a_token_that_makes_no_sense_is_not_made(people: People) -> None:
    await people.person("boss@example.com")
    viewer = await people.person("rui@example.com", Role.VIEWER)
    now = people.clock.now
    async with people.engine.begin() as connection:
        for name, scopes, expires_at, says in (
            (" ", [Permission.CONTACTS_READ], None, "empty"),
            ("CRM", [], None, "without scopes"),
            ("CRM", [Permission.USERS_MANAGE, Permission.CONTACTS_READ], None, "VIEWER does not have users.manage"),
            ("CRM", [Permission.CONTACTS_READ], now, "before it begins"),
        ):
            with pytest.raises(BotError, match=says):
                await add_token(connection, viewer, name, scopes, BY, now, expires_at=expires_at)


async def test_the_night_takes_away_what_lets_nobody_in_any_more(people: People) -> None:
    async with people.engine.begin() as connection:
        link = await welcome(connection, people.clock.now)
    assert link is not None
    with pytest.raises(LinkError):
        await people.door.by_link("wrong", PASSWORD, HERE)
    await people.door.by_link(link.token, PASSWORD, HERE, email="ana@example.com", name="Ana")
    await people.invited("rui@example.com")
    with pytest.raises(BotError):
        await people.door.by_password("x@example.com", PASSWORD, HERE)
    people.clock.advance(hours=13)
    kept = await people.enters()

    job = Job("1", "sign_in_retention", "2026-11-30", {}, 1)
    async with people.engine.begin() as connection:
        await HANDLERS["sign_in_retention"].run(Context(connection, job, people.clock.now, None))
        left = [
            await connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("sessions", "sign_in_links", "sign_in_failures")
        ]

    # The address failed once less, which it is remembered for until the next night.
    assert left == [1, 0, 1]
    assert await people.known(kept) is not None
