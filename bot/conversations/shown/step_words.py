"""The words behind the names of steps: who runs a shop knows what the bot says, not what a file calls it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.shown import queries
from bot.core.text import cut

StepWords = Mapping[tuple[str, str], str]
"""By flow, as traces name it (`bundle/flow`), and step: how what it says begins."""

_SHOWN = 60
_TAGS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})+", re.DOTALL)


async def step_words(
    connection: AsyncConnection, traces: Iterable[Iterable[Mapping[str, Any]]], language: str
) -> StepWords:
    """What the published steps of the flows say that these traces name, in `language` (`pt-BR`) if they can."""
    flows = {str(entry.get("data", {}).get("flow") or "") for trace in traces for entry in trace}
    names = {each.partition("/")[2] for each in flows} - {""}
    if not names:
        return {}
    found: dict[tuple[str, str], str] = {}
    # The bundle's own words come last, and stand where there are none in the language.
    for bundle, flow, step, locale, content in await queries.published_words(connection, names):
        place = (f"{bundle}/{flow}", step)
        if place not in found or locale[:2] == language[:2]:
            found[place] = _beginning(content)
    return found


def _beginning(content: str) -> str:
    return cut(" ".join(_TAGS.sub("…", content).split()), _SHOWN).removesuffix(".")
