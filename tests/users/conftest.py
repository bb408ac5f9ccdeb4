"""A door on a database of either kind."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.people import People, people_of


@pytest.fixture
async def people(engine: AsyncEngine) -> AsyncIterator[People]:
    async with people_of(engine) as made:
        yield made
