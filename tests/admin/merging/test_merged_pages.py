"""Contacts who are one person over HTTP: suggested, compared, merged, and two again."""

import html
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.merging.models import MergeSuggestion
from bot.contacts.models import Contact
from bot.contacts.service import changed, tag
from bot.conversations.service import merge, undo_merge
from bot.core.clock import utc_now
from bot.search.follower import Follower
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.people import BY
from tests.support.rows import Person

HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        await opened.people.person("eve@example.com", Role.EDITOR)
        await opened.people.person("vic@example.com", Role.VIEWER)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


async def test_the_address_of_somebody_merged_leads_to_who_goes_on_whose_bubbles_are_told_apart(doors: Doors) -> None:
    eve, now = await doors.inside("eve@example.com"), doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        ana, work = await rows.add_person(connection), await rows.add_person(connection, "+5511999990002")
        said = [await rows.add_inbound(connection, each, "hello") for each in (ana, work)]
        done = await merge(connection, ana.id, work.id, BY, now)

    for part in ("contacts", "inbox"):
        page = await eve.get(f"/{part}/{work.id}?at={said[1]}")
        assert (page.status, page.url.path) == (200, f"/{part}/{ana.id}")
        assert sorted(re.findall(r'<li class="message[^"]*" id="m-([^"]+)"', page.text)) == sorted(said)
        assert f'data-family="{ana.id} {work.id}"' in page.text
        news = await eve.get(f"/{part}/{work.id}/news?after=1&since=2020-01-01T00:00:00Z")
        assert (news.status, news.text.count('class="message"')) == (200, 2)
    sought = await eve.get(f"/contacts/{work.id}?at={said[1]}")
    assert f'sought" id="m-{said[1]}"' in sought.text

    async with doors.people.engine.begin() as connection:
        await undo_merge(connection, done.id, BY, now)
    page = await eve.get(f"/contacts/{work.id}?at={said[0]}")
    assert page.url.path == f"/contacts/{work.id}"
    assert f'data-family="{work.id}"' in page.text
    assert "sought" not in page.text, "it is said in another conversation"


async def two(
    connection: AsyncConnection, name: str = "Ana Souza", other: str = "Ana M. Souza"
) -> tuple[Person, Person]:
    """Two who may be one person."""
    ana, work = await rows.add_person(connection), await rows.add_person(connection, "+5511999990002")
    for person, called, plan in ((ana, name, "gold"), (work, other, "silver")):
        about = {"name": called, "attributes": {"plan": plan, "since": "2020"}}
        await connection.execute(update(Contact).where(Contact.id == person.id).values(**about))
    first, second = sorted((ana.id, work.id))
    pair = {"id": "s1", "first_id": first, "second_id": second, "score": 0.9, "reasons": ["phone", "name"]}
    await connection.execute(insert(MergeSuggestion).values(**pair, found_at=utc_now()))
    return ana, work


async def test_two_who_may_be_one_are_compared_merged_and_two_again_with_one_press_each(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    async with doors.people.engine.begin() as connection:
        ana, work = await two(connection)
        await rows.add_consent(connection, work, opted_in=False)
        await tag(connection, work.id, "vip", BY, doors.people.clock.now, has=True)

    page = await eve.get("/contacts/duplicates")
    assert "Alike phone number Alike name" in page.words
    assert "1 pair" in page.words
    link = html.unescape(re.search(r'href="(/contacts/[^"]+/merge[^"]+)"', page.text)[1])  # type: ignore[index]  # it is there
    page = await eve.get(link)
    for words in (
        "Is kept",
        "Is merged into it",
        "silver is not kept",
        "gets the tags vip",
        "gets nothing more by WhatsApp",
    ):
        assert words in page.words, words
    assert "2020" not in page.words, "they agree in it"
    page = await eve.post(f"/contacts/{ana.id}/merge", {"other": work.id, "back": "duplicates"})
    assert (page.path, "are one contact now" in page.words) == ("/contacts/duplicates", True)
    assert "Nobody seems to be there twice" in page.words
    undo, fields = undo_of(page.text)
    page = await eve.get(f"/contacts/{ana.id}")
    assert "Merged with Ana M. Souza" in page.words
    page = await eve.post(undo, fields)
    assert "They are two contacts again" in page.words
    again, fields = undo_of(page.text)
    await eve.post(again, fields)
    assert (await eve.get(f"/contacts/{work.id}")).url.path == f"/contacts/{ana.id}"


async def test_who_is_two_people_is_not_suggested_again_unless_that_is_taken_back(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    async with doors.people.engine.begin() as connection:
        ana, _work = await two(connection, HOSTILE, HOSTILE)
    for at in ("contacts", "inbox"):
        page = await eve.get(f"/{at}/{ana.id}")
        assert "Possibly the same as" in page.words
        assert "<script>alert" not in page.text
        page = await eve.post("/contacts/duplicates/dismiss", {"id": "s1", "back": f"{at}/{ana.id}"})
        assert page.url.path == f"/{at}/{ana.id}"
        assert "Possibly the same as" not in page.words
        undo, fields = undo_of(page.text)
        page = await eve.post("/contacts/duplicates/dismiss", {"id": "s1", "back": "https://elsewhere.example"})
        assert (page.url.path, "That was said before." in page.words) == ("/contacts/duplicates", True)
        assert "Possibly the same as" in (await eve.post(undo, fields)).words


async def test_whoever_is_too_late_is_told_how_the_two_stand_by_now(doors: Doors) -> None:
    eve, now = await doors.inside("eve@example.com"), doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        ana, work = await two(connection)
        rui = await rows.add_person(connection, "+5511999990003")
    await eve.get(f"/contacts/{ana.id}/merge?with={work.id}")
    async with doors.people.engine.begin() as connection:
        done = await merge(connection, ana.id, work.id, BY, now)

    page = await eve.post(f"/contacts/{ana.id}/merge", {"other": work.id})
    assert (page.url.path, "They are one contact already" in page.words) == (f"/contacts/{ana.id}", True)
    page = await eve.post(f"/contacts/{rui.id}/merge", {"other": work.id})
    assert "look at it once more" in page.words
    assert (page.url.path, page.url.query["with"]) == (f"/contacts/{rui.id}/merge", ana.id)
    assert "They are one contact already." in (await eve.get(f"/contacts/{ana.id}/merge?with={work.id}")).words
    assert "not there any more" in (await eve.post(f"/contacts/{ana.id}/merge", {"other": "nobody"})).words
    assert "one contact already" in (await eve.post(f"/contacts/{rui.id}/merge", {"other": rui.id})).words
    assert (await eve.get(f"/contacts/{ana.id}/merge?with=nobody")).status == 404

    async with doors.people.engine.begin() as connection:
        await merge(connection, rui.id, ana.id, BY, now)
    page = await eve.post(f"/contacts/{ana.id}/unmerge", {"merge": done.id})
    assert (page.url.path, "undo that one first" in page.words) == (f"/contacts/{rui.id}", True)
    last = re.search(r'name="merge" value="([^"]+)"', page.text)[1]  # type: ignore[index]  # it is there
    assert page.text.count('name="merge"') == 1, "the last one alone"
    page = await eve.post(f"/contacts/{rui.id}/unmerge", {"merge": last, "back": f"inbox/{rui.id}"})
    assert page.url.path == f"/inbox/{rui.id}"
    page = await eve.post(f"/contacts/{rui.id}/unmerge", {"merge": last})
    assert "it was undone before" in page.words
    assert "there is no merge" in (await eve.post(f"/contacts/{rui.id}/unmerge", {"merge": "x"})).words.lower()


async def test_somebody_to_merge_with_is_found_by_name_and_number(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    async with doors.people.engine.begin() as connection:
        ana, work = await two(connection)
        await changed(connection, [ana.id, work.id], doors.people.clock.now)
    await Follower(doors.people.engine).catch_up()

    page = await eve.get(f"/contacts/{ana.id}/merge?q=souza&back=inbox/{ana.id}")
    found = re.findall(rf'href="(/contacts/{ana.id}/merge\?with=[^"]+)"', page.text)
    assert {html.unescape(each) for each in found} == {f"/contacts/{ana.id}/merge?with={work.id}&back=inbox/{ana.id}"}
    assert "No other contact fits" in (await eve.get(f"/contacts/{ana.id}/merge?q=nobody")).words


async def test_who_may_only_look_sees_who_may_be_one_and_changes_nothing(doors: Doors) -> None:
    vic = await doors.inside("vic@example.com")
    async with doors.people.engine.begin() as connection:
        ana, work = await two(connection)

    page = await vic.get("/contacts/duplicates")
    assert ("Alike name" in page.words, "/merge" in page.text) == (True, False)
    page = await vic.get(f"/contacts/{ana.id}")
    assert ("Possibly the same as" in page.words, "/merge" in page.text) == (True, False)
    for path, fields in (
        (f"/contacts/{ana.id}/merge", {"other": work.id}),
        (f"/contacts/{ana.id}/unmerge", {"merge": "m"}),
        ("/contacts/duplicates/dismiss", {"id": "s1"}),
    ):
        assert (await vic.post(path, fields)).status == 403


def undo_of(text: str) -> tuple[str, dict[str, str]]:
    """Where the sentence of what was just done leads to undo it, with what is posted there."""
    form = re.search(r'class="toast.*?<form[^>]*action="([^"]+)"(.*?)</form>', text, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]))
    return form[1], {name: html.unescape(value) for name, value in fields.items() if name != "csrf"}
