"""One request to a provider's send API, and what its answer, or the lack of one, means."""

from collections.abc import Sequence
from dataclasses import replace

import aiohttp
import structlog
from pydantic import SecretStr

from bot.channels.service import SIMULATOR, Accounts, ConfiguredAccount
from bot.contacts.service import Unsubscribing, unsubscribe_url
from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.errors import NotConfiguredError
from bot.core.messages import OutboundMessage
from bot.core.purposes import ConsentPurpose, Purpose
from bot.messages.media.references import with_links
from bot.messages.media.store import Store
from bot.messages.outbox import smtp
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.enclosing import enclosed
from bot.providers.base import Circumstances, HttpRequest, HttpResponse, Outcome, Refused, Sent, SmtpRequest, Unknown

TIMEOUT_SECONDS = 10.0
"""For the whole of one request; a claim's lease must be longer."""
_CONNECT_SECONDS = 5.0
_MAX_BODY = 64 * 1024

log = structlog.get_logger()


def open_session(connections: int = 0) -> aiohttp.ClientSession:
    """A session for requests to providers: bounded in time and connections (0: as many as there are requests)."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections),
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, connect=_CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def send(
    session: aiohttp.ClientSession,
    accounts: Accounts,
    message: OutboundMessage,
    public_url: str,
    keys: Sequence[SecretStr] = (),
    store: Store | None = None,
) -> Outcome:
    """Try to send `message` through its account, once; never raises for what a provider or the network does.

    Args:
        session: of `open_session`.
        accounts: as the settings have them.
        message: what to send; on the simulator's account it is delivered without a request.
        public_url: where providers reach this server, for their status callbacks and our files; may be empty.
        keys: those of BOT_SECRET_KEY, which sign the links to our files.
        store: where the files are that go within a mail; None where links go.
    """
    if message.account == SIMULATOR:
        return Sent(message.id)
    account = accounts.get(message.account)
    if account is None:
        return Refused(
            "account_not_configured",
            _why_not(accounts, message.account),
            retryable=True,
            operator=True,
        )
    try:
        circumstances = Circumstances(utc_now(), _callback_url(account, public_url))
        whole = await enclosed(message, account.provider, store)
        linked = with_links(whole, public_url, circumstances.now, keys)
        request = account.provider.build(linked, account.credentials, circumstances)
    except NotConfiguredError as error:
        return Refused("not_configured", str(error), retryable=True, operator=True)
    except Exception as error:  # noqa: BLE001 - whatever the module's fault is, only this message may suffer
        # It would fail again each time. The error's own text may quote the message, so it is not logged.
        log.warning("message cannot be written", message=message.id, account=account.id, error=type(error).__name__)
        return Refused("not_writable", f"It could not be written in the provider's form ({type(error).__name__}).")
    answer = await (smtp.deliver(request) if isinstance(request, SmtpRequest) else _post(session, request))
    return answer if not isinstance(answer, HttpResponse) else _read(account, answer, message.id)


def with_unsubscribing(claimed: Claimed, public_url: str, keys: Sequence[SecretStr]) -> OutboundMessage:
    """The message with the link that takes its recipient off, where it is a mail and the link can be made.

    A campaign's takes them off marketing alone.
    """
    message = claimed.message
    if message.channel is not Channel.EMAIL:
        return message
    purpose = ConsentPurpose.MARKETING if claimed.purpose is Purpose.MARKETING else ConsentPurpose.ALL
    asked = Unsubscribing(claimed.address_id, message.channel, purpose)
    return replace(message, unsubscribe_url=unsubscribe_url(public_url, asked, keys))


def _why_not(accounts: Accounts, account_id: str) -> str:
    if account_id in accounts.sealed:
        return f"The credentials of {account_id} cannot be decrypted."
    return f"There is no account {account_id} any more."


async def _post(session: aiohttp.ClientSession, request: HttpRequest) -> HttpResponse | Refused | Unknown:
    try:
        async with session.request(
            request.method, request.url, data=request.body, headers=dict(request.headers), allow_redirects=False
        ) as response:
            body = await _bounded(response)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return HttpResponse(response.status, headers, body)
    except aiohttp.InvalidURL:
        return Refused("invalid_url", "The provider's API URL in the settings is not valid.", operator=True)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        # Nothing was written, so nothing was sent.
        return Refused("no_connection", f"The provider was not reached ({type(error).__name__}).", retryable=True)
    except ValueError as error:
        # A header that HTTP cannot carry, such as a token with a line break: it is refused before anything is written.
        reason = f"The request could not be written: look at the account's settings ({type(error).__name__})."
        return Refused("not_writable", reason, operator=True)
    except Exception as error:  # noqa: BLE001 - whatever else went wrong, the request may have been made
        return Unknown(f"The provider's answer did not arrive ({type(error).__name__}).")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body, cut where no send API's answer ends; cut JSON is then not readable."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(8192):
        body += chunk
        if len(body) > _MAX_BODY:
            response.close()
            break
    return bytes(body[:_MAX_BODY])


def _read(account: ConfiguredAccount, response: HttpResponse, message_id: str) -> Outcome:
    try:
        return account.provider.read(response)
    except Exception as error:  # noqa: BLE001 - the request was made, so the outcome has to be recorded
        log.warning("answer not understood", message=message_id, account=account.id, error=type(error).__name__)
        return Unknown("The provider's answer could not be understood.")


def _callback_url(account: ConfiguredAccount, public_url: str) -> str:
    return f"{public_url}/webhooks/{account.provider.name}" if public_url else ""
