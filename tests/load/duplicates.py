"""Look through a hundred thousand contacts for those who may be one person, as the daily job does, on PostgreSQL.

    python -m tests.load.duplicates                    100,000 contacts
    python -m tests.load.duplicates --contacts 20000

Forty share each key, as many as are compared at most. Prints how long it took, and the longest slice, which is a
transaction that others may wait for; exits 1 where the whole took a minute or more.
"""

import argparse
import asyncio
import sys
import time

from bot.contacts.service import HANDLERS
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.jobs.service import Context, Job
from tests.support.likely import crowd
from tests.support.postgres import Databases, postgres_server

_MOST_SECONDS = 60.0


async def measure(databases: Databases, contacts: int) -> list[float]:
    """How long each slice of the look took, in seconds."""
    engine = create_engine(await databases.create())
    try:
        async with engine.begin() as connection:
            await crowd(connection, contacts)
        took, checkpoint = list[float](), None
        while not took or checkpoint is not None:
            started = time.perf_counter()
            async with engine.begin() as connection:
                job = Job("j", "duplicates", "today", {}, 1, checkpoint, len(took))
                progress = await HANDLERS["duplicates"].run(Context(connection, job, utc_now(), None))
            took.append(time.perf_counter() - started)
            checkpoint = None if progress is None else progress.checkpoint
        return took
    finally:
        await engine.dispose()


async def _main(contacts: int) -> int:
    with postgres_server() as server:
        databases = Databases(server)
        await databases.prepare()
        try:
            took = await measure(databases, contacts)
        finally:
            await databases.close()
    print(f"{contacts:,} contacts in {sum(took):.1f} s, the longest of {len(took)} slices {max(took):.1f} s")  # noqa: T201 - a command prints
    return 0 if sum(took) < _MOST_SECONDS else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    sys.exit(asyncio.run(_main(parser.parse_args().contacts)))
