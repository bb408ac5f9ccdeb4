"""Messages that failed, and about which somebody decided.

Revision: 0023, after 0022. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment."""
    op.add_column("messages", sa.Column("dismissed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Forget it: they are listed again."""
    op.drop_column("messages", "dismissed_at")
