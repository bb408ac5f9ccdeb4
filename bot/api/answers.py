"""Answers, and what they are known by when somebody changes what they tell."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson
from aiohttp import hdrs, web

from bot.api.operations import CSV, JSON, Call, Operation
from bot.api.problems import NOT_FOUND, OVERTAKEN, ProblemError
from bot.api.shapes import Shown, Streamed
from bot.web.sheets import send_sheet

_SAID_BY_ALL = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
_TAG = re.compile(r'(?:W/)?("[^"]*")')


class Rendered(NamedTuple):
    """An answer as it goes out.

    Attributes:
        status: of HTTP.
        body: JSON; empty for none.
        etag: what the thing is known by; empty for a list.
    """

    status: int
    body: bytes
    etag: str = ""


def rendered(operation: Operation, result: Shown | None) -> Rendered:
    """The answer to an operation."""
    if result is None:
        return Rendered(204, b"")
    body = result.model_dump_json().encode()
    return Rendered(operation.status, body, _etag_of(type(result), body))


def without_secrets(operation: Operation, result: Shown | None) -> Rendered:
    """The answer as it is kept, to be given again: what is shown once is null there."""
    if result is None or not result.once:
        return rendered(operation, result)
    return rendered(operation, result.model_copy(update=dict.fromkeys(result.once)))


def again(operation: Operation, status: int, body: bytes) -> Rendered:
    """An answer that was kept, as it went out the first time, but for what is shown once."""
    result = operation.result
    if not body or result is None or not issubclass(result, Shown):
        return Rendered(status, body)
    return Rendered(status, body, _etag_of(result, body))


def _etag_of(shown: type[Shown], body: bytes) -> str:
    """What a thing is known by, as long as nobody changes it; of its JSON, so that an answer that was kept has it."""
    if not shown.has_etag:
        return ""
    left_out = shown.volatile | shown.once
    told = orjson.dumps({name: value for name, value in orjson.loads(body).items() if name not in left_out})
    return f'"{urlsafe_b64encode(hashlib.sha256(told).digest()[:12]).decode()}"'


async def require_same(request: web.Request, operation: Operation, call: Call[Any, Any]) -> None:
    """Raise ProblemError where the thing is another than was read: `If-Match`, or `If-None-Match` where none was."""
    wanted, none = request.headers.get(hdrs.IF_MATCH), request.headers.get(hdrs.IF_NONE_MATCH)
    if operation.current is None:
        return
    if none is not None and none.strip() == "*" and await _is_there(operation.current, call):
        raise ProblemError(
            OVERTAKEN, "There is one already. Read it, and send the change with its `ETag` as `If-Match`."
        )
    if wanted is None:
        return
    current = await operation.current(call)
    if wanted.strip() != "*" and rendered(operation, current).etag not in _TAG.findall(wanted):
        raise ProblemError(OVERTAKEN)


async def _is_there(current: Callable[[Call[Any, Any]], Awaitable[Shown]], call: Call[Any, Any]) -> bool:
    try:
        await current(call)
    except ProblemError as error:
        if error.kind is NOT_FOUND:
            return False
        raise
    return True


def answer(request: web.Request, told: Rendered, headers: Mapping[str, str]) -> web.Response:
    """The answer to a request; not modified (304) where whoever asks has it already."""
    said = {**_SAID_BY_ALL, **headers}
    if told.etag:
        said[hdrs.ETAG] = told.etag
    if (
        request.method == hdrs.METH_GET
        and told.etag
        and told.etag in _TAG.findall(request.headers.get(hdrs.IF_NONE_MATCH, ""))
    ):
        return web.Response(status=304, headers=said)
    content_type = JSON if told.body else None
    return web.Response(status=told.status, body=told.body or None, content_type=content_type, headers=said)


async def stream(request: web.Request, told: Streamed, headers: Mapping[str, str]) -> web.StreamResponse:
    """The answer to a request, bit by bit."""
    said = {
        **_SAID_BY_ALL,
        **headers,
        hdrs.CONTENT_TYPE: f"{CSV}; charset=utf-8",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{told.name}"',
    }
    return await send_sheet(request, said, told.pieces)
