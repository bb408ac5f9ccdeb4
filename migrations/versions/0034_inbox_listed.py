"""Indexes of who waits for a person, and of conversations however they stand, by what was said last.

Revision: 0034, after 0033. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build them beside the traffic; a turn of the bot changes nothing of either, so that it writes no entry."""
    index_concurrently("ix_contacts_waiting", "contacts", ["waiting_since", "id"], where="waiting_since IS NOT NULL")
    index_concurrently("ix_inbox_conversations_last_at_contact_id", "inbox_conversations", ["last_at", "contact_id"])


def downgrade() -> None:
    """Drop them."""
    drop_index_concurrently("ix_inbox_conversations_last_at_contact_id")
    drop_index_concurrently("ix_contacts_waiting")
