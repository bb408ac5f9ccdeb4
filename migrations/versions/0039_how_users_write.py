"""How somebody of ours writes to contacts: what stands below their mails, and how long they can take back.

Revision: 0039, after 0038. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("users", sa.Column("signature", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("undo_mail", sa.Integer(), nullable=True))
    op.add_column("users", sa.Column("undo_chats", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("users", "undo_chats")
    op.drop_column("users", "undo_mail")
    op.drop_column("users", "signature")
