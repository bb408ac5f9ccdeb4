"""A programme of points, and people who have some."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.conversations.service import merge, undo_merge
from bot.core.actors import Actor
from bot.core.ids import new_id
from bot.loyalty import service as loyalty
from bot.loyalty.models import PointAccount
from bot.loyalty.service import (
    Adjust,
    AskedProgramme,
    Earn,
    Outcome,
    Period,
    Posted,
    Posting,
    Programme,
    Redeem,
    Refund,
    Refusal,
    Return,
    Unit,
)

BIA = Actor("Bia")
BEGINNING = datetime(2026, 3, 10, 15, tzinfo=UTC)
CLUB = AskedProgramme(name="Clube", timezone="America/Sao_Paulo", expires_after=Period(30, Unit.DAYS), least_life=5)


@dataclass(slots=True)
class Club:
    """A programme whose clock the test has."""

    engine: AsyncEngine
    programme: Programme
    now: datetime = BEGINNING
    merges: list[str] = field(default_factory=list)

    def later(self, **span: float) -> None:
        """Time goes by."""
        self.now += timedelta(**span)

    async def contact(self) -> str:
        """Somebody new."""
        id_ = new_id()
        async with self.engine.begin() as connection:
            await connection.execute(insert(Contact).values(id=id_, name="Ana"))
        return id_

    async def post(self, *batch: Posting) -> list[Outcome]:
        """All of them in one transaction."""
        async with self.engine.begin() as connection:
            return await loyalty.post(connection, batch, self.now)

    async def earn(self, contact_id: str, points: int, **more: Any) -> Posted:
        """Points that were earned."""
        return _done(
            await self.post(Earn(programme_id=self.programme.id, contact_id=contact_id, points=points, **more))
        )

    async def redeem(self, contact_id: str, points: int, **more: Any) -> Posted:
        """Points that were redeemed."""
        asked = Redeem(programme_id=self.programme.id, contact_id=contact_id, points=points, **more)
        return _done(await self.post(asked))

    async def refund(self, entry_id: str, points: int | None = None) -> Posted:
        """Points that were given back."""
        return _done(await self.post(Refund(programme_id=self.programme.id, entry_id=entry_id, points=points)))

    async def return_(self, entry_id: str, points: int | None = None) -> Posted:
        """Points that were taken back."""
        return _done(await self.post(Return(programme_id=self.programme.id, entry_id=entry_id, points=points)))

    async def adjust(self, contact_id: str, points: int) -> Posted:
        """Points that somebody gave or took."""
        return _done(await self.post(Adjust(programme_id=self.programme.id, contact_id=contact_id, points=points)))

    async def refused(self, *batch: Posting) -> list[str]:
        """The codes of postings that are all refused."""
        outcomes = await self.post(*batch)
        assert all(isinstance(each, Refusal) for each in outcomes), outcomes
        return [each.code.value for each in outcomes if isinstance(each, Refusal)]

    async def merge(self, kept_id: str, merged_id: str) -> None:
        """They turn out to be one person."""
        async with self.engine.begin() as connection:
            self.merges.append((await merge(connection, kept_id, merged_id, BIA, self.now)).id)

    async def undo(self) -> None:
        """The last ones who were merged are two again."""
        async with self.engine.begin() as connection:
            await undo_merge(connection, self.merges.pop(), BIA, self.now)

    async def accounts(self) -> Sequence[Any]:
        """The rows of all accounts."""
        async with self.engine.connect() as connection:
            return (await connection.execute(select(PointAccount.__table__).order_by(PointAccount.id))).all()


async def club_on(engine: AsyncEngine, asked: AskedProgramme = CLUB) -> Club:
    """A programme of its own."""
    async with engine.begin() as connection:
        programme = await loyalty.add_programme(connection, asked, BIA, BEGINNING)
    return Club(engine, programme)


def _done(outcomes: Sequence[Outcome]) -> Posted:
    (outcome,) = outcomes
    assert isinstance(outcome, Posted), outcome
    return outcome
