"""Which revisions of the schema this code knows, by the names of the files: `0012_jobs_in_slices.py` is 0012."""

from functools import cache
from importlib.resources import files
from pathlib import Path


def _folder(package: Path) -> Path:
    """Where the migrations of the code in `package` lie: within it as installed, beside it in a checkout."""
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


MIGRATIONS = _folder(Path(str(files("bot"))))
FOLDERS: tuple[Path, ...] = (MIGRATIONS / "versions",)


@cache
def known() -> frozenset[str]:
    """All of them; they are read once, as the health check, which asks too, cannot read files."""
    return frozenset(file.stem.partition("_")[0] for folder in FOLDERS for file in folder.glob("[!_]*.py"))


def newest() -> str:
    """The one that the code needs: they are numbered."""
    return max(known())
