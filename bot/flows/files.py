"""The bundles' files in a folder."""

from collections.abc import Iterable
from pathlib import Path

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.flows.checks.check import Source
from bot.flows.folder import bundles_in
from bot.flows.yaml.parse import MAX_BYTES


def read_folder(folder: Path) -> list[Source]:
    """The bundles in `folder`, by name; a file that cannot be read just now is passed over."""
    sources = []
    for path in bundles_in(folder):
        try:
            sources.append(_read(path))
        except OSError:
            continue
    return sources


def read_paths(paths: Iterable[Path]) -> list[Source]:
    """The files that `paths` name, and those in folders that they name; each once.

    Raises:
        OSError: when a file cannot be read.
        BotError: when a folder has no bundle.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found = bundles_in(path)
            if not found:
                raise BotError(
                    N_("{path} has no bundle"), mend=N_("Name a folder with *.yaml files, or a file."), path=path
                )
            files.update(dict.fromkeys(found))
        else:
            files[path] = None
    return [_read(path) for path in files]


def _read(path: Path) -> Source:
    with path.open("rb") as file:
        # One byte more than is allowed tells that the file is too big, without reading all of it.
        return Source(str(path), file.read(MAX_BYTES + 1))
