"""The list of reply templates, and the form in which one is written, with what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.shown.channel_words import CHANNELS
from bot.core.errors import BotError
from bot.core.text import cut, one_line
from bot.inbox.service import (
    OF_AGENT,
    OF_CONTACT,
    ReplyTemplateFilter,
    ReplyTemplateRow,
    count_reply_templates,
    example_values,
    fill,
    reply_categories,
    reply_template,
    reply_templates,
    template_words,
)
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form, sentence_of
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Choice, Filters, Words, counted
from bot.web.pages import language

PATH = "/replies"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
_ROWS = 50
_GLANCE = 120
"""Characters of a template in the list."""
_ATTRIBUTES = 20
"""Of contacts that are offered as variables; others can be typed."""
_ALWAYS = frozenset((*OF_CONTACT, *OF_AGENT))
_STATES: Mapping[str, str] = {"on": N_("Offered"), "off": N_("Not offered")}


@dataclass(frozen=True, slots=True)
class Preview:
    """What becomes of a template.

    Attributes:
        text: as somebody made up would read it; empty where it cannot be.
        wrong: why it cannot be, translated; empty where it can.
        missing: the variables that no contact has by now.
    """

    text: str = ""
    wrong: str = ""
    missing: Sequence[str] = ()


async def show(request: web.Request) -> web.StreamResponse:
    """The templates, by shortcut."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        categories = await reply_categories(connection)
        asked = Filters(
            Words("q", N_("Search saved replies")),
            Choice("category", N_("Category"), {each: each for each in categories}, is_marked=False),
            Choice("channel", N_("Channel"), CHANNELS),
            Choice("state", N_("State"), _STATES),
        ).read(request, _ROWS)
        states = asked.all("state")
        wanted = ReplyTemplateFilter(
            words=asked.one("q"),
            channels=asked.all("channel"),
            categories=asked.all("category"),
            active=None if len(states) != 1 else states[0] == "on",
        )
        after = None if asked.after is None else (str(asked.after[0]), str(asked.after[1]))
        page = asked.page(
            await reply_templates(connection, wanted, asked.limit, after), lambda row: (row.shortcut, row.id)
        )
        count = await page.count(lambda: count_reply_templates(connection, wanted))
    return await render(
        request,
        "admin/replies/replies.html",
        title=_("Saved replies"),
        asked=asked,
        page=page,
        count=counted("{count} saved reply", "{count} saved replies", count, _),
        glances={each.id: cut(one_line(each.content), _GLANCE) for each in page.rows},
        channels=CHANNELS,
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask what a new one says."""
    return await writing(
        request, empty_form(name="", shortcut="", category="", channel="", content="", active="on"), None
    )


async def one(request: web.Request) -> web.StreamResponse:
    """One of them, to be changed."""
    async with request.app[READER].reading() as connection:
        row = await template_here(connection, request.match_info["id"])
    form = empty_form(
        name=row.name,
        shortcut=row.shortcut,
        category=row.category,
        channel=row.channel or "",
        content=row.content,
        active="on" if row.is_active else "",
    )
    return await writing(request, form, row)


async def writing(
    request: web.Request, form: Filled[Any], row: ReplyTemplateRow | None, status: int = 200
) -> web.Response:
    """The form, for a new one where there is no `row`, with what becomes of what stands in it."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        values = await example_values(connection, signed_in(request).user_id)
        categories = await reply_categories(connection)
    return await render(
        request,
        "admin/replies/reply.html",
        title=_("New saved reply") if row is None else one_line(row.name),
        status=status,
        form=form,
        reply=row,
        seen="" if row is None else form.typed.get("seen") or spelled(row),
        categories=categories,
        channels={channel: _(word) for channel, word in CHANNELS.items()},
        variables=[*OF_CONTACT, *OF_AGENT, *islice((each for each in values if each not in _ALWAYS), _ATTRIBUTES)],
        preview=_previewed(str(form.typed.get("content", "")), values, _),
    )


async def template_here(connection: AsyncConnection, template_id: str) -> ReplyTemplateRow:
    """The template of that id; raises HTTPNotFound."""
    row = await reply_template(connection, template_id)
    if row is None:
        raise web.HTTPNotFound(text="there is no such template\n")
    return row


def spelled(row: ReplyTemplateRow) -> str:
    """When it was changed last, by which the form tells which one it had shown."""
    return row.updated_at.isoformat()


def _previewed(content: str, values: Mapping[str, str], _: Translator) -> Preview:
    if not content.strip():
        return Preview()
    try:
        filled = fill(template_words(content), values)
    except BotError as error:
        return Preview(wrong=sentence_of(error, _))
    return Preview(filled.text, missing=filled.missing)
