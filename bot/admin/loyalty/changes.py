"""What is done with programmes: made, changed, put away and taken out again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, Field

from bot.admin.answers import CONFLICT, INVALID, done
from bot.admin.loyalty.programmes import PATH, edit, new
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.text import one_line
from bot.loyalty.service import (
    AskedError,
    AskedProgramme,
    NotThereError,
    OnReturn,
    Period,
    Rounding,
    TakenError,
    add_programme,
    change_programme,
    hold_programme,
    read_period,
)
from bot.users.views.known import actor_of
from bot.web.forms import Filled, checked, read_form, sentence_of
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_Needed = Annotated[str, Field(min_length=1, validate_default=True)]


def read_days(spelled: str) -> tuple[int, ...]:
    """Days as people write them: `30, 7, 1`; raises BotError with a mend.

    >>> read_days("30, 7,1")
    (30, 7, 1)
    """
    parts = [each.strip() for each in spelled.split(",") if each.strip()]
    if not all(each.isascii() and each.isdecimal() and len(each) <= len("3650") for each in parts):
        raise BotError(N_("these are no days"), mend=N_("Write whole numbers with commas between, such as 30, 7, 1."))
    return tuple(map(int, parts))


def read_templates(spelled: str) -> tuple[tuple[str, str], ...]:
    """Templates, one a line as `default=bundle/template`.

    >>> read_templates("30=points/soon")
    (('30', 'points/soon'),)
    """
    pairs = (line.partition("=") for line in spelled.splitlines() if line.strip())
    return tuple((stage.strip(), template.strip()) for stage, _is, template in pairs)


class TypedProgramme(BaseModel):
    """What somebody wants of a programme; `seen` is when the one that the page had shown was changed last."""

    name: _Needed = ""
    unit: _Needed = ""
    timezone: _Needed = ""
    expires_after: Annotated[Period | None, BeforeValidator(checked(read_period))] = None
    rounding: Rounding = Rounding.NONE
    least_life: int
    idle_days: int | None = None
    notice_days: Annotated[Sequence[int], BeforeValidator(checked(read_days))] = ()
    notice_at: time
    channels: list[Channel] = []
    templates: Annotated[Sequence[tuple[str, str]], BeforeValidator(read_templates)] = ()
    daily_limit: int
    on_return: OnReturn = OnReturn.REFUSE
    seen: str = ""

    @property
    def asked(self) -> AskedProgramme:
        """The same; one that is put away stays so by `changed`."""
        values = {name: getattr(self, name) for name in TypedProgramme.model_fields if name not in ("seen", "channels")}
        return AskedProgramme(**values, channels=tuple(self.channels))


async def add(request: web.Request) -> web.StreamResponse:
    """Make one."""
    form, _, now = read_form(request, TypedProgramme), language(request), request.app[CLOCK]()
    if form.value is None:
        return await new(request, form, INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            added = await add_programme(connection, form.value.asked, actor_of(request), now)
    except BotError as error:
        return await new(request, _wrong(request, form, error), _status(error))
    return done(request, f"{PATH}/{added.id}", _("{name} is there", name=one_line(added.name)))


async def change(request: web.Request) -> web.StreamResponse:
    """Let its rules be others; what was earned keeps its last day."""
    form, _, now = read_form(request, TypedProgramme), language(request), request.app[CLOCK]()
    if form.value is None:
        return await edit(request, form, INVALID)
    programme_id = request.match_info["id"]
    other = None
    try:
        async with request.app[ENGINE].begin() as connection:
            before = await hold_programme(connection, programme_id)
            if form.value.seen in ("", before.updated_at.isoformat()):
                asked = replace(form.value.asked, is_active=before.asked.is_active)
                await change_programme(connection, before.id, asked, actor_of(request), now)
            else:
                other = before
    except NotThereError:
        raise web.HTTPNotFound(text="there is no such programme\n") from None
    except BotError as error:
        return await edit(request, _wrong(request, form, error), _status(error))
    if other is not None:
        said = _("Somebody else changed it meanwhile. Look at its rules in another tab, then press once more.")
        seen = replace(form, typed={**form.typed, "seen": other.updated_at.isoformat()})
        return await edit(request, seen.wrong("", said), CONFLICT)
    return done(request, f"{PATH}/{programme_id}", _("The rules are changed"))


async def archive(request: web.Request) -> web.StreamResponse:
    """Let nothing be posted any more."""
    _ = language(request)
    return await _let(request, _("The programme is archived"), "activate", is_active=False)


async def activate(request: web.Request) -> web.StreamResponse:
    """Let points be posted again."""
    _ = language(request)
    return await _let(request, _("The programme is active again"), "archive", is_active=True)


async def _let(request: web.Request, said: str, undo: str, *, is_active: bool) -> web.StreamResponse:
    path, now = f"{PATH}/{request.match_info['id']}", request.app[CLOCK]()
    try:
        async with request.app[ENGINE].begin() as connection:
            before = await hold_programme(connection, request.match_info["id"])
            asked = replace(before.asked, is_active=is_active)
            await change_programme(connection, before.id, asked, actor_of(request), now)
    except NotThereError:
        raise web.HTTPNotFound(text="there is no such programme\n") from None
    return done(request, path, said, undo=f"{path}/{undo}")


def _wrong(request: web.Request, form: Filled[TypedProgramme], error: BotError) -> Filled[TypedProgramme]:
    """The form with what is wrong, at its field."""
    field = error.field if isinstance(error, AskedError) else ""
    return form.wrong(field, sentence_of(error, language(request)))


def _status(error: BotError) -> int:
    return CONFLICT if isinstance(error, TakenError) else INVALID
