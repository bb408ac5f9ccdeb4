"""`migrate`: brings the database to the newest schema."""

from bot.cli.common import _, print_line, read_settings, run_async
from bot.cli.database import opened
from bot.cli.terminal import working
from bot.db.migrate import is_newer, upgrade
from bot.db.migration_connection import Tell
from bot.settings import Settings


def command() -> None:
    """Bring the database to the newest schema; safe to run twice at once."""
    with working(_("Migrating the database …")) as tell:
        before, after = run_async(_upgrade(read_settings(), lambda told: tell(told.said(_))))
    if is_newer(after):
        print_line(_("The database is newer than this version ({revision}), which goes on with it.", revision=after))
    elif before == after:
        print_line(_("The database is up to date ({revision}).", revision=after))
    else:
        print_line(_("The database is now at {revision}.", revision=after))


async def _upgrade(settings: Settings, tell: Tell) -> tuple[str | None, str | None]:
    async with opened(settings, create=True) as engine:
        return await upgrade(engine, tell=tell)
