"""Conversations name who has them, and mentions beside whom they stand, so that lists are read by an index.

Revision: 0035, after 0034. Code from before it goes on serving: to whom it gives a conversation, or whom it mentions,
while both serve, does not find that in their list.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the next revision fills them, without the lock that this one takes."""
    op.add_column("inbox_conversations", sa.Column("assignee_id", Id, nullable=True))
    op.add_column("note_mentions", sa.Column("contact_id", Id, nullable=True))
    op.add_column("note_mentions", sa.Column("created_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Forget them; `assignments` and `notes` have both."""
    op.drop_column("note_mentions", "created_at")
    op.drop_column("note_mentions", "contact_id")
    op.drop_column("inbox_conversations", "assignee_id")
