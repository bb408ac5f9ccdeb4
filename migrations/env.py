"""Runs migrations, for `bot.py migrate` (which gives its connection) and for plain `alembic`."""

import asyncio
import os
from pathlib import Path

from alembic import context
from sqlalchemy import Connection

from bot.core.i18n import Phrase
from bot.db.engine import create_engine
from bot.db.migration_connection import migrating, patiently
from bot.models import metadata
from bot.settings import Settings


def run(connection: Connection) -> None:
    """Run the migrations on `connection`: in its transaction, or each in one of its own where it is in none."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        transactional_ddl=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_run() -> None:
    settings = Settings.read(os.environ, Path(".env"))
    engine = create_engine(settings.database_url.get_secret_value())
    try:
        async with migrating(engine, _tell) as connection:
            await patiently(connection, run, _tell)
    finally:
        await engine.dispose()


def _tell(told: Phrase) -> None:
    context.config.print_stdout(str(told))


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(_connect_and_run())
