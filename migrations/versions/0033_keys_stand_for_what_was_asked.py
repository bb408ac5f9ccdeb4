"""What a key stands for, so that something else under it is refused.

Revision: 0033, after 0032. Code from before it goes on serving: by what it queues the key alone decides.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the fingerprint."""
    op.add_column("message_keys", sa.Column("fingerprint", sa.String(64), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("message_keys", "fingerprint")
