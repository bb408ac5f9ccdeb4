"""An index of jobs that failed, which metrics count by type.

Revision: 0016, after 0015. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it beside the traffic."""
    index_concurrently("ix_scheduled_jobs_failed", "scheduled_jobs", ["type"], where="status = 'failed'")


def downgrade() -> None:
    """Drop it."""
    drop_index_concurrently("ix_scheduled_jobs_failed")
