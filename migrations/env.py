"""Runs migrations, for `bot.py migrate` (which gives its connection) and for plain `alembic`."""

import asyncio
import os
from pathlib import Path

from alembic import context
from sqlalchemy import Connection, text

from bot.db.engine import create_engine, is_postgresql
from bot.models import metadata
from bot.settings import Settings

# One number for this product, so that two migrations never run at once on one PostgreSQL database.
ADVISORY_LOCK = 7_236_201_988


def run(connection: Connection) -> None:
    """Run the migrations on `connection`, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        if is_postgresql(connection):
            # A migration waits for its own kind, but never holds up the traffic behind a lock it cannot get.
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            connection.execute(text("SET LOCAL statement_timeout = '10min'"))
        context.run_migrations()


async def _connect_and_run() -> None:
    settings = Settings.read(os.environ, Path(".env"))
    engine = create_engine(settings.database_url.get_secret_value())
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(_connect_and_run())
