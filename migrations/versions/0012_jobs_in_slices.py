"""How far a job is, where its next slice goes on, and jobs that were cancelled.

Revision: 0012, after 0011. Code from before it goes on serving: it does not begin a job that it does not know.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Json

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and one more status."""
    op.add_column("scheduled_jobs", sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("scheduled_jobs", sa.Column("total", sa.Integer(), nullable=True))
    op.add_column("scheduled_jobs", sa.Column("checkpoint", Json, nullable=True))
    _allow("status IN ('pending', 'done', 'failed', 'cancelled')")


def downgrade() -> None:
    """Drop them; what was cancelled counts as failed."""
    op.execute("UPDATE scheduled_jobs SET status = 'failed', error = 'cancelled' WHERE status = 'cancelled'")
    _allow("status IN ('pending', 'done', 'failed')")
    for name in ("checkpoint", "total", "done"):
        op.drop_column("scheduled_jobs", name)


def _allow(statuses: str) -> None:
    """Change the check of the statuses; SQLite makes the table anew for it."""
    name = op.f("ck_scheduled_jobs_status")
    with op.batch_alter_table("scheduled_jobs") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, statuses)
