"""What conversations and mentions name since the revision before, of those that were there.

Revision: 0036, after 0035. Code from before it goes on serving.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Fill it in; who reads or writes other rows waits for nothing."""
    op.execute(
        "UPDATE inbox_conversations SET assignee_id = (SELECT user_id FROM assignments"
        " WHERE assignments.contact_id = inbox_conversations.contact_id)"
        " WHERE EXISTS (SELECT 1 FROM assignments WHERE assignments.contact_id = inbox_conversations.contact_id)"
    )
    op.execute(
        "UPDATE note_mentions SET contact_id = (SELECT contact_id FROM notes WHERE notes.id = note_mentions.note_id),"
        " created_at = (SELECT created_at FROM notes WHERE notes.id = note_mentions.note_id)"
    )


def downgrade() -> None:
    """Nothing: the revision before takes the columns."""
