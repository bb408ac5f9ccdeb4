"""An index of the messages that failed and about which nobody decided, by kind.

Revision: 0024, after 0023. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it beside the traffic."""
    where = "direction = 'outbound' AND status = 'failed' AND dismissed_at IS NULL"
    index_concurrently("ix_messages_failed_open", "messages", ["error", "created_at", "id"], where=where)


def downgrade() -> None:
    """Drop it."""
    drop_index_concurrently("ix_messages_failed_open")
