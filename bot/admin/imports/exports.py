"""People given out as a sheet."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.admin.answers import INVALID
from bot.admin.imports.pages import sheet_headers
from bot.contacts.exporting.service import BOM, Agreement, Wanted, record_export, sheet_of
from bot.contacts.service import Agreement as Listed
from bot.contacts.service import tags_of
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.addresses import Channel
from bot.core.sheets import csv_text
from bot.core.spelled import read_locale
from bot.core.text import MAX_NAME, clean
from bot.users.views.known import actor_of
from bot.web.forms import Filled, checked, empty_form, read_form
from bot.web.frame import place_of, render
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language
from bot.web.sheets import send_sheet

PATH = "/contacts/export"


class _Separator(StrEnum):
    SEMICOLON = "semicolon"
    COMMA = "comma"


_LONGEST_TAGS = 500
# The very first day has no beginning in zones that are ahead.
_Day = Annotated[date, Field(ge=date(1970, 1, 1))]
_CONSENTS: Mapping[str, str] = {
    Listed.PROMOTIONS: Agreement.AGREED,
    Listed.OPTED_OUT: Agreement.REFUSED,
}
"""By what the list of contacts calls it."""
_SIGNS = {_Separator.SEMICOLON: ";", _Separator.COMMA: ","}


class _Asked(BaseModel):
    """Whom somebody wants."""

    model_config = ConfigDict(str_strip_whitespace=True)

    tags: Annotated[str, Field(max_length=_LONGEST_TAGS)] = ""
    channel: tuple[Channel, ...] = ()
    consent: Agreement | None = None
    locale: Annotated[str, AfterValidator(checked(read_locale))] = ""
    since: _Day | None = None
    before: _Day | None = None
    separator: _Separator = _Separator.SEMICOLON


async def ask(request: web.Request) -> web.StreamResponse:
    """Whom they want: whom the list that led here shows, as far as this form can say so."""
    is_comma = not language(request).locale.startswith("pt")
    given = {name: request.query.getall(name, []) for name in ("channel", "consent", "language", "tag")}
    only = {name: values[0] for name, values in given.items() if len(values) == 1}
    form = empty_form(
        tags=clean(", ".join(given["tag"]), _LONGEST_TAGS)[0],
        channel=[each for each in given["channel"] if each in CHANNELS],
        consent=_CONSENTS.get(only.get("consent", ""), ""),
        locale=clean(only.get("language", ""), MAX_NAME)[0],
        separator=_Separator.COMMA if is_comma else _Separator.SEMICOLON,
    )
    return await _asking(request, form)


async def give(request: web.Request) -> web.StreamResponse:
    """The sheet, bit by bit; that it was given out is a line of the audit."""
    form = read_form(request, _Asked)
    if form.value is None:
        return await _asking(request, form, INVALID)
    asked, now = form.value, request.app[CLOCK]()
    wanted = Wanted(
        tags=tags_of(asked.tags) if asked.tags else (),
        channels=asked.channel,
        consent=asked.consent,
        locale=asked.locale,
        seen_since=_moment(request, asked.since),
        seen_before=_moment(request, asked.before),
    )
    async with request.app[ENGINE].begin() as connection:
        await record_export(connection, actor_of(request), wanted, now)
    sheet = sheet_of(request.app[READER].reading, wanted)
    # Looked up before the answer begins, so that what takes too long is still told as such.
    rows = await anext(sheet)
    pieces = _pieces(rows, sheet, _SIGNS[asked.separator])
    return await send_sheet(request, sheet_headers(f"contacts-{now:%Y-%m-%d}.csv"), pieces)


async def _pieces(first: list[list[str]], sheet: AsyncIterator[list[list[str]]], separator: str) -> AsyncIterator[str]:
    yield BOM + csv_text(first, separator)
    async for some in sheet:
        yield csv_text(some, separator)


async def _asking(request: web.Request, form: Filled[_Asked], status: int = 200) -> web.StreamResponse:
    _ = language(request)
    return await render(
        request, "admin/export.html", title=_("Export contacts"), form=form, channels=CHANNELS, status=status
    )


def _moment(request: web.Request, day: date | None) -> datetime | None:
    """When a day begins in the reader's zone."""
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=place_of(request)).astimezone(UTC)
