"""The inbox by the API: lists, one conversation, and what is done with one or with several."""

import asyncio
from pathlib import Path

from bot.core.permissions import Permission
from bot.inbox import service as inbox
from bot.inbox.service import Code, PresenceStatus
from bot.users.service import Role
from tests.support.people import BY
from tests.support.programs import Program, Served

RUI = "+5511999990002"
LATER = "2035-01-01T09:00:00Z"


async def test_a_conversation_is_taken_handed_on_put_off_resolved_and_reopened(served: Served) -> None:
    bia, caio = await served.program(Role.EDITOR), await served.program(Role.EDITOR)
    ana = await served.hears("hi")
    path = f"/conversations/{ana}"
    before = (await bia.get(path)).body
    assert (before["contact_id"], before["responder"], before["status"]) == (ana, "bot", None)
    assert (before["last"]["text"], before["last"]["author"], before["version"]) == ("hi", "contact", 1)

    taken = (await bia.post(f"{path}/assign", {})).body
    assert (taken["responder"], taken["status"], taken["labels"]) == ("human", "open", [])
    lost = await caio.post(f"{path}/assign", {})
    assert (lost.status, lost.body["code"], lost.body["user_id"]) == (409, "held", bia.user_id)
    assert lost.body["detail"].startswith(taken["assignee"]["name"])
    assert (await caio.post(f"{path}/unassign", {})).body["code"] == "held"
    handed = (await caio.post(f"{path}/assign", {"instead_of": bia.user_id})).body
    assert handed["assignee"]["id"] == caio.user_id

    past = await caio.post(f"{path}/snooze", {"until": "2020-01-01T09:00:00Z"})
    assert (past.status, past.body["code"], past.body["errors"][0]["pointer"]) == (422, "past", "/until")
    snoozed = (await caio.post(f"{path}/snooze", {"until": LATER})).body
    assert (snoozed["status"], snoozed["snoozed_until"]) == ("snoozed", LATER)
    resolved = (await caio.post(f"{path}/resolve")).body
    assert (resolved["status"], resolved["responder"], resolved["resolved_by"]) == ("resolved", "bot", caio.user_id)
    assert (await caio.post(f"{path}/snooze", {"until": LATER})).body["code"] == "not_open"
    reopened = (await bia.post(f"{path}/reopen")).body
    assert (reopened["status"], reopened["assignee"]["id"], reopened["reopened"]) == ("open", caio.user_id, 1)
    released = (await bia.post(f"{path}/unassign", {"user_id": caio.user_id})).body
    assert (released["assignee"], released["responder"]) == (None, "human")
    done = [each.action for each in await served.doors.people.told() if each.token_id == bia.token_id]
    assert done[::-1] == ["conversation.assign", "conversation.reopen", "conversation.unassign"]


async def test_of_two_programs_that_take_a_conversation_at_once_one_wins_and_the_other_is_told_who(
    served: Served,
) -> None:
    bia, caio = await served.program(Role.EDITOR), await served.program(Role.EDITOR)
    for number in range(5):
        ana = await served.hears("hi", f"+55119999900{number:02}")
        path = f"/conversations/{ana}"
        told = await asyncio.gather(bia.post(f"{path}/assign", {}), caio.post(f"{path}/assign", {}))
        assert sorted(each.status for each in told) == [200, 409]
        won, lost = sorted(told, key=lambda each: each.status)
        now = (await bia.get(path)).body["assignee"]
        assert won.body["assignee"] == now == {"id": lost.body["user_id"], "name": lost.body["name"]}

        settled = await asyncio.gather(bia.post(f"{path}/resolve"), caio.post(f"{path}/resolve"))
        assert [each.status for each in settled] == [200, 200]
        lines = [each for each in await served.doors.people.told() if each.resource_id == ana]
        assert sorted(each.action for each in lines) == ["conversation.assign", "conversation.resolve"]


async def test_of_two_who_change_what_both_have_read_the_later_one_is_told(served: Served, shop: Program) -> None:
    path = f"/conversations/{await served.hears('hi')}"
    read = await shop.get(path)
    tag = {"If-Match": read.headers["ETag"]}
    await served.hears("are you there?")
    assert (await shop.get(path)).headers["ETag"] == read.headers["ETag"], "what is said is no change of it"
    told = await asyncio.gather(*(shop.post(f"{path}/{verb}", headers=tag) for verb in ("reopen", "reopen")))
    assert sorted(each.status for each in told) == [200, 412]
    assert (await shop.post(f"{path}/resolve", headers=tag)).problem == "overtaken"
    assert (await shop.get(path)).body["status"] == "open"


async def test_lists_are_narrowed_sorted_and_paged(served: Served, shop: Program) -> None:
    viewer = await served.program(Role.VIEWER)
    ids = [await served.hears("hi", f"+55119999900{number:02}") for number in range(5)]
    await shop.post("/conversations/several/reopen", {"contact_ids": ids[:4]})
    await shop.post(f"/conversations/{ids[0]}/assign", {})
    await shop.post(f"/conversations/{ids[1]}/snooze", {"until": LATER})
    for number in (3, 2):
        served.doors.people.clock.advance(seconds=1)
        await served.hears("anybody?", f"+55119999900{number:02}")

    async def listed(query: str = "", program: Program = shop) -> list[str]:
        page = (await program.get(f"/conversations?limit=1&{query}")).body
        found = [each["contact_id"] for each in page["data"]]
        while page["next"]:
            page = (await program.get(f"/conversations?limit=1&{query}&cursor={page['next']}")).body
            found += [each["contact_id"] for each in page["data"]]
        return found

    assert sorted(await listed()) == sorted([ids[0], ids[2], ids[3]])
    assert (await listed("list=mine"), await listed("list=mine", viewer)) == ([ids[0]], [])
    assert sorted(await listed("list=unassigned")) == sorted(ids[2:4])
    assert await listed("list=waiting&sort=waiting") == [ids[3], ids[2]]
    assert (await listed("sort=waiting"))[:2] == [ids[3], ids[2]]
    assert await listed("list=snoozed") == await listed("status=snoozed") == [ids[1]]
    assert await listed("channel=telegram") == await listed("label=none") == await listed("assignee=none") == []
    counts = (await shop.get("/conversations/counts")).body
    assert counts == {
        "mine": 1,
        "unassigned": 2,
        "all": 3,
        "waiting": 2,
        "mentioned": 0,
        "snoozed": 1,
        "resolved": 0,
    }
    assert (await shop.get("/conversations?list=none")).problem == "invalid_query"


async def test_several_are_changed_at_once_and_each_that_is_not_says_why(served: Served, shop: Program) -> None:
    other = await served.program(Role.EDITOR)
    ana, rui = await served.hears("hi"), await served.hears("hi", RUI)
    taken = (await other.post(f"/conversations/{rui}/assign", {})).body["assignee"]
    told = (await shop.post("/conversations/several/assign", {"contact_ids": [ana, rui, ana, "nobody"]})).body
    assert (told["done"], told["already"]) == ([ana], [])
    assert sorted((each["contact_id"], each["code"], each["held_by"]) for each in told["refused"]) == sorted(
        [(rui, "held", taken), ("nobody", "gone", None)]
    )
    assert all(each["detail"] for each in told["refused"])
    told = (await shop.post("/conversations/several/resolve", {"contact_ids": [ana, rui]})).body
    assert sorted(told["done"]) == sorted([ana, rui])
    assert (await shop.post("/conversations/several/resolve", {"contact_ids": [ana]})).body["already"] == [ana]
    wrongs: list[dict[str, list[str]]] = [{"contact_ids": []}, {"contact_ids": ["a"] * 101}, {}]
    for wrong in wrongs:
        assert (await shop.post("/conversations/several/resolve", wrong)).problem == "invalid", wrong


async def test_conversations_have_labels(served: Served, shop: Program) -> None:
    people, ana = served.doors.people, await served.hears("hi")
    async with people.engine.begin() as connection:
        label = await inbox.add_label(connection, "late", "red", BY, people.clock.now)
    given = {"label_id": label.id}
    assert (await shop.post(f"/conversations/{ana}/label", given)).body["labels"] == [
        {"id": label.id, "name": "late", "colour": "red"}
    ]
    assert (await shop.get(f"/conversations?label={label.id}")).body["data"] == [], "the bot has it"
    assert (await shop.post("/conversations/several/label", {"contact_ids": [ana], **given})).body["already"] == [ana]
    assert (await shop.post(f"/conversations/{ana}/unlabel", given)).body["labels"] == []
    for path in (f"/conversations/{ana}/label", f"/conversations/{ana}/unlabel"):
        assert (await shop.post(path, {"label_id": "none"})).problem == "not_found"


async def test_who_is_there_and_who_may_answer_is_told(served: Served, shop: Program) -> None:
    people, ana = served.doors.people, await served.hears("hi")
    agent = (await shop.get("/agents")).body["data"][0]
    viewer = await served.program(Role.VIEWER)
    assert (await viewer.get("/agents")).body["data"] == [agent], "who only looks has no conversations"
    async with people.engine.begin() as connection:
        await inbox.arrive(connection, ana, agent["id"], PresenceStatus.REPLYING, people.clock.now)
    there = (await viewer.get(f"/conversations/{ana}/presence")).body
    assert there == {"data": [{"user_id": agent["id"], "name": agent["name"], "status": "replying"}]}
    people.clock.advance(seconds=30)
    assert (await viewer.get(f"/conversations/{ana}/presence")).body == {"data": []}
    assert (await viewer.get("/conversations/nobody/presence")).problem == "not_found"


async def test_a_token_does_what_its_scope_and_its_owners_role_let_it(served: Served) -> None:
    ana = await served.hears("hi")
    viewer = await served.program(Role.VIEWER)
    reads = await served.program(Role.ADMIN, [Permission.MESSAGES_READ])
    for program in (viewer, reads):
        assert (await program.get(f"/conversations/{ana}")).status == 200
        refused = await program.post(f"/conversations/{ana}/assign", {})
        assert (refused.status, refused.body["scope"]) == (403, "messages.send")
    editor = await served.program(Role.EDITOR)
    nobody = await editor.post(f"/conversations/{ana}/assign", {"user_id": "nobody"})
    assert (nobody.status, nobody.body["code"], nobody.body["errors"][0]["pointer"]) == (422, "no_user", "/user_id")
    for verb in ("assign", "unassign"):
        assert (await editor.post(f"/conversations/nobody/{verb}", {})).problem == "not_found"
    assert (await editor.get("/conversations/nobody")).problem == "not_found"


async def test_an_id_of_somebody_merged_goes_on_to_work(served: Served, shop: Program) -> None:
    ana, rui = await served.hears("hi"), await served.hears("hi", RUI)
    await shop.post("/contact_merges", {"kept_id": ana, "merged_id": rui})
    taken = (await shop.post(f"/conversations/{rui}/assign", {})).body
    assert (taken["contact_id"], taken["status"]) == (ana, "open")
    assert (await shop.get(f"/conversations/{rui}")).body == taken
    assert [each["contact_id"] for each in (await shop.get("/conversations")).body["data"]] == [ana]


async def test_what_they_write_soon_after_is_a_persons_again(served: Served, shop: Program) -> None:
    ana = await served.hears("hi")
    await shop.post(f"/conversations/{ana}/assign", {})
    await shop.post(f"/conversations/{ana}/resolve")
    served.doors.people.clock.advance(minutes=5)
    await served.hears("one more thing")
    assert (await shop.get(f"/conversations/{ana}")).body["status"] == "open"


def test_every_reason_is_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    assert [each for each in Code if f"`{each}`" not in guide and each is not Code.GONE] == []
