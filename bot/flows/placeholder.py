"""A flow that stands for none, so that a conversation may be with a person although no flow was running.

Where somebody stands in a flow is a row that names one, and a hand-off is such a row (decision 8). This one is of a
bundle without a name and of version 0, which nobody can publish; nothing ever runs in it.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows import queries

NO_FLOW = "c00000000000000000000none"
"""Its id, in every database."""


async def provide_no_flow(connection: AsyncConnection, now: datetime) -> None:
    """Let there be the row that `NO_FLOW` names."""
    stamps = {"created_at": now, "updated_at": now}
    row = {"id": NO_FLOW, "name": "", "version": 0, "status": "archived", **stamps}
    await queries.INSERT_BUNDLE.execute(connection, [{**row, "document": {}, "digest": "", "source": ""}])
    await queries.INSERT_FLOW.execute(connection, [{**row, "bundle_id": NO_FLOW}])
