"""Posts that somebody left as they are.

Revision: 0020, after 0019. Code from before it goes on serving, and takes such a post for one that waits.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment."""
    op.add_column("webhook_events", sa.Column("dismissed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Forget it: they wait again."""
    op.drop_column("webhook_events", "dismissed_at")
