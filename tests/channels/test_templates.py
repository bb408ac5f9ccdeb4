"""The templates that a provider lists: kept for each account, and asked for every hour by one process at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.channels.account import ConfiguredAccount
from bot.channels.service import (
    Accounts,
    ListingRow,
    TemplateCard,
    can_list,
    offered_templates,
    record_templates,
    sendable_named,
    sendable_template,
    templates_of,
)
from bot.channels.service import ask_for_templates as ask
from bot.channels.templates import lister as lister_module
from bot.channels.templates.lister import LEASE, Lister
from bot.channels.templates.rules import FORGOTTEN_AFTER, next_time
from bot.core.listed_templates import ListedTemplate
from bot.providers.base import Refused
from bot.settings import Settings
from tests.support.accounts import SECRET_KEY
from tests.support.waiting import eventually

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = "whatsapp:1000"
HELLO = ListedTemplate("hello", "pt_BR", category="UTILITY", body="Oi {{1}}")
BYE = ListedTemplate("bye", "en", category="MARKETING", body="Bye")


@dataclass(slots=True)
class Meta:
    """What answers for Meta: the answers are given one after the other, the last one again and again."""

    answers: list[web.Response | dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response(given) if isinstance(given, dict) else given


@asynccontextmanager
async def meta(*answers: web.Response | dict[str, Any]) -> AsyncIterator[Meta]:
    stand_in = Meta(list(answers))
    app = web.Application()
    app.router.add_get("/{business}/message_templates", stand_in.answer)
    async with TestServer(app) as server:
        stand_in.url = str(server.make_url("/")).rstrip("/")
        yield stand_in


def listing(*templates: ListedTemplate, after: str = "") -> dict[str, Any]:
    data = [
        {
            "name": each.name,
            "language": each.language,
            "status": each.status,
            "category": each.category,
            "components": [{"type": "BODY", "text": each.body}],
        }
        for each in templates
    ]
    return {
        "data": data,
        "paging": {"cursors": {"after": after}, **({"next": "https://evil.example"} if after else {})},
    }


def accounts(url: str = "https://graph.example", **changed: str) -> Accounts:
    values = {
        "BOT_SECRET_KEY": SECRET_KEY,
        "WHATSAPP_PHONE_NUMBER_ID": "1000",
        "WHATSAPP_ACCESS_TOKEN": "token",
        "WHATSAPP_APP_SECRET": "app-secret",
        "WHATSAPP_VERIFY_TOKEN": "verify",
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "77",
        "WHATSAPP_API_URL": url,
    }
    return Accounts(Settings.read(values | changed))


def account(known: Accounts) -> ConfiguredAccount:
    found = known.get(ID)
    assert found is not None
    return found


async def stored(engine: AsyncEngine, known: Accounts) -> None:
    async with engine.begin() as connection:
        await known.store(connection)


async def kept(engine: AsyncEngine, *results: tuple[ListedTemplate, ...] | Refused, at: datetime = NOON) -> None:
    known = accounts()
    await stored(engine, known)
    for number, result in enumerate(results):
        async with engine.begin() as connection:
            await record_templates(connection, account(known), result, at + number * HOUR)


async def looked_at(engine: AsyncEngine) -> tuple[Mapping[str, TemplateCard], ListingRow]:
    async with engine.connect() as connection:
        cards, row = await templates_of(connection, ID)
    assert row is not None
    return {each.template.name: each for each in cards}, row


async def test_what_is_listed_is_kept_and_what_changed_or_went_is_marked(engine: AsyncEngine) -> None:
    paused = replace(HELLO, status="PAUSED", quality="RED")
    await kept(engine, (HELLO, BYE), (paused, paused))
    cards, row = await looked_at(engine)
    hello, bye = cards["hello"], cards["bye"]
    assert (hello.template, hello.created_at, hello.changed_at, hello.gone_at) == (paused, NOON, NOON + HOUR, None)
    assert (bye.template, bye.changed_at, bye.gone_at) == (BYE, NOON + HOUR, NOON + HOUR)
    assert (row.listed_at, row.error, row.failures) == (NOON + HOUR, None, 0)
    assert row.next_at >= NOON + 2 * HOUR

    await kept(engine, (HELLO, BYE), at=NOON + 3 * HOUR)
    cards, _ = await looked_at(engine)
    assert (cards["bye"].gone_at, cards["bye"].changed_at) == (None, NOON + 3 * HOUR)


async def test_what_went_is_forgotten_in_the_end(engine: AsyncEngine) -> None:
    await kept(engine, (HELLO, BYE), (HELLO,))
    await kept(engine, (HELLO,), at=NOON + FORGOTTEN_AFTER)
    assert set((await looked_at(engine))[0]) == {"hello", "bye"}
    await kept(engine, (HELLO,), at=NOON + FORGOTTEN_AFTER + 2 * HOUR)
    cards, _ = await looked_at(engine)
    assert set(cards) == {"hello"}
    assert cards["hello"].changed_at == NOON


async def test_a_listing_in_vain_changes_nothing_and_is_told(engine: AsyncEngine) -> None:
    await kept(
        engine, (HELLO,), Refused("190", "The access token has expired."), Refused("2", "Busy.", retry_after=900)
    )
    cards, row = await looked_at(engine)
    assert cards["hello"].gone_at is None
    assert (row.error, row.failures, row.listed_at) == ("Busy.", 2, NOON)
    assert row.next_at == NOON + 2 * HOUR + timedelta(seconds=900)


async def test_only_what_can_be_sent_by_hand_is_offered(engine: AsyncEngine) -> None:
    of_no_use = (
        replace(BYE, name="paused", status="PAUSED"),
        replace(BYE, name="cards", unknown="CAROUSEL"),
    )
    await kept(engine, (HELLO, BYE, *of_no_use), (HELLO, *of_no_use))
    async with engine.connect() as connection:
        offered = await offered_templates(connection, [ID, "whatsapp:2"])
        cards, _row = await templates_of(connection, ID)
        ids = {each.template.name: each.id for each in cards}
        chosen = [await sendable_template(connection, ids.get(name, "x")) for name in ("hello", "bye", "cards", "x")]
        named = await sendable_named(connection, {"hello", "bye", "paused", "cards"})
        none = await sendable_named(connection, ())
    assert [(each.id, each.name, each.words) for each in offered] == [(ids["hello"], "hello", "Oi {{1}}")]
    assert [None if each is None else each.template for each in chosen] == [HELLO, None, None, None]
    assert dict(named) == {(ID, "hello", "pt_BR"): HELLO}
    assert not none


async def test_an_account_without_a_row_is_left_alone(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await record_templates(connection, account(accounts()), (HELLO,), NOON)
        assert await templates_of(connection, ID) == ([], None)


async def test_all_parts_are_asked_for_at_our_own_address() -> None:
    async with meta(listing(HELLO, after="next"), listing(BYE)) as stand_in:
        assert await ask(account(accounts(stand_in.url))) == (replace(HELLO), replace(BYE))
    assert [each.partition("limit=")[2] for each in stand_in.asked] == ["50", "50&after=next"]


async def test_a_provider_that_leads_in_circles_is_asked_once_more_and_no_more() -> None:
    async with meta(listing(HELLO, after="same")) as stand_in:
        found = await ask(account(accounts(stand_in.url)))
    assert found == (HELLO, HELLO)
    assert len(stand_in.asked) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (web.Response(status=500), "http_500"),
        (web.Response(text="no JSON"), "http_200"),
        (web.Response(status=302, headers={"Location": "https://evil.example"}), "http_302"),
    ],
)
async def test_what_is_no_list_is_a_reason(answer: web.Response, code: str) -> None:
    async with meta(answer) as stand_in:
        found = await ask(account(accounts(stand_in.url)))
    assert isinstance(found, Refused)
    assert found.code == code


async def test_nobody_who_answers_is_a_reason() -> None:
    found = await ask(account(accounts("http://127.0.0.1:9")))
    assert isinstance(found, Refused)
    assert found.retryable


def test_only_who_says_whose_they_are_can_be_asked_about() -> None:
    assert can_list(account(accounts()))
    assert not can_list(account(accounts(WHATSAPP_BUSINESS_ACCOUNT_ID="")))
    assert not can_list(account(accounts(WHATSAPP_ACCESS_TOKEN="")))
    telegram = Accounts(Settings.read({"TELEGRAM_BOT_TOKEN": "123:abc"}))
    assert not any(map(can_list, telegram))


async def test_it_is_asked_at_once_then_every_hour_and_when_the_credentials_are_others(engine: AsyncEngine) -> None:
    moments = [NOON]
    async with meta(listing(HELLO)) as stand_in:
        known = accounts(stand_in.url)
        await stored(engine, known)
        lister = Lister(engine, known, lambda: moments[-1])
        for at, times in ((NOON, 1), (NOON + 0.9 * HOUR, 1), (NOON + 1.2 * HOUR, 2)):
            moments.append(at)
            await lister.look()
            assert len(stand_in.asked) == times
        other = Lister(engine, accounts(stand_in.url, WHATSAPP_ACCESS_TOKEN="new"), lambda: moments[-1])
        await other.look()
        assert len(stand_in.asked) == 3
        await other.look()
        assert len(stand_in.asked) == 3
    cards, row = await looked_at(engine)
    assert set(cards) == {"hello"}
    assert row.listed_at == NOON + 1.2 * HOUR


async def test_of_several_processes_one_asks_and_one_that_died_is_followed(engine: AsyncEngine) -> None:
    async with meta(listing(HELLO)) as stand_in:
        known = accounts(stand_in.url)
        await stored(engine, known)
        listers = [Lister(engine, known, lambda: NOON) for _ in range(4)]
        await asyncio.gather(*(each.look() for each in listers))
        assert len(stand_in.asked) == 1

        at = NOON + 2 * HOUR
        died, later = Lister(engine, known, lambda: at), Lister(engine, known, lambda: at + LEASE)
        assert len(await died._claim()) == 1
        await Lister(engine, known, lambda: at).look()
        assert len(stand_in.asked) == 1
        await later.look()
        assert len(stand_in.asked) == 2


async def test_it_outlives_a_database_that_is_away_and_ends_when_told(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lister_module, "POLL_SECONDS", 0.01)
    async with meta({"error": "odd"}) as stand_in:
        known = accounts(stand_in.url)
        await stored(engine, known)
        moments = iter([None])

        def clock() -> datetime:
            # The first time there is no moment, as if the database had gone.
            return next(moments, NOON) or NOON.replace(tzinfo=None)

        lister = Lister(engine, known, clock)
        with capture_logs() as logs:
            running = asyncio.create_task(lister.run())

            async def told() -> bool:
                return any(each["event"] == "templates are not listed" for each in logs)

            await eventually(told)
            lister.stop()
            await asyncio.wait_for(running, 5)
    assert [each["event"] for each in logs] == ["templates wait for the database", "templates are not listed"]


async def test_a_lister_that_is_told_to_end_asks_nobody_more(engine: AsyncEngine) -> None:
    async with meta(listing(HELLO)) as stand_in:
        known = accounts(stand_in.url)
        await stored(engine, known)
        lister = Lister(engine, known, lambda: NOON)
        lister.stop()
        await lister.look()
        await Lister(engine, Accounts(Settings.read({})), lambda: NOON).look()
    assert not stand_in.asked


def test_the_next_time_is_soon_after_a_failure_and_never_later_than_usual() -> None:
    assert next_time(NOON, 1, None, 0.0) == NOON + timedelta(seconds=10)
    assert next_time(NOON, 9, None, 0.9) == NOON + timedelta(seconds=10 * 0.9 * 300)
    assert next_time(NOON, 1, 1e9, 0.0) == NOON + HOUR
    assert next_time(NOON, 0, None, 1.0) == NOON + 1.1 * HOUR
