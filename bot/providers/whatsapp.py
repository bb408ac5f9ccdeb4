"""WhatsApp through Meta's Cloud API."""

from datetime import datetime, timedelta

from bot.core.addresses import Channel
from bot.core.errors import SignatureError
from bot.providers.base import Credential, Credentials, Feature, Provider, WebhookAnswer, WebhookRequest
from bot.providers.signatures import equal, sign
from bot.providers.whatsapp_inbound import parse
from bot.providers.whatsapp_outbound import build, probe, read

CREDENTIALS = (
    Credential(
        "api_url",
        "WHATSAPP_API_URL",
        "Where messages are sent: Meta's Graph API with its version",
        default="https://graph.facebook.com/v24.0",
    ),
    Credential(
        "phone_number_id",
        "WHATSAPP_PHONE_NUMBER_ID",
        "Meta app > WhatsApp > API Setup > Phone number ID; not the phone number itself",
    ),
    Credential(
        "access_token",
        "WHATSAPP_ACCESS_TOKEN",
        "Lets us send: Business Settings > System users > Generate token; the one under API Setup ends after a day",
        secret=True,
    ),
    Credential(
        "app_secret",
        "WHATSAPP_APP_SECRET",
        "Proves that a post is Meta's: Meta app > App settings > Basic > App secret; two, comma-separated, to rotate",
        secret=True,
    ),
    Credential(
        "verify_token",
        "WHATSAPP_VERIFY_TOKEN",
        "Words you make up; type the same under WhatsApp > Configuration > Webhook > Verify token",
        secret=True,
    ),
)

WINDOW = timedelta(hours=24)
"""Meta's customer-service window: from a person's message on."""
_PREFIX = "sha256="


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The phone number ids; several, comma-separated, when one token serves them all."""
    return credentials.each("phone_number_id") if credentials.get("phone_number_id") else ()


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check `X-Hub-Signature-256`, the HMAC-SHA256 of the raw body under the app's secret.

    Raises SignatureError, or NotConfiguredError when there is no app secret.
    """
    secrets = credentials.each("app_secret")
    header = request.headers.get("x-hub-signature-256", "")
    if not header.startswith(_PREFIX):
        raise SignatureError("X-Hub-Signature-256 is missing")
    given = header.removeprefix(_PREFIX)
    for secret in secrets:
        if equal(given, sign(secret, request.body).hex()):
            return
    raise SignatureError("X-Hub-Signature-256 is not the one of WHATSAPP_APP_SECRET")


def challenge(request: WebhookRequest, credentials: Credentials) -> WebhookAnswer:
    """Give back `hub.challenge` when Meta shows the verify token.

    Raises SignatureError, or NotConfiguredError when there is no verify token.
    """
    token = credentials["verify_token"]
    shown = request.query.get("hub.verify_token", "")
    if not equal(shown, token) or request.query.get("hub.mode") != "subscribe":
        raise SignatureError("hub.verify_token is not WHATSAPP_VERIFY_TOKEN")
    return WebhookAnswer(body=request.query.get("hub.challenge", "").encode(errors="replace"))


PROVIDER = Provider(
    name="whatsapp",
    title="WhatsApp",
    channels=(Channel.WHATSAPP,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=80.0,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    challenge=challenge,
    signature="HMAC-SHA256 of the body",
    features=frozenset(
        {
            Feature.STATUSES,
            Feature.BUTTONS,
            Feature.LISTS,
            Feature.LOCATION_IN,
            Feature.OPT_OUTS,
        }
    ),
    windows={Channel.WHATSAPP: WINDOW},
)
