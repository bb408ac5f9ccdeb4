"""The list of programmes, one of them with its rules in words, and what is asked of a new one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.loyalty.months import YEAR, by_month, stages
from bot.admin.loyalty.words import RETURNS, ROUNDINGS, STATES, days, long, state_of
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.loyalty.service import (
    AskedProgramme,
    NotThereError,
    Programme,
    day_of,
    expiring,
    find_programme,
    last_day,
    programmes,
)
from bot.web.access import signed_in
from bot.web.forms import Filled, Typed, empty_form
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import CLOCK, READER
from bot.web.lists import Choice, Filters, Words, counted
from bot.web.pages import language
from bot.web.times import Times, zone_names

PATH = "/points"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{16,64}}}}"
FILTERS = Filters(Words("q", N_("Search programmes")), Choice("state", N_("State"), STATES))


async def show(request: web.Request) -> web.StreamResponse:
    """The programmes that there are, by name."""
    _, asked = language(request), FILTERS.read(request)
    async with request.app[READER].reading() as connection:
        found = await programmes(connection)
    words, states = asked.one("q").casefold(), asked.all("state")
    rows = [each for each in found if words in each.name.casefold() and (not states or state_of(each) in states)]
    return await render(
        request,
        "admin/loyalty/programmes.html",
        title=_("Points"),
        asked=asked,
        rows=rows,
        count=counted("{count} programme", "{count} programmes", len(rows), _),
        lives={each.id: long(each.asked.expires_after, _) for each in rows},
        may_manage=may(request, Permission.POINTS_MANAGE),
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask for the rules of a new one, as most programmes have them."""
    who = signed_in(request)
    asked = AskedProgramme("", who.timezone or "America/Sao_Paulo")
    return await new(request, empty_form(**{**spelled(asked), "expires_after": "12 months"}))


async def new(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    """The form of a new one."""
    _ = language(request)
    return await _form(request, form, _("New programme"), None, status)


async def ask_change(request: web.Request) -> web.StreamResponse:
    """Ask how its rules are to be."""
    return await edit(request, None)


async def edit(request: web.Request, form: Filled[Any] | None, status: int = 200) -> web.Response:
    """The form of one that there is; raises HTTPNotFound."""
    async with request.app[READER].reading() as connection:
        programme = await programme_here(request, connection)
    shown = form or empty_form(**spelled(programme.asked), seen=programme.updated_at.isoformat())
    return await _form(request, shown, one_line(programme.name), programme, status)


async def one(request: web.Request) -> web.StreamResponse:
    """One of them: its rules, an example of today, and what ends within a year."""
    _, now = language(request), request.app[CLOCK]()
    async with request.app[READER].reading() as connection:
        programme = await programme_here(request, connection)
        today = day_of(now, programme.zone)
        ends = await expiring(connection, programme, now, today + timedelta(days=YEAR))
    times = Times(_, programme.zone, now)
    return await render(
        request,
        "admin/loyalty/programme.html",
        title=one_line(programme.name),
        programme=programme,
        rules=_rules(programme, times, _),
        example=_example(programme, today, times, _),
        stages=stages(programme, today, ends, times, _),
        chart=by_month(programme, today, ends, times, _),
        may_manage=may(request, Permission.POINTS_MANAGE),
    )


async def programme_here(request: web.Request, connection: AsyncConnection) -> Programme:
    """The programme that the path names; raises HTTPNotFound."""
    try:
        return await find_programme(connection, request.match_info["id"])
    except NotThereError:
        raise web.HTTPNotFound(text="there is no such programme\n") from None


def may(request: web.Request, permission: Permission) -> bool:
    """Whether who asks may do that, too."""
    return permission in signed_in(request).permissions


def spelled(asked: AskedProgramme) -> Mapping[str, Typed]:
    """The rules as they stand in the fields."""
    return {
        "name": asked.name,
        "unit": asked.unit,
        "timezone": asked.timezone,
        "expires_after": "" if asked.expires_after is None else str(asked.expires_after),
        "rounding": asked.rounding.value,
        "least_life": str(asked.least_life),
        "idle_days": "" if asked.idle_days is None else str(asked.idle_days),
        "notice_days": ", ".join(map(str, asked.notice_days)),
        "notice_at": f"{asked.notice_at:%H:%M}",
        "channels": [each.value for each in asked.channels],
        "templates": "\n".join(f"{stage}={template}" for stage, template in asked.templates),
        "daily_limit": str(asked.daily_limit),
        "on_return": asked.on_return.value,
    }


async def _form(
    request: web.Request, form: Filled[Any], title: str, programme: Programme | None, status: int
) -> web.Response:
    _ = language(request)
    return await render(
        request,
        "admin/loyalty/rules.html",
        title=title,
        status=status,
        form=form,
        programme=programme,
        roundings=_options(ROUNDINGS, _),
        returns=_options(RETURNS, _),
        channels=[(each, _(word)) for each, word in CHANNELS.items()],
        zones=zone_names(),
    )


def _options(words: Mapping[str, tuple[str, str]], _: Translator) -> Sequence[tuple[str, str, str]]:
    return [(value, _(label), _(sentence)) for value, (label, sentence) in words.items()]


def _rules(programme: Programme, times: Times, _: Translator) -> Sequence[tuple[str, str]]:
    """The rules as (label, words)."""
    asked = programme.asked
    ahead = ", ".join(days(each, _) for each in asked.notice_days)
    channels = ", ".join(_(CHANNELS[each]) for each in asked.channels)
    idle = _("Never") if asked.idle_days is None else days(asked.idle_days, _)
    return [
        (_("State"), _(STATES[state_of(programme)])),
        (_("Points are called"), one_line(asked.unit)),
        (_("A day ends at midnight in"), asked.timezone),
        (_("Points count"), long(asked.expires_after, _)),
        (_("They end"), _(ROUNDINGS[asked.rounding][0])),
        (_("They count at least"), days(asked.least_life, _)),
        (_("All end without earning and redeeming for"), idle),
        (_("A return of what was redeemed"), _(RETURNS[asked.on_return][0])),
        (
            _("An editor may give and take a day"),
            times.number(asked.daily_limit),
        ),
        (_("People are told before"), ahead or _("Never")),
        (_("At"), f"{asked.notice_at:%H:%M}"),
        (_("By"), channels or _("Any channel that reaches them")),
        (_("Notices"), _("Released") if programme.released_at else _("Nothing goes out until they are released")),
    ]


def _example(programme: Programme, today: date, times: Times, _: Translator) -> str:
    """Until when what is earned today counts."""
    last = last_day(programme.life, today)
    if last is None:
        return _("What somebody earns today never ends.")
    return _(
        "What somebody earns today, {today}, counts up to and including {day}.",
        today=times.day(today),
        day=times.day(last),
    )
