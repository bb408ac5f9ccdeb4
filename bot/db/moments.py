"""Moments as numbers, in which statements can reckon alike on both databases."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, cast, func


def epoch_seconds(dialect: str, moment: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Whole seconds from 1970 to the moment of a column of the type UtcDateTime."""
    if dialect == "postgresql":
        return cast(func.floor(func.date_part("epoch", moment)), BigInteger)
    return cast(func.strftime("%s", moment), BigInteger)
