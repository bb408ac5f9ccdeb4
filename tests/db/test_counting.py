from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.counting import count_some


async def test_rows_are_counted_up_to_a_thousand_and_one(engine: AsyncEngine) -> None:
    first = select(literal(1).label("number")).cte("numbers", recursive=True)
    numbers = first.union_all(select(first.c.number + 1).where(first.c.number < 3000)).c.number

    async with engine.connect() as connection:
        counts = [
            await count_some(connection, select(numbers).where(numbers <= up_to)) for up_to in (0, 3, 1000, 1001, 3000)
        ]

    assert counts == [0, 3, 1000, 1001, 1001]
