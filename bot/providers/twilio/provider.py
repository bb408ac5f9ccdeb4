"""SMS and WhatsApp through Twilio."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from bot.core.addresses import Channel
from bot.core.errors import SignatureError, UnparsableError
from bot.core.i18n import N_
from bot.core.messages import MediaKind
from bot.core.splitting import TextLimit
from bot.providers.base import Credential, Credentials, Feature, FileLimit, Provider, WebhookRequest
from bot.providers.kit.form import require_form
from bot.providers.kit.signatures import equal, sign
from bot.providers.twilio.inbound import parameters, parse
from bot.providers.twilio.outbound import MAX_TEXT, build, media, probe, read
from bot.providers.twilio.senders import senders

CREDENTIALS = (
    Credential(
        "api_url", "TWILIO_API_URL", N_("Where messages are sent: Twilio's API"), default="https://api.twilio.com"
    ),
    Credential("account_sid", "TWILIO_ACCOUNT_SID", N_("Twilio Console > Account Info > Account SID; begins with AC")),
    Credential(
        "auth_token",
        "TWILIO_AUTH_TOKEN",
        N_(
            "Lets us send and proves that a post is Twilio's: Console > Account Info > Auth Token; "
            "two, comma-separated, to rotate (the first one sends)"
        ),
        secret=True,
        several=True,
    ),
    Credential(
        "shared_key",
        "TWILIO_SHARED_KEY",
        N_(
            "The secret of the SharedKey that signs your webhooks, if you made one: then nothing else is taken; "
            "two, comma-separated, to rotate"
        ),
        default="",
        secret=True,
        several=True,
    ),
    Credential("from", "TWILIO_FROM", N_("The number that sends SMS, e.g. +15551230000: Console > Phone Numbers")),
    Credential(
        "whatsapp_from",
        "TWILIO_WHATSAPP_FROM",
        N_("The number that sends on WhatsApp, e.g. whatsapp:+14155238886: Console > Messaging > Senders"),
    ),
    Credential(
        "messaging_service_sid",
        "TWILIO_MESSAGING_SERVICE_SID",
        N_("Sends SMS by this service, which has the numbers in its pool: Messaging > Services; begins with MG"),
        default="",
    ),
)

_PORTS = {"https": 443, "http": 80}
_WITH_PORT = re.compile(r"(.*):[0-9]+")


def knock(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check that there are a secret, a signature, and a form or a body that the URL signs; raises as `verify` does."""
    _keys(credentials)
    _given(request)
    if "bodySHA256" not in request.query and request.method != "GET":
        require_form(request.headers)


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check `X-Twilio-Signature`: an HMAC over the public URL and the form's fields.

    It is SHA-1 under the auth token or, where a SharedKey is configured, SHA-256 under that key and nothing else: the
    header that names key and algorithm is a stranger's word.

    A body that is no form is signed through its SHA-256 in the URL's `bodySHA256`. Raises SignatureError, or
    NotConfiguredError when there is no auth token.
    """
    setting, keys, algorithm = _keys(credentials)
    given = _given(request)
    fields = request.once(_signed_fields)
    signed = [url + fields for url in _spellings(request.url)]
    if not any(equal(given, _signature(key, each, algorithm)) for key in keys for each in signed):
        raise SignatureError(f"X-Twilio-Signature is not the one of {setting} for this URL")


def _given(request: WebhookRequest) -> str:
    given = request.headers.get("x-twilio-signature", "")
    if not given:
        raise SignatureError("X-Twilio-Signature is missing")
    return given


def _keys(credentials: Credentials) -> tuple[str, tuple[str, ...], str]:
    """The setting that holds what signs, its keys, the hash."""
    if credentials.get("shared_key"):
        return "TWILIO_SHARED_KEY", credentials.each("shared_key"), "sha256"
    return "TWILIO_AUTH_TOKEN", credentials.each("auth_token"), "sha1"


def _signature(key: str, signed: str, algorithm: str) -> str:
    return b64encode(sign(key, signed.encode(errors="replace"), algorithm)).decode()


def _signed_fields(request: WebhookRequest) -> str:
    """What follows the URL in the signed text: each distinct name and value, in code-point order, joined."""
    if request.method == "GET":
        return ""
    body_hash = request.query.get("bodySHA256")
    if body_hash is not None:
        if not equal(body_hash, hashlib.sha256(request.body).hexdigest()):
            raise SignatureError("bodySHA256 is not the body's")
        return ""
    try:
        pairs = set(parameters(request))
    except UnparsableError:
        raise SignatureError("the body is neither a form nor signed by bodySHA256") from None
    return "".join(name + value for name, value in sorted(pairs))


def _spellings(url: str) -> Iterator[str]:
    """The URL as it is, without its port, and with its scheme's: Twilio is not consistent, and its SDK takes each."""
    yield url
    try:
        parts = urlsplit(url)
    except ValueError:
        # Without BOT_PUBLIC_URL the host is what the caller says.
        return
    if match := _WITH_PORT.fullmatch(parts.netloc):
        yield urlunsplit(parts._replace(netloc=match[1]))
    elif port := _PORTS.get(parts.scheme):
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{port}"))


_MIB = 1024 * 1024
_MOST_WORDS = 1024
FILES: Mapping[Channel, Mapping[MediaKind, FileLimit]] = {
    Channel.WHATSAPP: {
        MediaKind.IMAGE: FileLimit(5 * _MIB, frozenset({"image/jpeg", "image/png", "image/webp"}), _MOST_WORDS),
        MediaKind.AUDIO: FileLimit(
            16 * _MIB, frozenset({"audio/ogg", "audio/amr", "audio/3gpp", "audio/aac", "audio/mpeg"})
        ),
        MediaKind.VIDEO: FileLimit(16 * _MIB, frozenset({"video/mp4", "video/3gpp"}), _MOST_WORDS),
        MediaKind.DOCUMENT: FileLimit(16 * _MIB),
    },
    Channel.SMS: {
        MediaKind.IMAGE: FileLimit(5 * _MIB, frozenset({"image/jpeg", "image/png", "image/gif"}), _MOST_WORDS),
        MediaKind.DOCUMENT: FileLimit(500_000, caption=_MOST_WORDS),
    },
}
"""Source: Twilio, "Accepted content types for media"; an MMS larger than its carrier takes fails there."""

PROVIDER = Provider(
    name="twilio",
    title="Twilio",
    channels=(Channel.SMS, Channel.WHATSAPP),
    credentials=CREDENTIALS,
    identity=senders,
    default_rate=1.0,
    texts=dict.fromkeys((Channel.SMS, Channel.WHATSAPP), TextLimit(MAX_TEXT)),
    file_seconds=3.0,
    files=FILES,
    knock=knock,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    by_get=True,
    signs_url=True,
    signature="HMAC-SHA1 or -SHA256 of the URL and the form",
    features=frozenset(
        {
            Feature.STATUSES,
            Feature.MEDIA_IN,
            Feature.MEDIA_OUT,
            Feature.LOCATION_IN,
            Feature.LOCATION_OUT,
            Feature.TEMPLATES,
            Feature.OPT_OUTS,
        }
    ),
    windows={Channel.WHATSAPP: timedelta(hours=24)},
    media=media,
)
