"""What an option may be, where no other room has a word for it."""

from enum import StrEnum


class TurnLeft(StrEnum):
    """The states of a turn that an operator looks for."""

    PENDING = "pending"
    PARKED = "parked"


class KeptFor(StrEnum):
    """Why a post is kept."""

    UNKNOWN = "unknown"
    UNKNOWN_ACCOUNT = "unknown_account"
    CLEANED = "cleaned"


class Separator(StrEnum):
    """What stands between the cells of a sheet."""

    SEMICOLON = "semicolon"
    COMMA = "comma"
    TAB = "tab"
