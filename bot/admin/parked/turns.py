"""Messages whose turn failed: the list, and all that is known of one."""

from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from bot.conversations.parked.turns import count_parked, parked
from bot.conversations.shown.channel_words import CHANNELS
from bot.conversations.shown.explain import explain
from bot.conversations.shown.step_words import step_words
from bot.core.text import cut, one_line, shown_lines
from bot.engine.conversation import TraceEntry
from bot.messages.models import TurnState
from bot.messages.records import MessageView
from bot.messages.service import message
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Choice, Filters, counted
from bot.web.pages import language

PATH = "/parked"
ONE = f"{PATH}/messages/{{id:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(Choice("channel", N_("Channel"), CHANNELS))
_GLANCE = 120


class Failed(NamedTuple):
    """A message of the list.

    Attributes:
        id: its id.
        words: what it says, in a line.
        address: who wrote it.
        channel: on which.
        why: what went wrong, in plain words.
        at: when it was said.
    """

    id: str
    words: str
    address: str
    channel: str
    why: str
    at: datetime


async def show(request: web.Request) -> web.StreamResponse:
    """Those on which nobody has decided, the newest first."""
    _, asked = language(request), FILTERS.read(request)
    channels = asked.all("channel")
    async with request.app[READER].reading() as connection:
        found = await parked(connection, channels, asked.limit, asked.after_moment)
        page = asked.page(found, lambda each: (each.created_at, each.id))
        count = await page.count(lambda: count_parked(connection, channels))
    return await render(
        request,
        "admin/parked.html",
        title=_("Parked"),
        asked=asked,
        page=page,
        rows=[_failed(each, _) for each in page.rows],
        channels=CHANNELS,
        count=counted("{count} message", "{count} messages", count, _),
    )


async def one(request: web.Request) -> web.StreamResponse:
    """One, with what it says, why its turn failed and what the fault was."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        found = await message(connection, request.match_info["id"])
        if found is None or found.turn_state is None:
            raise web.HTTPNotFound(text="there is no such message\n")
        words = await step_words(connection, [found.trace], _.locale)
    trace = [TraceEntry(entry["code"], entry.get("data", {})) for entry in found.trace]
    return await render(
        request,
        "admin/parked_message.html",
        title=_("Message of {address}", address=one_line(found.address)),
        message=found,
        words=shown_lines(found.content),
        steps=[one_line(each) for each in explain(trace, _, words)],
        fault=shown_lines(found.error_reason or "") if found.turn_state == TurnState.PARKED else "",
        channels=CHANNELS,
    )


def _failed(each: MessageView, _: Translator) -> Failed:
    trace = [TraceEntry(entry["code"], entry.get("data", {})) for entry in each.trace]
    return Failed(
        id=each.id,
        words=cut(one_line(each.content), _GLANCE) or f"[{each.kind}]",
        address=cut(one_line(each.address), _GLANCE // 2),
        channel=each.channel,
        why=cut(one_line(" ".join(explain(trace, _))), 2 * _GLANCE),
        at=each.said_at,
    )
