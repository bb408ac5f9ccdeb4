"""`users`, `tokens` and `audit`: people who log in, by command."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.permissions import Permission
from bot.users.service import Role, UserStatus, identify_token
from tests.cli.conftest import Recado
from tests.support.people import HERE, PASSWORD, People, people_of

ANA, RUI = "ana@example.com", "rui@example.com"


@pytest.fixture(autouse=True)
def on_the_database(database_url: str, shell: pytest.MonkeyPatch) -> None:
    shell.setenv("DATABASE_URL", database_url)
    shell.setenv("LOGNAME", "maria")


@pytest.fixture
async def people(engine: AsyncEngine) -> AsyncIterator[People]:
    async with people_of(engine) as made:
        yield made


async def told(recado: Recado, *arguments: str) -> Any:
    """What a command says in JSON."""
    result = await recado(*arguments, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def token_in(text: str) -> str:
    found = re.search(r"/welcome/(\S+)", text)
    assert found is not None
    return found[1]


async def test_whom_a_command_adds_logs_in_by_the_printed_link(
    recado: Recado, people: People, shell: pytest.MonkeyPatch
) -> None:
    result = await recado("users", "add", "Ana@Example.com", "--role", "admin", "--name", "Ana Souza")
    assert result.code == 0
    assert result.out.startswith(
        "ana@example.com is added as ADMIN. Give them this link:\n  http://127.0.0.1:8080/welcome/"
    )

    await people.door.by_link(token_in(result.out), PASSWORD, HERE)
    ana = await people.user(ANA)
    assert (ana.name, ana.role, ana.status) == ("Ana Souza", Role.ADMIN, UserStatus.ACTIVE)
    assert [line.actor for line in await people.told("user.add")] == ["maria (terminal)"]

    shell.setenv("BOT_PUBLIC_URL", "https://bot.example.com/")
    made = await told(recado, "users", "add", RUI, "--role", "VIEWER")
    assert made["link"].startswith("https://bot.example.com/welcome/")
    assert made["email"] == RUI


async def test_a_link_that_opens_on_this_computer_alone_says_so(recado: Recado, shell: pytest.MonkeyPatch) -> None:
    here = await recado("users", "add", ANA, "--role", "ADMIN")
    shell.setenv("BOT_HOST", "192.0.2.7")
    nearby = await recado("users", "reset", ANA)
    shell.setenv("BOT_PUBLIC_URL", "https://bot.example.com")
    everywhere = await recado("users", "add", RUI, "--role", "VIEWER")

    assert "It opens on this computer alone, where the server runs on port 8080." in here.out
    assert "BOT_PUBLIC_URL" in here.out
    assert "http://192.0.2.7:8080/welcome/" in nearby.out
    assert "this computer" not in nearby.out + everywhere.out


async def test_who_has_no_password_yet_is_told_of_none(recado: Recado, people: People) -> None:
    added = await recado("users", "add", ANA, "--role", "ADMIN")
    again = await recado("users", "reset", ANA)
    await people.door.by_link(token_in(again.out), PASSWORD, HERE)
    forgotten = await recado("users", "reset", ANA)

    assert added.code == 0
    assert again.out.startswith(f"Give {ANA} this link, by which they choose their password:\n")
    assert forgotten.out.startswith(f"Give {ANA} this link; their present password is good until they use it:\n")


async def test_what_cannot_be_added_is_told(recado: Recado) -> None:
    await recado("users", "add", ANA, "--role", "ADMIN")
    taken = await recado("users", "add", "ANA@example.com", "--role", "VIEWER")
    assert (taken.code, taken.err) == (
        1,
        "Error: ana@example.com is the address of a user already. See `recado users show ana@example.com`.\n",
    )
    assert (await recado("users", "add", "nobody", "--role", "VIEWER")).code == 1
    assert (await recado("users", "add", RUI, "--role", "KING")).code == 2
    assert (await recado("users", "add", RUI)).code == 2


async def test_users_are_listed_and_shown(recado: Recado, people: People) -> None:
    assert "`recado run` prints the link" in (await recado("users", "list")).out
    await people.person(ANA)
    await people.with_app(ANA)
    await people.invited("rui\u00e9@example.com", Role.EDITOR)

    rows = [line.split("\t")[:5] for line in (await recado("users", "list")).out.splitlines()]
    assert rows == [
        [ANA, "ana", "ADMIN", "active", "yes"],
        ["ruié@example.com", "ruié", "EDITOR", "invited", ""],
    ]
    assert [each["email"] for each in await told(recado, "users", "list", "--role", "editor")] == ["ruié@example.com"]
    assert [each["status"] for each in await told(recado, "users", "list", "--status", "active")] == ["active"]
    assert (await recado("users", "list", "--status", "deleted")).out == "There are no such users.\n"

    facts = dict(line.split("\t") for line in (await recado("users", "show", ANA)).out.splitlines())
    assert (facts["Role"], facts["Status"], facts["Sessions"]) == ("ADMIN", "active", "1")
    assert facts["Second factor"] == "yes; recovery codes left: 10"
    shown = await told(recado, "users", "show", ANA)
    assert (shown["has_password"], len(shown["sessions"]), shown["recovery_codes"]) == (True, 1, 10)
    assert not {"password_hash", "totp", "token_hash", "csrf"} & {*shown, *shown["sessions"][0]}


async def test_a_user_is_demoted_disabled_deleted_and_restored(recado: Recado, people: People) -> None:
    await people.person(ANA)
    rui = await people.person(RUI, Role.EDITOR)

    async def says(*arguments: str) -> str:
        result = await recado("users", *arguments)
        assert result.code == 0, result.err
        return result.out.strip()

    assert await says("role", RUI, "viewer") == f"{RUI} is VIEWER now."
    assert await says("disable", RUI) == f"{RUI} is let in no more, and logged out."
    assert await says("disable", RUI, "--undo") == f"{RUI} may log in again."
    assert await says("delete", RUI) == f"{RUI} is deleted: `recado users restore {rui.id}` takes it back."
    assert [each["id"] for each in await told(recado, "users", "list", "--status", "deleted")] == [rui.id]
    assert await says("restore", rui.id) == f"{RUI} is VIEWER again; tokens stay revoked."

    last = await recado("users", "delete", ANA)
    assert (last.code, last.err.startswith("Error: this is the last ADMIN")) == (1, True)
    nobody = await recado("users", "role", "nobody", "ADMIN")
    assert nobody.err == "Error: there is no user nobody. See `recado users list`.\n"


async def test_who_lost_password_and_telephone_gets_in_again(recado: Recado, people: People) -> None:
    await people.person(ANA)
    await people.with_app(ANA)

    result = await recado("users", "reset", ANA, "--second-factor")
    await people.door.by_link(token_in(result.out), "another fine password", HERE)

    assert (await people.user(ANA)).has_totp is False
    assert (await told(recado, "users", "reset", ANA))["email"] == ANA


async def test_sessions_are_listed_and_ended(recado: Recado, people: People) -> None:
    await people.person(ANA)
    session = await people.enters(ANA)
    assert len((await recado("users", "sessions", ANA)).out.splitlines()) == 2
    listed = await told(recado, "users", "sessions", ANA)
    assert {each["address"] for each in listed} == {HERE.address}

    wrong = await recado("users", "sessions", ANA, "--end", "nothing")
    assert (wrong.code, "has no session nothing" in wrong.err) == (1, True)
    assert (await recado("users", "sessions", ANA, "--end", "x", "--end-all")).code == 2
    assert (await recado("users", "sessions", ANA, "--end", session.session_id)).out == "Sessions ended: 1.\n"
    assert await people.known(session) is None
    assert (await recado("users", "sessions", ANA, "--end-all")).out == "Sessions ended: 1.\n"
    assert (await recado("users", "sessions", ANA)).out == "They are logged in nowhere.\n"


async def test_a_token_is_printed_once_listed_and_revoked(recado: Recado, people: People, engine: AsyncEngine) -> None:
    await people.person(ANA)
    result = await recado(
        "tokens",
        "add",
        ANA,
        "--name",
        "CRM",
        "--scope",
        "contacts.read",
        "--scope",
        "messages.send",
        "--expires",
        "90d",
    )
    token, hint = result.out.splitlines()
    known = await identify_token(engine, token, utc_now())
    assert known is not None
    assert known.permissions == {Permission.CONTACTS_READ, Permission.MESSAGES_SEND}
    assert known.token_id in hint

    (row,) = [line.split("\t") for line in (await recado("tokens", "list")).out.splitlines()]
    assert (row[0], row[1], row[2], row[3]) == (known.token_id, "CRM", ANA, "contacts.read, messages.send")
    assert row[4].startswith("good until ")
    assert token not in json.dumps(await told(recado, "tokens", "list", ANA))

    assert (await recado("tokens", "revoke", known.token_id)).out == f"{known.token_id} is revoked.\n"
    again = await recado("tokens", "revoke", known.token_id)
    assert again.err == f"Error: there is no token {known.token_id} to revoke. See `recado tokens list`.\n"
    assert (await recado("tokens", "list")).out.split("\t")[4] == "revoked"
    assert await identify_token(engine, token, utc_now()) is None


async def test_a_token_that_cannot_be_is_told(recado: Recado, people: People) -> None:
    await people.person(ANA)
    rui = await people.person(RUI, Role.VIEWER)
    base = ("tokens", "add", RUI, "--name", "CRM")
    assert "VIEWER does not have users.manage" in (await recado(*base, "--scope", "users.manage")).err
    assert (await recado(*base, "--scope", "everything")).code == 2
    assert (await recado(*base)).code == 2
    past = await recado(*base, "--scope", "contacts.read", "--expires", "2020-01-31")
    assert "cannot end before it begins" in past.err
    assert (await recado(*base, "--scope", "contacts.read", "--expires", "soon")).code == 2
    await recado("users", "disable", RUI)
    assert f"{RUI} is disabled" in (await recado(*base, "--scope", "contacts.read")).err
    assert (await recado("tokens", "list")).out == "There are no tokens.\n"
    del rui


async def test_the_audit_is_listed_narrowed_and_paged(recado: Recado, people: People) -> None:
    assert (await recado("audit", "list")).out == "The audit has no such lines.\n"
    await people.person(ANA)
    rui = await people.person(RUI, Role.EDITOR)
    await recado("users", "role", RUI, "VIEWER")

    (row,) = [line.split("\t") for line in (await recado("audit", "list", "--action", "user.role")).out.splitlines()]
    assert row[1:5] == ["maria (terminal)", "user.role", f"user {rui.id}", "role: EDITOR → VIEWER"]
    everything = await told(recado, "audit", "list")
    first = await told(recado, "audit", "list", "--limit", "2")
    rest = await told(recado, "audit", "list", "--after", first[-1]["id"])
    assert first + rest == everything
    assert {each["resource_id"] for each in await told(recado, "audit", "list", "--id", rui.id)} == {rui.id}
    assert {each["actor"] for each in await told(recado, "audit", "list", "--user", RUI)} == {"rui"}
    assert await told(recado, "audit", "list", "--until", "1h") == []
    assert await told(recado, "audit", "list", "--since", "1h", "--resource", "user") == everything
    assert (await recado("audit", "list", "--after", "nothing")).code == 1
    assert (await recado("audit", "list", "--user", "nobody")).code == 1


async def test_the_audit_is_exported_whole_and_no_sheet_takes_it_for_a_formula(
    recado: Recado, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        for number in range(503):
            await record(connection, Actor('=HYPERLINK("http://evil")\x1b'), "x.y", "x", str(number))

    rows = list(csv.DictReader(io.StringIO((await recado("audit", "export")).out)))
    assert [row["resource_id"] for row in rows] == [str(number) for number in reversed(range(503))]
    assert rows[0]["actor"] == """'=HYPERLINK("http://evil")\\u001b"""
    lines = [json.loads(line) for line in (await recado("audit", "export", "--json")).out.splitlines()]
    assert [line["id"] for line in lines] == [row["id"] for row in rows]


async def test_the_audit_says_what_there_is_where_it_was_asked_for_nothing(recado: Recado, people: People) -> None:
    await people.person()
    kind = await recado("audit", "list", "--resource", "acount")
    action = await recado("audit", "list", "--action", "user.fly", "--json")
    known = await recado("audit", "list", "--resource", "job")

    assert (kind.code, "the audit knows no kind of thing acount" in kind.err, "account, " in kind.err) == (
        2,
        True,
        True,
    )
    assert (action.code, "user.disable, " in action.err) == (2, True)
    assert (known.code, known.out) == (0, "The audit has no such lines.\n")
