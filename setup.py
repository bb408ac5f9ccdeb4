"""What pyproject.toml cannot say: an installation has `migrations/` as `bot/migrations` (docs/adr/0029)."""

from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from setuptools import setup
from setuptools.command.build_py import build_py

MIGRATIONS = Path("migrations")


class BuildWithMigrations(build_py):
    """Takes the migrations along, but into an editable installation, which finds them in the checkout."""

    def run(self) -> None:
        """Build; a migration that an earlier build left behind would be a second head."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "bot", MIGRATIONS)
            rmtree(target, ignore_errors=True)
            copytree(MIGRATIONS, target, ignore=ignore_patterns("__pycache__"))

    def get_source_files(self) -> list[str]:
        """What a source distribution must hold, so that a wheel can be built from it."""
        own = (path for pattern in ("*.py", "*.mako", "*.sql") for path in MIGRATIONS.rglob(pattern))
        return [*super().get_source_files(), *map(str, own)]


setup(cmdclass={"build_py": BuildWithMigrations})
