"""What flows and triggers may do with points: tell what somebody has and when it ends, and redeem it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.engine.actions import ActionCall, ActionResult
from bot.engine.conversation import StateValue
from bot.flows.service import Action
from bot.loyalty.accounts.cards import Standing
from bot.loyalty.accounts.reading import standings
from bot.loyalty.action_specs import BALANCE, EXPIRING, REDEEM
from bot.loyalty.ledger.asked import Outcome, Posted, Redeem
from bot.loyalty.ledger.posting import post
from bot.loyalty.lives import day_of
from bot.loyalty.programmes import queries
from bot.loyalty.programmes.rules import name_key
from bot.loyalty.refusals import Code, Refusal
from bot.loyalty.values import Programme

_NO_PROGRAMME = ActionResult("no_programme")
_MOST_TOLD = 12
"""Days that one message tells; the sum tells all."""
_USUAL = "en"


async def _balance(connection: AsyncConnection, calls: Sequence[ActionCall], now: datetime) -> Sequence[ActionResult]:
    found = await _standings(connection, calls, now)
    spoken = await _languages(connection, calls)
    return [_told_balance(each, spoken[at], now) for at, each in enumerate(found)]


async def _expiring(connection: AsyncConnection, calls: Sequence[ActionCall], now: datetime) -> Sequence[ActionResult]:
    found = await _standings(connection, calls, now)
    spoken = await _languages(connection, calls)
    return [_told_endings(each, spoken[at], now) for at, each in enumerate(found)]


async def _redeem(connection: AsyncConnection, calls: Sequence[ActionCall], now: datetime) -> Sequence[ActionResult]:
    where = await _programmes(connection, calls)
    asked = [
        Redeem(
            programme_id=programme.id,
            contact_id=call.contact_id,
            points=int(str(call.arguments["points"])),
            reason=str(call.arguments.get("reason", "")),
        )
        for call, programme in zip(calls, where, strict=True)
        if programme is not None
    ]
    outcomes = iter(await post(connection, asked, now))
    return [_NO_PROGRAMME if each is None else _told_redeemed(next(outcomes), each) for each in where]


def _told_balance(found: tuple[Programme, Standing] | None, locale: str, now: datetime) -> ActionResult:
    if found is None:
        return _NO_PROGRAMME
    programme, standing = found
    values: dict[str, StateValue] = {
        "balance": standing.balance,
        "unit": programme.asked.unit,
        "owed": standing.owed,
        "pending": standing.pending,
    }
    if standing.endings:
        ending = standing.endings[0]
        values |= {"next_points": ending.points, "next_day": _day(ending.day, locale)}
        values["next_days"] = (ending.day - day_of(now, programme.zone)).days
    return ActionResult("done" if standing.accounts else "none", values)


def _told_endings(found: tuple[Programme, Standing] | None, locale: str, now: datetime) -> ActionResult:
    if found is None:
        return _NO_PROGRAMME
    programme, standing = found
    unit = programme.asked.unit
    if not standing.endings:
        return ActionResult("none", {"unit": unit, "all": 0})
    first = standing.endings[0]
    lines = [f"• {each.points}: {_day(each.day, locale)}" for each in standing.endings[:_MOST_TOLD]]
    if len(standing.endings) > _MOST_TOLD:
        lines.append("…")
    values: Mapping[str, StateValue] = {
        "points": first.points,
        "unit": unit,
        "day": _day(first.day, locale),
        "days": (first.day - day_of(now, programme.zone)).days,
        "all": sum(each.points for each in standing.endings),
        "list": "\n".join(lines),
    }
    return ActionResult("done", values)


def _told_redeemed(outcome: Outcome, programme: Programme) -> ActionResult:
    unit = programme.asked.unit
    values: Mapping[str, StateValue]
    if isinstance(outcome, Posted):
        values = {"points": outcome.points, "unit": unit, "balance": outcome.balance, "entry": outcome.id}
        return ActionResult("done", values)
    if isinstance(outcome, Refusal) and outcome.code is Code.TOO_FEW:
        available, points = (int(str(outcome.values[name])) for name in ("available", "points"))
        values = {"points": points, "unit": unit, "balance": available, "missing": points - max(0, available)}
        return ActionResult("too_few", values)
    return ActionResult("refused", {"unit": unit})


async def _standings(
    connection: AsyncConnection, calls: Sequence[ActionCall], now: datetime
) -> list[tuple[Programme, Standing] | None]:
    """The programme that each call means, and what its contact has there; None where it means none."""
    where = await _programmes(connection, calls)
    asked: dict[str, tuple[Programme, set[str]]] = {}
    for call, programme in zip(calls, where, strict=True):
        if programme is not None:
            asked.setdefault(programme.id, (programme, set()))[1].add(call.contact_id)
    read = {id_: await standings(connection, programme, people, now) for id_, (programme, people) in asked.items()}
    return [
        None if programme is None else (programme, read[programme.id][call.contact_id])
        for call, programme in zip(calls, where, strict=True)
    ]


async def _programmes(connection: AsyncConnection, calls: Iterable[ActionCall]) -> list[Programme | None]:
    """The programme that each call names, or the only one; None where there is no such, or more than one."""
    found = await queries.programmes(connection)
    by_name = {name_key(each.name): each for each in found}
    only = found[0] if len(found) == 1 else None
    return [
        by_name.get(name_key(str(each.arguments["programme"]))) if "programme" in each.arguments else only
        for each in calls
    ]


async def _languages(connection: AsyncConnection, calls: Sequence[ActionCall]) -> Sequence[str]:
    """In which language days are said to each: as the bundle says, else as they speak."""
    unsaid = {each.contact_id for each in calls if "locale" not in each.arguments}
    people = await contacts.look_at(connection, unsaid) if unsaid else {}
    return [
        str(each.arguments["locale"]) if "locale" in each.arguments else people[each.contact_id].locale or _USUAL
        for each in calls
    ]


def _day(day: date, locale: str) -> str:
    return format_date(day, "long", locale=locale.replace("-", "_"))


POINT_ACTIONS = (Action(BALANCE, _balance), Action(EXPIRING, _expiring), Action(REDEEM, _redeem))
