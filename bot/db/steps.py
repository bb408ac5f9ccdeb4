"""Running migrations, which Alembic does."""

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from bot.db import revisions


def between(current: str | None, revision: str) -> list[Script]:
    """What is to be run from `current` to `revision`, in its order."""
    script = ScriptDirectory.from_config(_config())
    return list(script.iterate_revisions(revision, current or "base"))[::-1]


def upgrade(connection: Connection, revision: str) -> None:
    """Run what leads up to `revision`."""
    command.upgrade(_on(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Undo what came after `revision`."""
    command.downgrade(_on(connection), revision)


def _on(connection: Connection) -> Config:
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, revisions.FOLDERS)))
    return config
