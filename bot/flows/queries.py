"""The statements over stored bundles, all in one place."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkInsert
from bot.db.counting import count_some
from bot.db.engine import is_postgresql
from bot.flows.compile import RowIds
from bot.flows.models import Bundle, Flow, FlowStep, Template, Trigger

FILES = "files"
"""The key of a stored document under which stands where the bundle's own files are kept; no YAML has it."""
_PUBLISHERS_LOCK = 7_265_636_100
"""The key of the advisory lock that publishers take; any number that nothing else uses."""
INSERT_BUNDLE = BulkInsert(
    Bundle,
    ("id", "name", "version", "status", "document", "digest", "source", "created_at", "updated_at"),
    keys=("name", "version"),
)
"""Adds bundles that are not there yet."""
INSERT_FLOW = BulkInsert(
    Flow, ("id", "bundle_id", "name", "status", "version", "created_at", "updated_at"), keys=("bundle_id", "name")
)
"""Adds flows that are not there yet."""


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """One version of a bundle, with the ids of its rows.

    Attributes:
        id: sorts by creation.
        name: the bundle's.
        version: from 1 up.
        document: as JSON.
        ids: of its templates, flows and triggers in force.
    """

    id: str
    name: str
    version: int
    document: dict[str, Any]
    ids: RowIds


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """A trigger of any version of a bundle, with what identifies it.

    Attributes:
        id: kept over publishes.
        key: its own name, if it has one.
        content: type, pattern, and the key of its template, the name of its flow or that of its action.
    """

    id: str
    key: str | None
    content: tuple[str, str, str]


async def lock_publishers(connection: AsyncConnection) -> None:
    """Let one publisher in at a time; SQLite has but one writer anyway."""
    if is_postgresql(connection):
        # Another publisher may need longer than the lock time-out of a turn.
        await connection.execute(text("SET LOCAL lock_timeout = '20s'"))
        await connection.execute(select(func.pg_advisory_xact_lock(_PUBLISHERS_LOCK)))


async def published_ids(connection: AsyncConnection) -> tuple[str, ...]:
    """The ids of the published versions, newest publish first; whatever is published changes them."""
    rows = await connection.execute(
        select(Bundle.id).where(Bundle.status == "published").order_by(Bundle.published_at.desc(), Bundle.id.desc())
    )
    return tuple(rows.scalars())


async def published_by(connection: AsyncConnection) -> dict[str, str | None]:
    """The names of the published bundles, and who published each."""
    rows = await connection.execute(select(Bundle.name, Bundle.published_by).where(Bundle.status == "published"))
    return {row.name: row.published_by for row in rows}


async def bundles_of_flows(connection: AsyncConnection, flow_ids: Collection[str]) -> Sequence[str]:
    """The ids of the versions that those flows belong to."""
    return (await connection.execute(select(Flow.bundle_id).where(Flow.id.in_(flow_ids)).distinct())).scalars().all()


async def read_bundles(connection: AsyncConnection, ids: Collection[str]) -> dict[str, StoredBundle]:
    """Those versions, by id."""
    bundles = await connection.execute(
        select(Bundle.id, Bundle.name, Bundle.version, Bundle.document).where(Bundle.id.in_(ids))
    )
    templates = await connection.execute(
        select(Template.bundle_id, Template.key, Template.locale, Template.id).where(Template.bundle_id.in_(ids))
    )
    flows = await connection.execute(select(Flow.bundle_id, Flow.name, Flow.id).where(Flow.bundle_id.in_(ids)))
    triggers = await connection.execute(
        select(Trigger.bundle_id, Trigger.position, Trigger.id).where(Trigger.bundle_id.in_(ids), Trigger.active)
    )
    template_ids: dict[str, dict[tuple[str, str], str]] = {each: {} for each in ids}
    flow_ids: dict[str, dict[str, str]] = {each: {} for each in ids}
    trigger_ids: dict[str, dict[int, str]] = {each: {} for each in ids}
    for bundle_id, key, locale, row_id in templates:
        template_ids[bundle_id][key, locale] = row_id
    for bundle_id, name, row_id in flows:
        flow_ids[bundle_id][name] = row_id
    for bundle_id, position, row_id in triggers:
        trigger_ids[bundle_id][position] = row_id
    return {
        row.id: StoredBundle(
            row.id,
            row.name,
            row.version,
            row.document,
            RowIds(template_ids[row.id], flow_ids[row.id], trigger_ids[row.id], row.document.get(FILES, {})),
        )
        for row in bundles
    }


async def newest_version(connection: AsyncConnection, name: str) -> Row[*tuple[Any, ...]] | None:
    """Id, version, status, digest and publisher of the newest version of `name`."""
    rows = await connection.execute(
        select(Bundle.id, Bundle.version, Bundle.status, Bundle.digest, Bundle.published_by)
        .where(Bundle.name == name)
        .order_by(Bundle.version.desc())
        .limit(1)
    )
    return rows.first()


async def triggers_of(connection: AsyncConnection, name: str) -> list[TriggerRow]:
    """Every trigger that any version of bundle `name` has had, those in force first."""
    rows = await connection.execute(
        select(
            Trigger.id,
            Trigger.key,
            Trigger.type,
            Trigger.pattern,
            func.coalesce(Template.key, Flow.name, Trigger.action).label("target"),
        )
        .join(Bundle, Bundle.id == Trigger.bundle_id)
        .outerjoin(Template, Template.id == Trigger.template_id)
        .outerjoin(Flow, Flow.id == Trigger.flow_id)
        .where(Bundle.name == name)
        .order_by(Trigger.active.desc(), Trigger.updated_at.desc(), Trigger.position, Trigger.id)
    )
    return [TriggerRow(row.id, row.key, (row.type, row.pattern, row.target)) for row in rows]


async def insert_rows(
    connection: AsyncConnection, model: type[Bundle | Template | Flow | FlowStep | Trigger], rows: list[dict[str, Any]]
) -> None:
    """Insert `rows`, if there are any."""
    if rows:
        await connection.execute(insert(model), rows)


async def update_trigger(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Write a trigger's row anew; `values` has its id."""
    await connection.execute(update(Trigger).where(Trigger.id == values["id"]).values(values))


async def set_entries(connection: AsyncConnection, entries: Iterable[tuple[str, str]]) -> None:
    """Note for each flow the trigger that starts it; pairs of flow and trigger id."""
    for flow_id, trigger_id in entries:
        await connection.execute(update(Flow).where(Flow.id == flow_id).values(entry_trigger_id=trigger_id))


async def retire(connection: AsyncConnection, name: str, now: datetime) -> None:
    """Take the published version of `name` out of service, its triggers included."""
    ids = select(Bundle.id).where(Bundle.name == name)
    await connection.execute(
        update(Trigger).where(Trigger.bundle_id.in_(ids), Trigger.active).values(active=False, updated_at=now)
    )
    await connection.execute(
        update(Template).where(Template.bundle_id.in_(ids), Template.is_active).values(is_active=False, updated_at=now)
    )
    for model in (Flow, Bundle):
        owner = Flow.bundle_id if model is Flow else Bundle.id
        await connection.execute(
            update(model).where(owner.in_(ids), model.status == "published").values(status="archived", updated_at=now)
        )


async def newest_of_each(
    connection: AsyncConnection, words: str = "", statuses: Collection[str] = (), after: str = "", limit: int = -1
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The newest version of each bundle, by name, with its document.

    Args:
        connection: to read on.
        words: a part of the name; empty for any.
        statuses: one of these; none for any.
        after: the names behind this one.
        limit: how many at most; -1 for all.
    """
    columns = (Bundle.name, Bundle.version, Bundle.status, Bundle.document, Bundle.published_at, Bundle.published_by)
    statement = _newest(words, statuses).with_only_columns(*columns).where(Bundle.name > after).order_by(Bundle.name)
    return (await connection.execute(statement if limit < 0 else statement.limit(limit))).all()


async def count_bundles(connection: AsyncConnection, words: str = "", statuses: Collection[str] = ()) -> int:
    """How many rows `newest_of_each` finds in all, as `count_some` counts."""
    return await count_some(connection, _newest(words, statuses))


def _newest(words: str, statuses: Collection[str]) -> Select[str]:
    newest = (
        select(Bundle.name, func.max(Bundle.version).label("version"))
        # Version 0 is of the flow that stands for none.
        .where(Bundle.version > 0)
        .group_by(Bundle.name)
        .subquery()
    )
    statement = select(Bundle.name).join(newest, (newest.c.name == Bundle.name) & (newest.c.version == Bundle.version))
    if words:
        statement = statement.where(func.lower(Bundle.name).contains(words.lower(), autoescape=True))
    if statuses:
        statement = statement.where(Bundle.status.in_(statuses))
    return statement


async def version_with_source(
    connection: AsyncConnection, name: str, version: int | None = None
) -> Row[*tuple[Any, ...]] | None:
    """That version of `name`, the newest where none is named, with document and source."""
    wanted = select(Bundle).where(Bundle.name == name, Bundle.version > 0)
    if version is not None:
        wanted = wanted.where(Bundle.version == version)
    return (await connection.execute(wanted.order_by(Bundle.version.desc()).limit(1))).first()


async def versions(
    connection: AsyncConnection, name: str, before: int | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The versions of `name`, the newest first; `before` that one."""
    statement = (
        select(Bundle.id, Bundle.version, Bundle.status, Bundle.published_at, Bundle.published_by)
        .where(Bundle.name == name, Bundle.version > 0)
        .order_by(Bundle.version.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Bundle.version < before)
    return (await connection.execute(statement)).all()


async def triggers_in_order(
    connection: AsyncConnection, words: str, types: Collection[str], after: int, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The triggers in force with their `place`, from 1, in the order in which they are tried.

    Args:
        connection: to read on.
        words: a part of pattern, key, bundle or target; empty for any.
        types: one of these; none for any.
        after: behind that place.
        limit: how many at most.
    """
    tried = _tried(words, types)
    place = tried.selected_columns.place
    rows = await connection.execute(tried.where(place > after).order_by(place).limit(limit))
    return rows.all()


async def count_triggers(connection: AsyncConnection, words: str, types: Collection[str]) -> int:
    """How many `triggers_in_order` finds in all, as `count_some` counts."""
    return await count_some(connection, _tried(words, types))


def _tried(words: str, types: Collection[str]) -> Select[*tuple[Any, ...]]:
    # As the definitions are sorted: interrupting ones are looked at first, then by priority, publish and position.
    order = (
        Trigger.interrupt.desc(),
        Trigger.priority.desc(),
        Bundle.published_at.desc(),
        Bundle.id.desc(),
        Trigger.position,
    )
    ordered = (
        select(
            Trigger.id,
            Trigger.key,
            Trigger.type,
            Trigger.pattern,
            Trigger.priority,
            Trigger.cooldown_sec,
            Trigger.interrupt,
            Trigger.action,
            Template.key.label("template"),
            Flow.name.label("flow"),
            Bundle.name.label("bundle"),
            Bundle.version,
            func.row_number().over(order_by=order).label("place"),
        )
        .join(Bundle, Bundle.id == Trigger.bundle_id)
        .outerjoin(Template, Template.id == Trigger.template_id)
        .outerjoin(Flow, Flow.id == Trigger.flow_id)
        .where(Trigger.active, Bundle.status == "published")
        .subquery()
    )
    columns = ordered.c
    statement = select(ordered)
    if words:
        looked_in = (columns.pattern, columns.key, columns.bundle, columns.template, columns.flow, columns.action)
        statement = statement.where(
            or_(*(func.lower(each).contains(words.lower(), autoescape=True) for each in looked_in))
        )
    if types:
        statement = statement.where(columns.type.in_(types))
    return statement
