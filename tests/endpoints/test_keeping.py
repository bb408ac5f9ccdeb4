"""Endpoints as people keep them: what they may be, what is written of it, and what is forgotten."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.models import AuditLog
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.endpoints import jobs
from bot.endpoints import service as endpoints
from bot.endpoints.reading import read_asked
from bot.endpoints.service import Asked, AskedError, EventKind, NoEndpointError
from bot.jobs.service import Jobs, NewJob, schedule
from bot.settings import Settings
from tests.support.endpoints import (
    BY,
    KEY,
    a_program,
    add,
    add_row,
    attempts_of,
    deliveries_of,
    happens,
    row_of,
    says,
    terms,
    told,
)
from tests.support.rows import add_person
from tests.support.tables import for_each

NOW = utc_now()
SENT = (EventKind.MESSAGE_SENT,)
SECRET_ADDRESS = "https://shop.example/hooks/s3cr3t"


async def lines(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(AuditLog.__table__).order_by(AuditLog.id))).all())


async def test_an_endpoint_is_made_changed_and_deleted_and_the_audit_keeps_no_secret(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        asked = Asked(SECRET_ADDRESS, [EventKind.HANDOFF_ENDED, EventKind.MESSAGE_SENT], " the till ")
        card, secret = await endpoints.add_endpoint(connection, terms(), asked, BY, NOW)
        changed = await endpoints.change_endpoint(connection, terms(), card.id, Asked(SECRET_ADDRESS, SENT), BY, NOW)
        fresh = await endpoints.roll_secret(connection, terms(), card.id, BY, NOW)
        for first in (True, False):
            assert await endpoints.pause_endpoint(connection, card.id, BY, NOW) is first
            assert await endpoints.disable_endpoint(connection, card.id, BY, NOW) is True
            assert await endpoints.enable_endpoint(connection, card.id, BY, NOW) is True
            if first:
                await endpoints.pause_endpoint(connection, card.id, BY, NOW)
        assert [each.id for each in await endpoints.endpoints(connection)] == [card.id]
        await endpoints.delete_endpoint(connection, card.id, BY, NOW)
        assert await endpoints.endpoints(connection) == []

    assert (card.url, card.description, card.status) == (SECRET_ADDRESS, "the till", "enabled")
    assert card.kinds == [EventKind.MESSAGE_SENT, EventKind.HANDOFF_ENDED]
    assert (changed.kinds, changed.description) == ([EventKind.MESSAGE_SENT], "")
    assert secret.startswith("whsec_")
    assert secret != fresh
    written = await lines(engine)
    assert [each.action for each in written[:3]] == ["endpoint.add", "endpoint.change", "endpoint.roll"]
    assert written[0].detail["after"]["url"] == "https://shop.example"
    everything = str(written) + str(await row_of(engine, card.id))
    assert all(each not in everything for each in (secret, fresh))
    assert "s3cr3t" not in str(written)
    async with engine.begin() as connection:
        for change in (endpoints.pause_endpoint, endpoints.delete_endpoint, endpoints.send_test):
            with pytest.raises(NoEndpointError):
                await change(connection, card.id, BY, NOW)


@for_each(
    ("url", "field"),
    [
        ("http://shop.example/hook", "url"),
        ("https://ana:secret@shop.example/hook", "url"),
        ("https://10.0.0.7/hook", "url"),
        ("https://localhost/hook", "url"),
        ("https://db/hook", "url"),
        ("shop.example", "url"),
        ("", "url"),
        ("https://[::1", "url"),
        ("https://shop.example/" + "a" * 2048, "url"),
        ("https://shop.example/" + "é" * 1000, "url"),
        ("https://shop.example/\u202e", "url"),
    ],
)
def test_only_whole_addresses_of_the_open_internet_are_taken(url: str, field: str) -> None:
    with pytest.raises(AskedError) as error:
        read_asked(terms(), Asked(url, SENT))
    assert error.value.field == field


async def test_the_operator_may_allow_an_origin_for_development(engine: AsyncEngine) -> None:
    settings = Settings.read({"BOT_ENDPOINTS_PRIVATE": "http://localhost:3000, https://db", "BOT_SECRET_KEY": KEY})
    own = endpoints.terms_of(settings)
    async with engine.begin() as connection:
        for url in ("http://localhost:3000/hook", "https://db/hook"):
            card, _secret = await endpoints.add_endpoint(connection, own, Asked(url, SENT), BY, NOW)
            assert card.url == url
        with pytest.raises(AskedError):
            await endpoints.add_endpoint(connection, own, Asked("http://localhost:3001/hook", SENT), BY, NOW)
    for wrong in ("http://localhost:3000/hook", "localhost:3000", "ftp://db"):
        with pytest.raises(BotError, match="BOT_ENDPOINTS_PRIVATE"):
            Settings.read({"BOT_ENDPOINTS_PRIVATE": wrong})


async def test_what_else_is_asked_is_looked_at_too(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.endpoints.changing.MOST_ENDPOINTS", 1)
    async with engine.begin() as connection:
        for asked, field in (
            (Asked(SECRET_ADDRESS, ()), "kinds"),
            (Asked(SECRET_ADDRESS, SENT, "a" * 256), "description"),
        ):
            with pytest.raises(AskedError) as error:
                await endpoints.add_endpoint(connection, terms(), asked, BY, NOW)
            assert error.value.field == field
        with pytest.raises(BotError, match="BOT_SECRET_KEY"):
            await endpoints.add_endpoint(connection, terms(keys=()), Asked(SECRET_ADDRESS, SENT), BY, NOW)
        await endpoints.add_endpoint(connection, terms(), Asked(SECRET_ADDRESS, SENT), BY, NOW)
        with pytest.raises(BotError, match="the most"):
            await endpoints.add_endpoint(connection, terms(), Asked(SECRET_ADDRESS, SENT), BY, NOW)


async def test_of_two_that_are_added_at_once_as_the_last_one_is_made(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.endpoints.changing.MOST_ENDPOINTS", 2)
    await add_row(engine)

    async def added() -> bool:
        async with engine.begin() as connection:
            await endpoints.add_endpoint(connection, terms(), Asked(SECRET_ADDRESS, SENT), BY, NOW)
        return True

    outcomes = await asyncio.gather(*(added() for _ in range(4)), return_exceptions=True)
    assert [each for each in outcomes if each is True] == [True]
    assert {type(each) for each in outcomes if each is not True} == {BotError}


async def test_secrets_turn_with_the_keys(engine: AsyncEngine) -> None:
    newer = "n" * 40
    lost = await add_row(engine, secret=terms(keys=("x" * 40,)).sealer.seal("another", "whsec_"))
    async with engine.begin() as connection:
        card, _secret = await endpoints.add_endpoint(connection, terms(), Asked(SECRET_ADDRESS, SENT), BY, NOW)
        await endpoints.roll_secret(connection, terms(), card.id, BY, NOW)
        rotated = await endpoints.rotate_endpoints(connection, terms(keys=(newer, KEY)).sealer)
        again = await endpoints.rotate_endpoints(connection, terms(keys=(newer,)).sealer)

    assert (rotated.changed, rotated.current, rotated.sealed) == (1, 0, ("https://shop.example",))
    assert (again.changed, again.current) == (0, 1)
    row, sealer = await row_of(engine, card.id), terms(keys=(newer,)).sealer
    assert sealer.key_of(card.id, row["secret"]) != sealer.key_of(card.id, row["old_secret"])
    assert lost != card.id


async def test_one_that_is_paused_is_tried_in_place_and_what_came_of_it_is_kept(engine: AsyncEngine) -> None:
    async with a_program() as program:
        endpoint = await add(engine, program)
        async with engine.begin() as connection:
            await endpoints.pause_endpoint(connection, endpoint, BY, NOW)
            with pytest.raises(BotError, match="Enable it first"):
                await endpoints.send_test(connection, endpoint, BY, NOW)
        program.answers.append(says(201, "hello"))

        card = await endpoints.try_endpoint(engine, terms(program.origin), endpoint, BY)

    assert (card.status, card.type) == ("delivered", "endpoint.test")
    assert card.last is not None
    assert (card.last.status, card.last.answer) == (201, "hello")
    assert [each["type"] for each in program.told] == ["endpoint.test"]
    assert len(await attempts_of(engine, endpoint)) == 1


async def test_what_was_told_long_ago_is_forgotten_with_all_that_hangs_on_it(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SLICE", 3)
    endpoint, deleted = await add_row(engine), await add_row(engine, deleted_at=NOW - timedelta(days=31))
    async with engine.begin() as connection:
        ana = (await add_person(connection)).id
    old = NOW - timedelta(days=30, minutes=1)
    await happens(engine, endpoint, *[ana] * 7, now=old)
    await happens(engine, deleted, ana, now=old)
    [kept] = await happens(engine, endpoint, ana, now=NOW)
    async with engine.begin() as connection:
        await schedule(connection, [NewJob("endpoint_retention", "today", NOW - timedelta(hours=1))])

    worker = Jobs(engine, "one", jobs.HANDLERS, None)
    while await worker.run_next():
        pass

    assert [each["id"] for each in await deliveries_of(engine, endpoint)] == [kept]
    async with engine.connect() as connection:
        assert await endpoints.event(connection, "evt_none") is None
        assert len(await endpoints.events(connection, endpoints.EventFilter(contact_id=ana), 10, None)) == 1
    with pytest.raises(Exception, match="No row"):
        await row_of(engine, deleted)
    assert len(await told(engine, endpoint)) == 1
