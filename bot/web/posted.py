"""What a page posts: read once, small unless its route says otherwise, and kept with the request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.core.errors import UnparsableError
from bot.core.text import MAX_TEXT, clean
from bot.providers.base import WebhookRequest
from bot.providers.kit.form import Form, is_form, read_form
from bot.web.keys import BODIES

SMALL = 64 * 1024
"""Bytes of a body where its route says no more."""
WORDY = SMALL + 12 * MAX_TEXT
"""Bytes of a body that has a text of `MAX_TEXT` characters, however it is escaped."""
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
"""Where a form, and a module that fetches, show the token of who is signed in."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What a request brought.

    Attributes:
        body: as it came.
        form: its fields and files; None where the body is no form.
    """

    body: bytes
    form: Form | None

    def last(self, name: str) -> str:
        """The last value of a short field, as a database can keep it; empty where there is none."""
        return "" if self.form is None else clean(self.form.last(name), SMALL)[0]


_POSTED: web.RequestKey[Posted] = web.RequestKey("posted")


@asynccontextmanager
async def receiving(request: web.Request, most: int = SMALL) -> AsyncIterator[Posted]:
    """What was posted, while it is worked on; it is to be found with the request, too.

    Raises the HTTP error that says why it cannot be had: too large, too slow, not plain, or no form though it says so.
    """
    with request.app[BODIES].hold() as room:
        body = await room.read(request, most)
        if isinstance(body, web.Response):
            raise _refused(body)
        request[_POSTED] = posted = Posted(body, _form(request, body))
        yield posted


def posted_by(request: web.BaseRequest) -> Posted:
    """What was posted, for a handler whose route is not open."""
    return request[_POSTED]


def was_posted(request: web.BaseRequest) -> Posted | None:
    """What was posted, where it was read; None else."""
    return request.get(_POSTED)


def _form(request: web.Request, body: bytes) -> Form | None:
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not is_form(headers) or not body:
        return None
    try:
        return read_form(WebhookRequest(request.method, "", headers, {}, body))
    except UnparsableError as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from error


def _refused(answer: web.Response) -> web.HTTPException:
    error = web.HTTPBadRequest(text=answer.text, headers=answer.headers)
    error.set_status(answer.status)
    return error
