"""`labels list|add|rename|colour|merge|remove`: words by which a team tells its conversations apart."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, transacted
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.counting import MOST_COUNTED
from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.inbox.service import LabelRow


def list_labels(*, as_json: bool) -> None:
    """List labels."""

    async def listed() -> list[tuple[LabelRow, int]]:
        async with opened(read_settings()) as engine, reading(engine) as connection:
            counts = await inbox.count_labelled(connection)
            return [(each, counts.get(each.id, 0)) for each in await inbox.labels(connection)]

    found = run_async(listed())
    if as_json:
        print_json([{**each._asdict(), "conversations": count} for each, count in found])
    elif found:
        columns = (_("Label"), _("Colour"), _("Conversations"), _("Id"))
        print_table(columns, [(each.name, each.colour, _number(count), each.id) for each, count in found])
    else:
        print_line(_("There are no labels: `bot.py labels add NAME` makes one."))


def add(name: str, *, colour: str | None, as_json: bool) -> None:
    """Add a label."""

    async def added(connection: AsyncConnection) -> LabelRow:
        chosen = await inbox.unused_colour(connection) if colour is None else colour
        return await inbox.add_label(connection, name, chosen, caller(), utc_now())

    _tell(run_async(transacted(read_settings(), added)), _("The label {name} is there."), as_json=as_json)


def change(spelled: str, *, name: str | None = None, colour: str | None = None, as_json: bool) -> None:
    """Call one otherwise, or let it look otherwise."""

    async def changed(connection: AsyncConnection) -> LabelRow:
        before = await inbox.hold_label(connection, (await _label(connection, spelled)).id)
        after = before._replace(name=name or before.name, colour=colour or before.colour)
        return await inbox.change_label(connection, before.id, after.name, after.colour, caller(), utc_now())

    _tell(run_async(transacted(read_settings(), changed)), _("The label is {name} now, in {colour}."), as_json=as_json)


def merge(spelled: str, into: str, *, as_json: bool) -> None:
    """Let the conversations of one have another."""

    async def merged(connection: AsyncConnection) -> tuple[LabelRow, LabelRow, int]:
        one, other = await _label(connection, spelled), await _label(connection, into)
        return one, other, await inbox.merge_labels(connection, one.id, other.id, caller(), utc_now())

    one, other, count = run_async(transacted(read_settings(), merged))
    if as_json:
        print_json({"merged": one.id, "into": other.id, "conversations": count})
        return
    said = _.plural(
        "{count} conversation has {name} instead of {merged} now.",
        "{count} conversations have {name} instead of {merged} now.",
        count,
        name=other.name,
        merged=one.name,
    )
    print_line(said)


def remove(spelled: str, *, force: bool, as_json: bool) -> None:
    """Delete one; where conversations have it, only by force."""

    async def removed(connection: AsyncConnection) -> LabelRow:
        label = await _label(connection, spelled)
        count = (await inbox.count_labelled(connection)).get(label.id, 0)
        if count and not force:
            raise BotError(
                _.plural(
                    "{count} conversation has {name}", "{count} conversations have {name}", count, name=label.name
                ),
                mend=_("--force deletes it all the same; `bot.py labels merge` lets them have another one."),
            )
        await inbox.delete_label(connection, label.id, caller(), utc_now())
        return label

    _tell(run_async(transacted(read_settings(), removed)), _("The label {name} is deleted."), as_json=as_json)


async def _label(connection: AsyncConnection, spelled: str) -> LabelRow:
    found = await inbox.find_label(connection, spelled)
    if found is None:
        raise BotError(_("there is no label {spelled}", spelled=spelled), mend=_("See `bot.py labels list`."))
    return found


def _tell(label: LabelRow, said: str, *, as_json: bool) -> None:
    if as_json:
        print_json(label._asdict())
    else:
        print_line(said.format(name=label.name, colour=label.colour))


def _number(count: int) -> str:
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
