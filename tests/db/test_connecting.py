import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.errors import BotError
from bot.db.engine import parse_url
from tests.support.tables import for_each


@for_each(
    ("spelling", "driver"),
    [
        ("sqlite:///bot.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///bot.db", "sqlite+aiosqlite"),
        ("postgres://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg"),
    ],
)
def test_every_usual_spelling_of_a_database_url_is_understood(spelling: str, driver: str) -> None:
    assert parse_url(spelling).drivername == driver


@for_each("spelling", ["mysql://u@h/d", "nonsense"])
def test_another_database_is_refused_with_the_mend(spelling: str) -> None:
    with pytest.raises(BotError, match=r"DATABASE_URL.*postgresql://"):
        parse_url(spelling)


async def test_sqlite_keeps_foreign_keys_and_writes_ahead(engine: AsyncEngine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has both by nature")
    async with engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2


async def test_the_error_of_a_statement_does_not_quote_its_values(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(text("SELECT no_such_column, :said"), {"said": "my secret"})
    assert "my secret" not in str(caught.value)
