"""Where bundles lie as files, and which files are some, by their names alone."""

from pathlib import Path

FLOWS = Path("flows")
"""Where the bundles of a development server lie."""
_SUFFIXES = frozenset({".yaml", ".yml"})


def is_bundle(path: Path) -> bool:
    """Whether a file of that name is a bundle; editors leave hidden ones beside."""
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")


def holds_bundles(folder: Path) -> bool:
    """Whether there is a bundle in `folder`, sound or not."""
    return any(map(is_bundle, folder.iterdir()))
