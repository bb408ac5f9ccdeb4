"""The person beside the conversation, changed where they stand; the bot given back what it had, over HTTP."""

import html
import re

from sqlalchemy import select, update

from bot.contacts.models import Contact
from bot.conversations.views import INTAKE
from bot.db.engine import reading
from bot.messages.models import Message
from tests.admin.inbox.test_inbox_pages import HOSTILE, doors, status, toast, undo, wrote
from tests.support import rows
from tests.support.bundles import published
from tests.support.doors import Doors
from tests.support.rows import Person

__all__ = ["doors"]

BUNDLE = """\
bundle: shop
locale: en
templates:
  many: {content: How many?}
  done: {content: "{{ many }} it is."}
flows:
  order:
    steps:
      - {key: many, type: collect_input, template: many, save_as: many, transitions: {default: done}}
      - {key: done, type: end, template: done}
"""


async def contact(doors: Doors, person: Person) -> Contact:
    async with reading(doors.people.engine) as connection:
        return (await connection.execute(select(Contact.__table__).where(Contact.id == person.id))).one()  # type: ignore[return-value]  # its row has the same attributes


async def test_what_is_known_is_changed_where_it_stands_and_each_change_undone(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    here = f"/inbox/{rui.id}?list=all"
    await eve.get(here)
    for fields, column, value, before in (
        ({"field": "name", "value": HOSTILE}, "name", HOSTILE, "Rui"),
        ({"field": "name", "value": ""}, "name", None, "Rui"),
        ({"field": "locale", "value": "pt_br"}, "locale", "pt-BR", None),
        ({"field": "timezone", "value": "america/sao_paulo"}, "timezone", "America/Sao_Paulo", None),
        ({"field": "attribute", "attribute": "plan", "value": "7"}, "attributes", {"plan": 7}, None),
    ):
        page = await eve.post(f"/inbox/{rui.id}/know?list=all", fields)
        assert (toast(page), page.path) == ("Saved", here), fields
        assert getattr(await contact(doors, rui), column) == value, fields
        await undo(eve)
        assert (getattr(await contact(doors, rui), column) or None) == before, fields
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Contact).where(Contact.id == rui.id).values(attributes={"code": "12"}))
    await eve.post(f"/inbox/{rui.id}/know", {"field": "attribute", "attribute": "code", "value": ""})
    await undo(eve)
    assert (await contact(doors, rui)).attributes == {"code": "12"}, "it is text again"


async def test_what_is_refused_keeps_what_was_typed_beside_the_reason(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    for what, fields, kept in (
        ("know", {"field": "timezone", "value": "Mars/<Phobos>"}, "Mars/&lt;Phobos&gt;"),
        ("know", {"field": "attribute", "attribute": "no good!", "value": "x1"}, "no good!"),
        ("know", {"field": "name", "value": "x" * 501}, "x" * 501),
        ("tag", {"field": "tags", "value": "a" * 200}, "a" * 200),
        ("consent", {"where": "whatsapp:none", "purpose": "all", "agrees": "true", "value": "phoned"}, "phoned"),
        ("flow", {"flow": "shop/none"}, "shop/none"),
    ):
        page = await eve.post(f"/inbox/{rui.id}/{what}", fields)
        assert (page.status in (409, 422), 'aria-invalid="true"' in page.text or what == "flow") == (True, True), what
        assert kept in page.text or what == "flow", what
        assert "hello from Rui" in page.words, what


async def test_tags_and_consents_are_written_down_and_taken_back(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    page = await eve.post(f"/inbox/{rui.id}/tag", {"field": "tags", "value": "vip, late"})
    assert ("Take the tag vip away" in page.text, "Take the tag late away" in page.text) == (True, True)
    page = await undo(eve)
    assert "Take the tag vip away" not in page.text
    word = {"where": f"whatsapp:{rui.address_id}", "purpose": "marketing", "value": "told me on the telephone"}
    page = await eve.post(f"/inbox/{rui.id}/consent", {**word, "agrees": "true"})
    assert toast(page) == "Written down"
    assert "Undo" not in page.words, "they had said nothing before"
    page = await eve.post(f"/inbox/{rui.id}/consent", {**word, "agrees": "true"})
    assert toast(page) == "That was known already"
    doors.people.clock.advance(seconds=1)
    await eve.post(f"/inbox/{rui.id}/consent", {**word, "agrees": "false"})
    doors.people.clock.advance(seconds=1)
    await undo(eve)
    page = await eve.get(f"/contacts/{rui.id}/consent")
    assert "Taken back: told me on the telephone" in page.words


async def test_notes_earlier_conversations_and_why_the_bot_answered_so_stand_beside_it(doors: Doors) -> None:
    rui, eve, bia = (
        await wrote(doors, "Rui"),
        await doors.inside("eve@example.com"),
        await doors.inside("bia@example.com"),
    )
    await eve.get(f"/inbox/{rui.id}")
    await eve.post(f"/inbox/{rui.id}/take")
    await eve.post(f"/inbox/{rui.id}/resolve")
    doors.people.clock.advance(minutes=5)
    await eve.post(f"/inbox/{rui.id}/reopen")
    await eve.post(f"/inbox/{rui.id}/send", {"mode": "note", "note": f"Private {HOSTILE}", "private": "on"})
    page = await eve.get(f"/inbox/{rui.id}")
    aside = page.text.partition('id="person"')[2]
    assert re.search(r"Earlier conversations.*Resolved, <bdi>eve</bdi>", aside, re.DOTALL)
    assert html.escape("Private <script>", quote=False) in aside
    assert "<script>alert" not in page.text
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, rui, "a question", trace=[{"code": "no_trigger", "data": {"tried": 3}}])
    assert "Why the bot did what it did" in (await eve.get(f"/inbox/{rui.id}")).words
    assert "Private" not in (await bia.get(f"/inbox/{rui.id}")).text


async def test_a_conversation_is_handed_back_at_once_and_that_is_undone(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    page = await eve.post(f"/inbox/{rui.id}/hand-back")
    assert (toast(page), await status(doors, rui)) == ("The bot answers them from now on", "resolved")
    assert (await contact(doors, rui)).reopens_until is None
    await undo(eve)
    assert await status(doors, rui) == "open"


async def test_a_flow_is_begun_for_them_which_says_what_ends_for_it(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await published(doors.people.engine, BUNDLE)
    await doors.app[INTAKE].catalogue.refresh()
    page = await eve.get(f"/inbox/{rui.id}")
    assert "The conversation goes back to the bot." in page.words
    page = await eve.post(f"/inbox/{rui.id}/flow", {"flow": "shop/order"})
    assert (toast(page), await status(doors, rui)) == ("The bot has begun shop/order", "resolved")
    assert "shop/order runs now and ends; what it has collected is kept." in page.words
    page = await eve.post(f"/inbox/{rui.id}/flow", {"flow": "shop/order"})
    assert toast(page) == "The bot has begun shop/order"
    async with reading(doors.people.engine) as connection:
        statement = select(Message.content, Message.origin).where(Message.direction == "outbound")
        assert [tuple(row) for row in await connection.execute(statement)] == [("How many?", None)] * 2


async def test_who_may_not_change_them_is_shown_no_way_and_refused(doors: Doors) -> None:
    rui, vic = await wrote(doors, "Rui"), await doors.inside("vic@example.com")
    page = await vic.get(f"/inbox/{rui.id}")
    assert re.search(r'action="/inbox/[^"]+/(know|tag|consent|flow|hand-back)"', page.text) is None
    for what in ("know", "tag", "untag", "consent", "flow", "hand-back"):
        assert (await vic.post(f"/inbox/{rui.id}/{what}")).status == 403, what
