"""Two more reasons for a consent: a form that somebody filled in, and a sheet that was imported.

Revision: 0019, after 0018. Code from before it goes on serving, but knows no such consent: nothing is to be imported
before all processes are new.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.engine import is_postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BEFORE = ("word", "provider", "marketing", "complaint", "bounce", "unsubscribed", "admin")
_AFTER = (*_BEFORE, "form", "import")
_TABLES = ("consents", "consent_changes")


def upgrade() -> None:
    """Widen the checks, which every row fulfils that is there."""
    for table in _TABLES:
        _exchange(table, _BEFORE, _AFTER)
    if is_postgresql(op.get_bind()):
        # It is looked at row by row beside those who write.
        with op.get_context().autocommit_block():
            for table in _TABLES:
                op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_reason")


def downgrade() -> None:
    """What they said stays, as an admin's word."""
    for table in _TABLES:
        op.execute(f"UPDATE {table} SET reason = 'admin' WHERE reason IN ('form', 'import')")
    op.execute("UPDATE consents SET marketing_reason = 'admin' WHERE marketing_reason IN ('form', 'import')")
    for table in _TABLES:
        _exchange(table, _AFTER, _BEFORE)


def _exchange(table: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Put one check of a table in another one's place; it may have been done."""
    constraint = op.f(f"ck_{table}_reason")
    bind = op.get_bind()
    if is_postgresql(bind):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({_condition(after)}) NOT VALID")
        return
    # Making the table anew would take the rows with it that refer to it. SQLite's own advice for a change that no row
    # sees is to write the table's text anew: https://www.sqlite.org/lang_altertable.html#otheralter
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :table"),
        {"old": f"CHECK ({_condition(before)})", "new": f"CHECK ({_condition(after)})", "table": table},
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")


def _condition(reasons: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{each}'" for each in reasons)
    return f"reason IN ({listed})"
