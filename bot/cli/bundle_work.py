"""What `flows` does in the database, and what it says of it."""

import sys
from collections.abc import Sequence
from dataclasses import asdict

from bot.cli.caller import caller
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened
from bot.core.clock import utc_now
from bot.core.text import shown_lines
from bot.db.engine import reading
from bot.flows.checking import CheckedBundle
from bot.flows.service import Listed, Published, Shown, archive, keep_files, listing, publish, show
from bot.messages.media.store import FolderStore, media_folder
from bot.settings import Settings


def load(bundles: Sequence[CheckedBundle], *, as_json: bool) -> None:
    """Publish bundles, and say what became of each."""
    published = run_async(_load(read_settings(), bundles))
    if as_json:
        print_json([asdict(each) for each in published])
        return
    for each in published:
        if each.changed:
            print_line(_("{name} is published as version {version}.", name=each.name, version=each.version))
        else:
            print_line(_("{name} is unchanged: version {version}.", name=each.name, version=each.version))


def tell_all(*, as_json: bool) -> None:
    """List the bundles."""
    found = run_async(_list(read_settings()))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        columns = (_("Bundle"), _("Version"), _("Status"), _("Locale"), _("Templates"), _("Triggers"), _("Flows"))
        print_table((*columns, _("Published"), _("By")), [_row(each) for each in found])
    else:
        print_line(_("Nothing is published. Run `python bot.py flows load flows/`."))


def tell_one(name: str, *, as_json: bool) -> None:
    """Print a bundle's newest version."""
    found = run_async(_show(read_settings(), name))
    if as_json:
        print_json(asdict(found))
        return
    when = "-" if found.published_at is None else local_time(found.published_at)
    # As a comment, so that what is printed can be saved and loaded again.
    status = _(found.status)
    print_line(_("# {name}, version {version}, {status} {when}", **asdict(found) | {"status": status, "when": when}))
    source = found.source if found.source.endswith("\n") else f"{found.source}\n"
    sys.stdout.write(shown_lines(source) if sys.stdout.isatty() else source)


def take_out(name: str) -> None:
    """Archive a bundle."""
    version = run_async(_archive(read_settings(), name))
    print_line(_("{name} version {version} is archived.", name=name, version=version))


async def _load(settings: Settings, bundles: Sequence[CheckedBundle]) -> list[Published]:
    store = FolderStore(media_folder(settings))
    for bundle in bundles:
        await keep_files(store, bundle.files)
    async with opened(settings) as engine, engine.begin() as connection:
        return await publish(connection, bundles, by=caller(), now=utc_now())


async def _list(settings: Settings) -> list[Listed]:
    async with opened(settings) as engine, reading(engine) as connection:
        return await listing(connection)


async def _show(settings: Settings, name: str) -> Shown:
    async with opened(settings) as engine, reading(engine) as connection:
        return await show(connection, name)


async def _archive(settings: Settings, name: str) -> int:
    async with opened(settings) as engine, engine.begin() as connection:
        return await archive(connection, name, by=caller(), now=utc_now())


def _row(bundle: Listed) -> tuple[str, ...]:
    return (
        bundle.name,
        str(bundle.version),
        _(bundle.status),
        bundle.locale,
        str(bundle.templates),
        str(bundle.triggers),
        str(bundle.flows),
        "-" if bundle.published_at is None else local_time(bundle.published_at),
        bundle.published_by or "-",
    )
