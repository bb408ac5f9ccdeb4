"""Anything else, through a bridge of the operator's own: our JSON in both directions, signed by Standard Webhooks."""

from datetime import datetime

from bot.core.i18n import N_
from bot.core.messages import MediaKind
from bot.providers.base import Credential, Credentials, Feature, FileLimit, Provider, WebhookRequest
from bot.providers.generic.inbound import CHANNELS, media, parse
from bot.providers.generic.outbound import build, probe, read, signing_keys
from bot.providers.kit.standard_webhooks import check, check_head

CREDENTIALS = (
    Credential("account", "GENERIC_ACCOUNT", N_("A name for what the bridge carries, e.g. linkedin")),
    Credential(
        "api_url", "GENERIC_API_URL", N_("Where the bridge takes messages, e.g. https://bridge.example.com/bot")
    ),
    Credential(
        "secret",
        "GENERIC_SECRET",
        N_("Signs both ways: whsec_ and the base64 of 24 to 64 random bytes; two, comma-separated, to rotate"),
        secret=True,
        several=True,
    ),
)


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The name that the operator gave it."""
    name = credentials.get("account").strip()
    return (name,) if name else ()


def knock(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check that there is a secret, the three headers, and their time; raises as `verify` does."""
    signing_keys(credentials)
    check_head(request.headers, now)


def verify(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check the three headers of Standard Webhooks; the time within five minutes.

    Raises SignatureError, or NotConfiguredError when there is no secret, or one that is no key.
    """
    check(request.headers, request.body, signing_keys(credentials), now)


PROVIDER = Provider(
    name="generic",
    title=N_("Your own bridge"),
    channels=CHANNELS,
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=10.0,
    file_seconds=1.0,
    files=dict.fromkeys(CHANNELS, dict.fromkeys(MediaKind, FileLimit(2**40, caption=2**20))),
    knock=knock,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    signature="Standard Webhooks (HMAC-SHA256)",
    features=frozenset(
        {
            Feature.STATUSES,
            Feature.BUTTONS,
            Feature.LISTS,
            Feature.MEDIA_IN,
            Feature.MEDIA_OUT,
            Feature.LOCATION_IN,
            Feature.LOCATION_OUT,
            Feature.OPT_OUTS,
        }
    ),
    media=media,
)
