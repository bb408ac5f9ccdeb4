"""What bundles may ask of points; what it does stands in `bot.loyalty.actions`."""

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.spelled import read_locale
from bot.engine.actions import NUMBER, TEXT, ActionSpec, ActionValue, Argument, Kind


def _points(value: ActionValue, locale: str) -> ActionValue | None:
    """A whole number from 1 on."""
    read = NUMBER.read(value, locale)
    return read if isinstance(read, int) and not isinstance(read, bool) and read > 0 else None


def _language(value: ActionValue, _locale: str) -> ActionValue | None:
    try:
        return read_locale(value) if isinstance(value, str) else None
    except BotError:
        return None


_POINTS = Kind(N_("a whole number from 1 on: 50"), _points)
_PROGRAMME = Argument("programme", TEXT)
_LOCALE = Argument("locale", Kind(N_("a language: pt-BR, en-US or es"), _language))

BALANCE = ActionSpec(
    "points.balance",
    (_PROGRAMME, _LOCALE),
    outcomes=("done", "none", "no_programme"),
    values=("balance", "unit", "owed", "pending", "next_points", "next_day", "next_days"),
)
EXPIRING = ActionSpec(
    "points.expiring",
    (_PROGRAMME, _LOCALE),
    outcomes=("done", "none", "no_programme"),
    values=("points", "unit", "day", "days", "all", "list"),
)
REDEEM = ActionSpec(
    "points.redeem",
    (
        Argument("points", Kind(N_("a whole number from 1 on: 50"), _points), required=True),
        Argument("reason", TEXT),
        _PROGRAMME,
    ),
    outcomes=("done", "too_few", "refused", "no_programme"),
    values=("points", "unit", "balance", "missing", "entry"),
)

POINT_SPECS = (BALANCE, EXPIRING, REDEEM)
