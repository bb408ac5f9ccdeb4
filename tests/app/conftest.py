"""The application in this process."""

from collections.abc import AsyncIterator

import pytest

from tests.support.served import Served, serving


@pytest.fixture
async def bot(sqlite_url: str) -> AsyncIterator[Served]:
    """A server on SQLite."""
    async with serving(sqlite_url) as served:
        yield served


@pytest.fixture
async def bot_on_both(database_url: str) -> AsyncIterator[Served]:
    """A server on each kind of database."""
    async with serving(database_url) as served:
        yield served
