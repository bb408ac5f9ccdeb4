"""Flow instances: where each contact stands in a flow."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Identified, Timestamped
from bot.db.types import Json, UtcDateTime

# A flow's id is never NULL. What asks nothing of it cannot be answered from the index of the flows, so that no plan
# made while the table was empty goes through every open flow for a few contacts.
_OPEN_FLOW = "ended_at IS NULL AND flow_id IS NOT NULL"


class FlowInstance(Identified, Timestamped, Base):
    """A contact's run through one version of a flow; one open one per contact.

    Attributes:
        asked: how many times the present step has asked.
        trigger_id: the trigger that began it.
        paused: handed over to a person.
        paused_until: when that ends by itself.
        locked_by: owner's token while a slow effect runs.
    """

    __tablename__ = "flow_instances"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    flow_id: Mapped[str] = mapped_column(ForeignKey("flows.id"))
    current_step_key: Mapped[str] = mapped_column(String(64))
    state_json: Mapped[dict[str, Any]] = mapped_column(Json)
    asked: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    trigger_id: Mapped[str | None] = mapped_column(ForeignKey("triggers.id"))
    last_interaction_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paused: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_by: Mapped[str | None] = mapped_column(String(64))
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_reason"),
        CheckConstraint("(locked_by IS NULL) = (locked_until IS NULL)", name="lock_is_whole"),
        Index(
            "uq_flow_instances_open",
            "contact_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "contact_id", "paused"),
        Index(
            "ix_flow_instances_open_flow",
            "flow_id",
            sqlite_where=text(_OPEN_FLOW),
            postgresql_where=text(_OPEN_FLOW),
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )
