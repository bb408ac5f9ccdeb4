"""Where bundles lie as files, and which files are some, by their names alone."""

from pathlib import Path

FLOWS = Path("flows")
"""Where the bundles of a development server lie."""
_SUFFIXES = frozenset({".yaml", ".yml"})


def is_bundle(path: Path) -> bool:
    """Whether a file of that name is a bundle; editors leave hidden ones beside."""
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")


def bundles_in(folder: Path) -> list[Path]:
    """The bundles in `folder`, sound or not, by name; none where there is no folder."""
    return [each for each in sorted(folder.iterdir()) if is_bundle(each)] if folder.is_dir() else []
