import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.hints import MAX_IDS, Hints, Topic
from bot.db.engine import create_engine
from bot.db.hub import Ear, Hub, hint
from tests.support.waiting import eventually

_PATIENCE = 10.0
_LOSE_THEM = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recado hints'"


@asynccontextmanager
async def _process(url: str) -> AsyncIterator[tuple[Hub, AsyncEngine]]:
    """A process's hub, and its engine."""
    engine = create_engine(url)
    hub = Hub(engine)
    running = asyncio.create_task(hub.run()) if engine.dialect.name != "sqlite" else None
    yield hub, hub.attach(engine)
    if running is not None:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    await engine.dispose()


async def _changed(engine: AsyncEngine, topic: Topic, *ids: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SELECT 1"))
        hint(connection, topic, ids)


async def _all_heard(ear: Ear) -> Hints:
    """The next that is heard beside that anything may have changed, which is heard once a hub is connected."""
    while (hints := await ear.next(_PATIENCE)).ids == Hints.everything().ids:
        pass
    return hints


async def test_who_listens_hears_what_was_committed_once_for_all_that_comes_together(database_url: str) -> None:
    async with _process(database_url) as (hub, engine):
        with hub.listening() as ear:
            await _changed(engine, Topic.MESSAGES, "ana")
            await _changed(engine, Topic.MESSAGES, "bia")
            await _changed(engine, Topic.JOBS, "one")

            assert _told(await _all_heard(ear)) == {"messages": ["ana", "bia"], "jobs": ["one"]}


async def test_nothing_is_gathered_while_nobody_listens(database_url: str) -> None:
    async with _process(database_url) as (hub, engine):
        ids = iter(["ana"])

        async with engine.begin() as connection:
            hint(connection, Topic.MESSAGES, ids)

        assert not hub.is_heard
        assert next(ids, "") == "ana"


async def test_nothing_is_heard_before_the_commit(database_url: str) -> None:
    async with _process(database_url) as (hub, engine):
        with hub.listening() as ear:
            async with engine.begin() as connection:
                hint(connection, Topic.CONTACTS, ["ana"])
                while (await ear.next(0.15)).ids:
                    pass

            assert _told(await _all_heard(ear)) == {"contacts": ["ana"]}


async def test_an_ear_that_does_not_listen_keeps_no_more_than_many(sqlite_url: str) -> None:
    async with _process(sqlite_url) as (hub, engine):
        with hub.listening() as ear:
            for _ in range(3):
                await _changed(engine, Topic.MESSAGES, *map(str, range(MAX_IDS + 1)))

            assert _told(await ear.next(_PATIENCE)) == {"messages": None}


async def test_a_closed_hub_keeps_nobody_listening(sqlite_url: str) -> None:
    async with _process(sqlite_url) as (hub, _engine):
        with hub.listening() as ear:
            hub.close()
            assert not (await ear.next(_PATIENCE)).ids
            assert ear.is_closed
        with hub.listening() as late:
            assert late.is_closed


async def test_another_process_hears_it_too(postgres_url: str) -> None:
    async with _process(postgres_url) as (one, engine), _process(postgres_url) as (other, _):
        with other.listening() as ear:
            await _hears_of_others(one)
            await _changed(engine, Topic.MESSAGES, "ana")

            assert _told(await _all_heard(ear)) == {"messages": ["ana"]}


async def test_more_than_fits_into_one_notice_is_many_elsewhere(postgres_url: str) -> None:
    async with _process(postgres_url) as (one, engine), _process(postgres_url) as (other, _):
        with other.listening() as ear:
            await _hears_of_others(one)
            for topic in (Topic.MESSAGES, Topic.CONTACTS):
                await _changed(engine, topic, *(f"c{number:024}" for number in range(MAX_IDS)))

            heard = (await _all_heard(ear)).ids
            assert sorted(ids is None for ids in heard.values()) == [False, True]


async def test_who_lost_the_database_hears_that_anything_may_have_changed_and_goes_on(postgres_url: str) -> None:
    async with _process(postgres_url) as (one, engine), _process(postgres_url) as (other, _):
        with other.listening() as ear:
            await _hears_of_others(one)
            while (await ear.next(0.2)).ids:
                pass

            async with engine.begin() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recado hints'"
                    )
                )

            assert (await ear.next(_PATIENCE)).ids == Hints.everything().ids

            async def heard() -> bool:
                await _changed(engine, Topic.MESSAGES, "ana")
                return _told(await ear.next(0.5)) == {"messages": ["ana"]}

            await eventually(heard)


def _told(hints: Hints) -> dict[str, list[str] | None]:
    return {topic: ids if ids is None else sorted(ids) for topic, ids in hints.ids.items()}


async def _hears_of_others(hub: Hub) -> None:
    async def heard() -> bool:
        return hub.is_heard

    await eventually(heard)
