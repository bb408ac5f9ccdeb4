"""`/webhooks/{provider}`: verify, parse, commit, answer."""

import time
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.service import Accounts
from bot.conversations.intake import Intake
from bot.core.clock import Clock
from bot.core.errors import Blame, BotError, NotConfiguredError, SignatureError, UnparsableError
from bot.providers.base import Credentials, Provider, WebhookAnswer, WebhookRequest
from bot.providers.table import PROVIDERS
from bot.web import metrics
from bot.web.guard import client_address, is_local, is_same_origin
from bot.web.keys import CLOCK, SETTINGS

INTAKE = web.AppKey("intake", Intake)
ACCOUNTS = web.AppKey("accounts", Accounts)

MAX_BODY = max(provider.max_body for provider in PROVIDERS.values())
RETRY_AFTER = {"Retry-After": "5"}

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the webhook routes."""
    for path in ("/webhooks/{provider}", "/webhooks/{provider}/{account}"):
        app.router.add_get(path, challenge, allow_head=False)
        app.router.add_post(path, webhook)


async def challenge(request: web.Request) -> web.Response:
    """A provider asks whether this URL is ours (Meta's `hub.challenge`)."""
    provider = _provider(request)
    if provider.challenge is None:
        raise web.HTTPMethodNotAllowed(hdrs.METH_GET, [hdrs.METH_POST])
    try:
        answer = provider.challenge(_received(request, b""), _credentials(request, provider))
    except SignatureError as error:
        log.warning("webhook challenge refused", provider=provider.name, reason=str(error), client=_client(request))
        raise web.HTTPForbidden(text=f"{error}\n") from error
    except NotConfiguredError as error:
        raise _not_configured(provider, error) from error
    return _answer(answer)


async def webhook(request: web.Request) -> web.Response:
    """Take a provider's post; 2xx only once all that it carried is committed."""
    provider = _provider(request)
    started = time.perf_counter()
    status = HTTPStatus.INTERNAL_SERVER_ERROR.value
    try:
        response = await _take(request, provider)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        metrics.WEBHOOKS.labels(provider=provider.name, status=str(status)).inc()
    metrics.WEBHOOK_SECONDS.labels(provider=provider.name).observe(time.perf_counter() - started)
    return response


async def _take(request: web.Request, provider: Provider) -> web.Response:
    body = await _read(request, provider.max_body)
    received = _received(request, body)
    _verify(request, provider, received, request.app[CLOCK])
    try:
        delivery = provider.parse(received)
    except UnparsableError as error:
        log.warning("webhook not readable", provider=provider.name, reason=str(error))
        raise web.HTTPBadRequest(text=f"{error}\n") from error
    try:
        await request.app[INTAKE].receive(provider.name, delivery, body)
    except SignatureError as error:
        log.warning(
            "webhook signature used again",
            provider=provider.name,
            caller=client_address(request, request.app[SETTINGS].trusted_proxies),
        )
        raise web.HTTPUnauthorized(text=f"{error}\n") from error
    except BotError as error:
        if error.blame is not Blame.SURROUNDINGS:
            raise
        raise web.HTTPServiceUnavailable(text=f"{error}\n", headers=RETRY_AFTER) from error
    except SQLAlchemyError as error:
        log.error("webhook not kept", provider=provider.name, error=type(error).__name__)  # noqa: TRY400 - its text may quote a person
        raise web.HTTPServiceUnavailable(text="the database does not answer\n", headers=RETRY_AFTER) from error
    return _answer(provider.acknowledge(received))


def _verify(request: web.Request, provider: Provider, received: WebhookRequest, clock: Clock) -> None:
    settings = request.app[SETTINGS]
    # A page elsewhere can let a browser at this computer post here.
    if settings.insecure_webhooks and is_local(request) and is_same_origin(request):
        return
    try:
        provider.verify(received, _credentials(request, provider), clock())
    except SignatureError as error:
        hint = (
            {"url": received.url, "mend": "BOT_PUBLIC_URL must be what the provider calls"}
            if provider.signs_url
            else {}
        )
        log.warning(
            "webhook signature refused", provider=provider.name, reason=str(error), client=_client(request), **hint
        )
        raise web.HTTPUnauthorized(text=f"{error}\n") from error
    except NotConfiguredError as error:
        raise _not_configured(provider, error) from error


def _not_configured(provider: Provider, error: NotConfiguredError) -> web.HTTPServiceUnavailable:
    log.error("webhook refused, not configured", provider=provider.name, missing=error.setting)
    return web.HTTPServiceUnavailable(text="this provider is not configured here\n", headers=RETRY_AFTER)


def _provider(request: web.Request) -> Provider:
    provider = PROVIDERS.get(request.match_info["provider"])
    account = request.match_info.get("account")
    if provider is None or (account is not None and f"{provider.name}:{account}" not in request.app[ACCOUNTS]):
        raise web.HTTPNotFound(text="no such provider or account\n")
    return provider


def _credentials(request: web.Request, provider: Provider) -> Credentials:
    return request.app[ACCOUNTS].credentials(provider.name)


async def _read(request: web.Request, limit: int) -> bytes:
    """The raw body; aiohttp would lose a multipart one's bytes once it is parsed."""
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, request.content_length or 0)
    chunks = bytearray()
    try:
        async for chunk in request.content.iter_any():
            chunks += chunk
            if len(chunks) > limit:
                raise web.HTTPRequestEntityTooLarge(limit, len(chunks))
    except (web.RequestPayloadError, ConnectionError) as error:
        # The caller went away, or the body is not in the encoding that its headers say.
        raise web.HTTPBadRequest(text="the body could not be read to its end\n") from error
    return bytes(chunks)


def _client(request: web.Request) -> str:
    """Who knocks, for the operator."""
    return client_address(request, request.app[SETTINGS].trusted_proxies)


def _received(request: web.Request, body: bytes) -> WebhookRequest:
    """The request as the provider made it; its URL is the public one, since behind a proxy ours is another."""
    public = request.app[SETTINGS].public_url or f"http://{request.host}"
    headers: Mapping[str, str] = {name.lower(): value for name, value in request.headers.items()}
    return WebhookRequest(
        method=request.method,
        url=f"{public}{request.raw_path}",
        headers=headers,
        query=dict(request.query),
        body=body,
    )


def _answer(answer: WebhookAnswer) -> web.Response:
    # A challenge is given back as it came, and must not be taken for a page.
    headers = {"X-Content-Type-Options": "nosniff"}
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type, headers=headers)
