"""Tell which code the schema still serves, so that an older one knows whether it may go on.

A later migration that takes away what older code needs sets the row to the oldest revision whose code does without.

Revision: 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything so far was added: the first code still goes on."""
    table = op.create_table(
        "oldest_served",
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_oldest_served")),
    )
    op.execute(table.insert().values(revision="0001"))


def downgrade() -> None:
    """Say nothing any more."""
    op.drop_table("oldest_served")
