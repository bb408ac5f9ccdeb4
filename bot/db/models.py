"""What the schema says of itself."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base


class OldestServed(Base):
    """One row: the oldest revision whose code the schema still serves; a migration that takes away raises it."""

    __tablename__ = "oldest_served"

    revision: Mapped[str] = mapped_column(String(32), primary_key=True)
