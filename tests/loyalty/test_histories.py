"""The ledger tells every history of points as the model does, and no invariant is broken on the way."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.loyalty.histories import play


async def test_the_ledger_and_the_model_tell_a_few_histories_alike(engine: AsyncEngine) -> None:
    await play(engine, 3, histories=6, steps=10)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(12))
async def test_so_they_do_many(engine: AsyncEngine, seed: int) -> None:
    await play(engine, seed, histories=25)
