"""Revisions that only a test knows, after those of the product."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from bot.db import revisions, steps

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
    before = revisions.newest()
    for number, (topic, up) in enumerate(ups.items(), start=1):
        written = _FILE.format(topic=topic, revision=f"t{number}", before=before, up=up, down=down)
        (folder / f"t{number}.py").write_text(written)
        before = f"t{number}"
    _read_anew()
    try:
        with patch.object(revisions, "FOLDERS", (*revisions.FOLDERS, folder)):
            yield
    finally:
        _read_anew()


def _read_anew() -> None:
    revisions.known.cache_clear()
    steps.scripts_in.cache_clear()
