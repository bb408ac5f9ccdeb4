"""Replies by the API: said as the token's owner, once, and not past each other."""

import asyncio

from bot.users.service import Role
from tests.support.programs import Program, Served

LATER = "2035-01-01T09:00:00Z"


async def test_who_replies_has_the_conversation_and_is_who_said_it(served: Served) -> None:
    bia, caio = await served.program(Role.EDITOR), await served.program(Role.EDITOR)
    ana = await served.hears("hi")
    path = f"/conversations/{ana}"
    said = await bia.post(f"{path}/replies", {"text": "Hello, this is Bia.", "seen": 1})
    assert (said.status, said.body["parts"], said.body["at"]) == (201, [said.body["id"]], None)
    now = (await bia.get(path)).body
    assert (now["assignee"]["id"], now["responder"], now["last"]["author"]) == (bia.user_id, "human", "user")
    assert (await bia.get(f"/messages/{said.body['id']}")).body["origin"] == f"inbox:{bia.user_id}"

    own = await caio.post("/messages", {"contact_id": ana, "text": "Beep."})
    assert (own.status, own.body["code"]) == (409, "taken_over")
    assert (await caio.post(f"{path}/replies", {"text": "Me, too."})).status == 201
    assert (await caio.get(path)).body["assignee"]["id"] == bia.user_id, "a colleague's it stays"
    lines = [each for each in await served.doors.people.told() if each.token_id == bia.token_id]
    assert sorted(each.action for each in lines) == ["conversation.assign", "message.send"]


async def test_nothing_is_sent_past_what_others_said(served: Served) -> None:
    bia, caio = await served.program(Role.EDITOR), await served.program(Role.EDITOR)
    for number in range(4):
        phone = f"+55119999900{number:02}"
        ana = await served.hears("hi", phone)
        path = f"/conversations/{ana}/replies"
        seen = (await bia.get(f"/conversations/{ana}")).body["version"]
        told = await asyncio.gather(*(each.post(path, {"text": "Hello.", "seen": seen}) for each in (bia, caio)))
        assert sorted(each.status for each in told) == [201, 409]
        lost = next(each for each in told if each.status == 409)
        assert lost.body["code"] == "unseen"
        loser = caio if lost is told[1] else bia
        version = (await bia.get(f"/conversations/{ana}")).body["version"]
        assert f"`seen` as {version}" in lost.body["detail"]
        assert (await loser.post(path, {"text": "Hello, too.", "seen": version})).status == 201
        await served.hears("which one of you?", phone)
        assert (await loser.post(path, {"text": "Me.", "seen": version})).body["code"] == "unseen"


async def test_a_reply_is_sent_once_for_a_key(served: Served) -> None:
    bia = await served.program(Role.EDITOR)
    path = f"/conversations/{await served.hears('hi')}/replies"
    key = {"Idempotency-Key": "ticket 12"}
    told = await asyncio.gather(*(bia.post(path, {"text": "Hello.", "seen": 1}, headers=key) for _ in range(3)))
    done = [each.body["id"] for each in told if each.status == 201]
    assert len(set(done)) == 1
    assert {each.problem for each in told} <= {"", "in_progress"}
    assert (await bia.post(path, {"text": "Hello.", "seen": 1}, headers=key)).body["id"] == done[0]
    assert (await bia.post(path, {"text": "Bye."}, headers=key)).problem == "key_reused"


async def test_a_reply_goes_later_unless_they_write_and_leaves_the_conversation_as_it_is(served: Served) -> None:
    bia = await served.program(Role.EDITOR)
    ana = await served.hears("hi")
    path = f"/conversations/{ana}"
    said = (await bia.post(f"{path}/replies", {"text": "Still there?", "at": LATER, "unless_heard": True})).body
    assert said["at"] == LATER
    assert (await bia.get(path)).body["assignee"] is None
    (waiting,) = (await bia.get(f"/contacts/{ana}/scheduled_messages")).body["data"]
    assert (waiting["id"], waiting["user_id"]) == (said["id"], bia.user_id)


async def test_what_cannot_be_said_changes_nothing(served: Served, shop: Program) -> None:
    viewer = await served.program(Role.VIEWER)
    ana = await served.hears("hi")
    path = f"/conversations/{ana}"
    for body, code in (
        ({"text": " "}, "no_words"),
        ({"template": "shop/none"}, "no_template"),
        ({"text": "x", "account": "sms:none"}, "no_account"),
    ):
        told = await shop.post(f"{path}/replies", body)
        assert (told.status, told.body["code"]) == (422, code)
    for wrong in ({}, {"text": "x", "template": "y"}, {"text": "x", "unless_heard": True}, {"text": "x", "seen": -1}):
        assert (await shop.post(f"{path}/replies", wrong)).problem == "invalid", wrong
    assert (await shop.get(path)).body["status"] is None, "nobody has it for that"
    assert (await viewer.post(f"{path}/replies", {"text": "x"})).problem == "forbidden"
    assert (await shop.post("/conversations/nobody/replies", {"text": "x"})).problem == "not_found"


async def test_the_ways_to_a_contact_are_listed(served: Served, shop: Program) -> None:
    ana = await served.hears("hi")
    (way,) = (await shop.get(f"/conversations/{ana}/ways")).body["data"]
    assert (way["account"], way["channel"], way["is_last"], way["takes_words"]) == (
        "simulator",
        "whatsapp",
        True,
        True,
    )
    assert (await shop.get("/conversations/nobody/ways")).problem == "not_found"
