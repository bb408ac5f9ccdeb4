"""Running migrations, which Alembic does."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from bot.db import revisions


def between(current: str | None, revision: str) -> list[Script]:
    """What is to be run from `current` to `revision`, in its order."""
    return list(scripts_in(revisions.FOLDERS).iterate_revisions(revision, current or "base"))[::-1]


def upgrade(connection: Connection, revision: str) -> None:
    """Run what leads up to `revision`."""
    _run(connection, revision, scripts_in(revisions.FOLDERS)._upgrade_revs)  # noqa: SLF001 - Alembic documents it so


def downgrade(connection: Connection, revision: str) -> None:
    """Undo what came after `revision`."""
    _run(connection, revision, scripts_in(revisions.FOLDERS)._downgrade_revs)  # noqa: SLF001 - as above


@cache
def scripts_in(folders: tuple[Path, ...]) -> ScriptDirectory:
    """The migrations in these folders, read once: Alembic's own commands read all of them again for each."""
    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, folders)))
    return ScriptDirectory.from_config(config)


def _run(connection: Connection, revision: str, steps: Callable[[str, Any], Any]) -> None:
    config = Config(attributes={"connection": connection})
    scripts = scripts_in(revisions.FOLDERS)
    with EnvironmentContext(
        config, scripts, fn=lambda current, _context: steps(revision, current), destination_rev=revision
    ):
        scripts.run_env()
