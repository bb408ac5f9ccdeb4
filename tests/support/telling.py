"""A process that tells endpoints until it is killed: `python -m tests.support.telling URL OWNER ORIGIN`."""

import asyncio
import sys

from yarl import URL

from bot.db.engine import create_engine
from bot.endpoints.delivery import loop
from bot.endpoints.service import Deliverer
from tests.support.endpoints import terms


async def tell(url: str, owner: str, origin: str) -> None:
    """Tell them; whoever takes over from one that died waits two seconds."""
    loop.POLL_SECONDS = 0.02
    loop.LEASE_SECONDS = 2.0
    engine = create_engine(url)
    await Deliverer(engine, terms(URL(origin)), owner=owner).run()


if __name__ == "__main__":
    asyncio.run(tell(*sys.argv[1:]))
