"""The declarative base: naming convention, ids and timestamps that every table has."""

from datetime import datetime

from sqlalchemy import CheckConstraint, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.db.types import Id, UtcDateTime


class Base(DeclarativeBase):
    """Every table's base."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Identified:
    """A table keyed by a CUID."""

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)


class Timestamped:
    """A table that knows when its rows came and changed, in UTC."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


def one_of(column: str, *values: str, nullable: bool = False) -> CheckConstraint:
    """A check that `column` holds one of `values` (or NULL, where it may)."""
    listed = ", ".join(f"'{value}'" for value in values)
    allowed = f"{column} IN ({listed})"
    return CheckConstraint(f"{column} IS NULL OR {allowed}" if nullable else allowed, name=column)
