"""Find what is queued lane by lane, and what failed by its error.

Revision: 0011, after 0010. Code from before it goes on serving: it finds what is queued by the same indexes, and sorts
what is due itself.
"""

from sqlalchemy import text

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_QUEUED = "direction = 'outbound' AND status = 'queued'"
_DUE_AT = "coalesce(next_attempt_at, scheduled_at, created_at)"
# What asks nothing of the moment it is due cannot use this index, so that no plan reads the whole queue from it.
_QUEUED_DUE = f"{_QUEUED} AND {_DUE_AT} IS NOT NULL"
_FAILED = "direction = 'outbound' AND status = 'failed'"


def upgrade() -> None:
    """Build the new indexes, then drop those that they replace."""
    index_concurrently("ix_messages_lane_due", "messages", ["account", "lane", text(_DUE_AT)], where=_QUEUED_DUE)
    index_concurrently("ix_messages_lane_contact", "messages", ["contact_id", "lane", "seq"], where=_QUEUED)
    index_concurrently("ix_messages_failed", "messages", ["error", "created_at"], where=_FAILED)
    drop_index_concurrently("ix_messages_queued_due")
    drop_index_concurrently("ix_messages_queued_contact")


def downgrade() -> None:
    """The same the other way round."""
    index_concurrently("ix_messages_queued_due", "messages", ["account", text(_DUE_AT)], where=_QUEUED_DUE)
    index_concurrently("ix_messages_queued_contact", "messages", ["contact_id", "seq"], where=_QUEUED)
    drop_index_concurrently("ix_messages_lane_due")
    drop_index_concurrently("ix_messages_lane_contact")
    drop_index_concurrently("ix_messages_failed")
