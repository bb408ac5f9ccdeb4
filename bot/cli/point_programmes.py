"""`points programme list|show|add|change`: the rules by which points are earned and end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened, transacted
from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.db.engine import reading
from bot.loyalty import service as loyalty
from bot.loyalty.service import AskedProgramme, NotThereError, OnReturn, Programme, Rounding

_NEVER, _ANY, _NO_DAYS = "never", "any", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a command says of a programme, as it was typed; None for what it does not mention."""

    name: str | None = None
    timezone: str | None = None
    unit: str | None = None
    expires_after: str | None = None
    rounding: Rounding | None = None
    least_life: int | None = None
    notice_days: str | None = None
    notice_at: str | None = None
    channels: str | None = None
    templates: Sequence[str] | None = None
    daily_limit: int | None = None
    on_return: OnReturn | None = None
    idle_days: str | None = None
    is_active: bool | None = None

    def over(self, asked: AskedProgramme) -> AskedProgramme:
        """The programme with what is mentioned instead; raises BotError for what cannot be read."""
        return replace(asked, **self._plain(), **self._spelled())

    def _plain(self) -> dict[str, Any]:
        names = ("name", "timezone", "unit", "rounding", "least_life", "daily_limit", "on_return", "is_active")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def _spelled(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.expires_after is not None:
            spelled = self.expires_after
            found["expires_after"] = None if spelled == _NEVER else loyalty.read_period(spelled)
        if self.notice_days is not None:
            days = [] if self.notice_days == _NO_DAYS else self.notice_days.split(",")
            found["notice_days"] = tuple(_number(each, "30,7,1") for each in days)
        if self.notice_at is not None:
            found["notice_at"] = _time(self.notice_at)
        if self.channels is not None:
            channels = [] if self.channels == _ANY else self.channels.split(",")
            found["channels"] = tuple(map(_channel, channels))
        if self.templates is not None:
            found["templates"] = tuple(map(_template, self.templates))
        if self.idle_days is not None:
            found["idle_days"] = None if self.idle_days == _NEVER else _number(self.idle_days, "365")
        return found


def list_programmes(*, as_json: bool) -> None:
    """List programmes."""

    async def listed() -> Sequence[Programme]:
        async with opened(read_settings()) as engine, reading(engine) as connection:
            return await loyalty.programmes(connection)

    found = run_async(listed())
    if as_json:
        print_json([spelled(each) for each in found])
    elif found:
        columns = (_("Programme"), _("Points count"), _("Notices"), _("Active"), _("Id"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("There are no programmes: `bot.py points programme add NAME --timezone ZONE` makes one."))


def show(name: str, *, as_json: bool) -> None:
    """Show one."""

    async def found() -> Programme:
        async with opened(read_settings()) as engine, reading(engine) as connection:
            return await the_programme(connection, name)

    _tell(run_async(found()), as_json=as_json)


def add(name: str, rules: Rules, *, as_json: bool) -> None:
    """Make one."""
    if rules.timezone is None:
        raise BotError(
            _("a programme has days of its own"),
            mend=_("Say whose by --timezone, such as America/Sao_Paulo."),
            blame=Blame.USAGE,
        )
    asked = rules.over(AskedProgramme(name, rules.timezone))

    async def added(connection: AsyncConnection) -> Programme:
        return await loyalty.add_programme(connection, asked, caller(), utc_now())

    _tell(run_async(transacted(read_settings(), added)), as_json=as_json)


def change(name: str, rules: Rules, *, as_json: bool) -> None:
    """Change one."""

    async def changed(connection: AsyncConnection) -> Programme:
        held = await loyalty.hold_programme(connection, (await the_programme(connection, name)).id)
        return await loyalty.change_programme(connection, held.id, rules.over(held.asked), caller(), utc_now())

    _tell(run_async(transacted(read_settings(), changed)), as_json=as_json)


async def the_programme(connection: AsyncConnection, name: str | None) -> Programme:
    """The programme of that name or id; None is the only one that there is. Raises BotError, which names the others."""
    if name is not None:
        try:
            return await loyalty.find_programme(connection, name)
        except NotThereError as error:
            mend = _("See `bot.py points programme list`.")
            raise BotError(_("there is no programme {name}", name=name), mend=mend) from error
    found = await loyalty.programmes(connection)
    if not found:
        mend = _("`bot.py points programme add NAME --timezone ZONE` makes one.")
        raise BotError(_("there are no programmes"), mend=mend)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        mend = _("Say which by --programme: {names}.", names=names)
        raise BotError(_("there is more than one programme"), mend=mend, blame=Blame.USAGE)
    return found[0]


def spelled(programme: Programme) -> Mapping[str, object]:
    """A programme as JSON has it."""
    return {
        "id": programme.id,
        **loyalty.spelled_rules(programme.asked),
        "released_at": programme.released_at,
        "created_at": programme.created_at,
        "updated_at": programme.updated_at,
    }


def _tell(programme: Programme, *, as_json: bool) -> None:
    told = spelled(programme)
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        print_line(f"{name}: {_value(value)}")


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={each}" for name, each in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "-" if value is None else str(value)


def _row(programme: Programme) -> Sequence[str]:
    asked = programme.asked
    life = _("for ever") if asked.expires_after is None else str(asked.expires_after)
    released = programme.released_at
    notices = _("not released") if released is None else _("since {moment}", moment=local_time(released))
    return (programme.name, life, notices, _("yes") if asked.is_active else _("no"), programme.id)


def _number(spelled: str, example: str) -> int:
    if not (spelled.strip().isascii() and spelled.strip().isdigit()):
        message = _("{spelled} is no number of days", spelled=spelled)
        raise BotError(message, mend=_("Write {example}.", example=example), blame=Blame.USAGE)
    return int(spelled)


def _time(spelled: str) -> time:
    try:
        return time.fromisoformat(spelled)
    except ValueError:
        message = _("{spelled} is no time of day", spelled=spelled)
        raise BotError(message, mend=_("Write {example}.", example="09:00"), blame=Blame.USAGE) from None


def _channel(spelled: str) -> Channel:
    try:
        return Channel(spelled.strip())
    except ValueError:
        names = ", ".join(each.value for each in Channel)
        message = _("there is no channel {spelled}", spelled=spelled)
        raise BotError(message, mend=_("Choose of these: {names}.", names=names), blame=Blame.USAGE) from None


def _template(spelled: str) -> tuple[str, str]:
    stage, _equals, template = spelled.partition("=")
    return (stage.strip(), template.strip())
