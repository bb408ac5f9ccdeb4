"""When an account's provider last said that it does not know its credentials.

Revision: 0022, after 0021. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment."""
    op.add_column("accounts", sa.Column("check_failed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("accounts", "check_failed_at")
