"""A process that lets points end until it is killed: `python -m tests.support.ending_points DATABASE_URL OWNER`."""

import asyncio
import sys

from bot.db.engine import create_engine
from bot.jobs import claims
from bot.jobs.service import Jobs
from bot.loyalty import jobs, service
from tests.support.slicing import LEASE


async def main(url: str, owner: str) -> None:
    """Run the job for ever, in slices of a few accounts."""
    jobs._AT_ONCE = 2
    await Jobs(create_engine(url), owner, {jobs.END: service.HANDLERS[jobs.END]}, None).run()


if __name__ == "__main__":
    claims.LEASE = LEASE
    asyncio.run(main(*sys.argv[1:]))
