"""Instagram's direct messages, through the Instagram API with Instagram Login: those of one professional account."""

from functools import partial

from bot.core.addresses import AddressKind, Channel
from bot.core.i18n import N_
from bot.core.messages import MediaKind
from bot.providers.base import Credential, Credentials, Feature, Provider
from bot.providers.meta import hub
from bot.providers.meta.messaging import WINDOW, Surface, media
from bot.providers.meta.messaging_inbound import parse
from bot.providers.meta.messaging_outbound import build, probe, read

SURFACE = Surface(
    name="instagram",
    title="Instagram",
    channel=Channel.INSTAGRAM,
    address_kind=AddressKind.INSTAGRAM,
    object="instagram",
    max_text=1000,
    in_bytes=True,
    marked=False,
    files={MediaKind.IMAGE: "image", MediaKind.STICKER: "image", MediaKind.AUDIO: "audio", MediaKind.VIDEO: "video"},
    types={
        MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/gif"}),
        MediaKind.AUDIO: frozenset({"audio/aac", "audio/mp4", "audio/wav"}),
        MediaKind.VIDEO: frozenset({"video/mp4", "video/ogg", "video/quicktime", "video/webm"}),
    },
)

CREDENTIALS = (
    Credential(
        "api_url",
        "INSTAGRAM_API_URL",
        N_("Where messages are sent: Instagram's Graph API with its version"),
        default="https://graph.instagram.com/v24.0",
    ),
    Credential(
        "account_id",
        "INSTAGRAM_ACCOUNT_ID",
        N_(
            "The account that answers, as its posts name it: 17 digits, Meta app > Instagram > API setup > "
            "Generate access tokens"
        ),
    ),
    Credential(
        "access_token",
        "INSTAGRAM_ACCESS_TOKEN",
        N_(
            "Lets us send from that account: Meta app > Instagram > API setup > Generate access tokens; "
            "ends after 60 days"
        ),
        secret=True,
    ),
    *hub.credentials_of(
        "instagram", N_("Words you make up; type the same under Instagram > API setup > Webhook > Verify token")
    ),
)


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The account's id; there is one, since the token stands for one account."""
    account = credentials.get("account_id").strip()
    return (account,) if account else ()


PROVIDER = Provider(
    name=SURFACE.name,
    title=SURFACE.title,
    channels=(SURFACE.channel,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=300.0,
    texts={SURFACE.channel: SURFACE.limit},
    file_seconds=1.0,
    files=SURFACE.shown,
    knock=hub.knock,
    verify=hub.verify,
    parse=partial(parse, SURFACE),
    build=partial(build, SURFACE),
    read=read,
    probe=probe,
    challenge=hub.challenge,
    signature=hub.SIGNATURE,
    features=frozenset(
        {
            Feature.STATUSES,
            Feature.BUTTONS,
            Feature.MEDIA_IN,
            Feature.MEDIA_OUT,
            Feature.ECHOES,
        }
    ),
    beta=True,
    windows={SURFACE.channel: WINDOW},
    media=media,
)
