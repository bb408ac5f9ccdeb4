"""The list of labels, one of them, and what is asked of a new one."""

from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.inbox.words import COLOURS
from bot.core.text import one_line
from bot.db.counting import MOST_COUNTED
from bot.inbox.service import LabelRow, count_labelled, label_of, labels, unused_colour
from bot.web.forms import Filled, empty_form
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Filters, Words, counted
from bot.web.pages import language

PATH = "/labels"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(Words("q", N_("Search labels")))
MANY = 10
"""Conversations that have a label before its name is asked for to delete it."""


async def show(request: web.Request) -> web.StreamResponse:
    """The labels that there are, by name, with how many conversations have each."""
    _, asked = language(request), FILTERS.read(request)
    async with request.app[READER].reading() as connection:
        found = await labels(connection)
        counts = await count_labelled(connection)
    words = asked.one("q").casefold()
    fitting = [each for each in found if words in each.name.casefold()]
    return await render(
        request,
        "admin/labels/labels.html",
        title=_("Labels"),
        asked=asked,
        rows=fitting,
        count=counted("{count} label", "{count} labels", len(fitting), _),
        counts=counts,
        most_counted=MOST_COUNTED,
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask how a new one is called, and how it looks: as the fewest do, unless another colour is chosen."""
    async with request.app[READER].reading() as connection:
        colour = await unused_colour(connection)
    return await new(request, empty_form(name="", colour=colour))


async def new(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    """The form of a new one."""
    _ = language(request)
    return await render(
        request, "admin/labels/new.html", title=_("New label"), status=status, form=form, colours=_colours(_)
    )


async def one(request: web.Request) -> web.StreamResponse:
    """One of them."""
    return await detail(request)


async def detail(
    request: web.Request, form: Filled[Any] | None = None, refused: str = "", status: int = 200
) -> web.Response:
    """One of them, with what was refused; raises HTTPNotFound."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        label = await label_here(request, connection)
        count = (await count_labelled(connection)).get(label.id, 0)
        others = {each.id: each.name for each in await labels(connection) if each.id != label.id}
    shown = form or empty_form(name=label.name, colour=label.colour)
    return await render(
        request,
        "admin/labels/label.html",
        title=one_line(label.name),
        status=status,
        label=label,
        was=shown.typed.get("was") or spelled(label),
        form=shown,
        refused=refused,
        colours=_colours(_),
        colour=_(COLOURS[label.colour]),
        count=count,
        having=_having(count, _),
        merging=_merging(count, _),
        losing=_losing(count, _),
        is_many=count >= MANY,
        others=others,
        conversations=str(URL("/inbox").with_query(list="all", label=label.id)),
    )


async def label_here(request: web.Request, connection: AsyncConnection) -> LabelRow:
    """The label that the path names; raises HTTPNotFound."""
    found = await label_of(connection, request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(text="there is no such label\n")
    return found


def spelled(label: LabelRow) -> str:
    """How a label is called and looks, by which the form tells what it had shown."""
    return f"{label.colour} {label.name}"


def _having(count: int, _: Translator) -> str:
    """How many conversations have it, as `bot.db.counting` counts."""
    said = counted("{count} conversation has it", "{count} conversations have it", count, _)
    return said or _("No conversation has it")


def _merging(count: int, _: Translator) -> str:
    """What comes of them where it is merged into another one."""
    said = counted(
        "{count} conversation has it. It gets the other one, and this one is gone. It cannot be undone.",
        "{count} conversations have it. They get the other one, and this one is gone. It cannot be undone.",
        count,
        _,
    )
    return said or _("No conversation has it. It is gone from then on, and cannot be brought back.")


def _losing(count: int, _: Translator) -> str:
    """What comes of them where it is deleted; empty for none."""
    return counted(
        "{count} conversation has it, and loses it; nothing else of it changes. It cannot be undone.",
        "{count} conversations have it, and lose it; nothing else of them changes. It cannot be undone.",
        count,
        _,
    )


def _colours(_: Translator) -> dict[str, str]:
    return {colour: _(word) for colour, word in COLOURS.items()}
