"""All messages, and one conversation, over HTTP for who is really signed in."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.contacts.listing import queries as contact_listing
from bot.contacts.models import Contact, ContactAddress
from bot.contacts.service import changed, tag
from bot.core.addresses import AddressKind
from bot.core.ids import new_id
from bot.db.engine import reading
from bot.messages import service as messages
from bot.messages.listing import queries as listing
from bot.search.follower import Follower
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY
from tests.support.rows import Person

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"
TRACE = [{"code": "no_trigger", "data": {"tried": 3}}]


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        await opened.people.person("vic@example.com", Role.VIEWER)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection, rows.ACCOUNT)
        yield opened


@pytest.fixture
async def vic(doors: Doors) -> Browser:
    """A VIEWER who is signed in."""
    return await doors.inside("vic@example.com")


async def ana_of(doors: Doors, name: str | None = "Ana Souza", address: str = "+5511999990001") -> Person:
    """Somebody who has written nothing yet."""
    async with doors.people.engine.begin() as connection:
        kind = AddressKind.EMAIL if "@" in address else AddressKind.PHONE
        person = await rows.add_person(connection, address, kind)
        await connection.execute(update(Contact).where(Contact.id == person.id).values(name=name))
    return person


async def talked(doors: Doors, person: Person, count: int = 4) -> None:
    """They and the bot in turns, a minute apart, the last one a minute ago."""
    now = doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        for at in range(count):
            moment = now - timedelta(minutes=count - at)
            if at % 2:
                await rows.add_outbound(
                    connection, person, f"answer {at}", heard=False, status="delivered", created_at=moment
                )
            else:
                await rows.add_inbound(connection, person, f"question {at}", created_at=moment, trace=TRACE)


def _said(page: Page) -> list[str]:
    return [" ".join(re.sub("<[^>]+>", "", each).split()) for each in re.findall(r'class="said">(.*?)</td>', page.text)]


def _texts(page: Page) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'<p class="text">(.*?)</p>', page.text, re.DOTALL)]


async def test_messages_stand_newest_first_and_are_narrowed_by_what_is_in_the_url(doors: Doors, vic: Browser) -> None:
    none = await vic.get("/messages")
    ana, bia = await ana_of(doors), await ana_of(doors, "Bia", "bia@example.com")
    await talked(doors, ana)
    async with doors.people.engine.begin() as connection:
        await rows.add_outbound(connection, bia, "late", status="failed", error="expired", lane="bulk", heard=False)
    everything = await vic.get("/messages")
    home = await vic.get("/")

    assert ("No messages yet" in none.words, "/simulator" in none.text) == (True, False)
    assert _said(everything) == ["The bot: late", "The bot: answer 3", "question 2", "The bot: answer 1", "question 0"]
    assert "Ana Souza" in everything.words
    assert home.path == "/inbox"
    for query, said in (
        ("channel=email", ["The bot: late"]),
        ("from=inbound", ["question 2", "question 0"]),
        ("state=failed&state=received", ["The bot: late", "question 2", "question 0"]),
        ("state=delivered", ["The bot: answer 3", "The bot: answer 1"]),
        ("lane=bulk", ["The bot: late"]),
        ("account=loopback:1&from=outbound&lane=reply", ["The bot: answer 3", "The bot: answer 1"]),
        ("account=nobody", _said(everything)),
        ("since=2999-01-01", []),
        ("until=2000-01-01", []),
        ("since=nonsense&channel=pigeon", _said(everything)),
    ):
        page = await vic.get(f"/messages?{query}")
        assert _said(page) == said, query
        assert ("No message fits" in page.words) is (not said), query


async def test_words_are_found_marked_and_narrowed_further(doors: Doors, vic: Browser) -> None:
    ana, follower = await ana_of(doors), Follower(doors.people.engine)
    await follower.catch_up()
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, ana, "question 0")
        await rows.add_outbound(connection, ana, "answer 1", heard=False, status="read")
        await rows.add_inbound(connection, ana, f"{'far ' * 90}<b>question</b> of the end")
    await follower.catch_up()
    page = await vic.get("/messages?q=QUEST")
    narrowed = await vic.get("/messages?q=answer&state=received")

    assert len(_said(page)) == 2
    assert "&lt;b&gt;<mark>question</mark>&lt;/b&gt; of the end" in page.text
    assert "<mark>question</mark> 0" in page.text
    assert "No message fits" in narrowed.words


async def test_a_look_ends_after_so_many_messages_and_goes_on_from_there(
    doors: Doors, vic: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await ana_of(doors)
    async with doors.people.engine.begin() as connection:
        moment = doors.people.clock.now - timedelta(hours=1)
        await rows.add_outbound(connection, ana, "the only one", status="failed", heard=False, created_at=moment)
    await talked(doors, ana, 7)
    monkeypatch.setattr(listing, "LOOKED_AT", 3)
    seen = []
    page = await vic.get("/messages?state=failed")
    for _look in range(3):
        seen.append((_said(page), "None among the newest" in page.words))
        further = re.search(
            r'class="button(?: main)?" href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?<span>Look further', page.text
        )
        if further is None:
            break
        page = await vic.get(html.unescape(further[1]))

    assert seen == [([], True), ([], True), (["The bot: the only one"], False)]


async def test_a_conversation_opens_at_a_message_and_goes_on_in_both_directions(doors: Doors, vic: Browser) -> None:
    ana = await ana_of(doors, None)
    await talked(doors, ana, 160)
    path = f"/contacts/{ana.id}"
    newest = await vic.get(path)
    before = await vic.get(re.search(r'href="([^"]+)" data-older', newest.text)[1])  # type: ignore[index]  # it is there
    async with reading(doors.people.engine) as connection:
        eightieth = (await messages.timeline(connection, ana.id, limit=200))[79].id
    sought = await vic.get(f"{path}?at={eightieth}")
    after = await vic.get(f"{path}?after=10")
    nonsense = await vic.get(f"{path}?at=-1&before=nine&after={'9' * 40}")

    assert _texts(newest)[0::49] == ["question 110", "answer 159"]
    assert _texts(before)[0::49] == ["question 60", "answer 109"]
    assert (_texts(sought)[0], _texts(sought)[-1], len(_texts(sought))) == ("question 30", "answer 129", 100)
    assert f'sought" id="m-{eightieth}"' in sought.text
    assert _texts(after)[0] == "question 10"
    assert _texts(nonsense) == _texts(newest)
    assert "No trigger matches; 3 were tried." in newest.words
    assert "+5511999990001" in newest.text
    assert (await vic.get("/contacts/nobody")).status == 404


async def test_what_people_write_stays_words(doors: Doors, vic: Browser) -> None:
    ana = await ana_of(doors, HOSTILE)
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, ana, HOSTILE)
        await rows.add_outbound(
            connection, ana, HOSTILE, heard=False, status="failed", error="x", error_reason=HOSTILE, origin=HOSTILE
        )
        file = {"type": "image", "url": "javascript:alert(1)", "filename": HOSTILE}
        await rows.add_outbound(connection, ana, "", heard=False, status="sent", body={"media": [file]})
    for path in ("/messages", f"/contacts/{ana.id}"):
        page = await vic.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert 'href="javascript:' not in page.text
        assert html.escape("<script>alert(1)</script>") in page.text


async def test_who_said_it_is_told(doors: Doors, vic: Browser) -> None:
    ana, rui = await ana_of(doors), await doors.people.person("rui@example.com", Role.EDITOR)
    async with doors.people.engine.begin() as connection:
        for origin, body in (
            (None, None),
            (f"inbox:{rui.id}", None),
            ("inbox:nobody", None),
            ("terminal", None),
            ("campaign:1", None),
            (None, {"echo": True}),
        ):
            await rows.add_outbound(connection, ana, "hello", heard=False, status="sent", origin=origin, body=body)
    page = await vic.get(f"/contacts/{ana.id}")

    assert re.findall(r'class="by">.*?<bdi>(.*?)</bdi>', page.text) == [
        "The bot",
        "rui",
        "Somebody who is gone",
        "Somebody, from the terminal",
        "The system",
        "Somebody, in the provider&#39;s app",
    ]


def _names(page: Page) -> list[str]:
    found = re.findall(r'role="cell" class="name">(.*?)</td>', page.text, re.DOTALL)
    return [html.unescape(" ".join(re.sub("<[^>]+>", "", each).split())) for each in found]


async def test_contacts_are_narrowed_by_what_is_known_of_them(doors: Doors, vic: Browser) -> None:
    none = await vic.get("/contacts")
    await doors.people.person()
    inviting = await (await doors.inside()).get("/contacts")
    ana, bia = await ana_of(doors), await ana_of(doors, "Bia", "bia@example.com")
    eva = await ana_of(doors, "Eva", "+5511999990002")
    async with doors.people.engine.begin() as connection:
        await rows.add_consent(connection, eva, opted_in=False)
        await tag(connection, ana.id, "vip, {odd}", BY, doors.people.clock.now, has=True)
        await tag(connection, bia.id, "vip", BY, doors.people.clock.now, has=True)
        await connection.execute(update(Contact).where(Contact.id == bia.id).values(responder="human", locale="pt-BR"))
    everybody = await vic.get("/contacts")

    assert ("No contacts yet" in none.words, "/simulator" in none.text) == (True, False)
    assert "Open the simulator" in inviting.words
    assert _names(everybody) == ["Eva", "Bia", "Ana Souza"]
    assert "{odd}" in everybody.words
    for query, names in (
        ("channel=email", ["Bia"]),
        ("channel=sms", ["Eva", "Ana Souza"]),
        ("tag=vip", ["Bia", "Ana Souza"]),
        ("tag=%7Bodd%7D", ["Ana Souza"]),
        ("language=pt-BR", ["Bia"]),
        ("answers=bot", ["Eva", "Ana Souza"]),
        ("consent=opted_out", ["Eva"]),
        ("consent=no_promotions&answers=bot", ["Eva"]),
        ("consent=promotions", []),
        ("tag=nobody&channel=pigeon", ["Eva", "Bia", "Ana Souza"]),
        ("tag=vip&channel=sms&answers=human", []),
    ):
        page = await vic.get(f"/contacts?{query}")
        assert _names(page) == names, query
        assert ("No contact fits" in page.words) is (not names), query


async def test_contacts_are_found_by_name_and_address_and_narrowed_further(doors: Doors, vic: Browser) -> None:
    ana, bia = await ana_of(doors), await ana_of(doors, "Bia Souza", "bia@example.com")
    follower = Follower(doors.people.engine)
    await follower.catch_up()
    async with doors.people.engine.begin() as connection:
        await changed(connection, [ana.id, bia.id], doors.people.clock.now)
    await follower.catch_up()
    by_name = await vic.get("/contacts?q=souz")
    by_number = await vic.get("/contacts?q=99990001")
    narrowed = await vic.get("/contacts?q=souza&channel=email")

    assert _names(by_name) == ["Bia Souza", "Ana Souza"]
    assert "Ana <mark>Souza</mark>" in by_name.text
    assert "+55119<mark>99990001</mark>" in by_number.text
    assert _names(narrowed) == ["Bia Souza"]


async def test_who_has_no_name_is_called_by_their_address_once(doors: Doors, vic: Browser) -> None:
    await ana_of(doors, None)
    other = await ana_of(doors, None, "bia@example.com")
    async with doors.people.engine.begin() as connection:
        further = [
            {"id": new_id(), "contact_id": other.id, "kind": "phone", "value": f"+551199999000{n}"} for n in (3, 4)
        ]
        await connection.execute(insert(ContactAddress), further)
    page = await vic.get("/contacts")

    assert _names(page) == ["bia@example.com", "+5511999990001"]
    assert [page.words.count(each) for each in ("+5511999990001", "bia@example.com")] == [1, 1]
    assert "bia@example.com +5511999990003 +1 " in page.words


async def test_a_look_at_contacts_ends_after_so_many_and_goes_on_from_there(
    doors: Doors, vic: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await ana_of(doors, f"Ana {number}", f"+551199999000{number}")
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Contact).where(Contact.name == "Ana 0").values(responder="human"))
    monkeypatch.setattr(contact_listing, "LOOKED_AT", 3)
    first = await vic.get("/contacts?answers=human")
    further = re.search(r'href="([^"]+)"><span>Look further', first.text)
    assert further is not None
    second = await vic.get(html.unescape(further[1]))

    assert ("None among the newest" in first.words, _names(second)) == (True, ["Ana 0"])
