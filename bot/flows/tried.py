"""The triggers in force, in the order in which they are tried, for people to look at."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows import queries


@dataclass(frozen=True, slots=True)
class TriedTrigger:
    """A trigger in force.

    Attributes:
        id: of its row.
        place: in the order in which all are tried, from 1.
        key: its own name; empty for none.
        type: `equals`, `contains`, `regex` or `number`.
        patterns: what it looks for; one empty text for any number.
        priority: higher ones are tried first.
        cooldown: seconds for which it keeps silent after it has answered somebody.
        interrupt: whether it is tried before a running flow.
        bundle: where it belongs.
        version: of the bundle.
        template: what it answers with; empty for something else.
        flow: what it starts; empty for something else.
        action: what it does; empty for something else.
    """

    id: str
    place: int
    key: str
    type: str
    patterns: tuple[str, ...]
    priority: int
    cooldown: int
    interrupt: bool
    bundle: str
    version: int
    template: str
    flow: str
    action: str


async def triggers_in_order(
    connection: AsyncConnection,
    *,
    words: str = "",
    types: Collection[str] = (),
    after: int = 0,
    limit: int,
) -> list[TriedTrigger]:
    """The triggers in force; those that interrupt a flow are looked at first.

    Args:
        connection: to read on.
        words: a part of pattern, key, bundle or target; empty for any.
        types: one of these; none for any.
        after: behind that place.
        limit: how many at most.
    """
    return [
        TriedTrigger(
            id=row.id,
            place=row.place,
            key=row.key or "",
            type=row.type,
            patterns=_patterns(row.type, row.pattern),
            priority=row.priority,
            cooldown=row.cooldown_sec,
            interrupt=row.interrupt,
            bundle=row.bundle,
            version=row.version,
            template=row.template or "",
            flow=row.flow or "",
            action=row.action or "",
        )
        for row in await queries.triggers_in_order(connection, words, types, after, limit)
    ]


def _patterns(type_: str, stored: str) -> tuple[str, ...]:
    """One text, or several that are stored as a JSON list; only those that compare texts have several."""
    if type_ not in {"equals", "contains"} or not stored.startswith("["):
        return (stored,)
    try:
        listed = json.loads(stored)
    except ValueError:
        return (stored,)
    return tuple(map(str, listed)) if isinstance(listed, list) and len(listed) > 1 else (stored,)
