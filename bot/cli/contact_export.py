"""`contacts export`: people as a sheet."""

import sys

from bot.cli.caller import caller
from bot.cli.choices import Separator
from bot.cli.common import read_settings, run_async
from bot.cli.database import opened
from bot.cli.moments import ago
from bot.contacts.exporting.service import BOM, Agreement, Wanted, record_export, sheet_of
from bot.contacts.service import tags_of
from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.sheets import csv_text
from bot.core.spelled import read_locale
from bot.core.text import escaped
from bot.db.reader import Reader
from bot.settings import Settings

_SIGNS = {Separator.SEMICOLON: ";", Separator.COMMA: ",", Separator.TAB: "\t"}


def export_contacts(
    *,
    tags: list[str],
    channels: list[Channel],
    consent: Agreement | None,
    locale: str,
    seen_since: str | None,
    seen_before: str | None,
    separator: Separator,
) -> None:
    """Export contacts."""
    wanted = Wanted(
        tags=tuple(tag for each in tags for tag in tags_of(each)),
        channels=tuple(channels),
        consent=consent,
        locale=read_locale(locale) if locale else "",
        seen_since=None if seen_since is None else ago(seen_since),
        seen_before=None if seen_before is None else ago(seen_before),
    )
    run_async(_export(read_settings(), wanted, _SIGNS[separator]))


async def _export(settings: Settings, wanted: Wanted, separator: str) -> None:
    async with opened(settings) as engine:
        async with engine.begin() as connection:
            await record_export(connection, caller(), wanted, utc_now())
        is_seen = sys.stdout.isatty()
        reader = Reader(engine, most=1)
        try:
            sys.stdout.write("" if is_seen else BOM)
            async for rows in sheet_of(reader.reading, wanted):
                # A terminal acts on what a file keeps.
                shown = [[escaped(each) for each in row] for row in rows] if is_seen else rows
                sys.stdout.write(csv_text(shown, separator))
        finally:
            await reader.dispose()
