"""SMS and MMS through Telnyx."""

from datetime import datetime, timedelta

from bot.core.addresses import Channel
from bot.core.errors import SignatureError
from bot.core.i18n import N_
from bot.core.messages import MediaKind
from bot.core.splitting import Counted, TextLimit
from bot.providers.base import Credential, Credentials, Feature, FileLimit, Provider, WebhookRequest
from bot.providers.kit.json_reader import instant
from bot.providers.kit.signatures import decoded
from bot.providers.telnyx.inbound import identity, parse
from bot.providers.telnyx.outbound import MAX_GSM, MAX_UCS2, build, media, probe, read

CREDENTIALS = (
    Credential(
        "api_url", "TELNYX_API_URL", N_("Where messages are sent: Telnyx's API"), default="https://api.telnyx.com"
    ),
    Credential(
        "api_key", "TELNYX_API_KEY", N_("Lets us send: Mission Control > API Keys; begins with KEY"), secret=True
    ),
    Credential(
        "public_key",
        "TELNYX_PUBLIC_KEY",
        N_(
            "Proves that a post is Telnyx's: Mission Control > Keys & Credentials > Public Key; "
            "two, comma-separated, to rotate"
        ),
    ),
    Credential("from", "TELNYX_FROM", N_("The number that sends, e.g. +15551230000: Mission Control > My Numbers")),
)

TOLERANCE = timedelta(minutes=5)
"""As in Telnyx's own library."""

_LONGEST_TIMESTAMP = 20


def knock(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check that there is a public key, both headers, and their time; raises as `verify` does."""
    from bot.providers.telnyx.signature import keys_of

    keys_of(credentials)
    _head(request, now)


def verify(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check `Telnyx-Signature-Ed25519`, over the `Telnyx-Timestamp`, `|` and the raw body, under the public key.

    Raises SignatureError, or NotConfiguredError when there is no public key, or none that can be one.
    """
    from bot.providers.telnyx.signature import is_signed, keys_of

    keys = keys_of(credentials)
    timestamp, signature = _head(request, now)
    signed = timestamp.encode(errors="replace") + b"|" + request.body
    if not any(is_signed(each, signature, signed) for each in keys):
        raise SignatureError("Telnyx-Signature-Ed25519 is not the one of TELNYX_PUBLIC_KEY")


def _head(request: WebhookRequest, now: datetime) -> tuple[str, bytes]:
    """The time that is signed along, and the signature."""
    timestamp = request.headers.get("telnyx-timestamp", "")
    signature = decoded(request.headers.get("telnyx-signature-ed25519", ""))
    if not timestamp or len(timestamp) > _LONGEST_TIMESTAMP or not signature:
        raise SignatureError("Telnyx-Signature-Ed25519 or Telnyx-Timestamp is missing")
    moment = instant(timestamp)
    if moment is None or abs(now - moment) > TOLERANCE:
        raise SignatureError("the signature's time is too far from ours")
    return timestamp, signature


PROVIDER = Provider(
    name="telnyx",
    title="Telnyx",
    channels=(Channel.SMS,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=1.0,
    texts={Channel.SMS: TextLimit(MAX_GSM, Counted.SMS, MAX_UCS2)},
    file_seconds=3.0,
    files={Channel.SMS: dict.fromkeys(MediaKind, FileLimit(1_000_000, caption=MAX_UCS2))},
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
