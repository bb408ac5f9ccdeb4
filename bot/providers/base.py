"""The small pure interface every messaging provider has: bytes in, values out; the shell does the HTTP.

A provider is one module that ends in `PROVIDER = Provider(...)` and one line in `bot.providers.table`. It never
sees the database, and nothing else knows its JSON.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar

from bot.core.addresses import Channel
from bot.core.consents import ConsentReason
from bot.core.errors import NotConfiguredError, UnparsableError
from bot.core.listed_templates import ListedTemplate
from bot.core.messages import Delivery, JsonObject, MediaKind, OutboundMessage, WebhookAnswer
from bot.core.splitting import TextLimit

T = TypeVar("T")

MAX_FORM = 256 * 1024
"""Bytes of a form that a stranger may have us decode; only mail needs more."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One setting of a provider's account.

    Attributes:
        key: its name within the account, e.g. `access_token`.
        setting: the environment variable of the default account, e.g. `WHATSAPP_ACCESS_TOKEN`.
        about: what it is and where the provider's console shows it, one line; marked for translation.
        default: used when it is not set; None when there is none.
        secret: must never be printed.
        several: a secret that may be several, comma-separated, the newest first: while it is changed, either proves.
        alone: no secret, but may be changed without them: it says neither where they are sent nor which account it is.
    """

    key: str
    setting: str
    about: str
    default: str | None = None
    secret: bool = False
    several: bool = False
    alone: bool = False

    @property
    def is_changed_apart(self) -> bool:
        """Whether a stored account may get another one while its other values stay."""
        return self.secret or self.alone


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

    @property
    def fingerprint(self) -> str:
        """Tells whether they are still the same, without telling what they are: 64 hexadecimal digits."""
        spelled = "\0".join(f"{key}\0{value}" for key, value in sorted(self._values.items()))
        return hashlib.sha256(spelled.encode()).hexdigest()

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
        certificate: what the URL of the provider's `certificate` gave, for providers that sign with one; else empty.
        made: what `once` has made of it; None where nothing is kept.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    certificate: bytes = b""
    made: dict[Any, Any] | None = None

    def once(self, make: Callable[["WebhookRequest"], T]) -> T:
        """What `make` gives for this post, or the UnparsableError it raises; made anew only where nothing is kept.

        A post is held against every account, verified and parsed: each of them reads the same body.
        """
        if self.made is None:
            return make(self)
        if make not in self.made:
            try:
                self.made[make] = make(self)
            except UnparsableError as error:
                # The words alone: an error leads to the frames it came through, and they to the body.
                self.made[make] = _Unparsable(str(error))
        value: T | _Unparsable = self.made[make]
        if isinstance(value, _Unparsable):
            raise UnparsableError(value.reason)
        return value

    def forget(self) -> None:
        """Let go of what `once` has made."""
        if self.made:
            self.made.clear()


class _Unparsable(NamedTuple):
    reason: str


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to the provider's send API; all but the method may hold secrets, so the repr leaves it out."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SmtpRequest:
    """A mail for a mail server; what may be secret is left out of the repr.

    Attributes:
        host: the mail server's name.
        port: 465 is spoken to with TLS from the first byte; any other must offer STARTTLS, but on loopback.
        user: to log in with; empty for none.
        password: to log in with.
        sender: the envelope's.
        recipient: the envelope's.
        content: the whole mail, headers and all.
        copies: further recipients of the envelope.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    recipient: str
    content: bytes = field(repr=False)
    copies: tuple[str, ...] = ()


SendRequest = HttpRequest | SmtpRequest


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The provider's answer to it; header names are lower-case.

    A mail server's reply comes in the same form: its three digits as the status, its words as the body.
    """

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
        opt_out: why the person is not to get any more, where it means that; else None.
        operator: only the account's owner can mend it (credentials, payment, permission).
        credentials: with `operator`: it is the credentials that are refused, so nothing can be sent; it is paused.
        throttled: the account sends too fast; it is slowed down.
        window_closed: the person has not written for too long, so that only an approved template may be sent.
    """

    code: str
    reason: str
    retryable: bool = False
    retry_after: float | None = None
    opt_out: ConsentReason | None = None
    operator: bool = False
    throttled: bool = False
    window_closed: bool = False
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the message went out (the answer was cut off or not readable)."""

    reason: str


Outcome = Sent | Refused | Unknown


MOST_ENCLOSED = 7 * 1024 * 1024
"""Bytes of files that every carrier takes within a mail: a third more as they are written, and Postmark takes 10 MB."""


class Circumstances(NamedTuple):
    """What a send request may depend on beside the message and the account.

    Attributes:
        now: the moment, for providers that want it signed.
        callback_url: the account's public webhook URL, for status callbacks; empty when there is none.
    """

    now: datetime
    callback_url: str = ""


@dataclass(frozen=True, slots=True)
class FileLimit:
    """What files of a kind a channel shows as what they are; of others the link is sent.

    Attributes:
        size: the most bytes.
        types: the types that it takes; empty for all of the kind.
        caption: how many UTF-16 units of words may stand beside it; 0 where they are a message of their own.
    """

    size: int
    types: frozenset[str] = frozenset()
    caption: int = 0

    def takes(self, content_type: str, size: int) -> bool:
        """Whether a file of that type and size is shown."""
        return size <= self.size and (not self.types or content_type in self.types)


class TemplatePage(NamedTuple):
    """A part of the templates that a provider lists.

    Attributes:
        templates: in its order.
        cursor: by which the next part is asked for; empty where there is none.
    """

    templates: tuple[ListedTemplate, ...]
    cursor: str = ""


class Feature(StrEnum):
    """What a provider carries, beside words in both directions; each is a column of the table in the docs."""

    STATUSES = "statuses"
    """Says how far a message has come."""
    BUTTONS = "buttons"
    """Choices as buttons; elsewhere they are numbered lines."""
    LISTS = "lists"
    """Choices as a list that opens."""
    MEDIA_IN = "media_in"
    """Files that people send are fetched and kept."""
    MEDIA_OUT = "media_out"
    """Files are shown; elsewhere their links are."""
    LOCATION_IN = "location_in"
    LOCATION_OUT = "location_out"
    """Places are shown on a map; elsewhere as words and a link."""
    TEMPLATES = "templates"
    """Approved templates, for messages outside the customer window."""
    HTML = "html"
    THREADS = "threads"
    OPT_OUTS = "opt_outs"
    """Tells who opted out, or whose address is dead."""
    ECHOES = "echoes"
    """Tells what people of ours wrote from the provider's own app."""


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
        max_form: bytes it may have where it is a form.
        verify: (request, credentials, now) raises SignatureError, or NotConfiguredError when the secret is missing.
        parse: (request, credentials) gives what the post carried; raises UnparsableError. Never called before
            `verify`, and with the credentials that it took.
        knock: (request, credentials, now) raises like `verify`, as far as that can be told before the body is read;
            never of a post that `verify` takes.
        challenge: (request, credentials) answers a GET; None where the provider sends none. Raises SignatureError.
        build: (message, credentials, circumstances) gives the send request.
        read: (response) sorts the provider's answer.
        probe: (credentials, circumstances) gives a harmless request by which `doctor` tests the credentials; a mail
            without content only connects and logs in.
        by_get: its console can have what it posts come as a GET instead, with all of it in the query.
        signs_url: True when `verify` needs the public URL (and `BOT_PUBLIC_URL` is to be named on failure).
        features: what it carries beside words.
        signature: how `verify` knows that a post is the provider's, in a few words for the docs.
        beta: its facts could not all be confirmed with the provider.
        windows: how long after a person last wrote, on the channels that limit that, anything may be sent to them.
        texts: how long a text it takes, on the channels that limit that; a longer one goes in parts.
        file_seconds: how long after it took a message with a file the person's next one waits: it takes files at once
            and brings them later than words.
        files: the files that people of ours may send along, on the channels that show any.
        encloses: the most bytes of files that a mail may have in it; 0 where it has links alone.
        certificate: (request, credentials) gives the https URL of the certificate that `verify` needs; raises
            SignatureError where that is not the provider's, and where `verify` would refuse the post whatever the
            certificate: nobody else makes us ask for one. NotConfiguredError as `verify`. None where none is needed.
        media: (entry, credentials) gives the request that fetches a file, or that asks where it is; `entry` is of the
            message's `body["media"]`. None where files come within the post, or not at all.
        media_found: (response, credentials) gives the request for the file itself, where `media` only asks where it
            is; None when the provider no longer has it.
        templates: (cursor, credentials) gives the request for a part of the templates that the provider lists for the
            account, from the first on where the cursor is empty; None where the credentials do not say whose they
            are. None where it lists none to us.
        templates_found: (response, credentials) gives that part, or why there is none; raises UnparsableError.
    """

    name: str
    title: str
    channels: tuple[Channel, ...]
    credentials: tuple[Credential, ...]
    identity: Callable[[Credentials], tuple[str, ...]]
    default_rate: float
    knock: Callable[[WebhookRequest, Credentials, datetime], None]
    verify: Callable[[WebhookRequest, Credentials, datetime], None]
    parse: Callable[[WebhookRequest, Credentials], Delivery]
    build: Callable[[OutboundMessage, Credentials, Circumstances], SendRequest]
    read: Callable[[HttpResponse], Outcome]
    probe: Callable[[Credentials, Circumstances], SendRequest]
    signature: str
    challenge: Callable[[WebhookRequest, Credentials], WebhookAnswer] | None = None
    max_body: int = 4 * 1024 * 1024
    max_form: int = MAX_FORM
    by_get: bool = False
    signs_url: bool = False
    features: frozenset[Feature] = frozenset()
    beta: bool = False
    windows: Mapping[Channel, timedelta] = field(default_factory=dict)
    texts: Mapping[Channel, TextLimit] = field(default_factory=dict)
    file_seconds: float = 0.0
    files: Mapping[Channel, Mapping[MediaKind, FileLimit]] = field(default_factory=dict)
    encloses: int = 0
    certificate: Callable[[WebhookRequest, Credentials], str] | None = None
    media: Callable[[JsonObject, Credentials], HttpRequest] | None = None
    media_found: Callable[[HttpResponse, Credentials], HttpRequest | None] | None = None
    templates: Callable[[str, Credentials], HttpRequest | None] | None = None
    templates_found: Callable[[HttpResponse, Credentials], TemplatePage | Refused] | None = None
