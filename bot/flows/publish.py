"""Publishing: a checked bundle becomes the version that is served, all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.flows import queries
from bot.flows.bundled import CheckedBundle
from bot.flows.library import Shown, show
from bot.flows.models import Bundle, Flow, FlowStep, Template, Trigger
from bot.flows.stored import digest_of, stored_of
from bot.flows.yaml.document import BundleDocument, End, FlowDocument, StepDocument, TriggerDocument

_ARCHIVED = N_("{name} was archived meanwhile")


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a bundle.

    Attributes:
        name: the bundle's.
        version: the one now served.
        changed: False when it was served already.
    """

    name: str
    version: int
    changed: bool


async def publish(
    connection: AsyncConnection, bundles: Sequence[CheckedBundle], *, by: Actor, now: datetime
) -> list[Published]:
    """Publish `bundles` in the caller's transaction; a later one counts as newer.

    An unchanged bundle makes no new version. Instances stay with the rows they began with; triggers keep their ids.
    """
    await queries.lock_publishers(connection)
    hint(connection, Topic.BUNDLES, [bundle.document.bundle for bundle in bundles])
    published = [await _publish(connection, bundle, by.name, now) for bundle in bundles]
    for each in published:
        if each.changed:
            told = {"after": {"version": each.version}}
            await record(connection, by, "bundle.publish", "bundle", each.name, told, at=now)
    return published


class OvertakenError(BotError):
    """What is in force is not what whoever publishes has seen.

    Attributes:
        version: the newest one; 0 where there is none.
    """

    def __init__(self, name: str, newest: Row[*tuple[Any, ...]] | None) -> None:
        """`newest` is the bundle's newest version."""
        self.version = 0 if newest is None else newest.version
        by = "" if newest is None else newest.published_by or ""
        is_served = newest is not None and newest.status == "published"
        said = N_("{by} published version {version} of {name} meanwhile") if is_served else _ARCHIVED
        super().__init__(said, mend=N_("Look at what changed, then decide."), name=name, by=by, version=self.version)


async def publish_over(
    connection: AsyncConnection, bundle: CheckedBundle, over: int, *, by: Actor, now: datetime
) -> Published:
    """Publish a bundle in the place of the version `over`, 0 for none; what is served already is not published again.

    Raises OvertakenError where another version is in force by now.
    """
    await queries.lock_publishers(connection)
    name = bundle.document.bundle
    newest = await queries.newest_version(connection, name)
    in_force = newest.version if newest is not None and newest.status == "published" else 0
    is_served = newest is not None and in_force != 0 and newest.digest == digest_of(stored_of(bundle))
    if in_force != over and not is_served:
        raise OvertakenError(name, newest)
    (published,) = await publish(connection, [bundle], by=by, now=now)
    return published


async def lock_newest(connection: AsyncConnection, name: str) -> Shown:
    """The newest version of a bundle, after which nobody else publishes until the transaction ends.

    Raises NoBundleError.
    """
    await queries.lock_publishers(connection)
    return await show(connection, name)


async def archive(connection: AsyncConnection, name: str, *, by: Actor, now: datetime) -> int:
    """Take a bundle out of service; returns the version. Running instances go on to their end.

    Raises BotError when no such bundle is published.
    """
    await queries.lock_publishers(connection)
    newest = await queries.newest_version(connection, name)
    if newest is None or newest.status != "published":
        raise BotError(N_("no bundle {name} is published"), mend=N_("See `python bot.py flows list`."), name=name)
    await queries.retire(connection, name, now)
    hint(connection, Topic.BUNDLES, [name])
    version: int = newest.version
    await record(connection, by, "bundle.archive", "bundle", name, {"before": {"version": version}}, at=now)
    return version


async def _publish(connection: AsyncConnection, bundle: CheckedBundle, by: str, now: datetime) -> Published:
    document = bundle.document
    stored = stored_of(bundle)
    digest = digest_of(stored)
    newest = await queries.newest_version(connection, document.bundle)
    if newest is not None and newest.status == "published" and newest.digest == digest:
        return Published(document.bundle, newest.version, changed=False)
    version = 1 if newest is None else newest.version + 1
    known = await queries.triggers_of(connection, document.bundle)
    await queries.retire(connection, document.bundle, now)
    times = {"created_at": now, "updated_at": now}
    bundle_id = new_id()
    await queries.insert_rows(
        connection,
        Bundle,
        [
            {
                "id": bundle_id,
                "name": document.bundle,
                "version": version,
                "status": "published",
                "document": stored,
                "digest": digest,
                "source": bundle.source,
                "published_at": now,
                "published_by": by,
                **times,
            }
        ],
    )
    templates = await _insert_templates(connection, document, bundle_id, times)
    flows = await _insert_flows(connection, document, bundle_id, version, templates, times)
    triggers = await _write_triggers(connection, document, bundle_id, known, templates, flows, times)
    entries: dict[str, str] = {}
    for trigger, trigger_id in zip(document.triggers, triggers, strict=True):
        if trigger.flow is not None:
            entries.setdefault(flows[trigger.flow], trigger_id)
    await queries.set_entries(connection, entries.items())
    return Published(document.bundle, version, changed=True)


async def _insert_templates(
    connection: AsyncConnection, document: BundleDocument, bundle_id: str, times: dict[str, datetime]
) -> dict[str, str]:
    """Insert each template in each locale; returns the ids of those in the bundle's own, by key."""
    rows = [
        {
            "id": new_id(),
            "bundle_id": bundle_id,
            "key": key,
            "content": texts[0],
            "variables": template.variables or None,
            "variants": list(texts),
            "locale": locale,
            "is_active": True,
            **times,
        }
        for key, template in document.templates.items()
        for locale, texts in template.by_locale(document.locale)
    ]
    await queries.insert_rows(connection, Template, rows)
    return {str(row["key"]): str(row["id"]) for row in rows if row["locale"] == document.locale}


async def _insert_flows(
    connection: AsyncConnection,
    document: BundleDocument,
    bundle_id: str,
    version: int,
    templates: dict[str, str],
    times: dict[str, datetime],
) -> dict[str, str]:
    """Insert the flows and their steps; returns the flows' ids by name."""
    ids = {name: new_id() for name in document.flows}
    flows = [
        {
            "id": ids[name],
            "bundle_id": bundle_id,
            "name": name,
            "status": "published",
            "version": version,
            "schema_json": flow.model_dump(mode="json", exclude_defaults=True),
            **times,
        }
        for name, flow in document.flows.items()
    ]
    await queries.insert_rows(connection, Flow, flows)
    steps = [row for name, flow in document.flows.items() for row in _step_rows(ids[name], flow, templates, times)]
    await queries.insert_rows(connection, FlowStep, steps)
    return ids


def _step_rows(
    flow_id: str, flow: FlowDocument, templates: dict[str, str], times: dict[str, datetime]
) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "flow_id": flow_id,
            "key": step.key,
            "type": step.type,
            "template_id": None if step.template is None else templates[step.template],
            "wait_input": step.waits,
            "transitions_json": _transitions(step),
            "order": order,
            **times,
        }
        for order, step in enumerate(flow.steps)
    ]


def _transitions(step: StepDocument) -> dict[str, str] | None:
    return None if isinstance(step, End) else dict(step.transitions) or None


async def _write_triggers(
    connection: AsyncConnection,
    document: BundleDocument,
    bundle_id: str,
    known: list[queries.TriggerRow],
    templates: dict[str, str],
    flows: dict[str, str],
    times: dict[str, datetime],
) -> list[str]:
    """Insert new triggers and write known ones anew; returns their ids in the file's order."""
    fresh: list[dict[str, Any]] = []
    ids: list[str] = []
    for position, (trigger, row_id) in enumerate(
        zip(document.triggers, _identify(document.triggers, known), strict=True)
    ):
        ids.append(row_id or new_id())
        row: dict[str, Any] = {
            "id": ids[-1],
            "bundle_id": bundle_id,
            "key": trigger.key,
            "type": trigger.type,
            "pattern": trigger.stored_pattern,
            "priority": trigger.priority,
            "cooldown_sec": trigger.cooldown_sec,
            "active": trigger.active,
            "interrupt": trigger.interrupt,
            "position": position,
            "template_id": None if trigger.template is None else templates[trigger.template],
            "flow_id": None if trigger.flow is None else flows[trigger.flow],
            "action": trigger.action,
            "updated_at": times["updated_at"],
        }
        if row_id is None:
            fresh.append({**row, "created_at": times["created_at"]})
        else:
            await queries.update_trigger(connection, row)
    await queries.insert_rows(connection, Trigger, fresh)
    return ids


def _identify(triggers: Sequence[TriggerDocument], known: list[queries.TriggerRow]) -> list[str | None]:
    """The row of each trigger: the one with its key, else a keyless one alike in type, pattern and target."""
    by_key = {row.key: row.id for row in known if row.key is not None}
    by_content = {row.content: row.id for row in reversed(known) if row.key is None}
    contents = [(each.type, each.stored_pattern, each.target) for each in triggers]
    ids = [
        by_content.pop(content, None) if each.key is None else by_key.get(each.key)
        for each, content in zip(triggers, contents, strict=True)
    ]
    # What is left was keyless before: one that is given a key stays itself, but not at the cost of one without.
    return [row_id or by_content.pop(content, None) for content, row_id in zip(contents, ids, strict=True)]
