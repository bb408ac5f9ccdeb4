"""`flows`: checks, publishes, lists, shows and archives bundles."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TextIO

import typer

from bot.app.actions import ACTIONS
from bot.cli.common import (
    _,
    local_time,
    print_json,
    print_line,
    print_table,
    printable,
    read_settings,
    run_async,
    shown_lines,
)
from bot.cli.database import opened
from bot.cli.segments import tell_segments
from bot.cli.spoken import App
from bot.core.clock import utc_now
from bot.db.engine import reading
from bot.flows.faults import Fault
from bot.flows.service import (
    Checked,
    CheckedBundle,
    Listed,
    Published,
    Shown,
    archive,
    check,
    keep_files,
    listing,
    publish,
    read_paths,
    show,
)
from bot.messages.media.store import FolderStore, media_folder
from bot.settings import Settings

_PUBLISHER = "command line"

app = App()

_Paths = Annotated[list[Path], typer.Argument(help=_("Files, or folders with *.yaml files."), metavar="PATH…")]
_Name = Annotated[str, typer.Argument(help=_("The bundle's name."), metavar="BUNDLE")]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]
_Sms = Annotated[bool, typer.Option("--sms", help=_("Tell what each variant costs as SMS."))]


@app.command("check", help=_("Tell every fault of the files; exit 1 if there is any."))
def check_files(paths: _Paths, *, sms: _Sms = False, as_json: _AsJson = False) -> None:
    """Check files."""
    checked = check(read_paths(paths), ACTIONS)
    if as_json:
        print_json({"faults": list(map(_told, checked.faults)), "notes": list(map(_told, checked.notes))})
        sys.exit(1 if checked.faults else 0)
    _tell([*checked.faults, *checked.notes], sys.stdout)
    if checked.faults:
        _fail(checked, sys.stdout)
    tell_segments(checked.bundles, table=sms)
    print_line(_.plural("{count} bundle fine", "{count} bundles fine", len(checked.bundles)))


@app.command("load", help=_("Check the files, then publish them all at once; a fault publishes nothing."))
def load_files(paths: _Paths, *, as_json: _AsJson = False) -> None:
    """Publish files."""
    checked = check(read_paths(paths), ACTIONS)
    if checked.faults:
        _tell(checked.faults, sys.stderr)
        _fail(checked, sys.stderr)
    published = run_async(_load(read_settings(), checked.bundles))
    if as_json:
        print_json([asdict(each) for each in published])
        return
    for each in published:
        if each.changed:
            print_line(_("{name} is published as version {version}.", name=each.name, version=each.version))
        else:
            print_line(_("{name} is unchanged: version {version}.", name=each.name, version=each.version))


@app.command("list", help=_("List the bundles."))
def list_bundles(*, as_json: _AsJson = False) -> None:
    """List bundles."""
    found = run_async(_list(read_settings()))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        columns = (_("Bundle"), _("Version"), _("Status"), _("Locale"), _("Templates"), _("Triggers"), _("Flows"))
        print_table((*columns, _("Published"), _("By")), [_row(each) for each in found])
    else:
        print_line(_("Nothing is published. Run `python bot.py flows load flows/`."))


@app.command("show", help=_("Print a bundle's newest version as YAML."))
def show_bundle(bundle: _Name, *, as_json: _AsJson = False) -> None:
    """Show a bundle."""
    found = run_async(_show(read_settings(), bundle))
    if as_json:
        print_json(asdict(found))
        return
    when = "-" if found.published_at is None else local_time(found.published_at)
    # As a comment, so that what is printed can be saved and loaded again.
    status = _(found.status)
    print_line(_("# {name}, version {version}, {status} {when}", **asdict(found) | {"status": status, "when": when}))
    source = found.source if found.source.endswith("\n") else f"{found.source}\n"
    sys.stdout.write(shown_lines(source) if sys.stdout.isatty() else source)


@app.command("archive", help=_("Take a bundle out of service; flows that are running go on to their end."))
def archive_bundle(bundle: _Name) -> None:
    """Archive a bundle."""
    version = run_async(_archive(read_settings(), bundle))
    print_line(_("{name} version {version} is archived.", name=bundle, version=version))


async def _load(settings: Settings, bundles: Sequence[CheckedBundle]) -> list[Published]:
    store = FolderStore(media_folder(settings))
    for bundle in bundles:
        await keep_files(store, bundle.files)
    async with opened(settings) as engine, engine.begin() as connection:
        return await publish(connection, bundles, by=_PUBLISHER, now=utc_now())


async def _list(settings: Settings) -> list[Listed]:
    async with opened(settings) as engine, reading(engine) as connection:
        return await listing(connection)


async def _show(settings: Settings, name: str) -> Shown:
    async with opened(settings) as engine, reading(engine) as connection:
        return await show(connection, name)


async def _archive(settings: Settings, name: str) -> int:
    async with opened(settings) as engine, engine.begin() as connection:
        return await archive(connection, name, now=utc_now())


def _tell(faults: Iterable[Fault], stream: TextIO) -> None:
    stream.writelines(printable(fault.sentence(_)) + "\n" for fault in faults)


def _told(fault: Fault) -> dict[str, object]:
    """A fault or a note as JSON gives it."""
    message, mend = fault.words(_)
    return {
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "code": fault.code,
        "message": message,
        "mend": mend,
    }


def _fail(checked: Checked, stream: TextIO) -> None:
    files = len({fault.file for fault in checked.faults})
    count = _.plural("{count} fault", "{count} faults", len(checked.faults))
    stream.write(_.plural("{faults} in {count} file", "{faults} in {count} files", files, faults=count) + "\n")
    sys.exit(1)


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
