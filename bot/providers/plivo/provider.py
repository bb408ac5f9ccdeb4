"""SMS through Plivo."""

from bot.core.addresses import Channel
from bot.core.i18n import N_
from bot.core.splitting import Counted, TextLimit
from bot.providers.base import Credential, Credentials, Feature, Provider
from bot.providers.kit.sms_sender import own_number
from bot.providers.plivo.inbound import parse
from bot.providers.plivo.outbound import MAX_GSM, MAX_UCS2, build, probe, read
from bot.providers.plivo.verify import V2, knock, verify

CREDENTIALS = (
    Credential("api_url", "PLIVO_API_URL", N_("Where messages are sent: Plivo's API"), default="https://api.plivo.com"),
    Credential("auth_id", "PLIVO_AUTH_ID", N_("Plivo Console > Overview > Auth ID")),
    Credential(
        "auth_token",
        "PLIVO_AUTH_TOKEN",
        N_(
            "Lets us send and proves that a post is Plivo's: Console > Overview > Auth Token; "
            "two, comma-separated, to rotate (the first one sends)"
        ),
        secret=True,
        several=True,
    ),
    Credential(
        "signature",
        "PLIVO_SIGNATURE",
        N_("The signature that posts must have: v2, or v3, which covers the message itself, once your posts carry it"),
        default=V2,
    ),
    Credential("from", "PLIVO_FROM", N_("The number that sends, e.g. 15551230000: Console > Phone Numbers")),
)


def identity(credentials: Credentials) -> tuple[str, ...]:
    """Our numbers as Plivo spells them, digits alone; several, comma-separated."""
    numbers = credentials.each("from") if credentials.get("from") else ()
    return tuple(own_number(each, has_plus=False) for each in numbers)


PROVIDER = Provider(
    name="plivo",
    title="Plivo",
    channels=(Channel.SMS,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=5.0,
    texts={Channel.SMS: TextLimit(MAX_GSM, Counted.SMS, MAX_UCS2)},
    file_seconds=3.0,
    knock=knock,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    by_get=True,
    signs_url=True,
    signature="HMAC-SHA256 of the URL, with a nonce; V3 also of the form",
    features=frozenset({Feature.STATUSES, Feature.OPT_OUTS}),
    beta=True,
)
