"""Scope the addresses that mean somebody only at an account: `ana` of a bridge becomes `generic:app/ana`.

Whoever wrote to one account is that account's. A contact that several accounts wrote with may be several people: it
stays with the account that came first, and each other account's messages move to a contact of their own. Whoever had
opted out stays so at each of them, and a flow that was running ends, since nobody knows whose answers it holds. An
address that no message names stays as it is, and nobody is found by it.

Revision: 0002.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.db.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KINDS = ("messenger", "instagram", "external")
_AS_BEFORE, _LONGER = sa.String(255), sa.String(512)

_ADDRESSES = sa.table(
    "contact_addresses",
    *(sa.column(name) for name in ("id", "contact_id", "kind", "value")),
    *(sa.column(name, UtcDateTime()) for name in ("created_at", "updated_at")),
)
_CONTACTS = sa.table(
    "contacts",
    *(sa.column(name) for name in ("id", "opt_in", "locale", "timezone", "seq")),
    *(sa.column(name, UtcDateTime()) for name in ("last_inbound_at", "created_at", "updated_at")),
)
_CONSENTS = sa.table(
    "consents",
    *(sa.column(name) for name in ("id", "address_id", "channel", "opted_in", "reason")),
    *(sa.column(name, UtcDateTime()) for name in ("changed_at", "reminded_at", "created_at", "updated_at")),
)
_CHANGES = sa.table(
    "consent_changes",
    *(sa.column(name) for name in ("id", "address_id", "channel", "opted_in", "reason", "detail")),
    sa.column("changed_at", UtcDateTime()),
)
_MESSAGES = sa.table(
    "messages",
    *(sa.column(name) for name in ("contact_id", "address_id", "account", "direction")),
    sa.column("created_at", UtcDateTime()),
)
_INSTANCES = sa.table(
    "flow_instances",
    *(sa.column(name) for name in ("contact_id", "end_reason")),
    sa.column("paused", sa.Boolean()),
    *(sa.column(name, UtcDateTime()) for name in ("ended_at", "updated_at")),
)


def upgrade() -> None:
    """Give each such address its account, and each account its own contacts."""
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("contact_addresses", "value", type_=_LONGER, existing_nullable=False)
    for row, accounts in _heard():
        first, *others = accounts
        for account in others:
            _split(row, account)
        if others:
            _end_flow(row["contact_id"])
        op.execute(_ADDRESSES.update().where(_ADDRESSES.c.id == row["id"]).values(value=_key(row["value"], first)))


def downgrade() -> None:
    """Take the accounts away again; where two have the same id, the later one keeps its account and is not found."""
    connection = op.get_bind()
    of_accounts = sa.select(_ADDRESSES).where(_ADDRESSES.c.kind.in_(_KINDS)).order_by(_ADDRESSES.c.created_at)
    rows = connection.execute(of_accounts).mappings().all()
    taken = {(row["kind"], row["value"]) for row in rows}
    for row in rows:
        bare = row["value"].partition("/")[2] or row["value"]
        if (row["kind"], bare) not in taken:
            taken.add((row["kind"], bare))
            op.execute(_ADDRESSES.update().where(_ADDRESSES.c.id == row["id"]).values(value=bare))
    if op.get_context().dialect.name == "postgresql":
        using = "substr(value, 1, 255)"
        op.alter_column("contact_addresses", "value", type_=_AS_BEFORE, existing_nullable=False, postgresql_using=using)


def _heard() -> list[tuple[Mapping[str, Any], list[str]]]:
    """Each such address, with the accounts that wrote with it, the first one first."""
    came = sa.func.min(_MESSAGES.c.created_at)
    statement = (
        sa.select(_ADDRESSES.c.id, _ADDRESSES.c.contact_id, _ADDRESSES.c.kind, _ADDRESSES.c.value, _MESSAGES.c.account)
        .join(_MESSAGES, _MESSAGES.c.address_id == _ADDRESSES.c.id)
        .where(_ADDRESSES.c.kind.in_(_KINDS))
        .group_by(*_ADDRESSES.c["id", "contact_id", "kind", "value"], _MESSAGES.c.account)
        .order_by(came, _MESSAGES.c.account)
    )
    found: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    for row in op.get_bind().execute(statement).mappings():
        found.setdefault(row["id"], (row, []))[1].append(row["account"])
    return list(found.values())


def _split(address: Mapping[str, Any], account: str) -> None:
    """Move what was said through `account` to a contact of its own, who agreed to what was agreed so far."""
    connection, now = op.get_bind(), utc_now()
    contact_id, address_id = new_id(), new_id()
    said = (_MESSAGES.c.address_id == address["id"]) & (_MESSAGES.c.account == account)
    contact = connection.execute(sa.select(_CONTACTS).where(_CONTACTS.c.id == address["contact_id"])).mappings().one()
    heard = sa.select(sa.func.max(_MESSAGES.c.created_at)).where(said, _MESSAGES.c.direction == "inbound")
    # The name may be the other one's; this one's comes with the next message.
    values = {**contact, "id": contact_id, "last_inbound_at": connection.execute(heard).scalar(), "updated_at": now}
    op.execute(_CONTACTS.insert().values(values))
    key = _key(address["value"], account)
    op.execute(
        _ADDRESSES.insert().values(
            id=address_id, contact_id=contact_id, kind=address["kind"], value=key, created_at=now, updated_at=now
        )
    )
    for table in (_CONSENTS, _CHANGES):
        for row in connection.execute(sa.select(table).where(table.c.address_id == address["id"])).mappings().all():
            op.execute(table.insert().values({**row, "id": new_id(), "address_id": address_id}))
    op.execute(_MESSAGES.update().where(said).values(contact_id=contact_id, address_id=address_id))


def _key(value: str, account: str) -> str:
    return f"{account.replace('%', '%25').replace('/', '%2F')}/{value}"


def _end_flow(contact_id: str) -> None:
    """End a flow that runs; one that was handed to a person stays with them."""
    now = utc_now()
    running = (_INSTANCES.c.contact_id == contact_id) & _INSTANCES.c.ended_at.is_(None) & (~_INSTANCES.c.paused)
    op.execute(_INSTANCES.update().where(running).values(ended_at=now, end_reason="lost", updated_at=now))
