"""Facebook Messenger, through Meta's Messenger Platform: the conversations of one page."""

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
    name="messenger",
    title="Messenger",
    channel=Channel.MESSENGER,
    address_kind=AddressKind.MESSENGER,
    object="page",
    max_text=2000,
    in_bytes=False,
    marked=True,
    files={
        MediaKind.IMAGE: "image",
        MediaKind.STICKER: "image",
        MediaKind.AUDIO: "audio",
        MediaKind.VIDEO: "video",
        MediaKind.DOCUMENT: "file",
    },
    types={},
)

CREDENTIALS = (
    Credential(
        "api_url",
        "MESSENGER_API_URL",
        N_("Where messages are sent: Meta's Graph API with its version"),
        default="https://graph.facebook.com/v24.0",
    ),
    Credential(
        "page_id", "MESSENGER_PAGE_ID", N_("The page that answers: Meta app > Messenger > API Settings > Pages")
    ),
    Credential(
        "access_token",
        "MESSENGER_ACCESS_TOKEN",
        N_("Lets us send from that page: Meta app > Messenger > API Settings > Generate access tokens"),
        secret=True,
    ),
    *hub.credentials_of(
        "messenger", N_("Words you make up; type the same under Messenger > API Settings > Webhook > Verify token")
    ),
)


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The page's id; there is one, since the token stands for one page."""
    page = credentials.get("page_id").strip()
    return (page,) if page else ()


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
            Feature.LOCATION_IN,
            Feature.ECHOES,
        }
    ),
    beta=True,
    windows={SURFACE.channel: WINDOW},
    media=media,
)
