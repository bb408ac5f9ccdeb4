"""Telegram, through its Bot API."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.addresses import Channel
from bot.core.errors import SignatureError
from bot.core.i18n import N_
from bot.core.messages import MediaKind
from bot.core.splitting import Counted, TextLimit
from bot.providers.base import Credential, Credentials, Feature, FileLimit, Provider, WebhookRequest
from bot.providers.kit.signatures import equal
from bot.providers.telegram.inbound import bot_id, parse
from bot.providers.telegram.media import media, media_found
from bot.providers.telegram.outbound import MAX_CAPTION, MAX_TEXT, build, probe, read

CREDENTIALS = (
    Credential(
        "api_url",
        "TELEGRAM_API_URL",
        N_("Where messages are sent: Telegram's Bot API, or a Bot API server of your own"),
        default="https://api.telegram.org",
    ),
    Credential(
        "bot_token",
        "TELEGRAM_BOT_TOKEN",
        N_("Lets us send: @BotFather gives it after /newbot, and again with /token; digits, a colon, 35 characters"),
        secret=True,
    ),
    Credential(
        "webhook_secret",
        "TELEGRAM_WEBHOOK_SECRET",
        N_(
            "Words you make up of A-Z a-z 0-9 _ -, given to setWebhook as secret_token; two, comma-separated, to rotate"
        ),
        secret=True,
        several=True,
    ),
)

_HEADER = "x-telegram-bot-api-secret-token"


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The bot's id: what stands before the colon of its token."""
    found = bot_id(credentials)
    return (found,) if found else ()


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check `X-Telegram-Bot-Api-Secret-Token`, which is the secret itself: neither body nor time is signed.

    Raises SignatureError, or NotConfiguredError when there is no secret.
    """
    secrets = credentials.each("webhook_secret")
    given = request.headers.get(_HEADER, "")
    matches = [equal(given, secret) for secret in secrets]
    if not any(matches):
        raise SignatureError("X-Telegram-Bot-Api-Secret-Token is not TELEGRAM_WEBHOOK_SECRET")


_PICTURE, _FILE = 5 * 1024 * 1024, 20 * 1024 * 1024
FILES: Mapping[Channel, Mapping[MediaKind, FileLimit]] = {
    Channel.TELEGRAM: {
        MediaKind.IMAGE: FileLimit(_PICTURE, frozenset({"image/jpeg", "image/png", "image/webp"}), MAX_CAPTION),
        MediaKind.AUDIO: FileLimit(_FILE, frozenset({"audio/mpeg", "audio/mp4"}), MAX_CAPTION),
        MediaKind.VIDEO: FileLimit(_FILE, frozenset({"video/mp4"}), MAX_CAPTION),
    }
}
"""What Telegram fetches by an address ("Sending files"); documents it fetches by none of ours, so their links go."""

PROVIDER = Provider(
    name="telegram",
    title="Telegram",
    channels=(Channel.TELEGRAM,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=30.0,
    knock=verify,
    files=FILES,
    texts={Channel.TELEGRAM: TextLimit(MAX_TEXT, Counted.UTF16)},
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    signature="secret in a header",
    features=frozenset(
        {
            Feature.BUTTONS,
            Feature.MEDIA_IN,
            Feature.MEDIA_OUT,
            Feature.LOCATION_IN,
            Feature.LOCATION_OUT,
            Feature.OPT_OUTS,
        }
    ),
    beta=True,
    media=media,
    media_found=media_found,
)
