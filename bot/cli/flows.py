"""`flows`: checks, publishes, lists, shows and archives bundles.

To check files needs no database, and is done on each save: each command imports what it needs.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from bot.cli.common import _, print_json, print_line, printable
from bot.cli.spoken import App

if TYPE_CHECKING:
    from bot.flows.checking import Checked
    from bot.flows.faults import Fault

app = App()

_Paths = Annotated[list[Path], typer.Argument(help=_("Files, or folders with *.yaml files."), metavar="PATH…")]
_Name = Annotated[str, typer.Argument(help=_("The bundle's name."), metavar="BUNDLE")]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]
_Sms = Annotated[bool, typer.Option("--sms", help=_("Tell what each variant costs as SMS."))]


@app.command("check", help=_("Tell every fault of the files; exit 1 if there is any."))
def check_files(paths: _Paths, *, sms: _Sms = False, as_json: _AsJson = False) -> None:
    """Check files."""
    from bot.cli.segments import tell_segments

    checked = _checked(paths)
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
    from bot.cli import bundle_work

    checked = _checked(paths)
    if checked.faults:
        _tell(checked.faults, sys.stderr)
        _fail(checked, sys.stderr)
    bundle_work.load(checked.bundles, as_json=as_json)


@app.command("list", help=_("List the bundles."))
def list_bundles(*, as_json: _AsJson = False) -> None:
    """List bundles."""
    from bot.cli import bundle_work

    bundle_work.tell_all(as_json=as_json)


@app.command("show", help=_("Print a bundle's newest version as YAML."))
def show_bundle(bundle: _Name, *, as_json: _AsJson = False) -> None:
    """Show a bundle."""
    from bot.cli import bundle_work

    bundle_work.tell_one(bundle, as_json=as_json)


@app.command("archive", help=_("Take a bundle out of service; flows that are running go on to their end."))
def archive_bundle(bundle: _Name) -> None:
    """Archive a bundle."""
    from bot.cli import bundle_work

    bundle_work.take_out(bundle)


def _checked(paths: list[Path]) -> "Checked":
    from bot.app.action_specs import SPECS
    from bot.flows.checking import check, read_paths

    return check(read_paths(paths), SPECS)


def _tell(faults: "Iterable[Fault]", stream: TextIO) -> None:
    stream.writelines(printable(fault.sentence(_)) + "\n" for fault in faults)


def _told(fault: "Fault") -> dict[str, object]:
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


def _fail(checked: "Checked", stream: TextIO) -> None:
    files = len({fault.file for fault in checked.faults})
    count = _.plural("{count} fault", "{count} faults", len(checked.faults))
    stream.write(_.plural("{faults} in {count} file", "{faults} in {count} files", files, faults=count) + "\n")
    sys.exit(1)
