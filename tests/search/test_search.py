"""Search over what the follower has gathered, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts import service as contacts
from bot.contacts.directory import ContactCard
from bot.core.actors import SYSTEM
from bot.core.addresses import Address, AddressKind
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.jobs.service import Jobs, latest
from bot.messages.models import Message
from bot.search import building
from bot.search import follower as following
from bot.search.follower import Follower
from bot.search.service import HANDLERS, FoundMessage, search_contacts, search_messages
from tests.support.bot import Bot, Clock, message, running_bot

BUNDLE = """
bundle: cafe
locale: en
templates:
  hello: {content: Welcome to the bakery}
triggers:
  - {type: equals, pattern: hi, template: hello}
"""
ANA, BIA = "+5511999990001", "+5521988880002"
HOSTILE = (
    *("'", '"', "\\", "\x00", "NEAR(", "q:b", "* OR 1", "-x", "'':*", "💥", "\ud800", ") & !("),
    *("x" * 10_000, "q " * 5_000),
)


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


@pytest.fixture
async def follower(engine: AsyncEngine) -> Follower:
    made = Follower(engine)
    await made.catch_up()
    return made


async def _messages(engine: AsyncEngine, words: str, **options: object) -> list[FoundMessage]:
    async with engine.connect() as connection:
        return list((await search_messages(connection, words, **options)).messages)  # type: ignore[arg-type]  # as the test names them


async def _texts(engine: AsyncEngine, words: str) -> list[str]:
    return [each.message.content for each in await _messages(engine, words)]


async def _people(engine: AsyncEngine, words: str) -> list[str | None]:
    async with engine.connect() as connection:
        return [each.contact.name for each in (await search_contacts(connection, words)).contacts]


async def _card(engine: AsyncEngine, address: str) -> ContactCard:
    async with engine.connect() as connection:
        [card] = await contacts.find_contacts(connection, address)
        return card


async def _found(follower: Follower, *texts: str, bot: Bot) -> None:
    for each in texts:
        await bot.hears(message(each))
    await follower.catch_up()


async def test_messages_of_both_directions_are_found_by_beginnings_of_their_words(bot: Bot, follower: Follower) -> None:
    await _found(follower, "hi", "Quero PÃO francês", bot=bot)

    assert await _texts(bot.engine, "pao fra") == ["Quero PÃO francês"]
    assert await _texts(bot.engine, "BAKER") == ["Welcome to the bakery"]
    assert await _texts(bot.engine, "pao bakery") == []
    assert await _texts(bot.engine, "rancês") == []


async def test_marks_show_what_was_looked_for(bot: Bot, follower: Follower) -> None:
    await _found(follower, "Quero PÃO francês", bot=bot)

    [found] = await _messages(bot.engine, "pao")

    assert [found.message.content[start:end] for start, end in found.marks] == ["PÃO"]


async def test_pages_follow_one_another_from_the_newest_on(bot: Bot, follower: Follower) -> None:
    await _found(follower, *(f"cake number {number}" for number in range(5)), bot=bot)

    pages: list[list[str]] = []
    after: int | None = None
    while page := await _messages(bot.engine, "cake", limit=2, after=after):
        pages.append([each.message.content[-1] for each in page])
        after = page[-1].cursor

    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert len(await _messages(bot.engine, "cake", after=10**30)) == 5
    assert await _messages(bot.engine, "cake", after=-(10**30)) == []


async def test_one_contact_alone(bot: Bot, follower: Follower) -> None:
    await bot.hears(message("cake"), message("cake, too", phone=BIA))
    await follower.catch_up()

    bia = await _card(bot.engine, BIA)
    [found] = await _messages(bot.engine, "cake", contact_id=bia.id)
    assert found.message.content == "cake, too"


async def test_contacts_are_found_by_name_and_by_digits(bot: Bot, follower: Follower) -> None:
    maria, bia = "María", "Bia"
    await bot.hears(message("x", name=maria), message("x", phone=BIA, name=bia))
    await follower.catch_up()

    found = {"mar": [maria], "99999": [maria], "(21) 98888-0002": [bia], "119": [maria], "zoe": [], "": []}
    assert {query: await _people(bot.engine, query) for query in found} == found


async def test_a_contact_is_found_by_what_they_are_called_since(bot: Bot, follower: Follower) -> None:
    await _found(follower, "x", bot=bot)
    ana = await _card(bot.engine, ANA)
    async with bot.engine.begin() as connection:
        await contacts.correct(connection, ana.id, SYSTEM, utc_now(), name="Zoë Lima")

    await follower.catch_up()

    assert await _people(bot.engine, "zoe lim") == ["Zoë Lima"]
    assert await _people(bot.engine, "ana") == []


async def test_a_contact_is_found_by_the_number_that_they_moved_to_and_by_the_one_before(
    bot: Bot, follower: Follower
) -> None:
    await _found(follower, "x", bot=bot)
    moved = message("new number", phone=BIA, former=(Address(AddressKind.PHONE, ANA),))

    await bot.hears(moved)
    await follower.catch_up()

    assert await _people(bot.engine, "88880002") == await _people(bot.engine, "99990001") == ["Ana"]


async def test_what_is_erased_is_not_found(bot: Bot, follower: Follower) -> None:
    await _found(follower, "secret", "other", bot=bot)
    async with bot.engine.begin() as connection:
        await connection.execute(delete(Message).where(Message.content == "secret"))

    assert await _texts(bot.engine, "secret") == []
    assert await _texts(bot.engine, "other") == ["other"]


async def test_whatever_is_typed_is_only_words(bot: Bot, follower: Follower) -> None:
    await _found(follower, "hello there", bot=bot)

    for typed in HOSTILE:
        assert await _texts(bot.engine, typed) == []
        assert await _people(bot.engine, typed) == []
        assert await _texts(bot.engine, f"hello {typed[:1]} there") in ([], ["hello there"])


async def test_hostile_words_are_gathered_as_words(bot: Bot, follower: Follower) -> None:
    for each in HOSTILE:
        await bot.hears(message(f"loaf {each}"[:20_000].replace("\x00", "").replace("\ud800", "")))
    await follower.catch_up()

    async with bot.engine.connect() as connection:
        assert len((await search_messages(connection, "loaf")).messages) == len(HOSTILE)


async def test_what_is_committed_late_is_found_late(bot: Bot, follower: Follower) -> None:
    await _found(follower, "first", bot=bot)
    await bot.hears(message("latecomer"))
    async with bot.engine.begin() as connection:
        # As if its transaction had taken so long.
        early = utc_now() - timedelta(seconds=8)
        await connection.execute(update(Message).where(Message.content == "latecomer").values(created_at=early))
    await follower.catch_up()
    assert await _texts(bot.engine, "latecomer") == []

    follower._sweep_at = 0.0
    await follower.catch_up()

    assert await _texts(bot.engine, "latecomer") == ["latecomer"]


async def test_another_follower_goes_on_where_one_was_killed(
    bot: Bot, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BATCH", 2)
    for number in range(5):
        await bot.hears(message(f"cake {number}"))
    # It dies between two batches.
    await follower._look()

    await Follower(bot.engine).catch_up()

    assert sorted(await _texts(bot.engine, "cake")) == [f"cake {number}" for number in range(5)]


async def test_two_followers_at_once_find_everything_once(bot: Bot, follower: Follower) -> None:
    for number in range(5):
        await bot.hears(message(f"cake {number}"))

    await asyncio.gather(follower.catch_up(), Follower(bot.engine).catch_up(), return_exceptions=True)
    await follower.catch_up()

    assert len(await _texts(bot.engine, "cake")) == 5


async def test_on_postgresql_one_process_follows_until_it_is_gone(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with Follower(engine)._following() as first:
        assert first is not None
        async with Follower(engine)._following() as second:
            assert second is None

    async with Follower(engine)._following() as third:
        assert third is not None
    await engine.dispose()


async def test_what_was_there_before_is_gathered_by_a_job_in_slices(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "SLICE", 2)
    async with running_bot(engine, BUNDLE, Clock(utc_now() - timedelta(days=1))) as bot:
        for number in range(5):
            await bot.hears(message(f"old cake {number}", phone=f"+55119999900{number:02}"))
    follower = Follower(engine)
    await follower.catch_up()
    async with running_bot(engine, None) as bot:
        await bot.hears(message("new cake"))
    await follower.catch_up()
    assert await _texts(engine, "cake") == ["new cake"]

    work = Jobs(engine, "test", HANDLERS, None)
    slices = 0
    while await work.run_next():
        slices += 1

    assert slices > 4
    assert await _texts(engine, "cake") == ["new cake", *(f"old cake {number}" for number in reversed(range(5)))]
    assert len(await _people(engine, "ana")) == 5
    async with engine.connect() as connection:
        [job] = await latest(connection, type_=building.BUILD, limit=1)
    assert (job.status, job.error) == ("done", None)
