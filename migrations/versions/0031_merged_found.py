"""An index of who is merged into whom.

Revision: 0031, after 0030. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it beside the traffic."""
    index_concurrently("ix_contacts_merged_into", "contacts", ["merged_into"], where="merged_into IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    drop_index_concurrently("ix_contacts_merged_into")
