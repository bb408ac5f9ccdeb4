"""Conversations that the bot has and no person, as a list."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.inbox.pending import queries
from bot.inbox.service import PendingFilter, PendingPage, PendingPlace
from tests.support.inbox import RUI, Agent, Office, office_on

ALL = PendingFilter()
LIA = "+5511999990003"


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def pending(
    office: Office, agent: Agent, wanted: PendingFilter = ALL, limit: int = 20, after: PendingPlace | None = None
) -> PendingPage:
    async with reading(office.bot.engine) as connection:
        return await inbox.list_pending(connection, wanted, agent.id, office.now, limit, after)


def ids(page: PendingPage) -> list[str]:
    return [of.contact_id for _place, of in page.placed]


async def test_whom_the_bot_answers_stands_there_who_wrote_last_first_until_a_person_has_them(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("are you open"), await office.writes("are you open", RUI)
    lia = await office.writes("help", LIA)
    office.bot.clock.advance(minutes=1)
    await office.writes("thanks")
    assert ids(await pending(office, bia)) == [ana, rui]
    await office.assign(bia, rui)
    assert ids(await pending(office, bia)) == [ana]
    await office.resolve(bia, rui, lia)
    assert ids(await pending(office, bia)) == [ana, lia, rui]


async def test_it_is_narrowed_by_label_and_by_where_they_wrote(office: Office) -> None:
    bia, ana = await office.agent("Bia"), await office.writes("are you open")
    await office.writes("are you open", RUI)
    async with office.bot.engine.begin() as connection:
        label = await inbox.add_label(connection, "Bakery", "red", bia.by, office.now)
        await inbox.label(connection, [ana], label.id, bia.by, office.now, has=True)
    assert ids(await pending(office, bia, PendingFilter(labels=[label.id]))) == [ana]
    assert ids(await pending(office, bia, PendingFilter(labels=[label.id], channels=["sms"]))) == []
    assert len(ids(await pending(office, bia, PendingFilter(channels=["whatsapp"])))) == 2


async def test_a_look_ends_after_so_many_messages_and_goes_on_from_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    for number in range(7):
        office.bot.clock.advance(seconds=1)
        await office.writes(f"{number} are you open", RUI)
    monkeypatch.setattr(queries, "LOOKED_AT", 3)
    first = await pending(office, bia)
    assert (len(ids(first)), first.further is None) == (1, False)
    found, further = ids(first), first.further
    while further is not None:
        page = await pending(office, bia, after=further)
        found, further = found + ids(page), page.further
    assert found[-1] == ana
    assert len(found) == 2
