"""The public face of loyalty: programmes by which people earn points, and what becomes of the points.

Whoever changes something gives a connection in a transaction, who it is (`by`) and the moment (`now`).
"""

from bot.loyalty.kinds import EntryKind, NoticeStatus, OnReturn, PendingStatus, Rounding
from bot.loyalty.lives import Period, Unit, day_of, end_of, read_period
from bot.loyalty.programmes.changing import (
    MOST_PROGRAMMES,
    add_programme,
    change_programme,
    find_programme,
    hold_programme,
    set_released,
)
from bot.loyalty.programmes.queries import programmes
from bot.loyalty.values import AskedError, AskedProgramme, NotThereError, Programme, TakenError

__all__ = [
    "MOST_PROGRAMMES",
    "AskedError",
    "AskedProgramme",
    "EntryKind",
    "NotThereError",
    "NoticeStatus",
    "OnReturn",
    "PendingStatus",
    "Period",
    "Programme",
    "Rounding",
    "TakenError",
    "Unit",
    "add_programme",
    "change_programme",
    "day_of",
    "end_of",
    "find_programme",
    "hold_programme",
    "programmes",
    "read_period",
    "set_released",
]
