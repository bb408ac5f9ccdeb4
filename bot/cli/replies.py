"""`replies list|add|edit|remove|import`: words that a team says often."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, transacted
from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.text import cut
from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.inbox.service import AskedTemplate, ReplyTemplateFilter, ReplyTemplateRow
from bot.web.forms import errors_of

_GLANCE = 60
"""Characters of a template in the list."""


class Given(BaseModel):
    """A template in a file, as `replies list --json` prints it; what else stands there counts for nothing."""

    shortcut: str
    name: str
    content: str
    category: str = ""
    channel: Channel | None = None
    is_active: bool = True

    @property
    def asked(self) -> AskedTemplate:
        """The same."""
        return AskedTemplate(self.name, self.shortcut, self.content, self.channel, self.category, self.is_active)


def list_replies(
    *,
    search: str,
    categories: Sequence[str],
    channels: Sequence[Channel],
    offered: bool | None,
    limit: int,
    as_json: bool,
) -> None:
    """List templates."""
    wanted = ReplyTemplateFilter(search, channels, categories, offered)

    async def listed() -> list[ReplyTemplateRow]:
        async with opened(read_settings()) as engine, reading(engine) as connection:
            return await inbox.reply_templates(connection, wanted, limit)

    found = run_async(listed())
    if as_json:
        print_json([each._asdict() for each in found])
    elif found:
        columns = (_("Shortcut"), _("Name"), _("Category"), _("Channel"), _("State"), _("Reply"))
        print_table(columns, [_row(each) for each in found])
    elif search or categories or channels or offered is not None:
        print_line(_("No saved reply is like that."))
    else:
        print_line(_("There are no saved replies: `bot.py replies add SHORTCUT TEXT` makes one."))


def add(
    shortcut: str,
    content: str,
    *,
    name: str | None,
    category: str,
    channel: Channel | None,
    offered: bool,
    as_json: bool,
) -> None:
    """Add a template."""
    asked = AskedTemplate(name or shortcut.strip().removeprefix("/"), shortcut, content, channel, category, offered)
    added = run_async(
        transacted(read_settings(), lambda connection: inbox.add_reply_template(connection, asked, caller(), utc_now()))
    )
    _tell(added, _("/{shortcut} is there."), as_json=as_json)


def edit(spelled: str, given: Mapping[str, Any], *, channel: Channel | None, everywhere: bool, as_json: bool) -> None:
    """Change a template; what is None stays."""
    if channel is not None and everywhere:
        message, mend = _("it is offered on one channel or everywhere"), _("Give --channel or --everywhere.")
        raise BotError(message, mend=mend, blame=Blame.USAGE)

    async def changed(connection: AsyncConnection) -> ReplyTemplateRow:
        before = await inbox.hold_reply_template(connection, (await _template(connection, spelled)).id)
        asked = replace(_asked(before), **{name: value for name, value in given.items() if value is not None})
        if channel is not None or everywhere:
            asked = replace(asked, channel=channel)
        return await inbox.change_reply_template(connection, before.id, asked, caller(), utc_now())

    _tell(run_async(transacted(read_settings(), changed)), _("/{shortcut} is changed."), as_json=as_json)


def remove(shortcuts: Sequence[str], *, as_json: bool) -> None:
    """Delete templates, all or none."""

    async def removed(connection: AsyncConnection) -> list[ReplyTemplateRow]:
        found = [await _template(connection, each) for each in shortcuts]
        for each in found:
            await inbox.delete_reply_template(connection, each.id, caller(), utc_now())
        return found

    gone = run_async(transacted(read_settings(), removed))
    if as_json:
        print_json([each._asdict() for each in gone])
        return
    for each in gone:
        print_line(_("/{shortcut} is deleted.", shortcut=each.shortcut))


def import_replies(file: Path, *, apply: bool, as_json: bool) -> None:
    """Make or change the templates of a file, all or none; or tell which it would be."""
    given = _given(file)

    async def imported(connection: AsyncConnection) -> tuple[list[str], list[str]]:
        made, changed = list[str](), list[str]()
        for each in given:
            before = await inbox.find_reply_template(connection, each.shortcut)
            if before is None:
                made.append((await inbox.add_reply_template(connection, each.asked, caller(), utc_now())).shortcut)
            elif each.asked != _asked(before):
                await inbox.change_reply_template(connection, before.id, each.asked, caller(), utc_now())
                changed.append(before.shortcut)
        if not apply:
            await connection.rollback()
        return made, changed

    made, changed = run_async(transacted(read_settings(), imported))
    if as_json:
        print_json({"applied": apply, "made": made, "changed": changed})
        return
    print_line(_("New: {names}", names=", ".join(made) or "-"))
    print_line(_("Changed: {names}", names=", ".join(changed) or "-"))
    if not apply:
        print_line(_("Nothing has changed; --apply does it."))


async def _template(connection: AsyncConnection, spelled: str) -> ReplyTemplateRow:
    found = await inbox.find_reply_template(connection, spelled)
    if found is None:
        raise BotError(_("there is no saved reply {spelled}", spelled=spelled), mend=_("See `bot.py replies list`."))
    return found


def _asked(row: ReplyTemplateRow) -> AskedTemplate:
    channel = None if row.channel is None else Channel(row.channel)
    return AskedTemplate(row.name, row.shortcut, row.content, channel, row.category, row.is_active)


def _given(file: Path) -> Sequence[Given]:
    try:
        return TypeAdapter(list[Given]).validate_json(file.read_bytes())
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
        why = next(iter(errors_of(error, _).values()))
        raise BotError(
            _("{file} cannot be read: {why} ({where})", file=file, why=why.removesuffix("."), where=where or "."),
            mend=_("It is as `bot.py replies list --json` prints it."),
        ) from error


def _tell(row: ReplyTemplateRow, said: str, *, as_json: bool) -> None:
    if as_json:
        print_json(row._asdict())
    else:
        print_line(said.format(shortcut=row.shortcut))


def _row(row: ReplyTemplateRow) -> tuple[str, ...]:
    state = _("offered") if row.is_active else _("not offered")
    return (f"/{row.shortcut}", row.name, row.category, row.channel or "", state, cut(row.content, _GLANCE))
