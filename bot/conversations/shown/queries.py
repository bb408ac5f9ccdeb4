"""The statements that tell of conversations what is shown of them."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.conversations.models import FlowInstance
from bot.db.bulk import among
from bot.flows.models import Bundle, Flow, FlowStep, Template
from bot.flows.placeholder import NO_FLOW

WordsRow = Row[str, str, str, str, str]
"""The bundle's name, the flow's, the step's key, the locale, the words."""


async def open_instance(connection: AsyncConnection, contact_id: str) -> Row[Any] | None:
    """A contact's open flow instance, with the `name` of its flow, and the `bundle` and its `version`; or None."""
    return (await connection.execute(_open_instance(), {"id": contact_id})).one_or_none()


@cache
def _open_instance() -> Select[*tuple[Any, ...]]:
    return _instances().where(FlowInstance.contact_id == bindparam("id"), FlowInstance.ended_at.is_(None))


async def ended_instances(connection: AsyncConnection, contact_ids: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """The flows that those contacts have been through, as `open_instance` gives them, those that ended last first."""
    given = {"ids": list(contact_ids), "most": limit}
    return (await connection.execute(_ended_instances(connection.dialect.name), given)).all()


@cache
def _ended_instances(dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        _instances()
        .where(
            among(dialect, FlowInstance.contact_id, "ids"),
            FlowInstance.ended_at.is_not(None),
            FlowInstance.flow_id != NO_FLOW,
        )
        .order_by(FlowInstance.ended_at.desc(), FlowInstance.id.desc())
        .limit(bindparam("most"))
    )


async def count_running(connection: AsyncConnection, bundle: str, limit: int) -> int:
    """How many open instances are of flows of any version of `bundle`; counted up to `limit`."""
    running = (
        select(FlowInstance.id)
        .join(Flow, Flow.id == FlowInstance.flow_id)
        .join(Bundle, Bundle.id == Flow.bundle_id)
        .where(Bundle.name == bundle, FlowInstance.ended_at.is_(None), FlowInstance.flow_id.is_not(None))
        .limit(limit)
        .subquery()
    )
    return (await connection.execute(select(func.count()).select_from(running))).scalar_one()


def _instances() -> Select[*tuple[Any, ...]]:
    return (
        select(FlowInstance.__table__, Flow.name, Bundle.name.label("bundle"), Bundle.version)
        .join(Flow, Flow.id == FlowInstance.flow_id)
        .join(Bundle, Bundle.id == Flow.bundle_id)
    )


async def published_words(connection: AsyncConnection, flows: Collection[str]) -> Sequence[WordsRow]:
    """What the steps of the published flows of those names say, in each language; in the bundle's own comes last."""
    return (await connection.execute(_published_words(connection.dialect.name), {"flows": sorted(flows)})).all()


@cache
def _published_words(dialect: str) -> Select[str, str, str, str, str]:
    own, said = aliased(Template), aliased(Template)
    return (
        select(Bundle.name, Flow.name, FlowStep.key, said.locale, said.content)
        .join(Flow, Flow.bundle_id == Bundle.id)
        .join(FlowStep, FlowStep.flow_id == Flow.id)
        .join(own, own.id == FlowStep.template_id)
        .join(said, (said.bundle_id == own.bundle_id) & (said.key == own.key))
        .where(Bundle.status == "published", among(dialect, Flow.name, "flows"))
        .order_by(said.id == own.id)
    )
