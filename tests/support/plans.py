"""What PostgreSQL's planner makes of a statement, to assert that a hot query uses its index."""

from typing import Any

from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection


async def explain(connection: AsyncConnection, statement: ClauseElement) -> str:
    """The plan as text, with the statement's own values as PostgreSQL sees them."""
    # SQLAlchemy's own dialect is not annotated.
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    rows: Any = await connection.execute(text(f"EXPLAIN {str(compiled).replace(':', chr(92) + ':')}"))
    return "\n".join(row[0] for row in rows)


async def analyze(connection: AsyncConnection) -> None:
    """Give the planner its statistics; without them it guesses."""
    await connection.execute(text("ANALYZE"))
