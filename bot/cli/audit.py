"""`audit list|export`: who did what."""

import json
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import AuditFilter, AuditLine, all_lines, cells, line_of, lines
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened
from bot.cli.moments import ago
from bot.core.errors import Blame, BotError
from bot.core.sheets import csv_text
from bot.core.text import escaped, escaped_json
from bot.db.engine import reading
from bot.settings import Settings
from bot.users.service import find_user


def list_lines(  # noqa: PLR0913 - each is an option
    *,
    user: str | None,
    action: str | None,
    resource: str | None,
    resource_id: str | None,
    since: str | None,
    until: str | None,
    after: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List lines."""
    wanted = _filter(action, resource, resource_id, since, until)
    found = run_async(_list(read_settings(), wanted, user, limit, after))
    if not found:
        _require_known(action, resource)
    if as_json:
        print_json([each._asdict() for each in found])
    elif found:
        columns = (_("When"), _("Who"), _("Action"), _("On"), _("Detail"), _("Address"), _("Line"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("The audit has no such lines."))


def _require_known(action: str | None, resource: str | None) -> None:
    """Raises BotError for a name that no line has, and that none of this version would have."""
    from bot.admin.audit_words import ACTIONS, RESOURCES

    for name, known, said in (
        (resource, RESOURCES, _("the audit knows no kind of thing {name}")),
        (action, ACTIONS, _("the audit knows no action {name}")),
    ):
        if name is not None and name not in known:
            names = ", ".join(sorted(known))
            raise BotError(said, mend=_("Choose one of {names}."), blame=Blame.USAGE, name=name, names=names)


def export(
    *,
    user: str | None,
    action: str | None,
    resource: str | None,
    resource_id: str | None,
    since: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Export lines."""
    wanted = _filter(action, resource, resource_id, since, until)
    run_async(_export(read_settings(), wanted, user, as_json=as_json))


def _filter(
    action: str | None, resource: str | None, resource_id: str | None, since: str | None, until: str | None
) -> AuditFilter:
    return AuditFilter(
        actions=() if action is None else (action,),
        resources=() if resource is None else (resource,),
        resource_id=resource_id,
        since=None if since is None else ago(since),
        until=None if until is None else ago(until),
    )


async def _list(
    settings: Settings, wanted: AuditFilter, user: str | None, limit: int, after: str | None
) -> list[AuditLine]:
    async with opened(settings) as engine, reading(engine) as connection:
        wanted = await _of_user(connection, wanted, user)
        last = None if after is None else await line_of(connection, after)
        if after is not None and last is None:
            raise BotError(_("there is no line {id}", id=after), mend=_("See `bot.py audit list`."))
        return await lines(connection, wanted, limit, None if last is None else (last.created_at, last.id))


async def _export(settings: Settings, wanted: AuditFilter, user: str | None, *, as_json: bool) -> None:
    async with opened(settings) as engine:
        async with reading(engine) as connection:
            wanted = await _of_user(connection, wanted, user)
        sys.stdout.write("" if as_json else csv_text([AuditLine._fields]))
        async for page in all_lines(partial(reading, engine), wanted):
            sys.stdout.write("".join(map(_json_line, page)) if as_json else csv_text(map(cells, page)))


async def _of_user(connection: AsyncConnection, wanted: AuditFilter, spelled: str | None) -> AuditFilter:
    if spelled is None:
        return wanted
    return wanted._replace(user_id=(await find_user(connection, spelled, deleted=True)).id)


def _json_line(line: AuditLine) -> str:
    return escaped_json(json.dumps(line._asdict(), ensure_ascii=False, default=_spelled)) + "\n"


def _json(value: object) -> str:
    return escaped(value) if isinstance(value, str) else escaped_json(json.dumps(value, ensure_ascii=False))


def _spelled(value: Any) -> str:
    return str(value.isoformat())


def _row(line: AuditLine) -> tuple[str, ...]:
    on = f"{line.resource} {line.resource_id}".strip()
    return (local_time(line.created_at), line.actor, line.action, on, _changes(line.detail), line.address, line.id)


def _changes(detail: Mapping[str, Any] | None) -> str:
    """What changed from what to what, and whatever else a line tells."""
    told = dict(detail or {})
    before, after = told.pop("before", {}), told.pop("after", {})
    changed = [
        f"{name}: {' → '.join(_json(side[name]) for side in (before, after) if name in side)}"
        for name in {**before, **after}
    ]
    return ", ".join([*changed, *(f"{name}: {_json(value)}" for name, value in told.items())])
