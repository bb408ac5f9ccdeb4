"""Revisions that only a test knows, after those of the product."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.db import migrate

_FILE = '''"""{topic}."""

import sqlalchemy as sa
from alembic import op
from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
'''


@contextmanager
def further(folder: Path, ups: Mapping[str, str], down: str = "pass") -> Iterator[None]:
    """Let migrations know those whose `upgrade` is given by topic, and are numbered t1, t2, … after the newest."""
    usual = migrate._config()
    before = str(ScriptDirectory.from_config(usual).get_current_head())
    for number, (topic, up) in enumerate(ups.items(), start=1):
        written = _FILE.format(topic=topic, revision=f"t{number}", before=before, up=up, down=down)
        (folder / f"t{number}.py").write_text(written)
        before = f"t{number}"
    script = Path(str(usual.get_main_option("script_location")))

    def config() -> Config:
        made = Config()
        made.set_main_option("script_location", str(script))
        made.set_main_option("path_separator", "newline")
        made.set_main_option("version_locations", f"{script / 'versions'}\n{folder}")
        return made

    migrate._revisions.cache_clear()
    try:
        with patch.object(migrate, "_config", config):
            yield
    finally:
        migrate._revisions.cache_clear()
