"""What people answered in flows that are over: until results have a place of their own, the instances tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.shown import queries


@dataclass(frozen=True, slots=True)
class Result:
    """A flow that a contact has been through.

    Attributes:
        flow: `bundle/flow`.
        version: of the bundle.
        state: the answers, by `save_as`.
        begun_at: when it began.
        ended_at: when it ended.
        end_reason: why, an EndReason.
    """

    flow: str
    version: int
    state: dict[str, Any]
    begun_at: datetime
    ended_at: datetime
    end_reason: str


async def last_results(connection: AsyncConnection, contact_ids: Sequence[str], limit: int = 10) -> list[Result]:
    """The flows that a person has been through, by the ids of their family, those that ended last first."""
    return [
        Result(
            flow=f"{row.bundle}/{row.name}",
            version=row.version,
            state=row.state_json,
            begun_at=row.created_at,
            ended_at=row.ended_at,
            end_reason=row.end_reason,
        )
        for row in await queries.ended_instances(connection, contact_ids, limit)
    ]
