"""Prints `migrations/sqlite.sql`, what the migrations leave in a new SQLite database."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.db.engine import create_engine, reading
from bot.db.migrate import upgrade
from bot.db.revisions import newest
from bot.db.snapshot import taken


async def migrated(revision: str) -> str:
    """What stepping through the migrations up to `revision` leaves."""
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite+aiosqlite:///{Path(folder, 'new.db')}")
        await upgrade(engine, revision)
        async with reading(engine) as connection:
            made = await connection.run_sync(taken)
        await engine.dispose()
    return made


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(migrated(newest())))
