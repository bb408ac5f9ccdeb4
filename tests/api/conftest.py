"""The API of a whole server."""

from collections.abc import AsyncIterator

import pytest

from tests.support.programs import Program, Served, serve_api


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    """The whole application."""
    async with serve_api(database_url) as served:
        yield served


@pytest.fixture
async def shop(served: Served) -> Program:
    """A program that may do everything."""
    return await served.program()
