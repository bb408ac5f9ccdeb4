"""An index of the posts that are kept raw in the order in which they are listed.

Revision: 0020, after 0019. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it beside the traffic."""
    index_concurrently("ix_webhook_events_posts", "webhook_events", ["received_at", "id"], where="kind <> 'status'")


def downgrade() -> None:
    """Drop it."""
    drop_index_concurrently("ix_webhook_events_posts")
