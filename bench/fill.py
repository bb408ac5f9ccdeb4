"""Fills a database with messages as if it had long been in use.

A short, real load gives the people, their running flows and some real messages. History is copies of those, made in
SQL: whose they are, when and in which order is set anew, and everything else stays as the server wrote it, so they
are the rows that it would have written, whatever columns they have.

Spread: over the last ninety days; the busiest quarter of the people wrote half of it. There are twenty messages to a
person where that makes more than 50,000 people; the 50,000 who go on writing are scattered among the others.
"""

import shutil
import tempfile
from collections.abc import Mapping

import asyncpg

from bench.places import connected, recado, warm
from bench.progress import say
from bench.runs import WEBHOOK
from bench.scenario import PEOPLE, Posts

_BYTES_A_MESSAGE = 2_000
"""750 for the row and its indexes, and as much again for the log and for what is sorted, with some to spare."""
_SAMPLES = 4_000
_MESSAGES_A_PERSON = 20
_CHUNK = 100_000
"""Pairs of messages copied at once: questions and answers lie side by side on the disk, as they would."""

_KEEP_SAMPLES = """
CREATE TABLE bench_inbound AS
SELECT inbound.*, outbound.id AS answer_id, outbound.flow_instance_id IS NOT NULL AS in_flow,
       row_number() OVER (PARTITION BY outbound.flow_instance_id IS NOT NULL ORDER BY inbound.id) AS number
FROM messages inbound JOIN messages outbound ON outbound.reply_to_id = inbound.id
WHERE inbound.provider_message_id LIKE 'wamid.SAMPLE%';
CREATE TABLE bench_outbound AS
SELECT outbound.*, inbound.in_flow, inbound.number FROM messages outbound
JOIN bench_inbound inbound ON outbound.id = inbound.answer_id;
TRUNCATE messages CASCADE;
"""
_FAST = """
SET session_replication_role = replica;  -- the copies need no check of foreign keys
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '1GB';
"""
# An id like that of the person it is a copy of, and so beside it in every index.
_DORMANT = """
CREATE TABLE bench_dormant AS
SELECT contact.id AS like_contact, address.id AS like_address, '{digit}' AS digit,
       left(contact.id, 13) || left(md5(contact.id || '{digit}'), 12) AS contact_id,
       left(address.id, 13) || left(md5(address.id || '{digit}'), 12) AS address_id
FROM bench_writers JOIN contacts contact ON contact.id = bench_writers.id
JOIN contact_addresses address ON address.contact_id = contact.id LIMIT {count};
INSERT INTO contacts ({contact_columns}) SELECT {contacts}
FROM bench_dormant dormant JOIN contacts sample ON sample.id = dormant.like_contact;
INSERT INTO contact_addresses ({address_columns}) SELECT {addresses}
FROM bench_dormant dormant JOIN contact_addresses sample ON sample.id = dormant.like_address;
DROP TABLE bench_dormant;
"""
_PLAN = """
CREATE TABLE bench_people AS
SELECT row_number() OVER (ORDER BY md5(contact.id)) - 1 AS person, contact.id AS contact_id,
       address.id AS address_id, address.value AS address, instance.id AS instance_id
FROM contacts contact JOIN contact_addresses address ON address.contact_id = contact.id
LEFT JOIN flow_instances instance ON instance.contact_id = contact.id AND instance.ended_at IS NULL;
CREATE TABLE bench_plan AS
WITH drawn AS MATERIALIZED (
    SELECT turn, floor(power(random(), 2) * (SELECT count(*) FROM bench_people))::int AS person
    FROM generate_series(1, {turns}) AS turn
)
SELECT drawn.turn, bench_people.*, now() - interval '90 days' * (1 - drawn.turn / {turns}.0) AS moment,
       row_number() OVER (PARTITION BY contact_id ORDER BY turn) AS nth,
       'ch' || lpad(to_hex(turn), 11, '0') || left(md5('in' || turn), 12) AS inbound_id,
       'ch' || lpad(to_hex(turn), 11, '0') || left(md5('out' || turn), 12) AS outbound_id
FROM drawn JOIN bench_people USING (person);
CREATE INDEX ON bench_plan (turn);
ANALYZE bench_plan;
"""
_COPY = """
INSERT INTO messages ({columns}) SELECT {values}
FROM bench_plan plan JOIN bench_{direction} sample
ON sample.in_flow = (plan.instance_id IS NOT NULL)
AND sample.number = 1 + plan.turn % (
    SELECT min(most) FROM (SELECT max(number) AS most FROM bench_inbound GROUP BY in_flow) AS kinds
)
WHERE plan.turn BETWEEN $1 AND $2
"""
_BOTH = {
    "contact_id": "plan.contact_id",
    "address_id": "plan.address_id",
    "address": "plan.address",
    "flow_instance_id": "CASE WHEN sample.flow_instance_id IS NOT NULL THEN plan.instance_id END",
    "created_at": "plan.moment",
    "updated_at": "plan.moment",
}
_INBOUND = _BOTH | {
    "id": "plan.inbound_id",
    "provider_message_id": "'wamid.HISTORY' || plan.turn",
    "seq": "plan.nth * 2 - 1",
}
_OUTBOUND = _BOTH | {
    "id": "plan.outbound_id",
    "provider_message_id": "'wamid.ANSWER' || plan.turn",
    "seq": "plan.nth * 2",
    "reply_to_id": "plan.inbound_id",
    "status": "'delivered'",
    "expires_at": "plan.moment + interval '15 minutes'",
    "attempts": "1",
}
_FINISH = """
UPDATE contacts SET seq = 0;
UPDATE contacts SET seq = written.turns * 2, last_inbound_at = written.moment
FROM (SELECT contact_id, count(*) AS turns, max(moment) AS moment FROM bench_plan GROUP BY contact_id) AS written
WHERE contacts.id = written.contact_id;
DROP TABLE bench_plan, bench_people, bench_inbound, bench_outbound;
CLUSTER contacts USING pk_contacts;
CLUSTER contact_addresses USING pk_contact_addresses;
"""
_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
WHERE indrelid = 'messages'::regclass AND NOT indisprimary
"""
_FOUND = """
SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM contacts) AS people,
       pg_size_pretty(pg_total_relation_size('messages')) AS size
"""


class NoSpaceError(Exception):
    """The disk is too full for what is asked."""


def require_space(messages: int) -> None:
    """Raises NoSpaceError unless the temporary folder, where the PostgreSQL server lives, has room for `messages`."""
    wanted = messages * _BYTES_A_MESSAGE / 1e9
    free = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    where = f"{wanted:.0f} GB of disk are needed for a while, and {free:.0f} GB are free in {tempfile.gettempdir()}"
    if free < wanted:
        raise NoSpaceError(f"{where}; TMPDIR names another folder")
    say(where)


async def people(database: str, count: int = PEOPLE) -> None:
    """So many people, their running flows, and real messages to copy."""
    async with recado(database) as server:
        say(f"{count} people write once")
        await warm(server, count)
        await server.take(Posts(WEBHOOK, "SAMPLE", count).take(_SAMPLES))
    async with connected(database) as connection:
        await connection.execute(_KEEP_SAMPLES)


async def fill(database: str, messages: int, contacts: int = 0) -> str:
    """Make it hold `messages`, an even number; returns a sentence about what there is now.

    Of `contacts` there are as many as messages make likely where none are asked for, and never fewer than wrote once.
    """
    turns = messages // 2
    async with connected(database) as connection:
        await connection.execute(_FAST)
        await _add_dormant(connection, contacts or messages // _MESSAGES_A_PERSON)
        await connection.execute(_PLAN.format(turns=turns))
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await _copy(connection, turns)
        for index in indexes:
            say(f"{messages:,} messages: {index['name']}")
            await connection.execute(index["definition"])
        await connection.execute(_FINISH)
        await connection.execute("VACUUM ANALYZE")
        found = await connection.fetchrow(_FOUND)
    return f"{found['messages']:,} messages of {found['people']:,} people: {found['size']} with all indexes"


async def small_again(database: str) -> None:
    """Take away every message that is not history, whose ids sort before all others."""
    async with connected(database) as connection:
        await connection.execute("DELETE FROM messages WHERE id > 'ci'")
        await connection.execute("VACUUM ANALYZE")


async def _add_dormant(connection: "asyncpg.Connection[asyncpg.Record]", wanted: int) -> None:
    """People who wrote once upon a time and do no more, scattered among those who do, until there are so many."""
    await connection.execute("CREATE TABLE bench_writers AS SELECT id FROM contacts")
    writers = await connection.fetchval("SELECT count(*) FROM bench_writers")
    count = wanted - writers
    contact_columns, contacts = await _selection(
        connection, "contacts", {"id": "dormant.contact_id", "phone": "sample.phone || dormant.digit"}
    )
    address_columns, addresses = await _selection(
        connection,
        "contact_addresses",
        {"id": "dormant.address_id", "contact_id": "dormant.contact_id", "value": "sample.value || dormant.digit"},
    )
    for digit in range(10):
        if count > digit * writers:
            filled = _DORMANT.format(
                digit=digit,
                count=min(writers, count - digit * writers),
                contact_columns=contact_columns,
                contacts=contacts,
                address_columns=address_columns,
                addresses=addresses,
            )
            await connection.execute(filled)
    await connection.execute("DROP TABLE bench_writers")


async def _copy(connection: "asyncpg.Connection[asyncpg.Record]", turns: int) -> None:
    """Write the planned history."""
    statements = []
    for direction, given in (("inbound", _INBOUND), ("outbound", _OUTBOUND)):
        columns, values = await _selection(connection, "messages", given)
        statements.append(_COPY.format(columns=columns, values=values, direction=direction))
    for first in range(1, turns + 1, _CHUNK):
        for statement in statements:
            await connection.execute(statement, first, first + _CHUNK - 1)
        if first // _CHUNK % 10 == 9:
            say(f"{(first + _CHUNK - 1) * 2:,} messages written")


async def _selection(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, given: Mapping[str, str]
) -> tuple[str, str]:
    """All columns of `table`, and a value for each: the given one, or the sample's."""
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped", table
    )
    columns = [row[0] for row in rows]
    values = [given.get(name, f'sample."{name}"') for name in columns]
    return ", ".join(f'"{name}"' for name in columns), ", ".join(values)
