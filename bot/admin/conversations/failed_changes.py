"""Deciding about what was not sent: some of it, or all of a kind, some hundreds a transaction."""

from collections import Counter
from collections.abc import Sequence

from aiohttp import web
from yarl import URL

from bot.admin.answers import chosen, done
from bot.admin.conversations.failed import PATH
from bot.conversations.service import MAX_REQUESTS, NOT_AGAIN, retry
from bot.conversations.views import INTAKE
from bot.core.text import clean
from bot.db.engine import reading
from bot.messages.service import dismiss, failed_ids
from bot.users.views.known import actor_of
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

_MOST_ROUNDS = 20
_LONGEST_KIND = 64


async def retry_chosen(request: web.Request) -> web.StreamResponse:
    """Try those again that are chosen."""
    return await _tried(request, [chosen(request)[:MAX_REQUESTS]])


async def retry_all(request: web.Request) -> web.StreamResponse:
    """Try all of a kind again."""
    return await _tried(request, await _of_kind(request))


async def dismiss_chosen(request: web.Request) -> web.StreamResponse:
    """Leave those as they are that are chosen."""
    return await _left(request, [chosen(request)[:MAX_REQUESTS]])


async def dismiss_all(request: web.Request) -> web.StreamResponse:
    """Leave all of a kind as they are."""
    return await _left(request, await _of_kind(request))


async def _tried(request: web.Request, slices: Sequence[Sequence[str]]) -> web.StreamResponse:
    queued, refused = 0, Counter[str]()
    for ids in slices:
        async with request.app[ENGINE].begin() as connection:
            retried = await retry(connection, ids, actor_of(request), request.app[CLOCK]())
        queued += len(retried.queued)
        refused.update(retried.refused)
    if queued:
        request.app[INTAKE].on_queued()
    return done(request, _back(request), _told(queued, refused, language(request)))


async def _left(request: web.Request, slices: Sequence[Sequence[str]]) -> web.StreamResponse:
    _, count = language(request), 0
    for ids in slices:
        async with request.app[ENGINE].begin() as connection:
            count += await dismiss(connection, ids, actor_of(request), request.app[CLOCK]())
    said = _.plural("{count} message is left as it is", "{count} messages are left as they are", count)
    return done(request, _back(request), said)


async def _of_kind(request: web.Request) -> Sequence[Sequence[str]]:
    """The ids of all of the kind that is asked for, in slices of one transaction each."""
    async with reading(request.app[ENGINE]) as connection:
        ids = await failed_ids(connection, _kind(request), _MOST_ROUNDS * MAX_REQUESTS)
    return [ids[begin : begin + MAX_REQUESTS] for begin in range(0, len(ids), MAX_REQUESTS)]


def _told(queued: int, refused: Counter[str], _: Translator) -> str:
    said = [_.plural("{count} message is queued anew", "{count} messages are queued anew", queued)]
    for code, count in refused.most_common():
        why = _(NOT_AGAIN[code])
        said.append(_.plural("{count} is not: {why}", "{count} are not: {why}", count, why=why))
    return "; ".join(said)


def _kind(request: web.Request) -> str:
    form = posted_by(request).form
    given = "" if form is None else form.last("kind") or ""
    return clean(given, _LONGEST_KIND)[0]


def _back(request: web.Request) -> str:
    kind = _kind(request) or request.query.get("kind", "")
    return str(URL(PATH).with_query(kind=kind)) if kind else PATH
