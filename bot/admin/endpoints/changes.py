"""What is done with an endpoint: tried, paused, enabled, deleted, told once more."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import done
from bot.admin.endpoints.pages import PATH
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.endpoints.service import (
    AT_ONCE,
    NoEndpointError,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    pause_endpoint,
    resend_failed,
    send_test,
)
from bot.users.views.known import actor_of
from bot.web.forms import sentence_of
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

Found = TypeVar("Found")
Change = Callable[[AsyncConnection, str, Actor, datetime], Awaitable[Found]]


async def test(request: web.Request) -> web.StreamResponse:
    """Tell it that somebody tries it."""
    _ = language(request)
    try:
        await _changed(request, send_test)
    except BotError as error:
        return done(request, _path(request), sentence_of(error, _))
    return done(request, _path(request), _("A test event is on its way; what comes of it stands below"))


async def pause(request: web.Request) -> web.StreamResponse:
    """Let what happens wait for it."""
    _ = language(request)
    paused = await _changed(request, pause_endpoint)
    said = _("It is paused; what happens waits for it") if paused else _("It was paused before")
    return done(request, _path(request), said, undo=f"{_path(request)}/enable" if paused else "")


async def enable(request: web.Request) -> web.StreamResponse:
    """Tell it of what happens, and of what waits."""
    _ = language(request)
    enabled = await _changed(request, enable_endpoint)
    said = _("It is told of what happens, and now of what waited") if enabled else _("It was enabled before")
    return done(request, _path(request), said)


async def disable(request: web.Request) -> web.StreamResponse:
    """Tell it of nothing any more; of one that was disabled by itself, leave it so."""
    _ = language(request)
    disabled = await _changed(request, disable_endpoint)
    said = _("It is told of nothing any more") if disabled else _("It was disabled before")
    return done(request, _path(request), said)


async def delete(request: web.Request) -> web.StreamResponse:
    """Delete it."""
    _ = language(request)
    await _changed(request, delete_endpoint)
    return done(request, PATH, _("The endpoint is deleted"))


async def resend_all(request: web.Request) -> web.StreamResponse:
    """Tell it once more what was given up."""
    _, count = language(request), await _changed(request, resend_failed)
    said = _.plural("{count} event is told once more", "{count} events are told once more", count)
    if count == AT_ONCE:
        said = f"{said}; {_('press again for the others')}"
    return done(request, _path(request), said)


async def _changed(request: web.Request, change: Change[Found]) -> Found:
    """What `change` gives; raises HTTPNotFound where the endpoint is gone."""
    try:
        async with request.app[ENGINE].begin() as connection:
            return await change(connection, request.match_info["id"], actor_of(request), request.app[CLOCK]())
    except NoEndpointError as error:
        raise web.HTTPNotFound(text="there is no such endpoint\n") from error


def _path(request: web.Request) -> str:
    return f"{PATH}/{request.match_info['id']}"
