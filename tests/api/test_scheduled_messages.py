"""What people wrote to go later, by the API: listed, changed, and taken back."""

import asyncio
from datetime import timedelta

from bot.conversations.service import Composed, SentByHand, Words, compose
from bot.conversations.views import INTAKE
from bot.core.actors import Actor
from bot.users.service import Role
from tests.support.programs import Program, Served

LATER = "2035-01-01T09:00:00Z"


async def later(served: Served, contact_id: str, program: Program, text: str) -> str:
    """Its owner writes something on a page that goes tomorrow; gives the message's id."""
    people = served.doors.people
    at = people.clock.now + timedelta(days=1)
    composed = Composed(contact_id=contact_id, say=Words(text), at=at)
    async with people.engine.begin() as connection:
        catalogue = served.doors.app[INTAKE].catalogue
        outcome = await compose(connection, catalogue, composed, Actor("Bia", program.user_id), people.clock.now)
    assert isinstance(outcome, SentByHand)
    return outcome.message_id


async def test_what_goes_later_is_listed_changed_and_taken_back(served: Served) -> None:
    bia, viewer = await served.program(Role.EDITOR), await served.program(Role.VIEWER)
    ana = await served.hears("hi")
    first, second = await later(served, ana, bia, "Soon."), await later(served, ana, bia, "Later.")
    listed = f"/contacts/{ana}/scheduled_messages"
    found = (await viewer.get(listed)).body["data"]
    assert [(each["id"], each["text"], each["user_id"]) for each in found] == [
        (first, "Soon.", bia.user_id),
        (second, "Later.", bia.user_id),
    ]
    changed = (await bia.ask("PATCH", f"/scheduled_messages/{first}", json={"text": "Never.", "at": LATER})).body
    assert (changed["id"], changed["text"], changed["at"], changed["parts"]) == (first, "Never.", LATER, [first])
    assert [each["id"] for each in (await viewer.get(listed)).body["data"]] == [second, first]
    assert (await bia.post(f"/scheduled_messages/{first}/cancel")).body == {"cancelled": True}
    assert (await bia.post(f"/scheduled_messages/{first}/cancel")).body == {"cancelled": False}
    late = await bia.ask("PATCH", f"/scheduled_messages/{first}", json={"at": LATER})
    assert (late.status, late.body["code"]) == (409, "too_late")
    for refused, code in (({"text": " "}, "no_words"), ({"text": "long " * 2000}, "too_long")):
        told = await bia.ask("PATCH", f"/scheduled_messages/{second}", json=refused)
        assert (told.status, told.body["code"], told.body["errors"][0]["pointer"]) == (422, code, "/text")
    assert (await bia.ask("PATCH", f"/scheduled_messages/{second}", json={})).problem == "invalid"
    assert (await viewer.post(f"/scheduled_messages/{second}/cancel")).problem == "forbidden"
    for method, path in (("PATCH", "/scheduled_messages/none"), ("POST", "/scheduled_messages/none/cancel")):
        body = {"at": LATER} if method == "PATCH" else None
        assert (await bia.ask(method, path, **({"json": body} if body else {}))).problem == "not_found"
    assert (await bia.get("/contacts/nobody/scheduled_messages")).problem == "not_found"


async def test_what_is_let_go_now_goes_now(served: Served) -> None:
    bia = await served.program(Role.EDITOR)
    ana = await served.hears("hi")
    id_ = await later(served, ana, bia, "Tomorrow.")
    told = (await bia.ask("PATCH", f"/scheduled_messages/{id_}", json={"at": "2020-01-01T09:00:00Z"})).body

    now = served.doors.people.clock.now
    assert told["at"] == now.isoformat().replace("+00:00", "Z")
    assert (await bia.get(f"/messages/{id_}")).body["scheduled_at"] == told["at"]


async def test_of_two_who_change_and_take_back_at_once_the_later_one_is_told(served: Served) -> None:
    bia = await served.program(Role.EDITOR)
    ana = await served.hears("hi")
    for number in range(4):
        id_ = await later(served, ana, bia, f"{number}")
        changed, cancelled = await asyncio.gather(
            bia.ask("PATCH", f"/scheduled_messages/{id_}", json={"text": "changed"}),
            bia.post(f"/scheduled_messages/{id_}/cancel"),
        )
        assert cancelled.body == {"cancelled": True}
        assert changed.status in {200, 409}
        message = (await bia.get(f"/messages/{id_}")).body
        assert (message["error"], message["text"]) == ("cancelled", "changed" if changed.status == 200 else f"{number}")
    assert (await bia.get(f"/contacts/{ana}/scheduled_messages")).body["data"] == []
