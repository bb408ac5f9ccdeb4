"""Periods in which people had conversations, for the reports of the inbox.

Revision: 0038, after 0037. Code from before it goes on serving: what it opens and resolves meanwhile is in no report.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, UtcDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_TABLE = "inbox_periods"
_CHANNELS = "'whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other'"
_UNDER_WAY = sa.text("ended_at IS NULL")
_FILL = """
INSERT INTO inbox_periods
  (id, contact_id, opened_by, opened_at, began_at, channel, asked_at, replied_at, ended_at, ended_as, resolved_by,
   user_id, lasted, lasted_in_all)
SELECT c.contact_id, c.contact_id, 'unknown', c.opened_at, c.opened_at, c.channel,
  (SELECT p.waiting_since FROM contacts AS p WHERE p.id = c.contact_id AND c.status <> 'resolved'),
  (SELECT min(m.created_at) FROM messages AS m
   WHERE m.contact_id = c.contact_id AND m.direction = 'outbound' AND m.status NOT IN ('queued', 'failed')
     AND m.created_at >= c.opened_at AND (m.origin = 'terminal' OR m.origin LIKE 'inbox:%')),
  c.resolved_at,
  CASE WHEN c.status <> 'resolved' THEN NULL WHEN c.resolved_by IS NULL THEN 'lapsed' ELSE 'resolved' END,
  c.resolved_by,
  (SELECT a.user_id FROM assignments AS a WHERE a.contact_id = c.contact_id AND c.status = 'resolved'),
  {seconds}, {seconds}
FROM inbox_conversations AS c
"""
"""Who resolved it, when, and when somebody of ours first answered is known of each; how it began is not.

So how long answers took is in no report of what was answered by then. An id of a contact is one of a period, too.
"""
_SECONDS = {
    "postgresql": "CAST(floor(extract(epoch FROM c.resolved_at - c.opened_at)) AS integer)",
    "sqlite": "CAST(strftime('%s', c.resolved_at) AS INTEGER) - CAST(strftime('%s', c.opened_at) AS INTEGER)",
}


def upgrade() -> None:
    """Make the table, with one period for each conversation that there is."""
    op.create_table(
        _TABLE,
        sa.Column("id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("opened_by", sa.String(8), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("replied_by", Id, nullable=True),
        sa.Column("answered_after", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_as", sa.String(8), nullable=True),
        sa.Column("resolved_by", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("lasted", sa.Integer(), nullable=True),
        sa.Column("lasted_in_all", sa.Integer(), nullable=True),
        sa.Column("reopened_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "opened_by IN ('handoff', 'takeover', 'reopened', 'merge', 'unknown')",
            name=op.f(f"ck_{_TABLE}_opened_by"),
        ),
        sa.CheckConstraint(f"channel IS NULL OR channel IN ({_CHANNELS})", name=op.f(f"ck_{_TABLE}_channel")),
        sa.CheckConstraint(
            "ended_as IS NULL OR ended_as IN ('resolved', 'quiet', 'lapsed', 'merged')",
            name=op.f(f"ck_{_TABLE}_ended_as"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name=op.f(f"ck_{_TABLE}_end_is_whole")),
        _of("contact_id", "contacts", "CASCADE"),
        *(_of(column, "users", "SET NULL") for column in ("replied_by", "resolved_by", "user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
    )
    op.execute(_FILL.format(seconds=_SECONDS[op.get_bind().dialect.name]))
    for columns in (
        *(["replied_by"], ["resolved_by"], ["user_id"]),
        *(["contact_id", "opened_at"], ["opened_at"], ["replied_at"], ["ended_at"]),
    ):
        op.create_index(op.f(f"ix_{_TABLE}_{'_'.join(columns)}"), _TABLE, columns)
    op.create_index(
        f"uq_{_TABLE}_under_way",
        _TABLE,
        ["contact_id"],
        unique=True,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    )


def _of(column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{_TABLE}_{column}"), ondelete=ondelete)


def downgrade() -> None:
    """Drop it; how long people had conversations is gone then."""
    op.drop_table(_TABLE)
