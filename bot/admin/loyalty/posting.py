"""What is done with somebody's points: given, redeemed, adjusted, reversed, confirmed; once, though pressed twice."""

from datetime import date
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from bot.admin.answers import CONFLICT, INVALID, done
from bot.admin.loyalty.accounts import detail
from bot.admin.loyalty.programmes import PATH, may, programme_here
from bot.core.permissions import Permission
from bot.core.text import clean
from bot.loyalty.service import (
    Adjust,
    Cancel,
    Confirm,
    Earn,
    Pend,
    PendingStatus,
    Posted,
    Posting,
    Redeem,
    Refund,
    Refusal,
    Return,
    post,
    set_notified,
    standing,
)
from bot.users.views.known import actor_of
from bot.web.forms import Filled, empty_form, read_form
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

_Key = Annotated[str, StringConstraints(min_length=16, max_length=64)]
_Words = Annotated[str, StringConstraints(max_length=255)]
_MOST_ID = 64
_PENDED = {
    PendingStatus.PENDING: N_("They count once they are confirmed"),
    PendingStatus.CONFIRMED: N_("They are confirmed"),
    PendingStatus.CANCELLED: N_("They are cancelled"),
}


class TypedPoints(BaseModel):
    """What somebody gives or redeems.

    Attributes:
        once: by which it is posted once, however often it is pressed.
        expires_on: the last day on which given ones count; None: as the programme says.
        later: they count only once they are confirmed.
    """

    points: int
    reason: _Words = ""
    reference: _Words = ""
    expires_on: date | None = None
    later: bool = False
    once: _Key


class TypedAdjustment(BaseModel):
    """What somebody sets right; `points` less than zero takes."""

    points: int
    reason: Annotated[str, Field(min_length=1, max_length=255, validate_default=True)] = ""
    reference: _Words = ""
    expires_on: date | None = None
    once: _Key


class TypedReversal(BaseModel):
    """What of an entry is given back or taken back; no `points`: all that is left of it."""

    entry: Annotated[str, StringConstraints(max_length=_MOST_ID)]
    kind: Annotated[str, StringConstraints(pattern="^(earn|redeem)$")]
    points: int | None = None
    reason: _Words = ""
    once: _Key


async def earn(request: web.Request) -> web.StreamResponse:
    """Give points, at once or once they are confirmed."""
    form = read_form(request, TypedPoints)
    if form.value is None:
        return await detail(request, form, "earn", INVALID)
    typed, common = form.value, _common(request, form.value.reason, form.value.reference)
    contact_id, key = request.match_info["contact"], _key(request, typed.once)
    if typed.later:
        return await _post(request, form, "earn", Pend(points=typed.points, contact_id=contact_id, key=key, **common))
    asked = Earn(points=typed.points, contact_id=contact_id, expires_on=typed.expires_on, key=key, **common)
    return await _post(request, form, "earn", asked)


async def redeem(request: web.Request) -> web.StreamResponse:
    """Take points for what they get."""
    form = read_form(request, TypedPoints)
    if form.value is None:
        return await detail(request, form, "redeem", INVALID)
    typed, common = form.value, _common(request, form.value.reason, form.value.reference)
    contact_id, key = request.match_info["contact"], _key(request, typed.once)
    return await _post(request, form, "redeem", Redeem(points=typed.points, contact_id=contact_id, key=key, **common))


async def adjust(request: web.Request) -> web.StreamResponse:
    """Set right what somebody has."""
    form = read_form(request, TypedAdjustment)
    if form.value is None:
        return await detail(request, form, "adjust", INVALID)
    typed, common = form.value, _common(request, form.value.reason, form.value.reference)
    asked = Adjust(
        points=typed.points,
        contact_id=request.match_info["contact"],
        expires_on=typed.expires_on,
        key=_key(request, typed.once),
        **common,
    )
    return await _post(request, form, "adjust", asked)


async def reverse(request: web.Request) -> web.StreamResponse:
    """Give back what was redeemed, or take back what a purchase earned."""
    form = read_form(request, TypedReversal)
    if form.value is None:
        return await detail(request, form, "reverse", INVALID)
    typed, common = form.value, _common(request, form.value.reason, "")
    kind = Refund if typed.kind == "redeem" else Return
    asked = kind(entry_id=typed.entry, points=typed.points, key=_key(request, typed.once), **common)
    return await _post(request, form, "reverse", asked)


async def confirm(request: web.Request) -> web.StreamResponse:
    """Let points count that were pending."""
    return await _post(request, empty_form(), "", Confirm(pending_id=_posted_id(request), **_common(request, "", "")))


async def cancel(request: web.Request) -> web.StreamResponse:
    """Let points never count that were pending."""
    return await _post(request, empty_form(), "", Cancel(pending_id=_posted_id(request), **_common(request, "", "")))


async def set_notices(request: web.Request) -> web.StreamResponse:
    """Let them be told before their points end, or not."""
    _, now = language(request), request.app[CLOCK]()
    form = posted_by(request).form
    on = form is not None and form.last("on") == "true"
    async with request.app[ENGINE].begin() as connection:
        programme = await programme_here(request, connection)
        has = await standing(connection, programme, request.match_info["contact"], now)
        await set_notified(connection, has.accounts, actor_of(request), now, on=on)
    path = _path(request)
    said = _("They are told before points end") if on else _("They are not told any more before points end")
    return done(request, path, said, undo=f"{path}/notices", fields=(("on", "false" if on else "true"),))


async def _post(request: web.Request, form: Filled[Any], doing: str, asked: Posting) -> web.StreamResponse:
    """Post it, and tell what came of it; what is refused comes back with what was typed."""
    _, now = language(request), request.app[CLOCK]()
    async with request.app[ENGINE].begin() as connection:
        (outcome,) = await post(connection, [asked], now)
    if isinstance(outcome, Refusal):
        return await detail(request, form.wrong("", outcome.sentence(_)), doing, CONFLICT)
    path = _path(request)
    if isinstance(outcome, Posted):
        return done(request, path, _.plural("Posted: {count} point", "Posted: {count} points", outcome.points))
    return done(request, path, _(_PENDED[outcome.pending.status]))


def _common(request: web.Request, reason: str, reference: str) -> dict[str, Any]:
    """What every posting says; who may not manage points has a limit a day."""
    return {
        "programme_id": request.match_info["id"],
        "reason": reason,
        "reference": reference,
        "by": actor_of(request),
        "limited": not may(request, Permission.POINTS_MANAGE),
    }


def _key(request: web.Request, once: str) -> str:
    return f"page:{request.match_info['contact']}:{once}"


def _posted_id(request: web.Request) -> str:
    form = posted_by(request).form
    return "" if form is None else clean(form.last("id"), _MOST_ID)[0]


def _path(request: web.Request) -> str:
    return f"{PATH}/{request.match_info['id']}/people/{request.match_info['contact']}"
