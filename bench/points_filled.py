"""Fills a programme with lots as if people had long earned and redeemed.

Everybody has twenty. Three quarters of them end within a year, spread over its days; a tenth ended before and is spent,
as is a tenth of the others; a twentieth never ends, and yesterday's have just ended.
"""

from bench.places import connected
from bench.progress import say

LOTS_A_PERSON = 20
_FAST = """
SET session_replication_role = replica;  -- what is made here needs no check of foreign keys
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '1GB';
"""
_PEOPLE = """
INSERT INTO contacts (id, phone, opt_in, seq, responder, epoch, has_merged, created_at, updated_at)
SELECT 'person' || lpad(n::text, 10, '0'), '+5511' || lpad(n::text, 9, '0'), true, 0, 'bot', 0, false, now(), now()
FROM generate_series(1, $1::int) AS n
"""
_ACCOUNTS = """
INSERT INTO point_accounts (id, programme_id, contact_id, number, balance, owed, last_active_on, email_notifications,
    created_at, updated_at)
SELECT 'account' || lpad(n::text, 10, '0'), $2, 'person' || lpad(n::text, 10, '0'), lpad(n::text, 13, '0'), 0, 0,
    current_date - n % 300, true, now(), now()
FROM generate_series(1, $1::int) AS n
"""
# A prime scatters whose lot ends when, as it would be.
_LOT = f"""
SELECT n, 'account' || lpad((1 + n / {LOTS_A_PERSON})::text, 10, '0') AS account_id, 10 + n % 90 AS points,
    CASE WHEN n % 20 = 0 THEN NULL WHEN n % 10 = 1 THEN current_date - (n::bigint * 7919 % 300)::int
         WHEN n % 1000 = 3 THEN current_date - 1 ELSE current_date + (n::bigint * 7919 % 365)::int END AS expires_on,
    n % 10 IN (1, 2) AS is_spent
FROM generate_series($1::int, $2::int) AS n
"""
_ENTRIES = f"""
INSERT INTO point_ledger (id, programme_id, account_id, posting_id, kind, credit, debit, expires_at, reason, reference,
    created_at)
SELECT 'entry' || lpad(n::text, 10, '0'), $3, account_id, 'entry' || lpad(n::text, 10, '0'), 'earn', points, 0,
    expires_on + 1, '', 'order-' || n, now() - n % 300 * interval '1 day'
FROM ({_LOT}) AS lot
"""
_LOTS = f"""
INSERT INTO point_lots (id, account_id, entry_id, earned, remaining, expires_on)
SELECT 'lot' || lpad(n::text, 10, '0'), account_id, 'entry' || lpad(n::text, 10, '0'), points,
    CASE WHEN is_spent THEN 0 ELSE points END, expires_on
FROM ({_LOT}) AS lot
"""
_BALANCES = """
UPDATE point_accounts SET balance = theirs.points
FROM (SELECT account_id, sum(remaining) AS points FROM point_lots GROUP BY account_id) AS theirs
WHERE theirs.account_id = point_accounts.id
"""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('point_ledger', 'point_lots')
AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
_CHUNK = 1_000_000


async def fill_points(url: str, programme_id: str, lots: int) -> None:
    """Fill it; what one looks things up by is made afterwards, which takes a fourth of the time."""
    async with connected(url) as connection:
        await connection.execute(_FAST)
        people = lots // LOTS_A_PERSON + 1
        await connection.execute(_PEOPLE, people)
        await connection.execute(_ACCOUNTS, people, programme_id)
        indexes = await connection.fetch(_INDEXES)
        for each in indexes:
            await connection.execute(f'DROP INDEX "{each["indexname"]}"')
        for first in range(0, lots, _CHUNK):
            last = min(first + _CHUNK, lots) - 1
            await connection.execute(_ENTRIES, first, last, programme_id)
            await connection.execute(_LOTS, first, last)
            say(f"{last + 1:,} lots of {lots:,}")
        for each in indexes:
            await connection.execute(each["indexdef"])
        await connection.execute(_BALANCES)
        await connection.execute("VACUUM ANALYZE point_accounts")
        await connection.execute("VACUUM ANALYZE point_ledger")
        await connection.execute("VACUUM ANALYZE point_lots")
        await connection.execute("ANALYZE contacts")
        say(f"{lots:,} lots of {people:,} people")
