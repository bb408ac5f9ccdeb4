"""What was not sent: listed by kind, tried again and left, over HTTP and by two people at once."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.contacts.models import Contact
from bot.conversations.service import retry
from bot.db.engine import reading
from bot.messages.models import Message
from bot.messages.outbox.verdicts import REASONS
from bot.messages.service import dismiss, failures
from bot.providers.meta.messaging_errors import refusal as of_messenger
from bot.providers.meta.whatsapp_errors import refusal
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Browser, Doors, open_doors
from tests.support.people import BY
from tests.support.rows import Person


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        for email, role in (("eve@example.com", Role.EDITOR), ("vic@example.com", Role.VIEWER)):
            await opened.people.person(email, role)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Person:
    async with doors.people.engine.begin() as connection:
        return await rows.add_person(connection)


@pytest.fixture
async def eve(doors: Doors) -> Browser:
    """An EDITOR who is signed in."""
    return await doors.inside("eve@example.com")


async def fails(doors: Doors, person: Person, content: str = "hello", error: str | None = "131026", **more: Any) -> str:
    """A message to them that failed; its id."""
    given = {"status": "failed", "error": error, "error_reason": f"<b>why</b> {error}", **more}
    async with doors.people.engine.begin() as connection:
        return await rows.add_outbound(connection, person, content, heard=False, **given)


async def queued(doors: Doors) -> list[str]:
    """What is to be sent, in order."""
    statement = select(Message.content).where(Message.status == "queued").order_by(Message.contact_id, Message.seq)
    async with reading(doors.people.engine) as connection:
        return list((await connection.scalars(statement)).all())


async def kinds(doors: Doors) -> dict[str, int]:
    async with reading(doors.people.engine) as connection:
        return {each.error: each.count for each in await failures(connection)}


async def tried(doors: Doors, *ids: str) -> dict[str, int]:
    """Try them again; how many are not, by why."""
    async with doors.people.engine.begin() as connection:
        return dict((await retry(connection, ids, BY, doors.people.clock.now)).refused)


async def test_what_failed_is_listed_by_kind_and_viewers_only_look(doors: Doors, ana: Person) -> None:
    vic = await doors.inside("vic@example.com")
    none = await vic.get("/failed")
    for number in range(2):
        await fails(doors, ana, f"to {number}")
    await fails(doors, ana, "<script>alert(1)</script>", "zz & top")
    first = await vic.get("/failed")
    other = await vic.get("/failed?kind=zz%20%26%20top")

    assert "Everything was sent" in none.words
    assert ("2 messages" in first.words, "1 message " in first.words) == (True, True)
    assert ("to 0" in first.words, "to 1" in first.words, "alert" in first.words) == (True, True, False)
    assert "&lt;script&gt;alert(1)" in other.text
    assert "&lt;b&gt;why&lt;/b&gt; zz &amp; top" in other.text
    assert "/failed/retry" not in first.text
    for what in ("retry", "retry-all", "dismiss", "dismiss-all"):
        assert (await vic.post(f"/failed/{what}", {"kind": "131026"})).status == 403, what
    assert await kinds(doors) == {"131026": 2, "zz & top": 1}


async def test_why_it_was_not_sent_is_said_in_the_readers_language(doors: Doors, ana: Person) -> None:
    vic = await doors.inside("vic@example.com")
    reasons = {**REASONS, "131026": refusal("131026").reason, "551": of_messenger("551", "", 400).reason}
    for error, reason in reasons.items():
        await fails(doors, ana, error, error, error_reason=reason)
    withdrawn = {reasons["cancelled"], reasons["replaced"]}
    for path, missing in (("/failed", set[str]()), (f"/contacts/{ana.id}", withdrawn)):
        english = await vic.get(path)
        portuguese = await vic.get(path, headers={"Accept-Language": "pt-BR"})
        said = {each for each in reasons.values() if html.escape(each, quote=False) in english.text}
        assert {*reasons.values()} - said == missing, path
        assert [each for each in reasons.values() if html.escape(each, quote=False) in portuguese.text] == [], path
    # Where it was said, what people took back themselves is no failure.
    assert ("Taken back" in english.words, "Desfeita" in portuguese.words) == (True, True)


async def test_one_is_tried_again_as_another_message_behind_all_that_was_said_since(doors: Doors, ana: Person) -> None:
    expires = doors.people.clock.now + timedelta(hours=1)
    body = {"choices": [{"id": "a", "label": "A"}]}
    first = await fails(
        doors, ana, "first", body=body, origin="campaign:1", lane="notice", purpose="notice", expires_at=expires
    )
    async with doors.people.engine.begin() as connection:
        await rows.add_outbound(connection, ana, "second", heard=False)
    assert await tried(doors, first) == {}
    assert await tried(doors, first) == {}
    async with reading(doors.people.engine) as connection:
        last = (await connection.execute(select(Message.__table__).order_by(Message.seq.desc()).limit(1))).one()
        seq = await connection.scalar(select(Contact.seq))

    assert await queued(doors) == ["second", "first"]
    assert (last.seq, last.body, last.origin, last.lane, last.purpose, last.expires_at, last.attempts) == (
        *(seq, body, "campaign:1", "notice", "notice", expires, 0),
    )
    before = await rows.columns(doors.people.engine, first)
    assert (before["status"], before["dismissed_at"] is not None, await kinds(doors)) == ("failed", True, {})
    assert [each.resource_id for each in await doors.people.told("message.retry")] == [first]


async def test_what_must_not_be_sent_again_is_refused_and_stays_listed(doors: Doors, ana: Person) -> None:
    past = doors.people.clock.now - timedelta(seconds=1)
    cases: dict[str, dict[str, Any]] = {
        "outcome_unknown": {"error": "outcome_unknown", "lane": "bulk"},
        "expired": {"expires_at": past},
        "cancelled": {"error": "cancelled"},
        "malformed": {"error": "malformed"},
        "echo": {"body": {"echo": True}},
        "taken_over": {"epoch": 0},
        "no_consent": {"purpose": "marketing", "lane": "bulk"},
    }
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Contact).values(epoch=1))
    for why, more in cases.items():
        assert await tried(doors, await fails(doors, ana, why, **more)) == {why: 1}, why
    assert await tried(doors, await fails(doors, ana, "gone", "expired")) == {"expired": 1}
    assert await tried(doors, await fails(doors, ana, "reply", "outcome_unknown")) == {}
    async with doors.people.engine.begin() as connection:
        await rows.add_consent(connection, ana, opted_in=False)
    assert await tried(doors, await fails(doors, ana, "no more")) == {"opted_out": 1}
    assert await tried(doors, await fails(doors, ana, "goodbye", despite_opt_out=True)) == {}

    assert await queued(doors) == ["reply", "goodbye"]
    assert sum((await kinds(doors)).values()) == len(cases) + 2


async def test_two_at_once_send_once_and_one_who_dismisses_ends_it(doors: Doors, ana: Person) -> None:
    both = [await fails(doors, ana, f"to {number}") for number in range(2)]
    engine, now = doors.people.engine, doors.people.clock.now

    async def again() -> int:
        async with engine.begin() as connection:
            return len((await retry(connection, both, BY, now)).queued)

    async def leave() -> int:
        async with engine.begin() as connection:
            return await dismiss(connection, both, BY, now)

    assert sorted(await asyncio.gather(again(), again())) == [0, 2]
    assert await leave() == 0
    third = await fails(doors, ana, "third")
    both.append(third)
    assert sorted(await asyncio.gather(leave(), leave())) == [0, 1]
    assert await again() == 0
    assert await queued(doors) == ["to 0", "to 1"]
    assert [len(await doors.people.told(each)) for each in ("message.retry", "message.dismiss")] == [1, 1]


async def test_an_editor_tries_some_again_and_dismisses_all_of_a_kind(doors: Doors, ana: Person, eve: Browser) -> None:
    first = await fails(doors, ana, "first")
    await fails(doors, ana, "second")
    await fails(doors, ana, "third", expires_at=doors.people.clock.now - timedelta(hours=1))
    await fails(doors, ana, "another", "503")
    page = await eve.get("/failed?kind=131026")
    some = await eve.post("/failed/retry?kind=131026", {"id": first})
    clicks = [eve.post("/failed/retry-all", {"kind": "131026", "csrf": page.csrf}) for _click in range(2)]
    done = await asyncio.gather(*clicks)
    left = await eve.post("/failed/dismiss-all", {"kind": "131026", "csrf": page.csrf})

    assert 'formaction="/failed/retry?kind=131026"' in page.text
    assert "1 message is queued anew" in some.words
    assert any("it is stale by now" in each.words for each in done)
    assert "1 message is left as it is" in left.words
    assert await queued(doors) == ["first", "second"]
    assert await kinds(doors) == {"503": 1}
    assert re.search(r'aria-current="true"><b>1 message</b>', left.text)


async def test_who_made_an_id_up_changes_nothing(doors: Doors, ana: Person, eve: Browser) -> None:
    sent = await fails(doors, ana, status="delivered", error=None, error_reason=None)
    await eve.get("/failed")
    for what in ("retry", "dismiss"):
        page = await eve.post(f"/failed/{what}", {"id": sent})
        assert page.status == 200
        assert (await eve.post(f"/failed/{what}", {"id": "x' OR 1=1\x00"})).status == 200
    assert (await rows.columns(doors.people.engine, sent))["dismissed_at"] is None
    assert await queued(doors) == []
