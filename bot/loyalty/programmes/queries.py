"""The statements over programmes; there are few."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.addresses import Channel
from bot.db.bulk import among
from bot.db.engine import is_postgresql
from bot.loyalty import models
from bot.loyalty.kinds import OnReturn, Rounding
from bot.loyalty.lives import read_period
from bot.loyalty.values import AskedProgramme, Programme

# Any pair that nothing else uses.
_LOCK_NAMES = text("SELECT pg_advisory_xact_lock(723620, 5)")
_ALL = select(models.Programme.__table__)


async def lock_names(connection: AsyncConnection) -> None:
    """Let one at a time say how programmes are called, until its transaction ends; SQLite has but one writer anyway."""
    if is_postgresql(connection):
        await connection.execute(_LOCK_NAMES)


async def programmes(connection: AsyncConnection) -> Sequence[Programme]:
    """All programmes, by name."""
    rows = await connection.execute(_ALL.order_by(models.Programme.name, models.Programme.id))
    return [_programme(row) for row in rows]


async def programme(connection: AsyncConnection, spelled: str) -> Programme | None:
    """The programme of that id, else the one of exactly that name."""
    statement = _ALL.where(or_(models.Programme.id == spelled, models.Programme.name == spelled))
    found = [_programme(row) for row in await connection.execute(statement)]
    return max(found, key=lambda each: each.id == spelled, default=None)


async def by_ids(connection: AsyncConnection, programme_ids: Iterable[str]) -> Mapping[str, Programme]:
    """Programmes by their ids."""
    rows = await connection.execute(_by_ids(connection.dialect.name), {"ids": sorted(set(programme_ids))})
    return {row.id: _programme(row) for row in rows}


@cache
def _by_ids(dialect: str) -> Executable:
    return _ALL.where(among(dialect, models.Programme.id, "ids"))


async def insert_programme(connection: AsyncConnection, made: Programme) -> None:
    """Write down a programme; nobody else names one meanwhile."""
    values = {"id": made.id, "created_at": made.created_at, "updated_at": made.updated_at, **_values(made.asked)}
    await connection.execute(insert(models.Programme).values(values))


async def update_programme(
    connection: AsyncConnection, programme_id: str, asked: AskedProgramme, now: datetime
) -> None:
    """Let a programme be another one."""
    await _set(connection, programme_id, {**_values(asked), "updated_at": now})


async def set_released(
    connection: AsyncConnection, programme_id: str, released_at: datetime | None, now: datetime
) -> None:
    """Let notices go out, or not any more."""
    await _set(connection, programme_id, {"released_at": released_at, "updated_at": now})


async def _set(connection: AsyncConnection, programme_id: str, values: Mapping[str, Any]) -> None:
    await connection.execute(update(models.Programme).where(models.Programme.id == programme_id).values(dict(values)))


def _values(asked: AskedProgramme) -> dict[str, Any]:
    return {
        "name": asked.name,
        "unit": asked.unit,
        "timezone": asked.timezone,
        "expires_after": None if asked.expires_after is None else str(asked.expires_after),
        "rounding": asked.rounding.value,
        "least_life": asked.least_life,
        "notice_days": list(asked.notice_days),
        "notice_at": asked.notice_at,
        "channels": [each.value for each in asked.channels],
        "templates": dict(asked.templates),
        "daily_limit": asked.daily_limit,
        "on_return": asked.on_return.value,
        "idle_days": asked.idle_days,
        "is_active": asked.is_active,
    }


def _programme(row: Row[Any]) -> Programme:
    asked = AskedProgramme(
        name=row.name,
        unit=row.unit,
        timezone=row.timezone,
        expires_after=None if row.expires_after is None else read_period(row.expires_after),
        rounding=Rounding(row.rounding),
        least_life=row.least_life,
        notice_days=tuple(row.notice_days),
        notice_at=row.notice_at,
        channels=tuple(map(Channel, row.channels)),
        templates=tuple(sorted(row.templates.items())),
        daily_limit=row.daily_limit,
        on_return=OnReturn(row.on_return),
        idle_days=row.idle_days,
        is_active=row.is_active,
    )
    return Programme(row.id, asked, row.released_at, row.created_at, row.updated_at)
