"""Indexes of the audit log by who did it and by what it was done to, by which it is searched.

Revision: 0026, after 0025. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build them beside the traffic."""
    index_concurrently("ix_audit_logs_actor_created_at", "audit_logs", ["actor", "created_at"])
    index_concurrently("ix_audit_logs_resource_id_created_at", "audit_logs", ["resource_id", "created_at"])


def downgrade() -> None:
    """Drop them."""
    drop_index_concurrently("ix_audit_logs_resource_id_created_at")
    drop_index_concurrently("ix_audit_logs_actor_created_at")
