"""One PostgreSQL database for many tests, which is empty again before the next of them."""

import asyncio
from typing import Any

import asyncpg
from sqlalchemy import make_url

from tests.support.postgres import Databases

_END_CONNECTIONS = """
SELECT pg_terminate_backend(pid, CASE WHEN state = 'idle' THEN 0 ELSE 10000 END)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_FILLED = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('alembic_version', 'oldest_served')
"""
# What migrations made and wrote: whatever else makes, changes or drops a column or a constraint leaves another newest
# transaction, or another number, in the catalogue.
_MIGRATED = """
SELECT concat_ws(' ',
    (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_attribute),
    (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_constraint),
    (SELECT string_agg(version_num, ',') FROM alembic_version),
    (SELECT string_agg(revision, ',') FROM oldest_served)
)
"""


class Emptied:
    """A migrated database that `empty` makes as new, but for what the planner knows of its tables.

    It speaks with the server on a loop of its own, since its connection outlives those of the tests.
    """

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._loop = asyncio.new_event_loop()
        self._connection: Any = None
        self._url = self._delete_all = self._migrated = ""

    def url(self) -> str:
        """Where the database is."""
        if not self._url:
            self._loop.run_until_complete(self._create())
        return self._url

    def empty(self) -> None:
        """End all connections and delete all rows; raises AssertionError where the schema is not as it was."""
        try:
            self._loop.run_until_complete(self._fetch(_END_CONNECTIONS))
            [[migrated]] = self._loop.run_until_complete(self._fetch(self._delete_all))
            assert migrated == self._migrated, "The schema has changed: mark the test with own_database."
        except BaseException:
            self._loop.run_until_complete(self._drop())
            raise

    def close(self) -> None:
        """Drop the database."""
        self._loop.run_until_complete(self._drop())
        self._loop.close()

    async def _create(self) -> None:
        self._url = await self._databases.create()
        [[self._migrated]] = await self._fetch(_MIGRATED)
        tables = [name for [name] in await self._fetch(_FILLED)]
        # One statement, at the end of which foreign keys are looked at: so the order does not matter.
        deletions = ", ".join(f"deleted_{number} AS (DELETE FROM {name})" for number, name in enumerate(tables))
        self._delete_all = f"WITH {deletions} {_MIGRATED}"

    async def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        if self._url:
            await self._databases.drop(self._url)
            self._url = ""

    async def _fetch(self, query: str) -> Any:
        try:
            if self._connection is not None:
                return await self._connection.fetch(query)
        except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError):
            # A test has played a server that restarts.
            self._connection.terminate()
        url = make_url(self._url).set(drivername="postgresql").render_as_string(hide_password=False)
        # As the bot's own connections have it: the plans of foreign keys are kept, and would read whole tables.
        self._connection = await asyncpg.connect(url, server_settings={"enable_seqscan": "off"})
        return await self._connection.fetch(query)
