"""What people stopped in WhatsApp's own settings was marketing alone, not all messages.

Such a consent was written as a refusal of all. It becomes one of marketing, unless they wrote STOP afterwards, which
only the trace of that message tells. The history keeps its lines, with the purpose that they had; that STOP gets one.

Revision: 0014, after 0013. Code from before it goes on serving, and its STOP is one here too; it answers those people
from now on. On PostgreSQL it goes slice by slice, each statement committed by itself, so that no turn waits for it; one
that is interrupted goes on where it was.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.db.engine import is_postgresql
from bot.db.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SLICE = 500
_FOUND = sa.text("""
SELECT consents.id, consents.address_id, consents.channel, consents.opted_in, consents.changed_at, consents.said_at,
       consents.updated_at, contact_addresses.contact_id
FROM consents JOIN contact_addresses ON contact_addresses.id = consents.address_id
WHERE consents.reason = 'marketing' AND (NOT consents.opted_in OR consents.marketing_opted_in IS NULL)
  AND consents.id > :after
ORDER BY consents.id LIMIT :slice
""").columns(changed_at=UtcDateTime, said_at=UtcDateTime, updated_at=UtcDateTime, opted_in=sa.Boolean)
# By the index over (contact_id, created_at), and before anything is locked.
_STOPS = (
    sa.text("""
SELECT address_id, channel, created_at, sent_at FROM messages
WHERE contact_id IN :contacts AND created_at >= :since AND direction = 'inbound'
  AND CAST(trace AS text) LIKE '%"opt_out_again"%'
ORDER BY created_at
""")
    .bindparams(sa.bindparam("contacts", expanding=True), sa.bindparam("since", type_=UtcDateTime()))
    .columns(created_at=UtcDateTime, sent_at=UtcDateTime)
)
_HISTORY = sa.text("UPDATE consent_changes SET purpose = :new WHERE reason = 'marketing' AND purpose = :old")
_OPT_IN = sa.text("""
UPDATE contacts SET opt_in = true WHERE id IN :contacts AND NOT opt_in AND NOT EXISTS (
  SELECT 1 FROM contact_addresses JOIN consents ON consents.address_id = contact_addresses.id
  WHERE contact_addresses.contact_id = contacts.id AND NOT consents.opted_in AND consents.id NOT IN :lifted
)
""").bindparams(sa.bindparam("contacts", expanding=True), sa.bindparam("lifted", expanding=True))
_MARKETING = """
  marketing_opted_in = opted_in, marketing_reason = reason, marketing_changed_at = changed_at,
  marketing_said_at = said_at
"""
_UNCHANGED = "id = :id AND reason = 'marketing' AND updated_at = :updated_at"
_MOMENTS = (sa.bindparam("updated_at", type_=UtcDateTime()),)
_LIFT = sa.text(f"""
UPDATE consents SET {_MARKETING}, opted_in = true, said_at = CASE WHEN opted_in THEN said_at END WHERE {_UNCHANGED}
""").bindparams(*_MOMENTS)
_STOPPED = sa.text(f"""
UPDATE consents SET {_MARKETING}, reason = 'word', changed_at = :stopped_at WHERE {_UNCHANGED}
""").bindparams(*_MOMENTS, sa.bindparam("stopped_at", type_=UtcDateTime()))
_STOP_LINE = sa.text("""
INSERT INTO consent_changes (id, address_id, channel, purpose, opted_in, reason, changed_at, said_at)
VALUES (:id, :address_id, :channel, 'all', false, 'word', :stopped_at, :said_at) ON CONFLICT DO NOTHING
""").bindparams(sa.bindparam("stopped_at", type_=UtcDateTime()), sa.bindparam("said_at", type_=UtcDateTime()))
_REFUSED_AGAIN = """
marketing_reason = 'marketing' AND NOT marketing_opted_in AND opted_in AND changed_at <= marketing_changed_at
"""
_OPT_OUT = sa.text(f"""
UPDATE contacts SET opt_in = false WHERE id IN (
  SELECT contact_addresses.contact_id FROM contact_addresses
  JOIN consents ON consents.address_id = contact_addresses.id WHERE {_REFUSED_AGAIN}
)
""")
_REFUSE = sa.text(f"""
UPDATE consents SET opted_in = false, reason = 'marketing', changed_at = marketing_changed_at,
  said_at = marketing_said_at WHERE {_REFUSED_AGAIN}
""")


def upgrade() -> None:
    """Give those consents their purpose, again until there is none left: some may change while it goes on."""
    with _statement_by_statement() as connection:
        connection.execute(_HISTORY, {"new": "marketing", "old": "all"})
        while _once(connection):
            pass


def downgrade() -> None:
    """Let them refuse all again, who said nothing since."""
    connection = op.get_bind()
    connection.execute(_OPT_OUT)
    connection.execute(_REFUSE)
    connection.execute(_HISTORY, {"new": "all", "old": "marketing"})


def _once(connection: sa.Connection) -> bool:
    """Go through all of them; returns whether there were any."""
    after = ""
    while rows := connection.execute(_FOUND, {"after": after, "slice": _SLICE}).all():
        after = rows[-1].id
        _settle(connection, rows)
    return bool(after)


def _settle(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
    refused = [row for row in rows if not row.opted_in]
    stops: dict[tuple[str, str], sa.Row[Any]] = {}
    if refused:
        about = {"contacts": [row.contact_id for row in refused], "since": min(row.changed_at for row in refused)}
        stops = {(stop.address_id, stop.channel): stop for stop in connection.execute(_STOPS, about)}
    lifted = []
    for row in rows:
        stop = stops.get((row.address_id, row.channel))
        if row.opted_in or stop is None or stop.created_at < row.changed_at:
            lifted.append(row)
            continue
        values = {"id": row.id, "stopped_at": stop.created_at}
        line = {"address_id": row.address_id, "channel": row.channel, "said_at": stop.sent_at}
        connection.execute(_STOP_LINE, {**values, **line})
        connection.execute(_STOPPED, {**values, "updated_at": row.updated_at})
    if lifted:
        # First, since nobody would come back for it.
        connection.execute(
            _OPT_IN, {"contacts": [row.contact_id for row in lifted], "lifted": [row.id for row in lifted]}
        )
        connection.execute(_LIFT, [{"id": row.id, "updated_at": row.updated_at} for row in lifted])


@contextmanager
def _statement_by_statement() -> Iterator[sa.Connection]:
    """On PostgreSQL out of the revision's transaction; SQLite has one writer anyway."""
    if not is_postgresql(op.get_bind()):
        yield op.get_bind()
        return
    with op.get_context().autocommit_block():
        yield op.get_bind()
