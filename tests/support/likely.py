"""Contacts among whom many are compared: as many share a key as are looked at, and each has a number."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import HANDLERS
from bot.jobs.service import Context, Job

# Forty share the beginnings of their names' first and last word, and nothing else: 780 pairs a key, none alike.
_PEOPLE = """
INSERT INTO contacts (id, name, created_at, updated_at)
SELECT 'c' || lpad(n::text, 9, '0'),
       chr(97 + n / 40 % 26) || chr(97 + n / 1040 % 26) || chr(97 + n / 27040 % 26)
           || substr(md5(n::text), 1, 5 + n % 4) || ' Sou' || substr(md5(n::text), 10, 2 + n % 7),
       now(), now()
FROM generate_series(0, CAST(:many AS int) - 1) n
"""
_NUMBERS = """
INSERT INTO contact_addresses (id, contact_id, kind, value, created_at, updated_at)
SELECT 'a' || n, 'c' || lpad(n::text, 9, '0'), 'phone', '+55119' || lpad(n::text, 8, '0'), now(), now()
FROM generate_series(0, CAST(:many AS int) - 1) n
"""


async def crowd(connection: AsyncConnection, many: int) -> None:
    """So many contacts, on PostgreSQL, which makes them by itself."""
    for statement in (_PEOPLE, _NUMBERS):
        await connection.execute(text(statement), {"many": many})


async def look(connection: AsyncConnection, now: datetime) -> int:
    """The whole daily look for who may be one person; in how many slices."""
    checkpoint, done = None, 0
    while done == 0 or checkpoint is not None:
        job = Job("j", "duplicates", "today", {}, 1, checkpoint, done)
        progress = await HANDLERS["duplicates"].run(Context(connection, job, now, None))
        assert progress is not None
        checkpoint, done = progress.checkpoint, progress.done
    return done
