"""How the rules and the entries of points are called on pages; all marked for translation."""

from collections.abc import Mapping

from bot.loyalty.service import EntryKind, OnReturn, Period, Programme, Rounding, Unit
from bot.web.i18n import N_, Translator

ROUNDINGS: Mapping[str, tuple[str, str]] = {
    Rounding.NONE: (N_("On the day itself"), N_("Each lot ends on its own day.")),
    Rounding.END_OF_MONTH: (N_("At the end of the month"), N_("Put off to the last day of that month.")),
    Rounding.END_OF_YEAR: (N_("At the end of the year"), N_("Put off to 31 December of that year.")),
}
RETURNS: Mapping[str, tuple[str, str]] = {
    OnReturn.REFUSE: (N_("Refuse the return"), N_("What was redeemed is to be refunded first.")),
    OnReturn.OWE: (N_("Let them owe the points"), N_("The next points that they earn fill the gap.")),
}
KINDS: Mapping[str, str] = {
    EntryKind.EARN: N_("Earned"),
    EntryKind.REDEEM: N_("Redeemed"),
    EntryKind.EXPIRE: N_("Expired"),
    EntryKind.REFUND: N_("Refunded"),
    EntryKind.RETURN: N_("Returned"),
    EntryKind.ADJUST: N_("Adjusted"),
}
STATES: Mapping[str, str] = {"active": N_("Active"), "archived": N_("Archived")}


def long(period: Period | None, _: Translator) -> str:
    """How long points count, in words."""
    if period is None:
        return _("For ever")
    if period.unit is Unit.DAYS:
        return _.plural("{count} day", "{count} days", period.count)
    return _.plural("{count} month", "{count} months", period.count)


def days(count: int, _: Translator) -> str:
    """So many days."""
    return _.plural("{count} day", "{count} days", count)


def state_of(programme: Programme) -> str:
    """The key of its state in `STATES`."""
    return "active" if programme.asked.is_active else "archived"
