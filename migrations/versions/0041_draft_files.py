"""Files beside what people write in a conversation.

Revision: 0041, after 0040. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, UtcDateTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "draft_files",
        sa.Column("id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content_type", sa.String(127), nullable=False),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_files")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_draft_files_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_draft_files_user_id"), ondelete="CASCADE"),
    )
    op.create_index("ix_draft_files_contact_id_user_id", "draft_files", ["contact_id", "user_id"])
    op.create_index("ix_draft_files_user_id", "draft_files", ["user_id"])
    op.create_index("ix_draft_files_created_at", "draft_files", ["created_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("draft_files")
