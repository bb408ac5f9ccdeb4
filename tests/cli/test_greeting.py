"""What `run` prints before it serves."""

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from bot.cli.run import _greet_before
from bot.core.clock import utc_now
from bot.settings import Settings
from bot.users.service import Role, add_user
from tests.support.people import BY


async def test_where_people_sign_in_is_told_once_there_is_somebody(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.read({"DATABASE_URL": sqlite_url})
    await _greet_before(settings, 8080, "token")
    engine = create_async_engine(sqlite_url)
    async with engine.begin() as connection:
        await add_user(connection, "ana@example.com", Role.ADMIN, BY, utc_now())
    await engine.dispose()

    before = capsys.readouterr().out
    await _greet_before(settings, 8080, "token")
    after = capsys.readouterr().out

    assert "http://127.0.0.1:8080/welcome/" in before
    assert "http://127.0.0.1:8080/sign-in\n" in after
    assert "/welcome/" not in after
