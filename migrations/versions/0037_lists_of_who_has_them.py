"""Indexes of conversations by who has them, of those that nobody has, and of mentions by contact.

Revision: 0037, after 0036. Code from before it goes on serving.
"""

from bot.db.indexes import drop_index_concurrently, index_concurrently

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_CONVERSATIONS, _MENTIONS = "inbox_conversations", "note_mentions"
_OF_SOMEBODY = f"ix_{_CONVERSATIONS}_assignee_id_status_last_at_contact_id"
_NOBODYS = f"ix_{_CONVERSATIONS}_nobodys"
_BY_CONTACT = f"ix_{_MENTIONS}_user_id_contact_id_created_at"
_BY_NOTE = f"ix_{_MENTIONS}_user_id_note_id"


def upgrade() -> None:
    """Build them beside the traffic; the bot's turns write no row of either table."""
    order = ["status", "last_at", "contact_id"]
    index_concurrently(_OF_SOMEBODY, _CONVERSATIONS, ["assignee_id", *order])
    index_concurrently(_NOBODYS, _CONVERSATIONS, order, where="assignee_id IS NULL")
    index_concurrently(_BY_CONTACT, _MENTIONS, ["user_id", "contact_id", "created_at"])
    drop_index_concurrently(_BY_NOTE)


def downgrade() -> None:
    """Drop them."""
    index_concurrently(_BY_NOTE, _MENTIONS, ["user_id", "note_id"])
    drop_index_concurrently(_BY_CONTACT)
    drop_index_concurrently(_NOBODYS)
    drop_index_concurrently(_OF_SOMEBODY)
