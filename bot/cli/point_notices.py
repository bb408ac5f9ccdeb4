"""`points notices`: what the next run would tell, and whether it may."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, transacted
from bot.cli.point_programmes import the_programme
from bot.core.clock import utc_now
from bot.db.engine import reading
from bot.loyalty import service as loyalty
from bot.loyalty.service import Planned, Programme


def notices(name: str | None, *, release: bool | None, as_json: bool) -> None:
    """Show the dry run of a programme; with `release` let its notices go out from now on, or not any more."""

    async def read() -> tuple[Programme, list[Planned]]:
        async with opened(read_settings()) as engine, reading(engine) as connection:
            programme = await the_programme(connection, name)
            return programme, list(await loyalty.planned(connection, programme, utc_now()))

    programme, found = run_async(read())
    released_at = programme.released_at if release is None else run_async(_set(programme.id, released=release))
    if as_json:
        days = [each._asdict() | {"day": each.day.isoformat()} for each in found]
        print_json({"programme": programme.name, "released": released_at is not None, "days": days})
        return
    if found:
        header = (_("Last day"), _("Notice"), _("Accounts"), _("Points"), _("Want none"), _("Erased"))
        print_table(header, [(each.day.isoformat(), each.kind, *map(str, each[2:])) for each in found])
    else:
        print_line(_("The next run has nobody to tell."))
    said = _("Its notices go out.") if released_at else _("Its notices do not go out: --release lets them.")
    print_line(said)


async def _set(programme_id: str, *, released: bool) -> datetime | None:
    async def change(connection: AsyncConnection) -> Programme:
        return await loyalty.set_released(connection, programme_id, caller(), utc_now(), released=released)

    return (await transacted(read_settings(), change)).released_at
