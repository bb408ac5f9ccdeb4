"""WhatsApp through Meta's Cloud API."""

from collections.abc import Mapping
from datetime import timedelta

from bot.core.addresses import Channel
from bot.core.i18n import N_
from bot.core.messages import MediaKind
from bot.core.splitting import TextLimit
from bot.providers.base import Credential, Credentials, Feature, FileLimit, Provider
from bot.providers.meta import hub
from bot.providers.meta.templates import templates, templates_found
from bot.providers.meta.whatsapp_inbound import parse
from bot.providers.meta.whatsapp_media import media, media_found
from bot.providers.meta.whatsapp_outbound import MAX_CAPTION, MAX_TEXT, build, probe, read

CREDENTIALS = (
    Credential(
        "api_url",
        "WHATSAPP_API_URL",
        N_("Where messages are sent: Meta's Graph API with its version"),
        default="https://graph.facebook.com/v24.0",
    ),
    Credential(
        "phone_number_id",
        "WHATSAPP_PHONE_NUMBER_ID",
        N_("Meta app > WhatsApp > API Setup > Phone number ID; not the phone number itself"),
    ),
    Credential(
        "access_token",
        "WHATSAPP_ACCESS_TOKEN",
        N_("Lets us send: Business Settings > System users > Generate token; the one under API Setup ends after a day"),
        secret=True,
    ),
    Credential(
        "business_account_id",
        "WHATSAPP_BUSINESS_ACCOUNT_ID",
        N_(
            "Lists your approved templates, to be sent by hand: Meta app > WhatsApp > API Setup > "
            "WhatsApp Business Account ID; may be left out"
        ),
        default="",
        alone=True,
    ),
    *hub.credentials_of(
        "whatsapp", N_("Words you make up; type the same under WhatsApp > Configuration > Webhook > Verify token")
    ),
)

_MIB = 1024 * 1024
FILES: Mapping[Channel, Mapping[MediaKind, FileLimit]] = {
    Channel.WHATSAPP: {
        MediaKind.IMAGE: FileLimit(5 * _MIB, frozenset({"image/jpeg", "image/png"}), MAX_CAPTION),
        MediaKind.AUDIO: FileLimit(
            16 * _MIB, frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
        ),
        MediaKind.VIDEO: FileLimit(16 * _MIB, frozenset({"video/mp4", "video/3gpp"}), MAX_CAPTION),
        MediaKind.DOCUMENT: FileLimit(100 * _MIB, caption=MAX_CAPTION),
    }
}
"""Source: Meta, "Media", supported types and sizes."""

WINDOW = timedelta(hours=24)
"""Meta's customer-service window: from a person's message on."""

FEATURES = frozenset(
    {
        Feature.STATUSES,
        Feature.BUTTONS,
        Feature.LISTS,
        Feature.MEDIA_IN,
        Feature.MEDIA_OUT,
        Feature.LOCATION_IN,
        Feature.LOCATION_OUT,
        Feature.TEMPLATES,
        Feature.OPT_OUTS,
        Feature.ECHOES,
    }
)
"""What the Cloud API carries, whoever stands between Meta and us."""


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The phone number ids; several, comma-separated, when one token serves them all."""
    return credentials.each("phone_number_id") if credentials.get("phone_number_id") else ()


PROVIDER = Provider(
    name="whatsapp",
    title="WhatsApp",
    channels=(Channel.WHATSAPP,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=80.0,
    texts={Channel.WHATSAPP: TextLimit(MAX_TEXT)},
    file_seconds=2.0,
    files=FILES,
    knock=hub.knock,
    verify=hub.verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    challenge=hub.challenge,
    signature=hub.SIGNATURE,
    features=FEATURES,
    windows={Channel.WHATSAPP: WINDOW},
    media=media,
    media_found=media_found,
    templates=templates,
    templates_found=templates_found,
)
