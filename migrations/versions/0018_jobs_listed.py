"""An index of jobs in the order in which they are listed.

Revision: 0018, after 0017. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it beside the traffic."""
    index_concurrently("ix_scheduled_jobs_listed", "scheduled_jobs", ["scheduled_at", "id"])


def downgrade() -> None:
    """Drop it."""
    drop_index_concurrently("ix_scheduled_jobs_listed")
