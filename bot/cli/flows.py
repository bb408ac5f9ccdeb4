"""`flows`: checks, publishes, lists, shows and archives bundles.

To check files needs no database, and is done on each save: each command imports what it needs.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.cli.common import _, print_json, print_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.flows.checking import Checked
    from bot.flows.faults import Fault


def check_files(paths: list[Path], *, sms: bool, as_json: bool) -> None:
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


def load_files(paths: list[Path], *, as_json: bool) -> None:
    """Publish files."""
    from bot.cli import bundle_work

    checked = _checked(paths)
    if checked.faults:
        _tell(checked.faults, sys.stderr)
        _fail(checked, sys.stderr)
    bundle_work.load(checked.bundles, as_json=as_json)


def list_bundles(*, as_json: bool) -> None:
    """List bundles."""
    from bot.cli import bundle_work

    bundle_work.tell_all(as_json=as_json)


def show_bundle(bundle: str, *, as_json: bool) -> None:
    """Show a bundle."""
    from bot.cli import bundle_work

    bundle_work.tell_one(bundle, as_json=as_json)


def archive_bundle(bundle: str) -> None:
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
