"""What people of ours are told outside of the pages: what they have not seen, once in some minutes, while it is so."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.core.actors import SYSTEM
from bot.core.notice_kinds import NoticeKind
from bot.inbox import service as inbox
from bot.inbox.kinds import NoteType, PresenceStatus
from bot.inbox.notifying.collecting import COLLECTED_FOR, NOTIFY
from bot.inbox.notifying.telling import MOST_TOLD
from bot.notices.models import Notice
from bot.users.service import change_notices
from tests.support.inbox import RUI, Agent, Office, office_on

URL = {"BOT_PUBLIC_URL": "https://bot.example.com"}
ALL = frozenset(NoticeKind)


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def wants(office: Office, agent: Agent, *addresses: str, kinds: frozenset[NoticeKind] = ALL) -> None:
    async with office.bot.engine.begin() as connection:
        await change_notices(connection, agent.id, addresses, kinds, agent.by, office.now)


async def later(office: Office) -> list[tuple[str, str, str]]:
    """The stretch ends, and those jobs have their turn; gives address, subject and words of what was queued."""
    office.bot.clock.advance(seconds=(COLLECTED_FOR + timedelta(minutes=1)).total_seconds())
    await office.runs(NOTIFY, URL)
    async with office.bot.engine.connect() as connection:
        statement = select(Notice.address, Notice.subject, Notice.content).order_by(Notice.created_at, Notice.id)
        return [(address, subject, said) for address, subject, said in await connection.execute(statement)]


async def named(office: Office, contact_id: str, name: str) -> None:
    async with office.bot.engine.begin() as connection:
        await connection.execute(update(Contact).where(Contact.id == contact_id).values(name=name))


async def note(office: Office, by: Agent, contact_id: str, text: str, *names: Agent) -> str:
    async with office.bot.engine.begin() as connection:
        ids = [each.id for each in names]
        made = await inbox.add_note(connection, contact_id, text, NoteType.PUBLIC, by.by, office.now, mentions=ids)
    return made.id


async def test_what_comes_within_some_minutes_is_one_mail_with_links(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    await wants(office, bia, "bia@example.com", "+5511988887777")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    await named(office, rui, "")
    await office.assign(bia, ana, rui, by=caio)
    office.bot.clock.advance(seconds=1)
    await office.writes("hello?")
    await note(office, caio, rui, "@Bia do you know him?", bia)

    told = await later(office)

    mail, text = sorted(told, key=lambda each: "@" not in each[0])
    assert mail[:2] == ("bia@example.com", "Recado: 2 conversations want you")
    assert mail[2].split("\n\n") == [
        f"Ana: Caio gave you the conversation\nAna wrote to you\nhttps://bot.example.com/inbox/{ana}",
        f"{RUI}: Caio gave you the conversation\n{RUI}: Caio named you in a note\nhttps://bot.example.com/inbox/{rui}",
        "You chose in your account what you are told, and where.",
    ]
    assert text == ("+5511988887777", mail[1], "Recado: 2 conversations want you https://bot.example.com/inbox")
    assert await later(office) == told


async def test_what_was_seen_or_is_not_so_any_more_is_not_told(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    await wants(office, bia, "bia@example.com")
    read, looked, taken, waits = [await office.writes("help", f"+551199990000{number}") for number in range(4)]
    await office.assign(bia, read, looked, taken, by=caio)
    await office.assign(caio, waits)
    office.bot.clock.advance(seconds=5)
    seq = (await office.contact(read)).seq
    async with office.bot.engine.begin() as connection:
        await inbox.mark_read(connection, read, bia.id, seq, office.now)
        await inbox.arrive(connection, looked, bia.id, PresenceStatus.VIEWING, office.now)
    await office.assign(caio, taken, instead_of=bia.id)

    assert await later(office) == []


async def test_nobody_is_told_what_they_did_themselves_did_not_choose_or_may_not_read(office: Office) -> None:
    bia, caio, dora = [await office.agent(name) for name in ("Bia", "Caio", "Dora")]
    await wants(office, bia, "bia@example.com", kinds=frozenset({NoticeKind.MENTIONED}))
    await wants(office, caio, "caio@example.com", kinds=ALL - {NoticeKind.WAITING})
    await wants(office, dora, "dora@example.com", kinds=ALL)
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    await office.assign(caio, ana)
    await office.assign(bia, rui, by=caio)
    await note(office, caio, ana, "mine", caio)
    await office.leaves(dora)

    assert await later(office) == []


async def test_who_waits_and_is_nobodys_is_told_to_who_asked_for_that(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    await wants(office, bia, "bia@example.com")
    await wants(office, caio, "caio@example.com", kinds=ALL - {NoticeKind.WAITING})
    await office.writes("help")

    assert [each[:2] for each in await later(office)] == [
        ("bia@example.com", "Ana waits, and nobody has the conversation")
    ]


async def test_names_steer_nothing_and_a_program_is_called_one(office: Office) -> None:
    bia = await office.agent("Bia")
    await wants(office, bia, "bia@example.com")
    contact_id = await office.writes("help")
    await named(office, contact_id, "Eve\u202e\r\nBcc: x@example.com " + "x" * 200)
    await office.assign(bia, contact_id, by=Agent(bia.id, SYSTEM))

    ((_address, subject, _words),) = await later(office)

    assert subject.startswith("Eve\\u202e  Bcc: x@example.com xxx")
    assert subject.endswith("…: A program gave you the conversation")
    assert "\n" not in subject


async def test_of_very_many_a_mail_names_some_and_counts_the_rest(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    await wants(office, bia, "bia@example.com", kinds=frozenset({NoticeKind.ASSIGNED}))
    ids = [await office.writes("help", f"+55119999{number:05}") for number in range(MOST_TOLD + 2)]
    await office.assign(bia, *ids, by=caio)

    ((_address, subject, words),) = await later(office)

    assert (subject, words.count("/inbox/")) == (f"Recado: {len(ids)} conversations want you", MOST_TOLD)
    assert "And 2 more conversations." in words


async def test_a_note_that_is_written_anew_tells_those_alone_whom_it_did_not_name(office: Office) -> None:
    bia, caio, dora = [await office.agent(name) for name in ("Bia", "Caio", "Dora")]
    for agent, address in ((bia, "bia@example.com"), (dora, "dora@example.com")):
        await wants(office, agent, address, kinds=frozenset({NoticeKind.MENTIONED}))
    contact_id = await office.writes("help")
    note_id = await note(office, caio, contact_id, "@Bia look", bia)
    first = await later(office)
    async with office.bot.engine.begin() as connection:
        anew = [bia.id, dora.id]
        await inbox.change_note(connection, note_id, "@Bia @Dora look", caio.by, office.now, mentions=anew)

    assert [each[:2] for each in first] == [("bia@example.com", "Ana: Caio named you in a note")]
    assert [each[:2] for each in await later(office)][1:] == [("dora@example.com", "Ana: Caio named you in a note")]
