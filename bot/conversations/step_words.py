"""The words behind the names of steps: who runs a shop knows what the bot says, not what a file calls it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.core.text import cut
from bot.flows.models import Bundle, Flow, FlowStep, Template

StepWords = Mapping[tuple[str, str], str]
"""By flow, as traces name it (`bundle/flow`), and step: how what it says begins."""

_SHOWN = 60
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


async def step_words(
    connection: AsyncConnection, traces: Iterable[Iterable[Mapping[str, Any]]], language: str
) -> StepWords:
    """What the published steps of the flows say that these traces name, in `language` (`pt-BR`) if they can."""
    flows = {str(entry.get("data", {}).get("flow") or "") for trace in traces for entry in trace}
    names = {each.partition("/")[2] for each in flows} - {""}
    if not names:
        return {}
    own, said = aliased(Template), aliased(Template)
    statement = (
        select(Bundle.name, Flow.name, FlowStep.key, said.locale, said.content)
        .join(Flow, Flow.bundle_id == Bundle.id)
        .join(FlowStep, FlowStep.flow_id == Flow.id)
        .join(own, own.id == FlowStep.template_id)
        .join(said, (said.bundle_id == own.bundle_id) & (said.key == own.key))
        .where(Bundle.status == "published", Flow.name.in_(names))
        .order_by(said.id == own.id)
    )
    found: dict[tuple[str, str], str] = {}
    # The bundle's own words come last, and stand where there are none in the language.
    for bundle, flow, step, locale, content in await connection.execute(statement):
        place = (f"{bundle}/{flow}", step)
        if place not in found or locale[:2] == language[:2]:
            found[place] = _beginning(content)
    return found


def _beginning(content: str) -> str:
    return cut(" ".join(_TAGS.sub("…", content).split()), _SHOWN).removesuffix(".")
