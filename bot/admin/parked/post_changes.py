"""What is decided on posts that are kept raw: they are read again or left, one, those that are chosen, or all."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from aiohttp import web

from bot.admin.answers import MOST_AT_ONCE, chosen, done, reason
from bot.admin.parked.posts import FILTERS, PATH, wanted_by
from bot.conversations.parked.posts import RESULTS, Replayed, dismiss, replay
from bot.conversations.views import INTAKE
from bot.core.errors import BotError
from bot.messages.service import KeptView, Wanted, kept_posts, next_kept
from bot.users.views.known import actor_of
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.lists import MOST_ROWS
from bot.web.pages import language

_SECONDS = 10.0
"""How long a press reads posts; what is left waits for the next one."""


async def read_again(request: web.Request) -> web.StreamResponse:
    """Read those that are chosen with what this version understands."""
    id_ = request.match_info.get("id")
    ids = chosen(request)[:MOST_ROWS] if id_ is None else [id_]
    return await _read(request, _those(request, ids))


async def read_all(request: web.Request) -> web.StreamResponse:
    """Read all that wait and that the filters show, as far as that comes within a few seconds."""
    return await _read(request, _waiting(request))


async def leave(request: web.Request) -> web.StreamResponse:
    """Leave those that are chosen as they are."""
    id_ = request.match_info.get("id")
    ids = set(chosen(request)[:MOST_ROWS] if id_ is None else [id_])
    async with request.app[ENGINE].begin() as connection:
        dismissed = await dismiss(connection, ids, actor_of(request), request.app[CLOCK]())
    return _left(request, len(dismissed), len(ids) - len(dismissed))


async def leave_all(request: web.Request) -> web.StreamResponse:
    """Leave all as they are that wait and that the filters show."""
    wanted, by, now = wanted_by(FILTERS.read(request)), actor_of(request), request.app[CLOCK]()
    count = 0
    while count < MOST_AT_ONCE:
        async with request.app[ENGINE].begin() as connection:
            ids = [each.id for each in await kept_posts(connection, wanted, MOST_ROWS)]
            dismissed = await dismiss(connection, ids, by, now)
        if not dismissed:
            break
        count += len(dismissed)
    return _left(request, count, 0)


async def _those(request: web.Request, ids: list[str]) -> AsyncIterator[KeptView]:
    async with request.app[READER].reading() as connection:
        found = await kept_posts(connection, Wanted(ids=ids), len(ids)) if ids else []
    for each in sorted(found, key=lambda post: post.id):
        yield each


async def _waiting(request: web.Request) -> AsyncIterator[KeptView]:
    """The oldest first, as they came."""
    wanted, after = wanted_by(FILTERS.read(request)), ""
    while True:
        async with request.app[READER].reading() as connection:
            event = await next_kept(connection, wanted, after)
        if event is None:
            return
        yield event
        after = event.id


async def _read(request: web.Request, events: AsyncIterator[KeptView]) -> web.Response:
    _, by, now = language(request), actor_of(request), asyncio.get_running_loop().time
    until = now() + _SECONDS
    outcomes: Counter[Replayed] = Counter()
    ends = ""
    async for event in events:
        if now() >= until:
            ends = _("the others wait: press again")
            break
        try:
            outcome = await replay(request.app[ENGINE], request.app[INTAKE], event, by, request.app[CLOCK]())
        except BotError as error:
            # Too much waits, or the database is away: what was read until now stays read.
            ends = reason(request, error)
            break
        outcomes[outcome] += 1
    said = [f"{count}: {_(RESULTS[outcome])}" for outcome, count in outcomes.most_common()]
    return _answer(request, "; ".join([*said, *([ends] if ends else [])]) or _("There is nothing to read again"))


def _left(request: web.Request, count: int, left: int) -> web.Response:
    _ = language(request)
    said = _.plural("{count} post is left as it is", "{count} posts are left as they are", count)
    if left:
        said = f"{said}; {_.plural('{count} was decided before', '{count} were decided before', left)}"
    return _answer(request, said)


def _answer(request: web.Request, said: str) -> web.Response:
    id_ = request.match_info.get("id")
    return done(request, FILTERS.read(request).url(at=PATH) if id_ is None else f"{PATH}/{id_}", said)
