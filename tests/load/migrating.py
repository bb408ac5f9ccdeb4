"""Migrate a large table under traffic: add a column, build an index concurrently, drop the one that it replaces.

    python -m tests.load.migrating                     5,000,000 messages
    python -m tests.load.migrating --rows 100000

Eight writers record, change and read messages the whole time, as hurried as Recado's own statements are; a report reads
the table in transactions of a second. Prints what it measured and exits 1 when a statement failed.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.ids import new_id
from bot.db.engine import create_engine, unhurried
from bot.db.migrate import upgrade
from tests.support.postgres import Databases, postgres_server
from tests.support.revisions import further

_WRITERS = 8
_PEOPLE = 1000
_CHUNK = 250_000
_WARM_SECONDS = 2.0
_REPORT_SECONDS = 1.0
_REVISIONS = {
    "A column": 'op.add_column("messages", sa.Column("extra", sa.String(16)))',
    "A new index": (
        'index_concurrently("ix_messages_test", "messages", ["account", "created_at"], where="extra IS NULL")'
    ),
    "The old index": 'drop_index_concurrently("ix_messages_created_at")',
}

_FAST = """
SET session_replication_role = replica; SET synchronous_commit = off;
SET maintenance_work_mem = '1GB'; SET lock_timeout = 0
"""
_PEOPLE_ROWS = f"""
INSERT INTO accounts (id, provider, created_at, updated_at) VALUES ('twilio:1', 'twilio', now(), now());
INSERT INTO contacts (id, created_at, updated_at)
SELECT 'c' || n, now(), now() FROM generate_series(0, {_PEOPLE - 1}) n;
INSERT INTO contact_addresses (id, contact_id, kind, value, created_at, updated_at)
SELECT 'a' || n, 'c' || n, 'phone', '+55119' || n, now(), now() FROM generate_series(0, {_PEOPLE - 1}) n
"""
_COLUMNS = """
(id, contact_id, account, channel, address_id, address, address_kind, direction, status, turn_state, seq, content,
 provider_message_id, created_at, updated_at)
"""
_HISTORY = f"""
INSERT INTO messages {_COLUMNS}
SELECT 'm' || lpad(n::text, 12, '0'), 'c' || n % {_PEOPLE}, 'twilio:1', 'sms', 'a' || n % {_PEOPLE}, '+55119', 'phone',
       'inbound', 'delivered', 'done', n / {_PEOPLE}, 'Is the table at the window free tonight? ' || n, 'SM' || n,
       now() - interval '90 days' * (1 - n / CAST(:rows AS float)), now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
"""
_SECONDARY = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
WHERE indrelid = 'messages'::regclass AND NOT indisprimary
"""
_RECORD = text(f"""
INSERT INTO messages {_COLUMNS}
VALUES (:id, :contact, 'twilio:1', 'sms', :address, '+55119', 'phone', 'inbound', 'delivered', 'done', :seq, 'Hello',
        :id, now(), now())
""")
_CHANGE = text("UPDATE messages SET updated_at = now() WHERE id = :id")
_READ = text("SELECT id FROM messages WHERE contact_id = :contact ORDER BY seq DESC LIMIT 20")
_SIZE = text("SELECT pg_size_pretty(pg_total_relation_size('messages'))")
_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_messages_test')")


@dataclass(slots=True)
class Traffic:
    """What the writers saw.

    Attributes:
        waits: how long each transaction took, in seconds, while nobody migrated and while somebody did.
        failures: what statements failed with.
        tries: how often a revision gave way to a lock that others held.
    """

    migrating: bool = False
    waits: dict[bool, list[float]] = field(default_factory=lambda: {False: [], True: []})
    failures: list[str] = field(default_factory=list)
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run showed; `valid` is whether the new index serves."""

    traffic: Traffic
    size: str
    seconds: float
    valid: bool


async def measure(databases: Databases, rows: int, folder: Path, say: Callable[[str], None] = print) -> Measured:
    """Fill a database of its own with `rows` messages, and migrate it under traffic."""
    url = await databases.create()
    engine = create_engine(url, pool_size=_WRITERS + 1)
    traffic = Traffic()

    def tell(told: object) -> None:
        traffic.tries += str(told).startswith("others hold a lock")
        say(f"  {told}")

    try:
        await _fill(engine, rows, say)
        async with engine.connect() as connection:
            size = str(await connection.scalar(_SIZE))
        async with _under_traffic(engine, traffic, rows):
            await asyncio.sleep(_WARM_SECONDS)
            with further(folder, _REVISIONS):
                traffic.migrating = True
                started = time.perf_counter()
                await upgrade(engine, tell=tell)
                seconds = time.perf_counter() - started
                traffic.migrating = False
        async with engine.connect() as connection:
            valid = bool(await connection.scalar(_VALID))
    finally:
        await engine.dispose()
        await databases.drop(url)
    return Measured(traffic, size, seconds, valid)


async def _fill(engine: AsyncEngine, rows: int, say: Callable[[str], None]) -> None:
    """Write the history without its indexes, and then those."""
    async with unhurried(engine) as connection:
        for each in (*_FAST.split(";"), *_PEOPLE_ROWS.split(";")):
            await connection.execute(text(each))
        indexes = (await connection.execute(text(_SECONDARY))).all()
        for index in indexes:
            await connection.execute(text(f"DROP INDEX {index.name}"))
        for first in range(0, rows, _CHUNK):
            last = min(first + _CHUNK, rows) - 1
            await connection.execute(text(_HISTORY), {"first": first, "last": last, "rows": rows})
        say(f"{rows:,} messages written")
        for index in indexes:
            await connection.exec_driver_sql(index.definition)
        await connection.commit()
        await connection.execute(text("ANALYZE messages"))
        await connection.commit()


@asynccontextmanager
async def _under_traffic(engine: AsyncEngine, traffic: Traffic, rows: int) -> AsyncIterator[None]:
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(_WRITERS):
            group.create_task(_write(engine, traffic, rows, random.Random(number), ended))  # noqa: S311 - repeatable
        group.create_task(_report(engine, traffic, ended))
        try:
            yield
        finally:
            ended.set()


async def _write(engine: AsyncEngine, traffic: Traffic, rows: int, chance: random.Random, ended: asyncio.Event) -> None:
    """Record, change and read, one transaction after the other."""
    while not ended.is_set():
        migrating, started = traffic.migrating, time.perf_counter()
        try:
            async with engine.begin() as connection:
                await _turn(connection, rows, chance)
        except (DBAPIError, TimeoutError) as error:
            traffic.failures.append(repr(error))
        traffic.waits[migrating].append(time.perf_counter() - started)
        await asyncio.sleep(0.005)


async def _turn(connection: AsyncConnection, rows: int, chance: random.Random) -> None:
    person = chance.randrange(_PEOPLE)
    contact = f"c{person}"
    seq = chance.randrange(rows, 2_000_000_000)
    await connection.execute(_RECORD, {"id": new_id(), "contact": contact, "address": f"a{person}", "seq": seq})
    await connection.execute(_CHANGE, {"id": f"m{chance.randrange(rows):012d}"})
    await connection.execute(_READ, {"contact": contact})


async def _report(engine: AsyncEngine, traffic: Traffic, ended: asyncio.Event) -> None:
    """Keep the table for a second, and leave it alone for another: whoever wants it whole has to try again."""
    while not ended.is_set():
        try:
            async with engine.connect() as connection:
                await connection.execute(_READ, {"contact": "c1"})
                await asyncio.sleep(_REPORT_SECONDS)
        except (DBAPIError, TimeoutError) as error:
            traffic.failures.append(repr(error))
        await asyncio.sleep(_REPORT_SECONDS)


def _told(measured: Measured) -> list[str]:
    traffic = measured.traffic
    lines = [f"{measured.size}, migrated in {measured.seconds:.1f} s, gave way to a lock {traffic.tries} times"]
    for migrating, name in ((False, "before"), (True, "meanwhile")):
        waits = [wait * 1000 for wait in traffic.waits[migrating]]
        lines.append(f"{name}: {len(waits):,} transactions, median {median(waits):.1f} ms, slowest {max(waits):.0f} ms")
    return [*lines, f"failed: {len(traffic.failures)}", *traffic.failures[:5]]


async def _main(rows: int) -> int:
    with postgres_server() as server, tempfile.TemporaryDirectory() as folder:
        databases = Databases(server)
        await databases.prepare()
        try:
            measured = await measure(databases, rows, Path(folder))
        finally:
            await databases.close()
    print(*_told(measured), sep="\n")  # noqa: T201 - a command prints
    return 0 if measured.valid and not measured.traffic.failures else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    sys.exit(asyncio.run(_main(parser.parse_args().rows)))
