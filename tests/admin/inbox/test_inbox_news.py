"""A page that has a conversation open says what it has heard of: it is answered with that alone, in few statements."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from bot.conversations.service import merge
from bot.inbox import service as inbox
from bot.inbox.service import NoteType, PresenceStatus
from bot.messages.models import Message
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, Page, open_doors
from tests.support.people import BY
from tests.support.rows import Person


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        for email in ("eve@example.com", "bia@example.com"):
            await opened.people.person(email, Role.EDITOR)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


async def wrote(doors: Doors) -> Person:
    """Somebody wrote an hour ago, and a person is to answer."""
    at = doors.people.clock.now - timedelta(hours=1)
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection)
        await rows.add_inbound(connection, person, "hello", created_at=at)
        await rows.add_outbound(connection, person, "on its way", heard=False, status="queued")
        await connection.execute(update(Message).values(updated_at=at))
        await inbox.reopen(connection, [person.id], BY, at)
    return person


def news_of(page: Page, person: Person, *topics: str) -> str:
    """Where that page asks when it has heard of these; of anything where it has not heard of what."""
    place = re.search(r'data-bubbles data-end="([^"]+)" data-since="([^"]+)"', page.text)
    assert place is not None
    told = f"&told={','.join(topics)}" if topics else ""
    return f"/inbox/{person.id}/news?after={place[1]}&since={place[2].replace('+', '%2B')}{told}"


@contextmanager
def statements() -> Iterator[list[str]]:
    """Those that are run over what the inbox is about."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        # What the server does by itself meanwhile is nobody's question.
        if statement.startswith("SELECT") and not re.search(
            "FROM (bundles|sessions)|checked_with|turn_state =|credentials IS", statement
        ):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


_BESIDE = "FROM (bundles|sessions|jobs|settings)|checked_with|turn_state =|credentials IS"
PARTS = ("head", "told", "scheduled", "windows", "ways")


def parts(page: Page) -> set[str]:
    """What stands around the bubbles in an answer."""
    return {each for each in PARTS if f'id="{each}"' in page.text}


async def test_what_was_heard_of_is_told_alone_in_few_statements(doors: Doors) -> None:
    rui, eve = await wrote(doors), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{rui.id}")
    assert parts(page) == set(PARTS)
    for topics, told, most in (
        (("messages",), {"scheduled"}, 3),
        (("presence",), {"head", "told"}, 7),
        (("messages", "inbox"), {"head", "told", "scheduled"}, 10),
        (("contacts",), {"head", "told", "windows", "ways"}, 12),
        ((), set(PARTS), 15),
        (("nonsense",), set(), 2),
    ):
        with statements() as run:
            news = await eve.get(news_of(page, rui, *topics))
        assert (news.status, parts(news), news.text.count('<li class="message')) == (200, told, 0), topics
        assert len(run) <= most, (topics, len(run), run)


async def test_each_kind_of_change_arrives_by_what_is_hinted_of_it(doors: Doors) -> None:
    rui, eve = await wrote(doors), await doors.inside("eve@example.com")
    now, engine = doors.people.clock.now, doors.people.engine
    bia = (await doors.people.user("bia@example.com")).id
    page = await eve.get(f"/inbox/{rui.id}")

    async with engine.begin() as connection:
        await inbox.arrive(connection, rui.id, bia, PresenceStatus.REPLYING, now)
    assert "bia is writing here just now" in (await eve.get(news_of(page, rui, "presence"))).words

    async with engine.begin() as connection:
        await inbox.assign(connection, [rui.id], bia, BY, now)
        await inbox.add_note(connection, rui.id, "a regular", NoteType.PUBLIC, replace(BY, user_id=bia), now)
    told = await eve.get(news_of(page, rui, "inbox"))
    assert ("bia has it" in told.words, "a regular" in told.words) == (True, True)

    async with engine.begin() as connection:
        await connection.execute(update(Message).where(Message.content == "on its way").values(updated_at=now))
    changed = await eve.get(news_of(page, rui, "messages"))
    assert (re.findall(r'<p class="text">(.*?)</p>', changed.text), parts(changed)) == (["on its way"], {"scheduled"})
    async with engine.begin() as connection:
        await rows.add_inbound(connection, rui, "and now?")
    heard = await eve.get(news_of(page, rui, "messages"))
    assert "and now?" in heard.words
    assert parts(heard) == {"scheduled", "windows", "ways"}, "what they write opens a window"

    async with engine.begin() as connection:
        kept = await rows.add_person(connection, "+5511999990002")
        await merge(connection, kept.id, rui.id, BY, now)
    merged = await eve.get(news_of(page, rui, "messages"))
    assert f'data-family="{kept.id} {rui.id}"' in merged.text
    assert (await eve.get("/inbox/nobody/news")).status == 404
