"""The index of what is due for an endpoint ends with the number, by which those are told that are due at one moment.

Revision: 0032, after 0031. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_WAITING = "status = 'pending'"


def upgrade() -> None:
    """Build the one beside the traffic, and drop the other."""
    index_concurrently(
        "ix_endpoint_deliveries_due_by_number",
        "endpoint_deliveries",
        ["endpoint_id", "due_at", "number"],
        where=_WAITING,
    )
    drop_index_concurrently("ix_endpoint_deliveries_due")


def downgrade() -> None:
    """Build the other one again."""
    index_concurrently("ix_endpoint_deliveries_due", "endpoint_deliveries", ["endpoint_id", "due_at"], where=_WAITING)
    drop_index_concurrently("ix_endpoint_deliveries_due_by_number")
