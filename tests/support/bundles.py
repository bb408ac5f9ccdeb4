"""Publishing YAML in a test as an admin would."""

from datetime import UTC, datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.actors import Actor
from bot.flows.checking import CheckedBundle, Source, check
from bot.flows.service import Published, publish

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@cache
def checked(*texts: str) -> tuple[CheckedBundle, ...]:
    """The bundles of these YAML texts, in which there must be no fault."""
    result = check(Source(f"{number}.yaml", text.encode()) for number, text in enumerate(texts))
    assert [fault.sentence() for fault in result.faults] == []
    return result.bundles


async def published(engine: AsyncEngine, *texts: str, now: datetime = MOMENT, by: str = "ana") -> list[Published]:
    """Publish these YAML texts, committed."""
    async with engine.begin() as connection:
        return await publish(connection, checked(*texts), by=Actor(by), now=now)
