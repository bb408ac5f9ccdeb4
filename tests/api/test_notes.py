"""Notes by the API: the team's, and those that are their author's alone."""

import asyncio

from bot.core.text import MAX_TEXT
from bot.users.service import Role
from tests.support.programs import Served


async def test_notes_are_written_listed_changed_and_deleted_by_who_wrote_them(served: Served) -> None:
    bia, caio = await served.program(Role.EDITOR), await served.program(Role.EDITOR)
    path = f"/conversations/{await served.hears('hi')}/notes"
    made = await bia.post(path, {"content": " Wants the <big> one. ", "mentions": [caio.user_id, "nobody"]})
    assert (made.status, made.body["type"], made.body["content"]) == (201, "PUBLIC", "Wants the <big> one.")
    assert (made.body["author"]["id"], [each["id"] for each in made.body["mentions"]]) == (bia.user_id, [caio.user_id])
    one = f"/notes/{made.body['id']}"
    assert (await caio.get(one)).body == made.body
    assert [each["contact_id"] for each in (await caio.get("/conversations?list=mentioned")).body["data"]] == [
        made.body["contact_id"]
    ]

    for refused in (await caio.ask("PATCH", one, json={"content": "Hm."}), await caio.ask("DELETE", one)):
        assert (refused.status, refused.body["code"]) == (422, "not_author")
    served.doors.people.clock.advance(seconds=1)
    changed = (await bia.ask("PATCH", one, json={"content": "The small one."})).body
    assert (changed["content"], changed["mentions"]) == ("The small one.", made.body["mentions"])
    assert changed["updated_at"] > changed["created_at"]
    unnamed = (await bia.ask("PATCH", one, json={"mentions": []})).body
    assert (unnamed["content"], unnamed["mentions"]) == ("The small one.", [])
    other = (await caio.post(path, {"content": "Noted."})).body["id"]
    page = (await bia.get(f"{path}?limit=1")).body
    rest = (await bia.get(f"{path}?limit=1&cursor={page['next']}")).body
    assert ([each["id"] for each in page["data"]], [each["id"] for each in rest["data"]]) == ([other], [changed["id"]])
    assert rest["next"] is None
    assert (await bia.ask("DELETE", one)).status == 204
    assert (await bia.get(one)).problem == "not_found"
    done = [each.action for each in await served.doors.people.told() if each.token_id == bia.token_id]
    assert done[::-1] == ["note.add", "note.change", "note.change", "note.delete"]


async def test_a_private_note_is_there_for_its_author_alone(served: Served) -> None:
    bia, admin = await served.program(Role.EDITOR), await served.program(Role.ADMIN)
    path = f"/conversations/{await served.hears('hi')}/notes"
    asked = {"content": "Owes me one.", "type": "PRIVATE", "mentions": [admin.user_id]}
    note = (await bia.post(path, asked)).body
    assert (note["type"], note["mentions"]) == ("PRIVATE", [])
    one = f"/notes/{note['id']}"
    assert ((await bia.get(one)).body, (await bia.get(path)).body["data"]) == (note, [note])
    assert (await admin.get(path)).body["data"] == []
    for told in (
        await admin.get(one),
        await admin.ask("PATCH", one, json={"content": "Hm."}),
        await admin.ask("DELETE", one),
    ):
        assert told.problem == "not_found"
    assert (await admin.get("/conversations?list=mentioned")).body["data"] == []
    assert (await bia.ask("PATCH", one, json={"content": "Paid."})).body["type"] == "PRIVATE"


async def test_a_note_is_written_once_for_a_key_and_over_what_was_read(served: Served) -> None:
    bia = await served.program(Role.EDITOR)
    path = f"/conversations/{await served.hears('hi')}/notes"
    key = {"Idempotency-Key": "call 7"}
    told = [await bia.post(path, {"content": "Called."}, headers=key) for _ in range(2)]
    assert (told[0].body, told[1].headers["Idempotency-Replayed"]) == (told[1].body, "true")
    assert len((await bia.get(path)).body["data"]) == 1
    one = f"/notes/{told[0].body['id']}"
    tag = {"If-Match": (await bia.get(one)).headers["ETag"]}
    both = await asyncio.gather(
        *(bia.ask("PATCH", one, json={"content": each}, headers=tag) for each in ("one", "two"))
    )
    assert sorted(each.status for each in both) == [200, 412]
    won = next(each for each in both if each.status == 200)
    assert (await bia.get(one)).body == won.body


async def test_words_of_the_greatest_length_are_taken_however_they_are_escaped(served: Served) -> None:
    bia = await served.program(Role.EDITOR)
    ana, words = await served.hears("hi"), "\U0001f35e" * MAX_TEXT
    for path in (f"/conversations/{ana}/notes", f"/conversations/{ana}/replies", "/messages"):
        body = {"content": words} if path.endswith("notes") else {"text": words}
        said = await bia.post(path, body | ({"contact_id": ana, "purpose": "notice"} if path == "/messages" else {}))
        assert said.problem not in {"too_large", "invalid"}, path
        assert said.status == 201 or said.body["code"] == "too_long", path
    assert (await bia.get(f"/conversations/{ana}/notes")).body["data"][0]["content"] == words
    too_many = await bia.post(f"/conversations/{ana}/notes", {"content": words + "."})
    assert (too_many.problem, too_many.body["errors"][0]["pointer"]) == ("invalid", "/content")


async def test_a_note_that_cannot_be_says_why(served: Served) -> None:
    bia, viewer = await served.program(Role.EDITOR), await served.program(Role.VIEWER)
    ana = await served.hears("hi")
    path = f"/conversations/{ana}/notes"
    blank = await bia.post(path, {"content": " "})
    assert (blank.problem, blank.body["errors"][0]["pointer"]) == ("refused", "/content")
    assert (await bia.post(path, {"content": ""})).problem == "invalid"
    assert (await bia.post(path, {"content": "x", "type": "SECRET"})).problem == "invalid"
    assert (await viewer.post(path, {"content": "x"})).problem == "forbidden"
    assert (await bia.post("/conversations/nobody/notes", {"content": "x"})).problem == "not_found"
    assert (await bia.get("/conversations/nobody/notes")).problem == "not_found"
    assert (await viewer.get(path)).body["data"] == []
