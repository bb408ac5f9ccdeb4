"""Reports: what they count and how long things took, reckoned by hand and against a model, on both databases."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.core.ids import new_id
from bot.inbox.models import InboxConversation, InboxPeriod
from bot.inbox.service import By, Durations, Figures, Key, Report, ReportQuery, Span, day_of, monday_of, report
from bot.users.models import User
from tests.support import rows
from tests.support.tables import for_each

SAO_PAULO, LISBON, UTC_ZONE = ZoneInfo("America/Sao_Paulo"), ZoneInfo("Europe/Lisbon"), ZoneInfo("UTC")
MONDAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def add_agents(connection: Any, *names: str) -> None:
    for name in names:
        values = {"id": name, "email": f"{name}@example.com", "name": name.title(), "role": "EDITOR"}
        await connection.execute(insert(User).values(**values))


async def add_period(connection: Any, person: rows.Person, opened_at: datetime, **columns: Any) -> None:
    known = {"opened_by": "handoff", "began_at": opened_at, "channel": "whatsapp", "ended_as": "resolved"}
    known |= {"ended_at": opened_at + timedelta(seconds=columns.get("lasted") or 0)}
    values = {"id": new_id(), "contact_id": person.id, "opened_at": opened_at, **known, **columns}
    await connection.execute(insert(InboxPeriod).values(**values))


async def told(engine: AsyncEngine, by: By = By.DAY, zone: ZoneInfo = UTC_ZONE, days: int = 1, **asked: Any) -> Report:
    """The report of so many days from MONDAY on."""
    query = ReportQuery(Span(MONDAY, MONDAY + timedelta(days=days - 1), zone), by, **asked)
    async with engine.connect() as connection:
        return await report(connection, query)


async def test_of_nothing_there_is_nothing_but_each_hour_and_day(engine: AsyncEngine) -> None:
    for by, keys in ((By.HOUR, 24), (By.WEEKDAY, 7), (By.DAY, 10), (By.WEEK, 2), (By.CHANNEL, 0), (By.AGENT, 0)):
        found = await told(engine, by, days=10)
        assert len(found.groups) == keys
        assert {found.all, *found.groups.values()} <= {Figures(), Figures(received=None)}
        assert (found.waiting.count, found.waiting.since) == (0, None)


async def test_messages_count_as_they_came_in_and_went_out(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        await rows.add_account(connection, "twilio:+1")
        await add_agents(connection, "bia")
        ana = await rows.add_person(connection)
        for minute in range(3):
            await rows.add_inbound(connection, ana, created_at=NINE + timedelta(minutes=minute))
        for status in ("queued", "failed", "sent", "delivered", "read"):
            await rows.add_outbound(connection, ana, heard=False, status=status, created_at=NINE)
        by_bia = {"origin": "inbox:bia", "status": "sent", "channel": "sms", "account": "twilio:+1"}
        await rows.add_outbound(connection, ana, heard=False, created_at=NINE + timedelta(hours=1), **by_bia)
        await rows.add_inbound(connection, ana, created_at=NINE + timedelta(days=1))

    found = await told(engine, By.HOUR)
    assert found.all == Figures(received=3, sent=4)
    assert {key: each for key, each in found.groups.items() if each != Figures()} == {
        9: Figures(received=3, sent=3),
        10: Figures(received=0, sent=1),
    }
    by_channel = {"whatsapp": Figures(received=3, sent=3), "sms": Figures(sent=1)}
    assert (await told(engine, By.CHANNEL)).groups == by_channel
    assert (await told(engine, By.CHANNEL, channels=("sms",))).all == Figures(sent=1)
    by_agent = await told(engine, By.AGENT)
    assert by_agent.groups == {"bia": Figures(received=None, sent=1)}
    assert by_agent.all == Figures(received=3, sent=4)
    assert (await told(engine, user_ids=("bia",))).all == Figures(received=None, sent=1)


async def test_conversations_count_when_they_are_opened_and_by_who_has_them(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await add_agents(connection, "bia", "caio")
        ana, rui = await rows.add_person(connection), await rows.add_person(connection, "+5511999990001")
        await add_period(connection, ana, NINE, lasted=60, user_id="bia")
        await add_period(connection, ana, NINE, opened_by="takeover", lasted=60)
        await add_period(connection, ana, NINE, opened_by="reopened", lasted=60, user_id="bia", channel="sms")
        await add_period(connection, ana, NINE, opened_by="merge", lasted=60)
        under_way = {"ended_at": None, "ended_as": None}
        await add_period(connection, rui, NINE, **under_way)
        moments = dict.fromkeys(("last_at", "opened_at", "created_at", "updated_at"), NINE)
        known = {"contact_id": rui.id, "status": "open", "channel": "whatsapp", "assignee_id": "caio"}
        await connection.execute(insert(InboxConversation).values(**known, **moments))
        await connection.execute(update(Contact).where(Contact.id == rui.id).values(waiting_since=NINE))

    def opened(found: Figures) -> tuple[int, int]:
        return found.opened, found.reopened

    found = await told(engine, By.AGENT)
    assert opened(found.all) == (3, 1)
    assert {key: opened(each) for key, each in found.groups.items()} == {"bia": (1, 1), "caio": (1, 0), None: (1, 0)}
    assert (found.waiting.count, found.waiting.since) == (1, NINE)
    assert opened((await told(engine, channels=("sms",))).all) == (0, 1)
    assert opened((await told(engine, user_ids=("caio",))).all) == (1, 0)
    assert (await told(engine, user_ids=("bia",))).waiting.count == 0
    assert (await told(engine, channels=("whatsapp",))).waiting.count == 1


async def test_answers_are_dated_by_the_reply_and_resolutions_by_their_end(engine: AsyncEngine) -> None:
    tomorrow = NINE + timedelta(days=1)
    async with engine.begin() as connection:
        await add_agents(connection, "bia", "caio")
        ana = await rows.add_person(connection)
        # Answered the next day, resolved, opened again, and resolved for good by somebody else.
        first = {"asked_at": NINE, "replied_at": tomorrow, "replied_by": "bia", "answered_after": 86_400}
        ended = {"ended_at": tomorrow, "lasted": 86_400, "lasted_in_all": 86_400, "resolved_by": "bia"}
        await add_period(connection, ana, NINE, **first, **ended, reopened_at=tomorrow + timedelta(minutes=1))
        again = {"began_at": NINE, "opened_by": "reopened", "resolved_by": "caio"}
        lasted = {"ended_at": tomorrow + timedelta(minutes=3), "lasted": 120, "lasted_in_all": 86_580}
        await add_period(connection, ana, tomorrow + timedelta(minutes=1), **again, **lasted)
        # What ended by itself, and what a person began, is in no time.
        for as_ in ("lapsed", "quiet", "merged"):
            await add_period(connection, ana, NINE, ended_as=as_, lasted=1, lasted_in_all=1)
        await add_period(connection, ana, NINE, opened_by="takeover", replied_at=NINE, ended_as="lapsed", lasted=1)

    day = await told(engine)
    assert (day.all.response, day.all.resolution, day.all.total) == (Durations(), Durations(), Durations())
    found = await told(engine, By.AGENT, days=2)
    assert found.all.response == Durations(1, 86_400, 86_400)
    assert found.all.resolution == Durations(1, 86_400, 86_400)
    assert found.all.total == Durations(1, 86_580, 86_580)
    assert (found.groups["bia"].response.count, found.groups["bia"].resolution.count) == (1, 1)
    assert (found.groups["bia"].total.count, found.groups["caio"].total.count) == (0, 1)


_PERCENTILES = {
    "one": ([7], (7, 7)),
    "two, of which half took at most the lesser": ([8, 2], (2, 8)),
    "three": ([3, 1, 2], (2, 3)),
    "ten, of which nine took at most the ninth": (list(range(10, 0, -1)), (5, 9)),
    "eleven, of which ten are the least that are nine of ten": (list(range(1, 12)), (6, 10)),
    "all the same": ([4] * 7, (4, 4)),
    "none at all": ([0, 0, 100], (0, 100)),
}


@pytest.mark.parametrize(("seconds", "expected"), _PERCENTILES.values(), ids=_PERCENTILES)
async def test_percentiles_are_values_that_were(
    engine: AsyncEngine, seconds: list[int], expected: tuple[int, int]
) -> None:
    async with engine.begin() as connection:
        ana = await rows.add_person(connection)
        for each in seconds:
            await add_period(connection, ana, NINE, replied_at=NINE, answered_after=each, ended_as="lapsed")

    assert (await told(engine)).all.response == Durations(len(seconds), *expected)


async def test_a_day_is_one_of_the_readers_zone_however_long_it_is(engine: AsyncEngine) -> None:
    """In Lisbon the 29th of March 2026 has 23 hours: at one o'clock it is two. October's 25th has 25."""
    spring, autumn = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 24, 23, tzinfo=UTC)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        ana = await rows.add_person(connection)
        for began, hours in ((spring, 23), (autumn, 25)):
            for hour in range(-1, hours + 1):
                await rows.add_inbound(connection, ana, created_at=began + timedelta(hours=hour, minutes=30))

    async def heard(day: date) -> dict[Key, int | None]:
        async with engine.connect() as connection:
            found = await report(connection, ReportQuery(Span(day, day, LISBON), By.HOUR))
        return {key: each.received for key, each in found.groups.items()}

    assert await heard(spring.date()) == {hour: int(hour != 1) for hour in range(24)}
    assert await heard(date(2026, 10, 25)) == {hour: 1 + (hour == 1) for hour in range(24)}


LORD_HOWE, SANTIAGO = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Santiago")
SPANS: Mapping[str, tuple[Span, int, Sequence[int]]] = {
    "a day without daylight saving": (Span(MONDAY, MONDAY, SAO_PAULO), 24, [-10_800]),
    "a day that lacks an hour": (Span(date(2026, 3, 29), date(2026, 3, 29), LISBON), 23, [0, 3_600]),
    "a day that has one twice": (Span(date(2026, 10, 25), date(2026, 10, 25), LISBON), 25, [3_600, 0]),
    "a year": (Span(date(2026, 1, 1), date(2026, 12, 31), LISBON), 8_760, [0, 3_600, 0]),
    "a day with half an hour more": (Span(date(2026, 4, 5), date(2026, 4, 5), LORD_HOWE), 24, [39_600, 37_800]),
    "a day without a midnight": (Span(date(2026, 9, 6), date(2026, 9, 6), SANTIAGO), 23, [-10_800]),
}


@for_each(("span", "hours", "offsets"), SPANS.values(), ids=SPANS)
def test_spans_know_how_clocks_go(span: Span, hours: int, offsets: Sequence[int]) -> None:
    assert (span.until - span.since) // timedelta(hours=1) == hours
    assert [each.seconds for each in span.offsets] == offsets


ZONES = ("America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe")
CHANNELS = ("whatsapp", "sms", "email")
AGENTS = ("bia", "caio", None)


async def test_every_figure_is_that_of_a_reckoning_one_by_one(engine: AsyncEngine) -> None:
    """Three weeks over the end of summer time, by each group and in three zones."""
    chance = random.Random(13)  # noqa: S311 - the same in each run
    first = datetime(2026, 10, 15, tzinfo=UTC)
    periods, messages = list[dict[str, Any]](), list[tuple[datetime, str]]()
    async with engine.begin() as connection:
        await rows.add_account(connection)
        await add_agents(connection, "bia", "caio")
        ana = await rows.add_person(connection)
        for _number in range(160):
            at = first + timedelta(seconds=chance.randrange(30 * 86_400))
            messages.append((at, chance.choice(CHANNELS)))
            await rows.add_inbound(connection, ana, created_at=at, channel=messages[-1][1])
            answered, lasted = chance.randrange(90_000), chance.randrange(400_000)
            period = {
                "opened_by": chance.choice(("handoff", "reopened")),
                "channel": chance.choice(CHANNELS),
                "replied_at": at + timedelta(seconds=answered),
                "replied_by": chance.choice(AGENTS),
                "answered_after": answered,
                "lasted": lasted,
                "lasted_in_all": lasted + chance.randrange(1_000),
                "resolved_by": chance.choice(AGENTS),
                "user_id": chance.choice(AGENTS),
                "reopened_at": chance.choice((None, at)),
            }
            await add_period(connection, ana, at, **period)
            periods.append({**period, "opened_at": at, "ended_at": at + timedelta(seconds=lasted)})

    for name in ZONES:
        span = Span(date(2026, 10, 19), date(2026, 11, 8), ZoneInfo(name))
        for by in By:
            async with engine.connect() as connection:
                found = await report(connection, ReportQuery(span, by))
            expected = _reckoned(span, by, periods, messages)
            assert {key: each for key, each in found.groups.items() if key in expected} == expected, (name, by)
            nothing = {each for key, each in found.groups.items() if key not in expected}
            assert nothing <= {Figures()}, (name, by)


def _key(by: By, local: datetime, channel: str, agent: str | None) -> Key:
    keys: Mapping[By, Callable[[], Key]] = {
        By.DAY: lambda: (local.date() - date(1970, 1, 1)).days,
        By.WEEK: lambda: (local.date() - date(1969, 12, 29)).days // 7,
        By.HOUR: lambda: local.hour,
        By.WEEKDAY: local.weekday,
        By.CHANNEL: lambda: channel,
        By.AGENT: lambda: agent,
    }
    return keys[by]()


def _facts(
    periods: Iterable[dict[str, Any]], messages: Iterable[tuple[datetime, str]]
) -> Iterable[tuple[str, datetime, str, str | None, int]]:
    """What happened: what, when, on which channel, by whom, and how long it took, or 0."""
    for at, channel in messages:
        yield "received", at, channel, None, 0
    for each in periods:
        channel, ended_at, by = each["channel"], each["ended_at"], each["resolved_by"]
        opened = "reopened" if each["opened_by"] == "reopened" else "opened"
        yield opened, each["opened_at"], channel, each["user_id"], 0
        yield "response", each["replied_at"], channel, each["replied_by"], each["answered_after"]
        if each["opened_by"] != "reopened":
            yield "resolution", ended_at, channel, by, each["lasted"]
        if each["reopened_at"] is None:
            yield "total", ended_at, channel, by, each["lasted_in_all"]


def _reckoned(
    span: Span, by: By, periods: Iterable[dict[str, Any]], messages: Iterable[tuple[datetime, str]]
) -> dict[Key, Figures]:
    took: dict[Key, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for what, at, channel, agent, seconds in _facts(periods, () if by is By.AGENT else messages):
        local = at.astimezone(span.zone)
        if span.first <= local.date() <= span.last:
            took[_key(by, local, channel, agent)][what].append(seconds)
    return {key: _figures(by, each) for key, each in took.items()}


def _figures(by: By, took: Mapping[str, list[int]]) -> Figures:
    return Figures(
        received=None if by is By.AGENT else len(took["received"]),
        opened=len(took["opened"]),
        reopened=len(took["reopened"]),
        response=_durations(took["response"]),
        resolution=_durations(took["resolution"]),
        total=_durations(took["total"]),
    )


def _durations(seconds: list[int]) -> Durations:
    if not seconds:
        return Durations()
    ordered, count = sorted(seconds), len(seconds)
    return Durations(count, ordered[-(-count // 2) - 1], ordered[-(-count * 9 // 10) - 1])


def test_days_and_weeks_are_told_by_their_numbers() -> None:
    assert (day_of(0), monday_of(0), monday_of(2970)) == (date(1970, 1, 1), date(1969, 12, 29), date(2026, 11, 30))
