"""What the next run would tell: the dry run that somebody looks at before they release notices."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.loyalty.lives import day_of
from bot.loyalty.notices import queries, rules
from bot.loyalty.values import Programme


class Planned(NamedTuple):
    """The notices of one day.

    Attributes:
        day: the last one on which the points count.
        kind: `EXPIRATION_30_DAYS` and so on.
        accounts: how many have such points, and were not told at that stage.
        points: how many they have.
        silenced: of the accounts those that want no notices.
        nameless: of the accounts those that are nobody's any more.
    """

    day: date
    kind: str
    accounts: int
    points: int
    silenced: int
    nameless: int


async def planned(connection: AsyncConnection, programme: Programme, now: datetime) -> Sequence[Planned]:
    """What a run at that moment would tell, by day, whether or not it is released.

    That all of somebody's points end since they were idle is not in it. It reads each lot that is due, so it is for a
    connection of those who only read.
    """
    today = day_of(now, programme.zone)
    found = []
    for day in sorted(rules.days_to_look_at(today, programme.asked.notice_days)):
        stage = rules.stage_of(day, today, programme.asked.notice_days)
        if stage is not None:
            kind = rules.kind_of(stage)
            row = await queries.count_due(connection, programme.id, day, kind)
            if row.accounts:
                found.append(Planned(day, kind, row.accounts, int(row.points), row.silenced, row.nameless))
    return found
