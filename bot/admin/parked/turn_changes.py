"""What is decided on messages whose turn failed: one, those that are chosen, or all that the filters show."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import MOST_AT_ONCE, chosen, done
from bot.admin.parked.turns import FILTERS, PATH
from bot.conversations.parked.turns import dismiss, parked, run_again
from bot.core.actors import Actor
from bot.users.views.known import actor_of
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, ENGINE
from bot.web.lists import MOST_ROWS
from bot.web.pages import language

Decide = Callable[[AsyncConnection, Collection[str], Actor, datetime], Awaitable[Collection[str]]]


class Decided(NamedTuple):
    """How many messages were decided on, and how many were left, since somebody else was first."""

    many: int
    left: int = 0


async def retry(request: web.Request) -> web.StreamResponse:
    """Let the turns of those that are chosen be run again."""
    return _answer(request, await _on_chosen(request, run_again), _retried)


async def retry_all(request: web.Request) -> web.StreamResponse:
    """Let all turns be run again that the filters show."""
    return _answer(request, await _on_all(request, run_again), _retried)


async def leave(request: web.Request) -> web.StreamResponse:
    """Leave those that are chosen as they are."""
    return _answer(request, await _on_chosen(request, dismiss), _left)


async def leave_all(request: web.Request) -> web.StreamResponse:
    """Leave all as they are that the filters show."""
    return _answer(request, await _on_all(request, dismiss), _left)


async def _on_chosen(request: web.Request, decide: Decide) -> Decided:
    id_ = request.match_info.get("id")
    ids = set(chosen(request)[:MOST_ROWS] if id_ is None else [id_])
    async with request.app[ENGINE].begin() as connection:
        decided = await decide(connection, ids, actor_of(request), request.app[CLOCK]())
    return Decided(len(decided), len(ids) - len(decided))


async def _on_all(request: web.Request, decide: Decide) -> Decided:
    """A page in a transaction, so that nobody waits for long."""
    channels, by, now = FILTERS.read(request).all("channel"), actor_of(request), request.app[CLOCK]()
    count = 0
    while count < MOST_AT_ONCE:
        async with request.app[ENGINE].begin() as connection:
            ids = [each.id for each in await parked(connection, channels, MOST_ROWS)]
            decided = await decide(connection, ids, by, now)
        if not ids:
            break
        count += len(decided)
    return Decided(count)


def _retried(_: Translator, count: int) -> str:
    return _.plural("{count} turn is run again within seconds", "{count} turns are run again within seconds", count)


def _left(_: Translator, count: int) -> str:
    return _.plural("{count} message is left as it is", "{count} messages are left as they are", count)


def _answer(request: web.Request, decided: Decided, said: Callable[[Translator, int], str]) -> web.Response:
    _ = language(request)
    sentence = said(_, decided.many)
    if decided.left:
        was = _.plural("{count} was decided before", "{count} were decided before", decided.left)
        sentence = f"{sentence}; {was}"
    return done(request, FILTERS.read(request).url(at=PATH), sentence)
