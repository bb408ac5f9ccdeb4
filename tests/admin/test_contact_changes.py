"""Changing a contact, taking a conversation over and writing to somebody, over HTTP."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.models import Account
from bot.contacts.models import Contact
from bot.contacts.service import addresses, cards, consent_history, tags
from bot.db.engine import reading
from bot.messages.models import Message
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Browser, Doors, open_doors
from tests.support.rows import Person

PLACES = ("edit", "consent", "tag", "untag", "take-over", "hand-back", "send")


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
    """Somebody who has just written."""
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection)
        await connection.execute(update(Contact).where(Contact.id == person.id).values(attributes={"code": "007"}))
        await rows.add_inbound(connection, person, "hello", created_at=doors.people.clock.now)
    return person


@pytest.fixture
async def eve(doors: Doors) -> Browser:
    """An EDITOR who is signed in."""
    return await doors.inside("eve@example.com")


async def sent(doors: Doors) -> list[tuple[str, str, str | None]]:
    """(content, status, origin) of what was written to people, in order."""
    columns = (Message.content, Message.status, Message.origin)
    statement = select(*columns).where(Message.direction == "outbound").order_by(Message.seq)
    async with reading(doors.people.engine) as connection:
        return [(row.content, row.status, row.origin) for row in await connection.execute(statement)]


async def written(doors: Doors, *, hours_ago: int) -> None:
    """Let all that was said have been said then."""
    async with doors.people.engine.begin() as connection:
        moment = doors.people.clock.now - timedelta(hours=hours_ago)
        await connection.execute(update(Message).values(created_at=moment))


async def test_a_viewer_sees_no_button_and_is_refused(doors: Doors, ana: Person) -> None:
    vic = await doors.inside("vic@example.com")
    path = f"/contacts/{ana.id}"
    page = await vic.get(path)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    for place in PLACES:
        assert f"{path}/{place}" not in page.text
        assert (await vic.post(f"{path}/{place}", {"csrf": csrf[1], "tags": "vip", "text": "hi"})).status == 403, place

    assert (await doors.people.told("contact.tag"), await sent(doors)) == ([], [])


async def test_a_profile_is_changed_and_what_stays_keeps_its_kind(doors: Doors, ana: Person, eve: Browser) -> None:
    path = f"/contacts/{ana.id}/edit"
    await eve.get(path)
    wrong = await eve.post(path, {"locale": "klingon", "timezone": "Mars/Base", "name": "Ana"})
    refused = await eve.post(path, {"attribute": "phone", "value": "1"})
    fields = [("csrf", eve.page.csrf), ("name", "Ana Souza"), ("locale", "pt_br"), ("timezone", "america/sao_paulo")]
    pairs = [("attribute", "code"), ("value", "007"), ("attribute", "visits"), ("value", "3")]
    saved = await eve._ask("POST", path, data=[*fields, *pairs])
    taken = await eve.post(path, {"attribute": "code", "value": "", "csrf": wrong.csrf})
    async with reading(doors.people.engine) as connection:
        [card] = await cards(connection, [ana.id])
    emptied = await eve.post(path, {"name": "", "locale": "", "timezone": card.timezone, "csrf": wrong.csrf})
    async with reading(doors.people.engine) as connection:
        [bare] = await cards(connection, [ana.id])

    assert (wrong.status, wrong.text.count('class="error"')) == (422, 2)
    assert (refused.status, "phone is no attribute" in refused.words) == (409, True), refused.words
    assert (saved.path, taken.path) == (f"/contacts/{ana.id}", f"/contacts/{ana.id}")
    assert (card.name, card.locale, card.timezone) == ("Ana Souza", "pt-BR", "America/Sao_Paulo")
    assert card.attributes == {"visits": 3}
    told = [each.detail for each in await doors.people.told("contact.set")]
    assert told == [
        {"changed": ["name", "locale"]},
        {"changed": ["code"]},
        {"changed": ["name", "locale", "timezone", "visits"]},
    ]
    assert emptied.path == f"/contacts/{ana.id}"
    assert (bare.name, bare.locale, bare.timezone, bare.attributes) == (None, None, "America/Sao_Paulo", {"visits": 3})


async def test_tags_are_given_and_taken_with_undo(doors: Doors, ana: Person, eve: Browser) -> None:
    path = f"/contacts/{ana.id}"
    await eve.get(path)
    given = await eve.post(f"{path}/tag", {"tags": "VIP, <b>bold</b>"})
    wrong = await eve.post(f"{path}/tag", {"tags": "x" * 65})
    taken = await eve.post(f"{path}/untag", {"tags": "vip"})
    async with reading(doors.people.engine) as connection:
        kept = await tags(connection, ana.id)

    assert f'action="{path}/untag"><input' in given.text
    assert "<b>bold" not in given.text
    assert (wrong.status, "cannot be a tag" in wrong.words) == (409, True)
    assert taken.status == 200
    assert kept == ["<b>bold</b>"]


async def test_consent_is_given_and_withdrawn_with_how_we_know(doors: Doors, ana: Person, eve: Browser) -> None:
    path = f"/contacts/{ana.id}/consent"
    word = {"where": f"whatsapp:{ana.address_id}", "purpose": "marketing", "agrees": "true", "why": "told me"}
    await eve.get(path)
    wrong = await eve.post(path, {**word, "why": "", "where": "pigeon:1"})
    elsewhere = await eve.post(path, {**word, "where": f"email:{ana.address_id}"})
    given = await eve.post(path, word)
    again = await eve.post(path, word)
    doors.people.clock.advance(minutes=1)
    withdrawn = await eve.post(path, {**word, "purpose": "all", "agrees": "false", "why": "called us"})
    async with reading(doors.people.engine) as connection:
        [card] = await addresses(connection, ana.id)
        history = await consent_history(connection, ana.id)

    assert (wrong.status, elsewhere.status) == (422, 409)
    assert "Written down" in given.words
    assert "somebody of the team wrote it down: told me" in given.words
    assert "That was known already" in again.words
    assert "called us" in withdrawn.words
    assert card.opted_out == ("whatsapp",)
    assert [(each.purpose, each.opted_in, each.reason, each.detail) for each in history][-1] == (
        "marketing",
        True,
        "admin",
        "told me",
    )
    lines = await doors.people.told("contact.consent")
    assert [each.detail for each in lines] == [
        {"channel": "whatsapp", "purpose": "all", "opted_in": False},
        {"channel": "whatsapp", "purpose": "marketing", "opted_in": True},
    ]
    assert "told me" not in str(lines)


async def test_a_conversation_is_taken_over_and_handed_back(doors: Doors, ana: Person, eve: Browser) -> None:
    path = f"/contacts/{ana.id}"
    await eve.get(path)
    taken = await eve.post(f"{path}/take-over")
    await eve.post(f"{path}/take-over")
    back = await eve.post(f"{path}/hand-back")
    await eve.post(f"{path}/hand-back")

    assert "With a person" in taken.words
    assert "The bot answers them again" in back.words
    assert [len(await doors.people.told(each)) for each in ("contact.take_over", "contact.resume")] == [1, 1]
    assert (await eve.post("/contacts/nobody/take-over")).status == 404


async def test_words_are_sent_once_and_take_the_conversation_over(doors: Doors, ana: Person, eve: Browser) -> None:
    path = f"/contacts/{ana.id}"
    page = await eve.get(path)
    key = re.search(r'name="once" value="([^"]+)"', page.text)
    assert key is not None
    user = await doors.people.user("eve@example.com")
    words = {"text": "We are open.", "once": key[1]}
    empty = await eve.post(f"{path}/send", {"text": " ", "once": key[1]})
    done = await asyncio.gather(*(eve.post(f"{path}/send", {**words, "csrf": page.csrf}) for _click in range(2)))

    assert (empty.status, "Fill this in." in empty.words) == (422, True)
    assert {each.status for each in done} == {200}
    assert await sent(doors) == [("We are open.", "queued", f"inbox:{user.id}")]
    shown = await eve.get(path)
    assert ("With a person" in shown.words, "eve" in shown.words) == (True, True)
    assert [tuple(each.detail or ()) for each in await doors.people.told("message.send")] == [("message",)]


async def test_what_cannot_be_sent_is_refused_in_words_and_stays_typed(doors: Doors, ana: Person, eve: Browser) -> None:
    path = f"/contacts/{ana.id}"
    words = {"text": "We <b>are</b> open.", "once": "k"}
    await eve.get(path)
    nowhere = await eve.post(f"{path}/send", {**words, "channel": "email"})
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Account).values(paused=True))
    paused = await eve.post(f"{path}/send", words)
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Account).values(paused=False))
    await written(doors, hours_ago=30)
    closed = await eve.post(f"{path}/send", words)
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, ana, "again", created_at=doors.people.clock.now)
        await rows.add_consent(connection, ana, opted_in=False)
    refused = await eve.post(f"{path}/send", words)

    assert [each.status for each in (nowhere, paused, closed, refused)] == [409] * 4
    assert "paused" in paused.words
    assert "lets only approved templates through" in closed.words
    assert "opted out" in refused.words
    for page in (nowhere, paused, closed, refused):
        assert "We &lt;b&gt;are&lt;/b&gt; open.</textarea>" in page.text
        # It stands where only posts are taken, and follows the conversation all the same.
        assert f'data-page="{path}"' in page.text
    assert await sent(doors) == []


async def test_a_conversation_of_long_ago_says_that_the_window_is_closed(
    doors: Doors, ana: Person, eve: Browser
) -> None:
    await written(doors, hours_ago=23)
    before = await eve.get(f"/contacts/{ana.id}")
    await written(doors, hours_ago=25)
    after = await eve.get(f"/contacts/{ana.id}")

    sentence = "They have not written for so long that WhatsApp"
    assert (sentence in before.words, sentence in after.words) == (False, True)


async def test_words_that_an_old_form_kept_are_sent_once_when_they_are_sent_again(
    doors: Doors, ana: Person, eve: Browser
) -> None:
    path = f"/contacts/{ana.id}"
    page = await eve.get(path)
    once = re.search(r'name="once" value="([^"]+)"', page.text)
    assert once is not None
    refused = await eve.post(f"{path}/send", {"csrf": "old", "once": once[1], "text": "We <b>are</b> open."})
    found = re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', refused.text, re.DOTALL)
    kept = {name: html.unescape(text) for name, text in found}
    csrf = refused.csrf
    again = [await eve.post(f"{path}/send", {**kept, "csrf": csrf}) for _click in range(2)]

    assert refused.status == 403
    assert [each.status for each in again] == [200, 200], again[0].words
    assert [content for content, _status, _origin in await sent(doors)] == ["We <b>are</b> open."]
