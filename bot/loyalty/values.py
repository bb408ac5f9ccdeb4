"""What the room loyalty is asked, and what it answers: frozen values."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.loyalty.kinds import OnReturn, Rounding
from bot.loyalty.lives import Life, Period


class AskedError(BotError):
    """What is asked of a programme cannot be; `field` names what is wrong with it."""

    def __init__(self, field: str, message: str, mend: str = "", **values: Any) -> None:
        super().__init__(message, mend=mend, **values)
        self.field = field


class TakenError(AskedError):
    """Another programme has that name."""


class NotThereError(BotError):
    """There is no programme, account or entry of that name, number or id."""

    def __init__(self, id_: str) -> None:
        super().__init__(N_("there is no {id}"), id=id_)


@dataclass(frozen=True, slots=True)
class AskedProgramme:
    """What a programme is to be.

    Attributes:
        name: as people find it, at most 64 characters.
        unit: how its points are called, at most 32 characters.
        timezone: whose midnight ends a day, by the tz database's name.
        expires_after: how long points count; None for ever.
        rounding: to which day their last one is put off.
        least_life: days that points count at least.
        notice_days: how many days before their last one people are told, in any order.
        notice_at: when, by the clock on the programme's wall.
        channels: by which, in order of preference; none: by any.
        templates: pairs of a number of days, or `default`, and the `bundle/template` that is said then.
        daily_limit: points that an EDITOR may give and take a day.
        on_return: what becomes of a return whose points were redeemed.
        idle_days: after how many days without earning and redeeming all points end; None: never.
        is_active: whether anything is posted.
    """

    name: str
    timezone: str
    unit: str = "points"
    expires_after: Period | None = None
    rounding: Rounding = Rounding.NONE
    least_life: int = 30
    notice_days: tuple[int, ...] = (30, 7, 1)
    notice_at: time = time(9)
    channels: tuple[Channel, ...] = ()
    templates: tuple[tuple[str, str], ...] = ()
    daily_limit: int = 10_000
    on_return: OnReturn = OnReturn.REFUSE
    idle_days: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as it stands.

    Attributes:
        asked: what it is.
        released_at: since when notices may go out; None: not yet, or not any more.
        created_at: when it was made.
        updated_at: when it last changed.
    """

    id: str
    asked: AskedProgramme
    released_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """As people find it."""
        return self.asked.name

    @property
    def zone(self) -> ZoneInfo:
        """Whose midnight ends a day."""
        return ZoneInfo(self.asked.timezone)

    @property
    def life(self) -> Life:
        """How long its points count."""
        return Life(self.asked.expires_after, self.asked.rounding, self.asked.least_life)
