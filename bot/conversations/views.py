"""`/webhooks/{provider}`: verify, parse, commit, answer.

A post is held against the credentials of every account of its provider, or with `/webhooks/{provider}/{account}` of
that one alone; what it says of accounts whose own credentials do not prove it is kept, not answered. Whatever can be
refused by a post's head is refused before its body is read.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus
from types import MappingProxyType

import structlog
from aiohttp import HttpVersion11, hdrs, web
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.lookups import LookupFailedError, Lookups
from bot.channels.service import Accounts
from bot.conversations import refusals
from bot.conversations.authority import Unproven, admitted, first_proof
from bot.conversations.intake import Intake
from bot.conversations.opening import Opened, Unreadable, open_post, open_unsigned
from bot.core.errors import Blame, BotError, SignatureError
from bot.core.messages import Delivery, UnknownEvent, WebhookAnswer
from bot.providers.base import Credentials, Provider, WebhookRequest
from bot.providers.kit.form import is_form
from bot.providers.table import PROVIDERS
from bot.web import metrics
from bot.web.access import Open, Routes
from bot.web.aside import ASIDE
from bot.web.bodies import at_once, encoded, too_large
from bot.web.keys import BODIES, CLOCK, SETTINGS
from bot.web.local_token import may_post_unsigned, without_token

INTAKE = web.AppKey("intake", Intake)
ACCOUNTS = web.AppKey("accounts", Accounts)
LOOKUPS = web.AppKey("lookups", Lookups)

MAX_BODY = max(provider.max_body for provider in PROVIDERS.values())

_NO_QUERY: Mapping[str, str] = MappingProxyType({})

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the webhook routes."""
    # A route of its own is found by one look-up, the others by trying patterns.
    own = [f"/webhooks/{name}" for name in PROVIDERS]
    routes, verified = Routes(app), Open("what comes is verified, and what asks must know a secret")
    for path in (*own, "/webhooks/{provider}", "/webhooks/{provider}/{account}"):
        routes.get(path, get, verified, allow_head=False)
        routes.post(path, post, verified, expect_handler=expect)


async def get(request: web.Request) -> web.Response:
    """What a provider sends by GET: a message, where its console can have it so, else a challenge."""
    provider = _provider(request)
    if provider is None:
        response = refusals.unknown()
    elif provider.by_get:
        response = await webhook(request, provider)
    else:
        response = challenge(request, provider)
    # A cache on the way may not answer for us: nothing would be committed.
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


async def post(request: web.Request) -> web.Response:
    """What a provider posts."""
    provider = _provider(request)
    return refusals.unknown() if provider is None else await webhook(request, provider)


async def expect(request: web.Request) -> web.Response | None:
    """Let a caller send its body who asks first (`Expect: 100-continue`), unless its head is refused already."""
    provider, refused = _provider(request), encoded(request)
    if refused is None:
        refused = refusals.unknown() if provider is None else _refused(request, provider)
    if refused is not None:
        # Nobody can say whether what comes next is the body or another request.
        refused.force_close()
        return refused
    if request.version == HttpVersion11 and request.headers[hdrs.EXPECT].lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # The answer proper is still to come.
        request.writer.output_size = 0
    return None


def challenge(request: web.Request, provider: Provider) -> web.Response:
    """A provider asks whether this URL is ours (Meta's `hub.challenge`)."""
    tried, challenged = _tried(request, provider), provider.challenge
    if isinstance(tried, web.Response):
        return tried
    if challenged is None:
        return refusals.no_challenge()
    received = _received(request, b"")
    found = first_proof(lambda each: challenged(received, each), tried)
    return refusals.unchallenged(request, provider, found) if isinstance(found, Unproven) else _answer(found.value)


async def webhook(request: web.Request, provider: Provider) -> web.Response:
    """Take a provider's post, which may be a GET; 2xx only once all that it carried is committed."""
    started = time.perf_counter()
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        response = await _take(request, provider)
        status = response.status
    finally:
        _answered(provider.name, status).inc()
    # What strangers are refused says nothing of how long providers wait.
    if status < HTTPStatus.BAD_REQUEST:
        _seconds(provider.name).observe(time.perf_counter() - started)
    return response


# The library looks a series up by all its labels' names; that takes as long as counting.
@cache
def _answered(provider: str, status: int) -> Counter:
    return metrics.WEBHOOKS.labels(provider=provider, status=str(status))


@cache
def _seconds(provider: str) -> Histogram:
    return metrics.WEBHOOK_SECONDS.labels(provider=provider)


async def _take(request: web.Request, provider: Provider) -> web.Response:
    unsigned = _may_be_unsigned(request)
    if unsigned:
        request = without_token(request)
    body = at_once(request)
    # A body that is here already costs no more to verify.
    tried = _tried(request, provider) if unsigned or body is not None else _knock(request, provider)
    if isinstance(tried, web.Response):
        return tried
    if request.method == hdrs.METH_GET:
        # What is kept of a post that nobody understands is what it said.
        body = request.rel_url.raw_query_string.encode()
        return await _receive(request, provider, tried, _received(request, b""), body, unsigned=unsigned)
    if body is not None:
        return await _receive(request, provider, tried, _received(request, body), body, unsigned=unsigned)
    with request.app[BODIES].hold() as room:
        read = await room.read(request, _limit(request, provider))
        if isinstance(read, web.Response):
            return read
        return await _receive(request, provider, tried, _received(request, read), read, unsigned=unsigned)


async def _receive(
    request: web.Request,
    provider: Provider,
    tried: Sequence[Credentials],
    received: WebhookRequest,
    payload: bytes,
    *,
    unsigned: bool,
) -> web.Response:
    """Commit what a post says; `payload` is what is kept of it raw where that has to be."""
    app = request.app
    opened = await _open(request, provider, tried, received, unsigned=unsigned)
    if isinstance(opened, web.Response):
        return opened
    # It is read; what was made of it on the way would only take room.
    received.forget()
    if isinstance(opened, Unreadable):
        if payload and opened.proven:
            await _keep_unreadable(request, provider, opened, payload, received)
        return refusals.unreadable(provider, opened.reason)
    try:
        await app[INTAKE].receive(
            provider.name,
            opened.delivery,
            payload,
            foreign=opened.foreign,
            request=received,
            proven_by=opened.account,
        )
    except SignatureError as error:
        return refusals.used_again(request, provider, str(error))
    except BotError as error:
        if error.blame is not Blame.SURROUNDINGS:
            raise
        log.warning("webhook not taken", provider=provider.name, error=error.message, mend=error.mend)
        return refusals.unavailable(str(error))
    except SQLAlchemyError as error:
        log.error("webhook not kept", provider=provider.name, error=type(error).__name__)  # noqa: TRY400 - its text may quote a person
        return refusals.unavailable("the database does not answer")
    if opened.delivery.confirm:
        try:
            await app[LOOKUPS].confirm(opened.delivery.confirm)
        except LookupFailedError as error:
            log.warning("webhook subscription not confirmed", provider=provider.name, reason=str(error))
            return refusals.unavailable(str(error))
    return _answer(opened.delivery.answer)


async def _keep_unreadable(
    request: web.Request, provider: Provider, opened: Unreadable, payload: bytes, received: WebhookRequest
) -> None:
    """Keep a post that its provider signed and nobody can read: it is refused, and may not come again."""
    delivery = Delivery(unknown=(UnknownEvent("unreadable"),))
    try:
        await request.app[INTAKE].receive(provider.name, delivery, payload, request=received, proven_by=opened.account)
    except (BotError, SQLAlchemyError) as error:
        log.error("webhook not kept", provider=provider.name, error=type(error).__name__)  # noqa: TRY400 - its text may quote a person


async def _open(
    request: web.Request,
    provider: Provider,
    tried: Sequence[Credentials],
    received: WebhookRequest,
    *,
    unsigned: bool,
) -> Opened | Unreadable | web.Response:
    """What a post says; the answer to one that is not its provider's, or not readable."""
    app, size = request.app, len(received.body)
    now, accounts, aside = app[CLOCK](), app[ACCOUNTS], app[ASIDE]
    if unsigned:
        opened = await aside.run(size, partial(open_unsigned, provider, received, tried))
    else:
        if (where := provider.certificate) is not None:
            found = await aside.run(size, partial(first_proof, partial(where, received), tried))
            if isinstance(found, Unproven):
                return refusals.unproven(request, provider, found)
            try:
                received = received._replace(certificate=await app[LOOKUPS].certificate(found.value))
            except LookupFailedError as error:
                log.warning("webhook certificate not had", provider=provider.name, reason=str(error))
                return refusals.unavailable(str(error))
        opened = await aside.run(size, partial(open_post, provider, received, tried, accounts, now))
    return refusals.unproven(request, provider, opened) if isinstance(opened, Unproven) else opened


def _may_be_unsigned(request: web.Request) -> bool:
    if not request.app[SETTINGS].insecure_webhooks:
        return False
    if may_post_unsigned(request):
        return True
    log.info("webhook must be signed", reason="not made at this computer, or without the ?token=… that `run` prints")
    return False


def _refused(request: web.Request, provider: Provider) -> web.Response | None:
    found = None if _may_be_unsigned(request) else _knock(request, provider)
    return found if isinstance(found, web.Response) else None


def _knock(request: web.Request, provider: Provider) -> Sequence[Credentials] | web.Response:
    """The credentials that may prove a post, by its head; the answer where there are none."""
    if (request.content_length or 0) > (limit := _limit(request, provider)):
        return too_large(limit)
    tried = _tried(request, provider)
    if isinstance(tried, web.Response):
        return tried
    head, now = _received(request, b""), request.app[CLOCK]()
    found = admitted(lambda each: provider.knock(head, each, now), tried)
    return refusals.unproven(request, provider, found) if isinstance(found, Unproven) else found


def _limit(request: web.Request, provider: Provider) -> int:
    return provider.max_form if is_form(request.headers) else provider.max_body


def _provider(request: web.Request) -> Provider | None:
    return PROVIDERS.get(request.match_info.get("provider") or request.path.rpartition("/")[2])


def _tried(request: web.Request, provider: Provider) -> Sequence[Credentials] | web.Response:
    """The credentials that a request may be proven by: the account's that its path names, else all of the provider."""
    identity, accounts = request.match_info.get("account"), request.app[ACCOUNTS]
    if identity is None:
        return accounts.every_credentials(provider.name)
    account_id = f"{provider.name}:{identity}"
    account = accounts.get(account_id)
    if account is not None:
        return (account.credentials,)
    sealed = accounts.sealed.get(account_id)
    return refusals.unknown() if sealed is None else refusals.sealed(account_id, str(sealed))


def _received(request: web.Request, body: bytes) -> WebhookRequest:
    """The request as the provider made it."""
    url = refusals.public_url(request)
    # Most have none, and reading that takes as long as all the rest.
    query = request.query if "?" in url else _NO_QUERY
    return WebhookRequest(request.method, url, request.headers, query, body, made={})


def _answer(answer: WebhookAnswer) -> web.Response:
    if not answer.body:
        return web.Response(status=answer.status)
    # A challenge is given back as it came, and must not be taken for a page.
    headers = {"X-Content-Type-Options": "nosniff"}
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type, headers=headers)
