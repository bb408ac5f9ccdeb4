"""When people said what they said, by their providers' clocks: of messages and of consents.

Revision: 0004, after 0003. Code from before it goes on serving: the columns may be NULL, which means that nobody told.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ADDED = (("messages", "sent_at"), ("consents", "said_at"), ("consent_changes", "said_at"))


def upgrade() -> None:
    """Add the columns; nothing is rewritten for it."""
    for table, column in _ADDED:
        op.add_column(table, sa.Column(column, UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for table, column in reversed(_ADDED):
        op.drop_column(table, column)
