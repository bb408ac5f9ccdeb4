"""Requests to the API: who asks, whether they may, what they ask for, and one transaction that does it."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from inspect import isawaitable
from types import MappingProxyType

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api import idempotency
from bot.api.answers import again, answer, rendered, require_same, stream, without_secrets
from bot.api.asked import body_of, path_of, query_of, require_scope, token_of
from bot.api.cursors import Cursors
from bot.api.limits import Bucket, Limits
from bot.api.operations import Call, NoBody, Operation, Resource, Wish
from bot.api.problems import ROOT, TOO_MANY, UNAUTHORIZED, ProblemError, of_sentence, of_status
from bot.api.shapes import Given, PageQuery, Query, Shown, Streamed
from bot.api.together import Asked, Together
from bot.core.errors import BotError
from bot.users.service import USUAL_RATE, KnownToken
from bot.web.access import Open, Routes
from bot.web.guard import client_address
from bot.web.keys import CLOCK, ENGINE, LINK_KEYS, READER, SETTINGS
from bot.web.pages import base_of
from bot.web.posted import receiving

LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)
TOGETHER: web.AppKey[Mapping[str, Together]] = web.AppKey("together")
"""Those operations, by name, whose requests share transactions."""
_Done = Shown | Streamed | idempotency.Kept | None
_REPLAYED = MappingProxyType({idempotency.REPLAYED: "true"})


def add_operations(app: web.Application, resources: Sequence[Resource]) -> None:
    """Add a route for each operation."""
    app[LIMITS] = Limits(time.monotonic)
    gathered = [each for resource in resources for each in resource.operations if each.handle_all is not None]
    app[TOGETHER] = {each.name: Together(app, each) for each in gathered}
    routes = Routes(app)
    for resource in resources:
        for each in resource.operations:
            stated = Open(f"asks for a token with {each.scope}")
            routes.open(each.method, f"{ROOT}{each.path}", _handler(each), stated)


def as_problem(request: web.BaseRequest, told: web.StreamResponse) -> web.StreamResponse:
    """The answer to a request below `/api/`: where it refuses, as programs are told; any other one as it is."""
    if request.path == ROOT and told.status == UNAUTHORIZED.status:
        detail = f"This page is for people who are signed in: open it in a browser. Programs read {ROOT}/openapi.json."
        return ProblemError(UNAUTHORIZED, detail).answer()
    return of_status(told) if request.path.startswith("/api/") else told


def _handler(operation: Operation) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        headers: dict[str, str] = {}
        try:
            token = await token_of(request)
            _let_through(request, token, headers)
            require_scope(token, operation)
            told = await _carried_out(request, operation, token, headers)
            if isinstance(told, Streamed):
                pieces = _while_allowed(request, operation, told.pieces)
                return await stream(request, Streamed(told.name, pieces), headers)
        except ProblemError as error:
            return _refused(error, headers)
        except BotError as error:
            return _refused(of_sentence(error), headers)
        return told

    return handle


async def _while_allowed(request: web.Request, operation: Operation, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """The pieces; raises ProblemError once the token may not have them any more."""
    async for piece in pieces:
        yield piece
        require_scope(await token_of(request), operation)


def _refused(error: ProblemError, headers: Mapping[str, str]) -> web.Response:
    told = error.answer()
    told.headers.update(headers)
    return told


def _let_through(request: web.Request, token: KnownToken, headers: dict[str, str]) -> None:
    """Count the request; `headers`, which each answer has from now on, say what is left."""
    allowance = request.app[LIMITS].take(
        Bucket("token", token.token_id, token.rate_limit or USUAL_RATE),
        Bucket("user", token.user_id, token.rate_limit_of_user),
    )
    headers.update(allowance.headers)
    if allowance.wait:
        raise ProblemError(TOO_MANY, headers={hdrs.RETRY_AFTER: str(allowance.wait)})


async def _carried_out(
    request: web.Request, operation: Operation, token: KnownToken, headers: Mapping[str, str]
) -> web.Response | Streamed:
    query = query_of(request, operation)
    if not operation.sends and not operation.in_pieces:
        return _answered(request, operation, await _read(request, operation, token, query, NoBody()), headers)
    is_late = not request.content.is_eof()
    async with receiving(request, operation.most) as posted:
        if is_late:
            # The token may have ended, or its owner have another role, while the body came.
            token = await token_of(request)
            require_scope(token, operation)
        body = body_of(request, operation, posted.body)
        key = _key_of(request, operation, token, posted.body)
        prepared = await _prepared(request, operation, body, key)
        if isinstance(prepared, idempotency.Kept):
            return _replayed(request, operation, prepared, headers)
        if operation.in_pieces:
            call = _call(request, None, token, query, body, prepared)
            done = await _in_pieces(request, operation, call, key)
        elif not operation.changes:
            return _answered(request, operation, await _read(request, operation, token, query, body, prepared), headers)
        else:
            call = _call(request, None, token, query, body, prepared)
            done = await _together(request, operation, call, key)
            if done is None:
                async with request.app[ENGINE].begin() as connection:
                    call = _call(request, connection, token, query, body, prepared)
                    done = await _at_once(request, operation, call, key)
    if isinstance(done, idempotency.Kept):
        return _replayed(request, operation, done, headers)
    for wake in call.afterwards:
        waited = wake()
        if isawaitable(waited):
            await waited
    return _answered(request, operation, done, headers)


async def _prepared(
    request: web.Request, operation: Operation, body: Given, key: idempotency.Key | None
) -> object | idempotency.Kept:
    """What goes before the transaction; where the request was answered before, that answer: nothing is asked twice."""
    if operation.prepare is None:
        return None
    if key is not None:
        async with request.app[READER].reading() as connection:
            before = await idempotency.answered(connection, key, request.app[CLOCK]())
        if before is not None:
            return before
    return await operation.prepare(Wish(path_of(request), body, request.app))


def _replayed(
    request: web.Request, operation: Operation, kept: idempotency.Kept, headers: Mapping[str, str]
) -> web.Response:
    return answer(request, again(operation, *kept), {**headers, **_REPLAYED})


async def _together(
    request: web.Request, operation: Operation, call: Call[Query, Given], key: idempotency.Key | None
) -> Shown | None:
    """What it came to beside others; None where it is to be carried out by itself."""
    others = request.app[TOGETHER].get(operation.name)
    return None if others is None else await others.ask(Asked(call, key))


async def _at_once(
    request: web.Request, operation: Operation, call: Call[Query, Given], key: idempotency.Key | None
) -> _Done:
    if key is not None:
        before = await idempotency.claimed(call.connection, key, call.now)
        if before is not None:
            return before
    await require_same(request, operation, call)
    result = await operation.handle(call)
    if key is not None:
        await idempotency.keep_all(call.connection, [(key, _kept(operation, result))])
    return result


async def _in_pieces(
    request: web.Request, operation: Operation, call: Call[Query, Given], key: idempotency.Key | None
) -> _Done:
    engine = request.app[ENGINE]
    if key is not None:
        async with engine.begin() as connection:
            before = await idempotency.claimed(connection, key, call.now)
            if before is not None:
                return before
            await idempotency.release_all(connection, [key])
    result = await operation.handle(call)
    if key is not None:
        async with engine.begin() as connection:
            first = await idempotency.claimed(connection, key, call.now)
            if first is not None:
                return first
            await idempotency.keep_all(connection, [(key, _kept(operation, result))])
    return result


def _key_of(request: web.Request, operation: Operation, token: KnownToken, body: bytes) -> idempotency.Key | None:
    key = idempotency.key_of(request) if operation.creates else ""
    return idempotency.Key(token.user_id, key, idempotency.fingerprint_of(request, body)) if key else None


def _kept(operation: Operation, result: Shown | Streamed | None) -> idempotency.Kept:
    if isinstance(result, Streamed):
        raise TypeError(f"{operation.name} has an answer that cannot be kept")
    kept = without_secrets(operation, result)
    return idempotency.Kept(kept.status, kept.body)


def _answered(
    request: web.Request, operation: Operation, result: Shown | Streamed | None, headers: Mapping[str, str]
) -> web.Response | Streamed:
    return result if isinstance(result, Streamed) else answer(request, rendered(operation, result), headers)


async def _read(
    request: web.Request, operation: Operation, token: KnownToken, query: Query, body: Given, prepared: object = None
) -> Shown | Streamed | None:
    async with request.app[READER].reading() as connection:
        return await operation.handle(_call(request, connection, token, query, body, prepared))


def _call(
    request: web.Request,
    transaction: AsyncConnection | None,
    token: KnownToken,
    query: Query,
    body: Given,
    prepared: object = None,
) -> Call[Query, Given]:
    app = request.app
    now, limit, cursor = app[CLOCK](), 0, None
    filters = ""
    if isinstance(query, PageQuery):
        limit, cursor = query.limit, query.cursor
        filters = query.model_dump_json(exclude={"limit", "cursor"})
    return Call(
        transaction=transaction,
        token=token,
        by=token.actor(client_address(request, app[SETTINGS].trusted_proxies)),
        now=now,
        path=path_of(request),
        query=query,
        body=body,
        cursors=Cursors(f"{request.path} {filters}", cursor, limit, app[LINK_KEYS], now),
        app=app,
        base=base_of(request),
        prepared=prepared,
    )
