"""A process that runs jobs until it is killed: `python -m tests.support.slicing DATABASE_URL OWNER`."""

import asyncio
import sys
from datetime import timedelta

from bot.db.engine import create_engine
from bot.jobs import claims
from bot.jobs.service import Context, Handler, Jobs, Progress
from tests.support.due import write

LEASE = timedelta(seconds=1)
"""So that a test need not wait for minutes until a killed process counts as dead."""


async def slice_of(context: Context[object]) -> Progress:
    """Writes two rows, one before and one after a moment in which it may be killed."""
    job, done = context.job, context.job.done + 1
    await write(context.connection, f"{job.key}:{job.done}:begun")
    await asyncio.sleep(0.02)
    await write(context.connection, f"{job.key}:{job.done}:ended")
    total = job.payload["slices"]
    return Progress(done, total, {"after": done} if done < total else None)


async def main(url: str, owner: str) -> None:
    """Run jobs for ever."""
    await Jobs(create_engine(url), owner, {"work": Handler(slice_of)}, None).run()


if __name__ == "__main__":
    claims.LEASE = LEASE
    asyncio.run(main(*sys.argv[1:]))
