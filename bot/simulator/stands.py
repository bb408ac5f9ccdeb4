"""Where a conversation stands: its flow, step and values, who answers, and what is kept of the person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import cards, family, tags
from bot.conversations.shown.explain import ended_because
from bot.conversations.shown.flow_position import flow_position
from bot.conversations.shown.results import last_results
from bot.conversations.shown.step_words import step_words
from bot.core.text import cut, one_line
from bot.engine.state import decode_state
from bot.web.i18n import Translator

_MOST, _LONGEST = 100, 300
"""How many values are shown, and how many characters of each."""

Row = tuple[str, str]


async def stands(connection: AsyncConnection, contact_id: str, now: datetime, _: Translator) -> dict[str, Any]:
    """Where the conversation with a contact stands, as JSON: all texts are to be shown as they are.

    `flow` is empty where none runs, and `over` says then how the last one ended, whose values are shown. `handed_over`
    says that a person of the shop has the conversation, and `until` till when; it is empty for as long as they like.
    """
    position = await flow_position(connection, contact_id)
    past = (
        []
        if position is not None and position.flow
        else await last_results(connection, await family(connection, contact_id), limit=1)
    )
    flow, step, over, state = "", "", "", {}
    if position is not None and position.flow:
        flow, step, state = position.flow, position.step, position.state
        words = await step_words(connection, [[{"data": {"flow": flow}}]], _.locale)
        said = words.get((flow, step))
        step = f"{step} “{said}”" if said else step
    elif past:
        flow, over, state = past[0].flow, ended_because(past[0].end_reason, _), past[0].state
    handed_over = position is not None and position.paused and _is_ahead(position.paused_until, now)
    (card,) = await cards(connection, [contact_id])
    return {
        "flow": one_line(flow),
        "step": one_line(step),
        "over": over,
        "handed_over": handed_over,
        "until": position.paused_until.isoformat() if handed_over and position and position.paused_until else "",
        "values": _rows(decode_state(state)),
        "locale": card.locale or "",
        "attributes": _rows(card.attributes),
        "tags": [one_line(each) for each in await tags(connection, contact_id)][:_MOST],
    }


def _is_ahead(until: datetime | None, now: datetime) -> bool:
    return until is None or now < until


def _rows(values: Mapping[str, object]) -> list[Row]:
    """Names and values in words; what exceeds a table that one can read is left out, and said to be."""
    rows = [(one_line(name), _spelled(value)) for name, value in _first(values.items())]
    return rows if len(values) <= _MOST else [*rows, ("…", "")]


def _first(values: Iterable[tuple[str, object]]) -> Iterable[tuple[str, object]]:
    return [each for _at, each in zip(range(_MOST), values, strict=False)]


def _spelled(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return one_line(cut(text, _LONGEST))
