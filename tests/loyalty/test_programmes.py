"""Programmes: made, changed, found; what cannot be is refused with what to do."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.models import AuditLog
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.loyalty import service as loyalty
from bot.loyalty.programmes.rules import kept
from bot.loyalty.service import AskedProgramme, OnReturn, Period, Rounding, Unit
from tests.support.tables import for_each

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ANA = Actor("Ana")
CLUB = AskedProgramme(
    name="Clube",
    timezone="America/Sao_Paulo",
    unit="pontos",
    expires_after=Period(12, Unit.MONTHS),
    rounding=Rounding.END_OF_MONTH,
    notice_days=(1, 30, 7, 7),
    notice_at=time(9, 30),
    channels=(Channel.WHATSAPP, Channel.EMAIL),
    templates=(("default", "points/expiring"), ("1", "points/last-day")),
    on_return=OnReturn.OWE,
    idle_days=365,
)


async def test_a_programme_is_kept_as_it_was_asked_for_and_found_by_name_and_id(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        made = await loyalty.add_programme(connection, CLUB, ANA, NOW)
    async with engine.begin() as connection:
        by_name = await loyalty.find_programme(connection, " clube ")
        by_id = await loyalty.find_programme(connection, made.id)
        listed = await loyalty.programmes(connection)
        actions = (await connection.scalars(select(AuditLog.action))).all()
    assert by_name == by_id == made
    assert list(listed) == [made]
    assert made.asked == kept(CLUB)
    assert made.asked.notice_days == (30, 7, 1)
    assert actions == ["programme.add"]


async def test_a_change_is_written_down_once_and_a_name_is_one_however_it_is_spelled(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        made = await loyalty.add_programme(connection, CLUB, ANA, NOW)
        other = await loyalty.add_programme(connection, replace(CLUB, name="Outro"), ANA, NOW)
        same = await loyalty.change_programme(connection, made.id, CLUB, ANA, NOW)
        changed = await loyalty.change_programme(connection, "CLUBE", replace(CLUB, daily_limit=5), ANA, NOW)
        with pytest.raises(loyalty.TakenError):
            await loyalty.add_programme(connection, replace(CLUB, name="CLUBE"), ANA, NOW)
        with pytest.raises(loyalty.TakenError):
            await loyalty.change_programme(connection, other.id, replace(CLUB, name=" clube"), ANA, NOW)
        with pytest.raises(loyalty.NotThereError):
            await loyalty.find_programme(connection, "Nada")
        details = (await connection.scalars(select(AuditLog.detail).where(AuditLog.action == "programme.change"))).all()
    assert same == made
    assert changed.asked.daily_limit == 5
    assert details == [{"before": {"daily_limit": 10_000}, "after": {"daily_limit": 5}}]


async def test_notices_are_released_and_withheld(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        made = await loyalty.add_programme(connection, CLUB, ANA, NOW)
        released = await loyalty.set_released(connection, made.id, ANA, NOW, released=True)
        again = await loyalty.set_released(connection, made.id, ANA, NOW, released=True)
        withheld = await loyalty.set_released(connection, made.id, ANA, NOW, released=False)
    assert made.released_at is None
    assert released.released_at == again.released_at == NOW
    assert withheld.released_at is None


def test_what_is_kept_once_stays_as_it_is() -> None:
    plain = kept(AskedProgramme(name=" Pontos  da loja ", timezone="utc"))
    assert kept(plain) == plain
    assert (plain.name, plain.idle_days) == ("Pontos da loja", None)


@for_each(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"unit": " "}, "unit"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"notice_days": (0,)}, "notice_days"),
        ({"notice_days": tuple(range(1, 12))}, "notice_days"),
        ({"least_life": -1}, "least_life"),
        ({"daily_limit": 2**63}, "daily_limit"),
        ({"idle_days": 0}, "idle_days"),
        ({"templates": (("often", "a/b"),)}, "templates"),
        ({"templates": (("1", "a"),)}, "templates"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(loyalty.AskedError) as caught:
        kept(replace(CLUB, **change))  # type: ignore[arg-type]  # each row gives what its field takes
    assert caught.value.field == field
