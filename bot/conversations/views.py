"""`/webhooks/{provider}`: verify, parse, commit, answer.

A post is held against the credentials of every account of its provider, or with `/webhooks/{provider}/{account}` of
that one alone; what it says of accounts whose own credentials do not prove it is kept, not answered.
"""

import time
from collections.abc import Callable, Sequence
from functools import cache
from http import HTTPStatus

import structlog
from aiohttp import StreamReader, hdrs, web
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.lookups import LookupFailedError, Lookups
from bot.channels.service import SIMULATOR, Accounts
from bot.conversations.authority import Foreign, first_proof, only_own
from bot.conversations.intake import Intake
from bot.core.errors import Blame, BotError, NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import Delivery, UnknownEvent
from bot.providers.base import Credentials, Provider, WebhookAnswer, WebhookRequest
from bot.providers.table import PROVIDERS
from bot.web import metrics
from bot.web.guard import client_address
from bot.web.keys import CLOCK, SETTINGS
from bot.web.local_token import hidden, may_post_unsigned, without_token

INTAKE = web.AppKey("intake", Intake)
ACCOUNTS = web.AppKey("accounts", Accounts)
LOOKUPS = web.AppKey("lookups", Lookups)

MAX_BODY = max(provider.max_body for provider in PROVIDERS.values())
RETRY_AFTER = {"Retry-After": "5"}

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the webhook routes."""
    # A route of its own is found by one look-up, the others by trying patterns.
    own = [f"/webhooks/{name}" for name in PROVIDERS]
    for path in (*own, "/webhooks/{provider}", "/webhooks/{provider}/{account}"):
        app.router.add_get(path, get, allow_head=False)
        app.router.add_post(path, webhook)


async def get(request: web.Request) -> web.Response:
    """What a provider sends by GET: a message, where its console can have it so, else a challenge."""
    response = await (webhook(request) if _provider(request).by_get else challenge(request))
    # A cache on the way may not answer for us: nothing would be committed.
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


async def challenge(request: web.Request) -> web.Response:
    """A provider asks whether this URL is ours (Meta's `hub.challenge`)."""
    app = request.app
    provider = _provider(request)
    tried, challenged = _tried(request, app, provider), provider.challenge
    if challenged is None:
        raise web.HTTPMethodNotAllowed(hdrs.METH_GET, [hdrs.METH_POST])
    received = _received(request, app, b"")
    try:
        _credentials, answer = first_proof(lambda each: challenged(received, each), tried)
    except SignatureError as error:
        log.warning("webhook challenge refused", provider=provider.name, reason=str(error), client=_client(request))
        raise web.HTTPForbidden(text=f"{error}\n") from error
    except NotConfiguredError as error:
        raise _not_configured(provider, error) from error
    return _answer(answer)


async def webhook(request: web.Request) -> web.Response:
    """Take a provider's post, which may be a GET; 2xx only once all that it carried is committed."""
    app = request.app
    provider = _provider(request)
    started = time.perf_counter()
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        response = await _take(request, app, provider)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        _answered(provider.name, status).inc()
    _seconds(provider.name).observe(time.perf_counter() - started)
    return response


# The library looks a series up by all its labels' names; that takes as long as counting.
@cache
def _answered(provider: str, status: int) -> Counter:
    return metrics.WEBHOOKS.labels(provider=provider, status=str(status))


@cache
def _seconds(provider: str) -> Histogram:
    return metrics.WEBHOOK_SECONDS.labels(provider=provider)


async def _take(request: web.Request, app: web.Application, provider: Provider) -> web.Response:
    tried = _tried(request, app, provider)
    unsigned = app[SETTINGS].insecure_webhooks and _may_be_unsigned(request)
    if unsigned:
        request = without_token(request)
    body = await _read(request, provider.max_body)
    received = _received(request, app, body)
    if unsigned:
        proven = next((each for each in tried if provider.identity(each)), tried[0])
    else:
        received, proven = await _proven(request, app, provider, received, tried)
    try:
        delivery = provider.parse(received, proven)
    except UnparsableError as error:
        log.warning("webhook not readable", provider=provider.name, reason=str(error))
        await _keep_unreadable(app, provider, b"" if unsigned else body)
        raise web.HTTPBadRequest(text=f"{error}\n") from error
    foreign: tuple[Foreign, ...] = ()
    if not unsigned:
        delivery, foreign = only_own(delivery, _speaks_for(app, provider, received, proven))
    # What is kept of a post that nobody understands is what it said.
    payload = request.rel_url.raw_query_string.encode() if request.method == hdrs.METH_GET else body
    try:
        await app[INTAKE].receive(provider.name, delivery, payload, foreign=foreign)
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
        log.warning("webhook not taken", provider=provider.name, error=error.message, mend=error.mend)
        raise web.HTTPServiceUnavailable(text=f"{error}\n", headers=RETRY_AFTER) from error
    except SQLAlchemyError as error:
        log.error("webhook not kept", provider=provider.name, error=type(error).__name__)  # noqa: TRY400 - its text may quote a person
        raise web.HTTPServiceUnavailable(text="the database does not answer\n", headers=RETRY_AFTER) from error
    if delivery.confirm:
        await _confirm(app, provider, delivery.confirm)
    return _answer(provider.acknowledge(received))


async def _keep_unreadable(app: web.Application, provider: Provider, body: bytes) -> None:
    """Keep a post that its provider signed and nobody can read: it is refused, and may not come again."""
    if not body:
        return
    try:
        await app[INTAKE].receive(provider.name, Delivery(unknown=(UnknownEvent("unreadable"),)), body)
    except (BotError, SQLAlchemyError) as error:
        log.error("webhook not kept", provider=provider.name, error=type(error).__name__)  # noqa: TRY400 - its text may quote a person


def _may_be_unsigned(request: web.Request) -> bool:
    if may_post_unsigned(request):
        return True
    log.info("webhook must be signed", reason="not made at this computer, or without the ?token=… that `run` prints")
    return False


async def _proven(
    request: web.Request,
    app: web.Application,
    provider: Provider,
    received: WebhookRequest,
    tried: Sequence[Credentials],
) -> tuple[WebhookRequest, Credentials]:
    """The request with what it takes to verify it, and the first credentials that it verifies with."""
    now = app[CLOCK]()
    try:
        if (where := provider.certificate) is not None:
            post = received
            _credentials, url = first_proof(lambda each: where(post, each), tried)
            received = received._replace(certificate=await app[LOOKUPS].certificate(url))
        proven, _nothing = first_proof(lambda each: provider.verify(received, each, now), tried)
    except SignatureError as error:
        # The query of a GET is what the person wrote.
        url = received.url if received.method != hdrs.METH_GET else received.url.partition("?")[0]
        seen = {"url": hidden(request, url), "mend": "BOT_PUBLIC_URL must be what the provider calls"}
        hint = seen if provider.signs_url else {}
        log.warning(
            "webhook signature refused", provider=provider.name, reason=str(error), client=_client(request), **hint
        )
        raise web.HTTPUnauthorized(text=f"{error}\n") from error
    except NotConfiguredError as error:
        raise _not_configured(provider, error) from error
    except LookupFailedError as error:
        log.warning("webhook certificate not had", provider=provider.name, reason=str(error))
        raise web.HTTPServiceUnavailable(text=f"{error}\n", headers=RETRY_AFTER) from error
    return received, proven


def _speaks_for(
    app: web.Application, provider: Provider, received: WebhookRequest, proven: Credentials
) -> Callable[[str], bool]:
    """Whether a post that the credentials `proven` prove may speak for an account."""
    accounts, now = app[ACCOUNTS], app[CLOCK]()

    def speaks_for(account_id: str) -> bool:
        account = accounts.get(account_id)
        if account is None:
            # One that nobody has is sorted out later; the simulator is nobody's to post for.
            return account_id != SIMULATOR
        if account.credentials is proven:
            return True
        if account.provider is not provider:
            return False
        # Meta posts all numbers of an app to one URL: these share its secret, though not all else.
        try:
            provider.verify(received, account.credentials, now)
        except (SignatureError, NotConfiguredError):
            return False
        return True

    return speaks_for


async def _confirm(app: web.Application, provider: Provider, url: str) -> None:
    try:
        await app[LOOKUPS].confirm(url)
    except LookupFailedError as error:
        log.warning("webhook subscription not confirmed", provider=provider.name, reason=str(error))
        raise web.HTTPServiceUnavailable(text=f"{error}\n", headers=RETRY_AFTER) from error


def _not_configured(provider: Provider, error: NotConfiguredError) -> web.HTTPServiceUnavailable:
    log.error("webhook refused, not configured", provider=provider.name, missing=error.setting)
    return web.HTTPServiceUnavailable(text="this provider is not configured here\n", headers=RETRY_AFTER)


def _provider(request: web.Request) -> Provider:
    provider = PROVIDERS.get(request.match_info.get("provider") or request.path.rpartition("/")[2])
    if provider is None:
        raise _unknown()
    return provider


def _tried(request: web.Request, app: web.Application, provider: Provider) -> Sequence[Credentials]:
    """The credentials that a request may be proven by: the account's that its path names, else all of the provider."""
    identity, accounts = request.match_info.get("account"), app[ACCOUNTS]
    if identity is None:
        return accounts.every_credentials(provider.name)
    account_id = f"{provider.name}:{identity}"
    account = accounts.get(account_id)
    if account is not None:
        return (account.credentials,)
    sealed = accounts.sealed.get(account_id)
    if sealed is None:
        raise _unknown()
    log.error("webhook refused, account cannot be used", account=account_id, reason=str(sealed))
    raise web.HTTPServiceUnavailable(text="this account cannot be used now\n", headers=RETRY_AFTER)


def _unknown() -> web.HTTPNotFound:
    return web.HTTPNotFound(text="no such provider or account\n")


async def _read(request: web.Request, limit: int) -> bytes:
    """The raw body; aiohttp would lose a multipart one's bytes once it is parsed."""
    length = request.content_length or 0
    if length > limit:
        raise web.HTTPRequestEntityTooLarge(limit, length)
    try:
        # Most bodies come in one piece with their head; waiting for them anyway takes longer than reading their JSON.
        content = request.content
        body = content.read_nowait() if content.is_eof() else await _pieces(content, limit)
    except (web.RequestPayloadError, ConnectionError) as error:
        # The caller went away, or the body is not in the encoding that its headers say.
        raise web.HTTPBadRequest(text="the body could not be read to its end\n") from error
    if len(body) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, len(body))
    return body


async def _pieces(content: StreamReader, limit: int) -> bytes:
    """The body piece by piece, up to the piece that exceeds `limit`."""
    body = bytearray()
    async for piece in content.iter_any():
        body += piece
        if len(body) > limit:
            break
    return bytes(body)


def _client(request: web.Request) -> str:
    """Who knocks, for the operator."""
    return client_address(request, request.app[SETTINGS].trusted_proxies)


def _received(request: web.Request, app: web.Application, body: bytes) -> WebhookRequest:
    """The request as the provider made it; its URL is the public one, since behind a proxy ours is another."""
    public = app[SETTINGS].public_url or f"http://{request.host}"
    return WebhookRequest(request.method, f"{public}{request.raw_path}", request.headers, request.query, body)


def _answer(answer: WebhookAnswer) -> web.Response:
    if not answer.body:
        return web.Response(status=answer.status)
    # A challenge is given back as it came, and must not be taken for a page.
    headers = {"X-Content-Type-Options": "nosniff"}
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type, headers=headers)
