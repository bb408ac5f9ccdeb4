"""SMS through Vonage: webhooks of its Messages API or its SMS API, sending through the Messages API."""

from bot.core.addresses import Channel
from bot.core.i18n import N_
from bot.core.splitting import TextLimit
from bot.providers.base import Credential, Credentials, Feature, Provider
from bot.providers.kit.sms_sender import own_number
from bot.providers.vonage.inbound import parse
from bot.providers.vonage.outbound import MAX_TEXT, build, probe, read
from bot.providers.vonage.verify import JWT, knock, verify

CREDENTIALS = (
    Credential(
        "api_url", "VONAGE_API_URL", N_("Where messages are sent: Vonage's API"), default="https://api.nexmo.com"
    ),
    Credential("api_key", "VONAGE_API_KEY", N_("API Dashboard > Account > API key; eight characters")),
    Credential(
        "api_secret", "VONAGE_API_SECRET", N_("Lets us send: API Dashboard > Account > API secret"), secret=True
    ),
    Credential(
        "signature_secret",
        "VONAGE_SIGNATURE_SECRET",
        N_(
            "Proves that a post is Vonage's: API Dashboard > API settings > Signature secret; "
            "two, comma-separated, to rotate"
        ),
        secret=True,
        several=True,
    ),
    Credential(
        "signature",
        "VONAGE_SIGNATURE",
        N_(
            "How posts are signed: jwt for the Messages API; md5hash, md5, sha1, sha256 or sha512 for the SMS API, "
            "as under API settings > Signature method"
        ),
        default=JWT,
    ),
    Credential("from", "VONAGE_FROM", N_("The number that sends, e.g. 15551230000: API Dashboard > Numbers")),
)


def identity(credentials: Credentials) -> tuple[str, ...]:
    """Our numbers as Vonage spells them, digits alone; several, comma-separated."""
    numbers = credentials.each("from") if credentials.get("from") else ()
    return tuple(own_number(each, has_plus=False) for each in numbers)


PROVIDER = Provider(
    name="vonage",
    title="Vonage",
    channels=(Channel.SMS,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=30.0,
    texts={Channel.SMS: TextLimit(MAX_TEXT)},
    file_seconds=3.0,
    knock=knock,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    by_get=True,
    signature="JWT with the body's SHA-256, or a hash of the parameters",
    features=frozenset({Feature.STATUSES, Feature.OPT_OUTS}),
    beta=True,
)
