"""Systems hear what happened within the same transaction, and none of them keeps it from happening."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import InterfaceError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.models import Contact
from bot.core.events import HandedBack, HandedOff, News
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Jobs
from bot.listeners.service import HANDLERS, KINDS, Hear, Listener, hears, listening, tell
from tests.support.news import EACH_KIND, NOON, Clumsy, Ears
from tests.support.rows import add_person

BACK = HandedBack(contact_id="c1", reason="resumed", user_id="", at=NOON)


def jobs_on(engine: AsyncEngine) -> Jobs[None]:
    return Jobs(engine, "one", HANDLERS, None)


def _note(statements: list[str], *given: Any) -> None:
    statements.append(given[2])


async def count(engine: AsyncEngine, model: type[Any]) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(model)) or 0


async def test_values_are_told_to_each_listener_of_their_kind_at_once(engine: AsyncEngine) -> None:
    one, two, other = Ears(), Ears(), Ears()
    heard = listening(
        engine, {HandedBack: [Listener("one", one), Listener("two", two)], HandedOff: [Listener("o", other)]}
    )
    async with heard.begin() as connection:
        await tell(connection, [BACK, BACK], NOON)
        await tell(connection, [], NOON)

    assert one.batches == two.batches == [[BACK, BACK]]
    assert other.batches == []


async def test_one_that_wants_none_of_the_values_costs_no_savepoint(engine: AsyncEngine) -> None:
    ears = Ears()

    async def wants(_connection: AsyncConnection, values: Sequence[News]) -> Hear | None:
        return None if BACK in values else ears

    heard = listening(engine, {kind: [Listener("ears", ears, wants)] for kind in (HandedBack, HandedOff)})
    off = EACH_KIND[3]
    async with heard.begin() as connection:
        statements: list[str] = []
        event.listen(connection.sync_connection, "before_cursor_execute", partial(_note, statements))
        await tell(connection, [BACK], NOON)
        assert statements == []
        await tell(connection, [off], NOON)

    assert ears.batches == [[off]]


async def test_without_a_listener_nothing_is_done(engine: AsyncEngine) -> None:
    for plain in (engine, listening(engine, {}), listening(engine, {HandedBack: []})):
        async with plain.begin() as connection:
            statements: list[str] = []
            event.listen(connection.sync_connection, "before_cursor_execute", partial(_note, statements))
            assert not any(hears(connection, kind) for kind in KINDS.values())
            await tell(connection, [BACK], NOON)
            assert statements == []


@pytest.mark.parametrize("error", [ValueError("clumsy"), TimeoutError(), FileNotFoundError("book")])
async def test_what_a_failing_listener_did_is_undone_and_the_rest_stands(engine: AsyncEngine, error: Exception) -> None:
    clumsy, ears = Clumsy(times=1, error=error), Ears()
    heard = listening(engine, {HandedBack: [Listener("clumsy", clumsy), Listener("ears", ears)]})
    async with heard.begin() as connection:
        await add_person(connection, "+100")
        await tell(connection, [BACK], NOON)
        await add_person(connection, "+101")

    assert ears.batches == [[BACK]]
    assert await count(engine, Contact) == 2
    assert await jobs_on(heard).run_next()
    assert clumsy.heard == [BACK]
    assert ears.batches == [[BACK]], "the other one has heard it"
    assert await count(engine, Contact) == 3
    assert not await jobs_on(heard).run_next()


async def test_a_listener_that_asks_the_database_for_what_is_not_there_is_told_again(engine: AsyncEngine) -> None:
    async def misspelt(connection: AsyncConnection, _values: Sequence[News], _now: datetime) -> None:
        await connection.execute(text("SELECT nothing FROM nowhere"))

    heard = listening(engine, {HandedBack: [Listener("misspelt", misspelt)]})
    async with heard.begin() as connection:
        await tell(connection, [BACK], NOON)
        await add_person(connection, "+100")

    assert await count(engine, Contact) == 1
    assert await count(engine, ScheduledJob) == 1


async def test_it_is_tried_again_until_it_is_taken(engine: AsyncEngine) -> None:
    clumsy = Clumsy(times=3)
    heard = listening(engine, {HandedBack: [Listener("clumsy", clumsy)]})
    async with heard.begin() as connection:
        await tell(connection, [BACK], NOON)

    for _ in range(3):
        assert await jobs_on(heard).run_next()
        async with engine.begin() as connection:
            await connection.execute(update(ScheduledJob).values(scheduled_at=NOON))

    assert clumsy.heard == [BACK]
    assert await count(engine, Contact) == 1


async def test_what_is_rolled_back_was_never_told_again(engine: AsyncEngine) -> None:
    heard = listening(engine, {HandedBack: [Listener("clumsy", Clumsy(times=1))]})
    async with heard.connect() as connection:
        await tell(connection, [BACK], NOON)
        await connection.rollback()

    assert await count(engine, ScheduledJob) == 0


async def test_a_job_whose_listener_is_gone_fails_visibly(engine: AsyncEngine) -> None:
    heard = listening(engine, {HandedBack: [Listener("clumsy", Clumsy(times=1))]})
    async with heard.begin() as connection:
        await tell(connection, [BACK], NOON)

    assert await jobs_on(engine).run_next()

    async with engine.connect() as connection:
        job = (await connection.execute(select(ScheduledJob.status, ScheduledJob.error))).one()
    assert job == ("pending", "UnknownListenerError: nobody of the name clumsy hears HandedBack")


async def test_a_database_that_goes_away_is_no_listeners_fault(engine: AsyncEngine) -> None:
    away = Clumsy(times=1, error=InterfaceError("", {}, Exception("closed")))
    heard = listening(engine, {HandedBack: [Listener("away", away)]})
    with pytest.raises(InterfaceError):
        async with heard.begin() as connection:
            await tell(connection, [BACK], NOON)

    assert await count(engine, ScheduledJob) == 0


@pytest.mark.parametrize("value", EACH_KIND, ids=lambda each: type(each).__name__)
async def test_every_kind_waits_as_a_job_and_comes_back_as_it_was(engine: AsyncEngine, value: News) -> None:
    clumsy = Clumsy(times=1)
    heard = listening(engine, {type(value): [Listener("clumsy", clumsy)]})
    async with heard.begin() as connection:
        await tell(connection, [value, value], NOON)

    assert await jobs_on(heard).run_next()

    assert clumsy.heard == [value, value]


def test_there_is_a_value_of_each_kind() -> None:
    assert {type(each) for each in EACH_KIND} == set(KINDS.values())


def test_two_listeners_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="HandedBack"):
        listening(None, {HandedBack: [Listener("one", Ears()), Listener("one", Ears())]})  # type: ignore[arg-type]
