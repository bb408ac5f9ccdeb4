"""Lets a team have a part of the conversations of a filled database, as if it had long been at work.

Of those who wrote once upon a time a fifth is open, of which half are somebody's and a quarter waits for a person, a
twentieth is snoozed, a fifth the bot always had, and the others are resolved. The team has left forty thousand notes
beside them, of which each names one of them, and has read about half of what was written to it.
"""

from collections.abc import Sequence

from bench.places import connected
from bench.progress import say

_NOTES = 40_000
_LABELS = 20
# Those who wrote once upon a time have a longer number than those who go on writing, whom the bot has.
_PLAN = """
CREATE TABLE bench_handed AS
SELECT contact_id, seq, last_at, number,
       CASE WHEN number % 20 < 4 THEN 'open' WHEN number % 20 = 4 THEN 'snoozed' ELSE 'resolved' END AS status,
       CASE WHEN number % 2 = 0 THEN team.user_id END AS user_id
FROM (
    SELECT id AS contact_id, seq, coalesce(last_inbound_at, updated_at) AS last_at,
           row_number() OVER (ORDER BY md5(id)) AS number
    FROM contacts WHERE length(phone) > 14
) AS dormant
JOIN (
    SELECT user_id, place - 1 AS place FROM unnest($1::text[]) WITH ORDINALITY AS given (user_id, place)
) AS team ON team.place = number / 20 % cardinality($1::text[])
WHERE number % 20 < 16
"""
_FILL = (
    """
    INSERT INTO inbox_conversations (contact_id, status, channel, last_at, opened_at, opened_seq, snoozed_until,
        resolved_at, assignee_id, created_at, updated_at)
    SELECT contact_id, status, 'whatsapp', last_at, last_at - interval '1 day', greatest(seq - 9, 0),
        CASE status WHEN 'snoozed' THEN now() + interval '1 week' END,
        CASE status WHEN 'resolved' THEN last_at + interval '1 hour' END, user_id, last_at, last_at
    FROM bench_handed
    """,
    """
    INSERT INTO assignments (contact_id, user_id, created_at)
    SELECT contact_id, user_id, last_at FROM bench_handed WHERE user_id IS NOT NULL
    """,
    """
    UPDATE contacts SET responder = 'human', epoch = 1,
        waiting_since = CASE WHEN number / 20 % 4 = 0 THEN last_at END
    FROM bench_handed WHERE contact_id = id AND status <> 'resolved'
    """,
    """
    INSERT INTO reads (user_id, contact_id, seq, updated_at)
    SELECT user_id, contact_id, seq - number % 3, last_at FROM bench_handed WHERE user_id IS NOT NULL
    """,
    f"""
    INSERT INTO inbox_labels (id, name, key, colour, created_at, updated_at)
    SELECT 'label' || n, 'Label ' || n, 'label ' || n, 'red', now(), now() FROM generate_series(1, {_LABELS}) AS n
    """,
    f"""
    INSERT INTO inbox_conversation_labels (contact_id, label_id, created_at)
    SELECT contact_id, 'label' || 1 + (number % {_LABELS} * (number / 20 % 5) / 4), last_at FROM bench_handed
    WHERE number % 3 = 0
    """,
    f"""
    INSERT INTO notes (id, contact_id, user_id, content, type, created_at, updated_at)
    SELECT 'note' || number, contact_id, ($1::text[])[1], 'Please have a look.', 'PUBLIC', last_at, last_at
    FROM bench_handed WHERE number <= {_NOTES} * 5 / 4
    """,
    """
    INSERT INTO note_mentions (note_id, user_id, contact_id, created_at)
    SELECT id, ($1::text[])[1 + substr(id, 5)::int % cardinality($1::text[])], contact_id, created_at FROM notes
    """,
)
_OPEN = """
INSERT INTO inbox_conversations
    (contact_id, status, channel, last_at, opened_at, opened_seq, assignee_id, created_at, updated_at)
SELECT id, 'open', 'whatsapp', now(), now(), seq, user_id, now(), now()
FROM contacts JOIN unnest($1::text[], $2::text[]) AS given (contact_id, user_id) ON contact_id = id
"""
_ASSIGN = """
INSERT INTO assignments (contact_id, user_id, created_at)
SELECT contact_id, user_id, now() FROM unnest($1::text[], $2::text[]) AS given (contact_id, user_id)
"""


async def hand(database: str, team: Sequence[str]) -> str:
    """Let the users of `team` have them; returns a sentence about what there is now."""
    async with connected(database) as connection:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute(_PLAN, list(team))
        for number, statement in enumerate(_FILL, start=1):
            await connection.execute(statement, *([list(team)] if "$1" in statement else []))
            say(f"a team of {len(team)} has conversations: {number} of {len(_FILL)}")
        await connection.execute("DROP TABLE bench_handed")
        await connection.execute("VACUUM ANALYZE")
        rows = await connection.fetch("SELECT status, count(*) AS n FROM inbox_conversations GROUP BY 1 ORDER BY 1")
    return "conversations: " + ", ".join(f"{row['n']:,} {row['status']}" for row in rows)


async def open_for(database: str, phones: Sequence[str], team: Sequence[str]) -> list[str]:
    """Let each of `phones` have a conversation that one of `team` has; returns their contacts' ids, in that order."""
    async with connected(database) as connection:
        rows = await connection.fetch("SELECT id, phone FROM contacts WHERE phone = ANY ($1)", list(phones))
        ids = {row["phone"]: row["id"] for row in rows}
        contacts = [ids[each] for each in phones]
        users = [team[number % len(team)] for number in range(len(contacts))]
        await connection.execute(_OPEN, contacts, users)
        await connection.execute(_ASSIGN, contacts, users)
        await connection.execute("UPDATE contacts SET responder = 'human', epoch = 1 WHERE id = ANY ($1)", contacts)
    return contacts
