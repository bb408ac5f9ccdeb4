"""SMS and MMS through Telnyx."""

from base64 import b64decode
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.core.addresses import Channel
from bot.core.errors import NotConfiguredError, SignatureError
from bot.core.splitting import Counted, TextLimit
from bot.providers.base import Credential, Credentials, Feature, Provider, WebhookRequest
from bot.providers.kit.json_reader import instant
from bot.providers.telnyx.inbound import identity, parse
from bot.providers.telnyx.outbound import MAX_GSM, MAX_UCS2, build, media, probe, read

CREDENTIALS = (
    Credential("api_url", "TELNYX_API_URL", "Where messages are sent: Telnyx's API", default="https://api.telnyx.com"),
    Credential("api_key", "TELNYX_API_KEY", "Lets us send: Mission Control > API Keys; begins with KEY", secret=True),
    Credential(
        "public_key",
        "TELNYX_PUBLIC_KEY",
        "Proves that a post is Telnyx's: Mission Control > Keys & Credentials > Public Key; "
        "two, comma-separated, to rotate",
    ),
    Credential("from", "TELNYX_FROM", "The number that sends, e.g. +15551230000: Mission Control > My Numbers"),
)

TOLERANCE = timedelta(minutes=5)
"""As in Telnyx's own library."""

_LONGEST_TIMESTAMP = 20


def knock(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check that there is a public key, both headers, and their time; raises as `verify` does."""
    _keys(credentials)
    _head(request, now)


def verify(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check `Telnyx-Signature-Ed25519`, over the `Telnyx-Timestamp`, `|` and the raw body, under the public key.

    Raises SignatureError, or NotConfiguredError when there is no public key, or none that can be one.
    """
    keys = _keys(credentials)
    timestamp, signature = _head(request, now)
    signed = timestamp.encode(errors="replace") + b"|" + request.body
    if not any(_is_signed(each, signature, signed) for each in keys):
        raise SignatureError("Telnyx-Signature-Ed25519 is not the one of TELNYX_PUBLIC_KEY")


def _keys(credentials: Credentials) -> list[Ed25519PublicKey]:
    return [_key(each) for each in credentials.each("public_key")]


def _head(request: WebhookRequest, now: datetime) -> tuple[str, bytes]:
    """The time that is signed along, and the signature."""
    timestamp = request.headers.get("telnyx-timestamp", "")
    signature = _decoded(request.headers.get("telnyx-signature-ed25519", ""))
    if not timestamp or len(timestamp) > _LONGEST_TIMESTAMP or not signature:
        raise SignatureError("Telnyx-Signature-Ed25519 or Telnyx-Timestamp is missing")
    moment = instant(timestamp)
    if moment is None or abs(now - moment) > TOLERANCE:
        raise SignatureError("the signature's time is too far from ours")
    return timestamp, signature


def _key(spelled: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(_decoded(spelled))
    except ValueError:
        raise NotConfiguredError("TELNYX_PUBLIC_KEY (as the 44 characters that Mission Control shows)") from None


def _is_signed(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _decoded(spelled: str) -> bytes:
    """The bytes of base64; none where it is not that."""
    try:
        return b64decode(spelled, validate=True)
    except ValueError:
        return b""


PROVIDER = Provider(
    name="telnyx",
    title="Telnyx",
    channels=(Channel.SMS,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=1.0,
    texts={Channel.SMS: TextLimit(MAX_GSM, Counted.SMS, MAX_UCS2)},
    file_seconds=3.0,
    knock=knock,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    signature="Ed25519 of a time and the body",
    features=frozenset({Feature.STATUSES, Feature.MEDIA_IN, Feature.MEDIA_OUT, Feature.OPT_OUTS}),
    media=media,
)
