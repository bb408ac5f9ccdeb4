"""What a page tells while somebody is in a conversation: that they are there, how far they read, what they begin."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.text import MAX_TEXT
from bot.inbox.service import DraftMode, NotThereError, PresenceStatus, arrive, leave, mark_read, save_draft
from bot.web.access import signed_in
from bot.web.forms import read_form
from bot.web.keys import CLOCK, ENGINE

OPTIONS = ("way", "answers", "subject", "cc", "bcc")
"""What is kept of a draft beside its words."""
Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""The number of a message, as a page tells it."""
_LONGEST = 8_000
ModelT = TypeVar("ModelT", bound=BaseModel)


_Option = Annotated[str, StringConstraints(max_length=_LONGEST)]


class Here(BaseModel):
    """Where somebody is.

    Attributes:
        seq: the number of the last message that they have seen.
        status: what they do.
    """

    seq: Seq = 0
    status: PresenceStatus = PresenceStatus.VIEWING


class Begun(BaseModel):
    """What somebody has begun to write; no words: nothing.

    Attributes:
        mode: what it is to be.
        text: the words.
        way: by which way they go, as of `WayCard`.
        answers: with which mail's thread a mail goes on.
        subject: another subject than that has.
        cc: as it was typed so far.
        bcc: likewise.
    """

    mode: DraftMode
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)] = ""
    way: _Option = ""
    answers: _Option = ""
    subject: _Option = ""
    cc: _Option = ""
    bcc: _Option = ""

    @property
    def options(self) -> Mapping[str, str]:
        """What is chosen beside the words."""
        return {name: getattr(self, name) for name in OPTIONS}


async def here(request: web.Request) -> web.StreamResponse:
    """Somebody is there, and has read so far."""
    told, contact_id, now = _told(request, Here), request.match_info["id"], request.app[CLOCK]()
    async with changing(request) as connection:
        me = signed_in(request).user_id
        await arrive(connection, contact_id, me, told.status, now)
        if told.seq:
            await mark_read(connection, contact_id, me, told.seq, now)
    return web.Response(status=204)


async def gone(request: web.Request) -> web.StreamResponse:
    """They have left."""
    async with changing(request) as connection:
        await leave(connection, request.match_info["id"], signed_in(request).user_id)
    return web.Response(status=204)


async def draft(request: web.Request) -> web.StreamResponse:
    """Keep what somebody has begun to write."""
    begun, contact_id, now = _told(request, Begun), request.match_info["id"], request.app[CLOCK]()
    async with changing(request) as connection:
        me = signed_in(request).user_id
        await save_draft(connection, contact_id, me, begun.mode, begun.text, now, options=begun.options)
    return web.Response(status=204)


@asynccontextmanager
async def changing(request: web.Request) -> AsyncIterator[AsyncConnection]:
    """A transaction; raises HTTPNotFound where it finds that the contact is gone."""
    try:
        async with request.app[ENGINE].begin() as connection:
            yield connection
    except NotThereError as error:
        raise web.HTTPNotFound(text="there is no such contact\n") from error


def _told(request: web.Request, model: type[ModelT]) -> ModelT:
    told = read_form(request, model).value
    if told is None:
        raise web.HTTPBadRequest(text="this is not what a page tells\n")
    return told
