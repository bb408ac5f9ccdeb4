"""Writing first to somebody, over HTTP."""

import re
from urllib.parse import quote

from sqlalchemy import select

from bot.contacts.models import ContactAddress
from bot.core.addresses import AddressKind
from bot.db.engine import reading
from bot.messages.models import Message
from bot.search.follower import Follower
from tests.admin.inbox.test_inbox_pages import HOSTILE, doors, toast, wrote
from tests.support import rows
from tests.support.doors import Doors

__all__ = ["doors"]


async def test_whoever_is_found_is_shown_with_what_each_channel_takes_now(doors: Doors) -> None:
    await Follower(doors.people.engine).catch_up()
    eve, rui = await doors.inside("eve@example.com"), await wrote(doors, "Rui", address="+5511988887777")
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, rui, "hello")
    await Follower(doors.people.engine).catch_up()
    for typed in ("Rui", "+5511988887777", "8887777"):
        page = await eve.get(f"/inbox/new?to={typed.replace('+', '%2B')}")
        assert f'href="/inbox/{rui.id}"' in page.text, typed
        assert "WhatsApp: any words" in page.words, typed
    doors.people.clock.advance(days=3)
    await eve.signs_in("eve@example.com")
    page = await eve.get("/inbox/new?to=Rui")
    assert "WhatsApp: only an approved template, until they write" in page.words
    for typed in (HOSTILE, "5511", "nobody", "a@"):
        page = await eve.get(f"/inbox/new?to={quote(typed)}")
        assert (page.status, "<script>alert" in page.text) == (200, False), typed
    assert "Nobody is found" in page.words


async def test_an_address_of_nobodys_is_kept_and_written_to(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    page = await eve.get("/inbox/new?to=%2B55%2011%2097777-6666")
    assert "Nobody has this address yet" in page.words
    assert "WhatsApp: only an approved template, until they write" in page.words
    page = await eve.post("/inbox/new", {"to": "+5511977776666"})
    assert toast(page) == "They are a contact now; write to them below"
    assert re.fullmatch(r"/inbox/c\w+", page.path)
    again = await eve.post("/inbox/new", {"to": "+55 11 97777-6666"})
    assert again.path == page.path, "whoever has it already is led to"
    async with reading(doors.people.engine) as connection:
        statement = select(ContactAddress.value).where(ContactAddress.value == "+5511977776666")
        assert len((await connection.execute(statement)).all()) == 1
        assert (await connection.execute(select(Message.id))).all() == []
    for typed, said in (("", "Fill this in."), ("11 9777", "country"), ("no@", "no@")):
        page = await eve.post("/inbox/new", {"to": typed})
        assert (page.status, said in page.text) == (422, True), typed


async def test_an_address_is_somebodys_however_it_is_spelled_and_not_for_being_the_beginning_of_theirs(
    doors: Doors,
) -> None:
    await Follower(doors.people.engine).catch_up()
    eve, rui = await doors.inside("eve@example.com"), await wrote(doors, "Rui", address="+5511988887777")
    async with doors.people.engine.begin() as connection:
        ana = await rows.add_person(connection, "ana@example.com.br", AddressKind.EMAIL)
        await rows.add_inbound(connection, ana, "hello")
    await Follower(doors.people.engine).catch_up()
    theirs = await eve.get("/inbox/new?to=%2B55%2011%2098888-7777")
    another = await eve.get("/inbox/new?to=ana@example.com")

    assert f'href="/inbox/{rui.id}"' in theirs.text
    assert "Nobody has this address yet" not in theirs.words
    assert f'href="/inbox/{ana.id}"' in another.text
    assert "Nobody has this address yet" in another.words


async def test_who_may_only_look_writes_to_nobody(doors: Doors) -> None:
    vic = await doors.inside("vic@example.com")
    assert 'href="/inbox/new"' not in vic.page.text
    assert ((await vic.get("/inbox/new")).status, (await vic.post("/inbox/new", {"to": "a@b.com"})).status) == (
        403,
        403,
    )
