"""The small pure interface every messaging provider has: bytes in, values out; the shell does the HTTP.

A provider is one module that ends in `PROVIDER = Provider(...)` and one line in `bot.providers.table`. It never
sees the database, and nothing else knows its JSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

from bot.core.addresses import Channel
from bot.core.errors import NotConfiguredError
from bot.core.messages import Delivery, OutboundMessage


@dataclass(frozen=True, slots=True)
class Credential:
    """One setting of a provider's account.

    Attributes:
        key: its name within the account, e.g. `access_token`.
        setting: the environment variable of the default account, e.g. `WHATSAPP_ACCESS_TOKEN`.
        about: what it is and where the provider's console shows it, one line.
        default: used when it is not set; None when there is none.
        secret: must never be printed.
    """

    key: str
    setting: str
    about: str
    default: str | None = None
    secret: bool = False


class Credentials:
    """An account's settings by key; its repr shows keys, never values."""

    __slots__ = ("_names", "_values")

    def __init__(self, values: Mapping[str, str], names: Mapping[str, str]) -> None:
        self._values = {key: value for key, value in values.items() if value}
        self._names = names

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self._values))})"

    def __getitem__(self, key: str) -> str:
        """The value of `key`; raises NotConfiguredError naming the setting when it is missing."""
        try:
            return self._values[key]
        except KeyError:
            raise NotConfiguredError(self._names.get(key, key)) from None

    def get(self, key: str, default: str = "") -> str:
        """The value of `key`, or `default`."""
        return self._values.get(key, default)

    def each(self, key: str) -> tuple[str, ...]:
        """The comma-separated values of `key`, for a secret that is being rotated; raises like `[key]`."""
        return _separated(self[key])


@cache
def _separated(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


class WebhookRequest(NamedTuple):
    """A provider's post, exactly as received.

    Attributes:
        method: `GET` or `POST`.
        url: the public URL with path and query as sent, percent-encoding kept: what a provider signs.
        headers: by lower-cased name; the first of a repeated one.
        query: decoded query parameters; the first of a repeated one.
        body: the raw bytes.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the provider wants to hear once everything is committed."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


_NOTHING_TO_SAY = WebhookAnswer()


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to the provider's send API; `headers` may hold secrets, so the repr leaves them out."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The provider's answer to it; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message.

    Attributes:
        provider_message_id: the id its status callbacks will use.
    """

    provider_message_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take the message, and certainly did not send it.

    Attributes:
        code: the provider's error code, else `http_<status>`.
        reason: one plain sentence for the operator; never the provider's text verbatim with personal data.
        retryable: worth another try later.
        retry_after: seconds the provider asked for, or None.
        opted_out: it means that the person wants no more.
        operator: only the account's owner can mend it (credentials, payment, permission).
    """

    code: str
    reason: str
    retryable: bool = False
    retry_after: float | None = None
    opted_out: bool = False
    operator: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the message went out (the answer was cut off or not readable)."""

    reason: str


Outcome = Sent | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    Attributes:
        name: in `/webhooks/{name}` and before the colon of an account.
        title: as people write it.
        channels: the channels it carries.
        credentials: its settings, in the order `.env.example` lists them.
        identity: gives the identities (after the colon of an account) that the credentials stand for; none when
            it is not configured, several when one account has several senders.
        default_rate: messages a second where `{NAME}_RATE` is not set.
        max_body: bytes a webhook may have.
        verify: (request, credentials, now) raises SignatureError, or NotConfiguredError when the secret is missing.
        parse: (request) gives what the post carried; raises UnparsableError. Never called before `verify`.
        acknowledge: (request) gives the 2xx answer.
        challenge: (request, credentials) answers a GET; None where the provider sends none. Raises SignatureError.
        build: (message, credentials, callback_url) gives the send request; `callback_url` is the provider's public
            webhook URL for status callbacks, or empty.
        read: (response) sorts the provider's answer.
        probe: (credentials) gives a harmless request by which `doctor` tests the credentials.
        signs_url: True when `verify` needs the public URL (and `BOT_PUBLIC_URL` is to be named on failure).
    """

    name: str
    title: str
    channels: tuple[Channel, ...]
    credentials: tuple[Credential, ...]
    identity: Callable[[Credentials], tuple[str, ...]]
    default_rate: float
    verify: Callable[[WebhookRequest, Credentials, datetime], None]
    parse: Callable[[WebhookRequest], Delivery]
    build: Callable[[OutboundMessage, Credentials, str], HttpRequest]
    read: Callable[[HttpResponse], Outcome]
    probe: Callable[[Credentials], HttpRequest]
    acknowledge: Callable[[WebhookRequest], WebhookAnswer] = lambda _request: _NOTHING_TO_SAY
    challenge: Callable[[WebhookRequest, Credentials], WebhookAnswer] | None = None
    max_body: int = 4 * 1024 * 1024
    signs_url: bool = False
