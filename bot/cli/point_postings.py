"""`points earn|redeem|adjust|refund|return|confirm|cancel`: postings that somebody types."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _, print_json, print_line, read_settings, run_async
from bot.cli.database import opened
from bot.cli.point_accounts import spelled_entry, the_owner
from bot.cli.point_programmes import the_programme
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.db.engine import reading
from bot.loyalty import service as loyalty
from bot.loyalty.service import (
    Adjust,
    Cancel,
    Confirm,
    Earn,
    Outcome,
    Pend,
    Pended,
    Posting,
    Programme,
    Redeem,
    Refund,
    Refusal,
    Return,
    Together,
)

_NEVER = "never"
_Asked = Callable[[AsyncConnection, Programme], Awaitable[Posting]]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command says of any posting.

    Attributes:
        programme: its name; None for the only one.
        reason: why.
        reference: what it belongs to elsewhere.
        key: by which it is posted once.
    """

    programme: str | None
    reason: str
    reference: str
    key: str | None


def earn(who: str, points: int, told: Told, *, expires_on: str | None, pending: bool, as_json: bool) -> None:
    """Give points, or let them wait to be confirmed."""
    if pending and expires_on is not None:
        raise BotError(
            _("what is pending has no last day yet"),
            mend=_("Leave out --expires-on, or --pending."),
            blame=Blame.USAGE,
        )
    last, never = _last_day(expires_on)

    async def asked(connection: AsyncConnection, programme: Programme) -> Posting:
        owner = await the_owner(connection, programme, who)
        common = {**_common(told, programme), **owner, "key": told.key, "points": points}
        return Pend(**common) if pending else Earn(**common, expires_on=last, never_ends=never)

    _post(told.programme, asked, as_json=as_json)


def redeem(who: str, points: int, told: Told, *, as_json: bool) -> None:
    """Take points."""

    async def asked(connection: AsyncConnection, programme: Programme) -> Posting:
        owner = await the_owner(connection, programme, who)
        return Redeem(**_common(told, programme), **owner, key=told.key, points=points)

    _post(told.programme, asked, as_json=as_json)


def adjust(who: str, points: int, told: Told, *, expires_on: str | None, as_json: bool) -> None:
    """Give or take points."""
    last, never = _last_day(expires_on)

    async def asked(connection: AsyncConnection, programme: Programme) -> Posting:
        owner = await the_owner(connection, programme, who)
        common = {**_common(told, programme), **owner, "key": told.key}
        return Adjust(**common, points=points, expires_on=last, never_ends=never)

    _post(told.programme, asked, as_json=as_json)


def refund(entry: str, points: int | None, told: Told, *, as_json: bool) -> None:
    """Give back what was redeemed."""

    async def asked(_connection: AsyncConnection, programme: Programme) -> Posting:
        return Refund(**_common(told, programme), key=told.key, entry_id=entry, points=points)

    _post(told.programme, asked, as_json=as_json)


def take_back(entry: str, points: int | None, told: Told, *, as_json: bool) -> None:
    """Take back what was earned."""

    async def asked(_connection: AsyncConnection, programme: Programme) -> Posting:
        return Return(**_common(told, programme), key=told.key, entry_id=entry, points=points)

    _post(told.programme, asked, as_json=as_json)


def confirm(pending: str, programme: str | None, *, as_json: bool) -> None:
    """Let points that are pending be earned."""

    async def asked(_connection: AsyncConnection, where: Programme) -> Posting:
        return Confirm(programme_id=where.id, by=caller(), pending_id=pending)

    _post(programme, asked, as_json=as_json)


def cancel(pending: str, programme: str | None, *, as_json: bool) -> None:
    """Let points that are pending never be earned."""

    async def asked(_connection: AsyncConnection, where: Programme) -> Posting:
        return Cancel(programme_id=where.id, by=caller(), pending_id=pending)

    _post(programme, asked, as_json=as_json)


def _common(told: Told, programme: Programme) -> dict[str, Any]:
    return {"programme_id": programme.id, "reason": told.reason, "reference": told.reference, "by": caller()}


def _last_day(spelled: str | None) -> tuple[date | None, bool]:
    """The last day, and whether there is none ever; raises BotError for what is no day."""
    if spelled is None or spelled == _NEVER:
        return None, spelled == _NEVER
    try:
        return date.fromisoformat(spelled), False
    except ValueError:
        message = _("{day} is no day", day=spelled)
        raise BotError(message, mend=_("Write 2026-01-31, or never."), blame=Blame.USAGE) from None


def _post(programme: str | None, asked: _Asked, *, as_json: bool) -> None:
    """Post what is asked, and tell what came of it; raises BotError for what is refused."""

    async def posted() -> Outcome:
        async with opened(read_settings()) as engine:
            async with reading(engine) as connection:
                where = await the_programme(connection, programme)
                posting = await asked(connection, where)
            return await Together(engine, utc_now).post(posting)

    _tell(run_async(posted()), as_json=as_json)


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    if isinstance(outcome, Refusal):
        raise BotError(outcome.sentence(_).removesuffix("."))
    if isinstance(outcome, Pended):
        _tell_pending(outcome, as_json=as_json)
        return
    if as_json:
        entries = [spelled_entry(each) for each in outcome.entries]
        print_json({"balance": outcome.balance, "repeated": outcome.repeated, "entries": entries})
        return
    said = _("It was posted before, as {id}.") if outcome.repeated else _("Posted as {id}.")
    print_line(said.format(id=outcome.id))
    print_line(_("Balance: {points}", points=outcome.balance))


def _tell_pending(outcome: Pended, *, as_json: bool) -> None:
    pending = outcome.pending
    if as_json:
        print_json(
            {
                "id": pending.id,
                "points": pending.points,
                "status": pending.status.value,
                "entry_id": pending.entry_id,
                "repeated": outcome.repeated,
            }
        )
    elif pending.status is loyalty.PendingStatus.CANCELLED:
        print_line(_("The points are cancelled."))
    else:
        print_line(_("They wait as {id}: `bot.py points confirm {id}` lets them count.", id=pending.id))
