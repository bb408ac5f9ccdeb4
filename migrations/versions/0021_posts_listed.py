"""An index of the posts that are kept raw in the order in which they are listed.

Revision: 0021, after 0020. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it beside the traffic."""
    index_concurrently("ix_webhook_events_posts", "webhook_events", ["received_at", "id"], where="kind <> 'status'")


def downgrade() -> None:
    """Drop it."""
    drop_index_concurrently("ix_webhook_events_posts")
