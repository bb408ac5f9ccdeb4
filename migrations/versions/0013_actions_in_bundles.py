"""Let a step and a trigger name an action.

Revision: 0013, after 0012. Code from before it goes on serving as long as no bundle names one.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.engine import is_postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_STEPS = ("flow_steps", "type", "type IN ('send_template', 'collect_input', 'end')")
_STEPS_THAT_ACT = ("flow_steps", "type", "type IN ('send_template', 'collect_input', 'end', 'action')")
_TARGET = ("triggers", "one_target", "(template_id IS NULL) <> (flow_id IS NULL)")
_TARGET_OR_ACTION = (
    "triggers",
    "one_target",
    (
        "CASE WHEN action IS NULL THEN (template_id IS NULL) <> (flow_id IS NULL)"
        " ELSE template_id IS NULL AND flow_id IS NULL END"
    ),
)


def upgrade() -> None:
    """Widen the checks, which every row fulfils that is there."""
    op.add_column("triggers", sa.Column("action", sa.String(64), nullable=True))
    _exchange(_STEPS, _STEPS_THAT_ACT)
    _exchange(_TARGET, _TARGET_OR_ACTION)


def downgrade() -> None:
    """Take bundles out of service that name an action, and leave nothing of it."""
    op.execute(
        "UPDATE bundles SET status = 'archived' WHERE status = 'published' AND (id IN (SELECT bundle_id FROM triggers"
        " WHERE action IS NOT NULL) OR id IN (SELECT bundle_id FROM flows JOIN flow_steps ON flow_id = flows.id"
        " WHERE type = 'action'))"
    )
    op.execute("UPDATE flow_steps SET type = 'end' WHERE type = 'action'")
    # What it has said keeps it as what it answers.
    op.execute(
        "UPDATE triggers SET action = NULL, active = false, template_id = (SELECT min(id) FROM templates"
        " WHERE templates.bundle_id = triggers.bundle_id) WHERE action IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM templates WHERE templates.bundle_id = triggers.bundle_id)"
    )
    op.execute("DELETE FROM triggers WHERE action IS NOT NULL")
    _exchange(_STEPS_THAT_ACT, _STEPS)
    _exchange(_TARGET_OR_ACTION, _TARGET)
    op.drop_column("triggers", "action")


def _exchange(old: tuple[str, str, str], new: tuple[str, str, str]) -> None:
    """Put one check of a table in another one's place."""
    table, name, condition = new
    constraint = op.f(f"ck_{table}_{name}")
    if is_postgresql(op.get_bind()):
        op.drop_constraint(constraint, table)
        op.create_check_constraint(constraint, table, condition)
        return
    # Making the table anew would take the rows with it that refer to it. SQLite's own advice for a change that no row
    # sees is to write the table's text anew: https://www.sqlite.org/lang_altertable.html#otheralter
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?",
        (f"CHECK ({old[2]})", f"CHECK ({condition})", table),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
