"""What happens in the inbox is told to those who ask for it, and to nobody else; a private note to nobody at all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.listeners import LISTENERS
from bot.conversations.service import merge, undo_merge
from bot.db.faults import is_contention
from bot.endpoints.events import hearing
from bot.endpoints.kinds import EventKind
from bot.inbox import service as inbox
from bot.inbox.service import NoteType
from bot.jobs.service import Jobs
from bot.listeners.service import HANDLERS, listening
from tests.support.bot import running_bot
from tests.support.endpoints import add_row, told
from tests.support.inbox import BUNDLE, RUI, Agent, Office

KINDS = tuple(each for each in EventKind if each.startswith("conversation."))


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with running_bot(listening(engine, LISTENERS), BUNDLE) as bot:
        yield Office(bot)


def in_short(payloads: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Of each event its type, how the conversation stands, and who has it."""
    return [
        (
            each["type"].removeprefix("conversation."),
            each["data"]["conversation"]["status"],
            (each["data"]["conversation"]["assignee"] or {}).get("name"),
        )
        for each in payloads
    ]


async def test_a_conversation_is_told_as_it_opens_changes_hands_and_is_resolved(office: Office) -> None:
    endpoint = await add_row(office.bot.engine, *KINDS)
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    await office.writes("are you open")
    ana = await office.writes("help")
    await office.assign(bia, ana)
    await office.assign(caio, ana, by=bia, instead_of=bia.id)
    # It is hers no longer, so that nothing comes of this.
    await office.assign(bia, ana)
    async with office.bot.engine.begin() as connection:
        await inbox.unassign(connection, [ana], bia.by, office.now, user_id=caio.id)
    await office.assign(caio, ana)
    await office.resolve(bia, ana)
    office.bot.clock.advance(hours=1)
    await office.writes("one more thing")

    payloads = await told(office.bot.engine, endpoint)
    assert in_short(payloads) == [
        ("opened", "open", None),
        ("assigned", "open", "Bia"),
        ("assigned", "open", "Caio"),
        ("assigned", "open", None),
        ("assigned", "open", "Caio"),
        ("resolved", "resolved", "Caio"),
        ("opened", "open", "Caio"),
    ]
    opened, first, second, released, _again, resolved, reopened = (each["data"] for each in payloads)
    assert (opened["contact"]["id"], opened["contact"]["responder"]) == (ana, "human")
    assert (opened["conversation"]["responder"], opened["conversation"]["channel"]) == ("human", "whatsapp")
    who = {"assignee": {"id": bia.id, "name": "Bia"}, "instead_of": None, "by": {"id": bia.id, "name": "Bia"}}
    assert first["assignment"] == {"contact_id": ana, **who, "at": payloads[1]["timestamp"]}
    assert (second["assignment"]["instead_of"]["id"], second["assignment"]["by"]["id"]) == (bia.id, bia.id)
    assert (released["assignment"]["assignee"], released["assignment"]["instead_of"]["id"]) == (None, caio.id)
    assert (resolved["conversation"]["resolved_by"], resolved["contact"]["responder"]) == (bia.id, "bot")
    assert (reopened["conversation"]["reopened"], reopened["conversation"]["resolved_at"]) == (1, None)


async def test_who_takes_a_conversation_from_the_bot_is_told_to_have_opened_it_and_to_have_it(office: Office) -> None:
    endpoint = await add_row(office.bot.engine, *KINDS)
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    await office.assign(bia, ana)
    await office.resolve(bia, ana)
    await office.reopen(bia, ana)

    payloads = await told(office.bot.engine, endpoint)
    assert [each[0] for each in in_short(payloads)] == ["opened", "assigned", "resolved", "opened"]
    assert payloads[0]["data"]["contact"]["responder"] == "human"
    assert payloads[-1]["data"]["conversation"]["assignee"]["name"] == "Bia"


async def test_of_two_who_take_a_conversation_at_once_one_is_told_to_have_it(office: Office) -> None:
    endpoint = await add_row(office.bot.engine, "conversation.assigned")
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    outcomes = await asyncio.gather(office.assign(bia, ana), office.assign(caio, ana))

    winner = bia if outcomes[0].done else caio
    (payload,) = await told(office.bot.engine, endpoint)
    assert payload["data"]["assignment"]["assignee"]["id"] == await office.assignee(ana) == winner.id


async def test_the_teams_notes_are_told_and_private_ones_never(office: Office) -> None:
    endpoint = await add_row(office.bot.engine, *KINDS)
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("are you open")
    for type_ in (NoteType.PRIVATE, NoteType.PUBLIC):
        async with office.bot.engine.begin() as connection:
            note = await inbox.add_note(
                connection, ana, "She pays late.", type_, bia.by, office.now, mentions=[caio.id]
            )
        async with office.bot.engine.begin() as connection:
            await inbox.change_note(connection, note.id, "She paid.", bia.by, office.now)
        async with office.bot.engine.begin() as connection:
            await inbox.delete_note(connection, note.id, bia.by, office.now)

    payloads = await told(office.bot.engine, endpoint)
    assert {each["type"] for each in payloads} == {"conversation.note"}
    written, changed, deleted = (each["data"]["note"] for each in payloads)
    assert written == {
        "id": note.id,
        "contact_id": ana,
        "change": "written",
        "author": {"id": bia.id, "name": "Bia"},
        "content": "She pays late.",
        "mentions": [{"id": caio.id, "name": "Caio"}],
        "at": payloads[0]["timestamp"],
    }
    assert (changed["change"], changed["content"], changed["mentions"]) == ("changed", "She paid.", [])
    assert (deleted["change"], deleted["content"], deleted["author"]["name"]) == ("deleted", None, "Bia")
    assert payloads[0]["data"]["contact"]["id"] == ana


async def test_what_is_told_late_is_told_as_it_stood(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = await add_row(office.bot.engine, *KINDS)
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("are you open")

    async def fails(*_: object) -> list[str]:
        raise RuntimeError

    monkeypatch.setattr(hearing, "write", fails)
    await office.assign(bia, ana)
    async with office.bot.engine.begin() as connection:
        note = await inbox.add_note(connection, ana, "Gone soon.", NoteType.PUBLIC, bia.by, office.now)
    monkeypatch.undo()
    await office.assign(caio, ana, instead_of=bia.id)
    await office.resolve(caio, ana)
    async with office.bot.engine.begin() as connection:
        await inbox.delete_note(connection, note.id, bia.by, office.now)
    worker = Jobs(office.bot.engine, "one", HANDLERS, None)
    while await worker.run_next():
        pass

    payloads = await told(office.bot.engine, endpoint)
    late = [each for each in payloads[3:] if each["type"] != "conversation.note"]
    assert in_short(late[:1]) == [("opened", "open", "Caio")]
    assert late[1]["data"]["assignment"]["assignee"]["name"] == "Bia"
    notes = [each["data"]["note"]["change"] for each in payloads if each["type"] == "conversation.note"]
    assert notes == ["deleted"], "what it said is gone"


async def test_merging_is_told_and_that_who_goes_on_is_a_persons_now(office: Office) -> None:
    endpoint = await add_row(office.bot.engine, "contact.merged", "contact.unmerged", *KINDS)
    bia = await office.agent("Bia")
    kept, merged = await office.writes("are you open"), await office.writes("help", RUI)
    await office.assign(bia, merged)
    async with office.bot.engine.begin() as connection:
        done = await merge(connection, kept, merged, bia.by, office.now)
    async with office.bot.engine.begin() as connection:
        await undo_merge(connection, done.id, bia.by, office.now)

    payloads = (await told(office.bot.engine, endpoint))[2:]
    (merge_,) = [each["data"]["merge"] for each in payloads if each["type"] == "contact.merged"]
    assert (merge_["id"], merge_["kept_id"], merge_["merged_id"], merge_["user_id"]) == (done.id, kept, merged, bia.id)
    stood = [each for each in payloads if each["type"].startswith("conversation.")]
    whose = [each["data"]["conversation"]["contact_id"] for each in stood]
    first, then = in_short(stood[:2]), in_short(stood[2:])
    assert (first, whose[:2]) == ([("opened", "open", "Bia"), ("assigned", "open", "Bia")], [kept, kept])
    assert (then[0][:2], whose[2]) == (("resolved", "resolved"), kept)
    assert (then[1:], whose[3:]) == ([("opened", "open", "Bia"), ("assigned", "open", "Bia")], [merged, merged])


async def test_a_conversation_that_was_put_off_goes_over_as_such(office: Office) -> None:
    endpoint = await add_row(office.bot.engine, "conversation.opened")
    bia = await office.agent("Bia")
    kept, merged = await office.writes("are you open"), await office.writes("help", RUI)
    await office.snooze(bia, office.now + timedelta(days=1), merged)
    async with office.bot.engine.begin() as connection:
        await merge(connection, kept, merged, bia.by, office.now)

    _first, payload = await told(office.bot.engine, endpoint)
    conversation = payload["data"]["conversation"]
    assert (conversation["contact_id"], conversation["status"]) == (kept, "snoozed")
    assert conversation["snoozed_until"] is not None


@pytest.mark.parametrize("kinds", [("contact.merged",), KINDS], ids=["nobody", "somebody"])
async def test_the_bots_turns_pay_nothing_for_it(office: Office, kinds: tuple[str, ...]) -> None:
    await add_row(office.bot.engine, *kinds)
    await office.writes("are you open")
    statements: list[str] = []
    event.listen(office.bot.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    await office.writes("are you open")

    # One look of those who hear of turns, as before there was an inbox.
    assert len([each for each in statements if "endpoint" in each]) == 1
    assert not [each for each in statements if "inbox_" in each or "SAVEPOINT" in each]


async def test_where_nobody_asks_a_conversation_that_changes_hands_costs_a_look_each(office: Office) -> None:
    await add_row(office.bot.engine, "contact.merged")
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    statements: list[str] = []
    event.listen(office.bot.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    await office.assign(bia, ana)

    looks = [each for each in statements if "endpoint" in each]
    assert len(looks) == 4, "what the bot had queued, that a person has it, that it is open, and who has it"
    assert all(each.startswith("SELECT") for each in looks)


async def as_told(office: Office, endpoint_id: str) -> dict[str, tuple[str, str | None]]:
    """How conversations stand and who has them, by contact's id, to somebody who knows no more than the events."""
    stood = {}
    for payload in await told(office.bot.engine, endpoint_id):
        conversation = payload["data"]["conversation"]
        assignee = conversation["assignee"] or {}
        stood[conversation["contact_id"]] = (conversation["status"], assignee.get("id"))
    return stood


async def something(office: Office, agent: Agent, which: int, other: Agent, whose: list[str]) -> None:
    """One of four things that somebody does with conversations."""
    match which:
        case 0:
            await office.assign(agent, *whose, instead_of=other.id)
        case 1:
            await office.resolve(agent, *whose)
        case 2:
            await office.reopen(agent, *whose)
        case _:
            async with office.bot.engine.begin() as connection:
                await inbox.unassign(connection, whose, agent.by, office.now, user_id=other.id)


async def in_the_end(*given: Any) -> None:
    """Once more, where somebody else held a contact for longer than is waited for."""
    while True:
        try:
            return await something(*given)
        except DBAPIError as error:
            if not is_contention(error):
                raise


async def test_what_is_told_of_people_who_do_things_at_once_is_how_the_conversations_stand(office: Office) -> None:
    endpoint = await add_row(office.bot.engine, *KINDS)
    agents = [await office.agent(name) for name in ("Bia", "Caio", "Davi")]
    ids = [await office.writes("help", f"+55119999900{number:02}") for number in range(3)]
    chance = Random(19)  # noqa: S311 - which ones is no secret

    for _ in range(8):
        asked = [(each, chance.randrange(4), chance.choice(agents), chance.sample(ids, 2)) for each in agents]
        await asyncio.gather(*(in_the_end(office, *each) for each in asked))
        assert await as_told(office, endpoint) == {
            each: ((await office.conversation(each)).status, await office.assignee(each)) for each in ids
        }
