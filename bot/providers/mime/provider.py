"""E-mail by a mail server of one's own: whole mails in by HTTP, out by SMTP."""

from datetime import datetime

from bot.core.addresses import Channel
from bot.core.errors import SignatureError
from bot.core.i18n import N_
from bot.providers.base import MOST_ENCLOSED, Credential, Credentials, Feature, Provider, WebhookRequest
from bot.providers.kit.signatures import equal
from bot.providers.mail.headers import author
from bot.providers.mime.inbound import parse
from bot.providers.mime.outbound import build, probe, read

CREDENTIALS = (
    Credential(
        "secret",
        "MIME_SECRET",
        N_(
            "Words you make up; the mail server shows them in `Authorization: Bearer …`; "
            "two, comma-separated, to rotate"
        ),
        secret=True,
        several=True,
    ),
    Credential("from", "MIME_FROM", N_("The sender people see and answer, e.g. Pizzaria <oi@example.com>")),
    Credential("smtp_host", "MIME_SMTP_HOST", N_("The mail server that sends, e.g. smtp.example.com")),
    Credential(
        "smtp_port",
        "MIME_SMTP_PORT",
        N_("Its port: 587 (STARTTLS, never without, but on this computer) or 465 (TLS from the first byte)"),
        default="587",
    ),
    Credential("smtp_user", "MIME_SMTP_USER", N_("To log in with; empty where it wants no log-in"), default=""),
    Credential("smtp_password", "MIME_SMTP_PASSWORD", N_("To log in with"), default="", secret=True),
)

MAX_BODY = 40 * 1024 * 1024
_SCHEME = "Bearer "


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The sender's address, in lower case."""
    address = author(credentials.get("from"))[1]
    return (address,) if address else ()


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check `Authorization: Bearer …`, which is the secret itself: a raw mail has no signature of who hands it over.

    Raises SignatureError, or NotConfiguredError when there is no secret.
    """
    secrets = credentials.each("secret")
    header = request.headers.get("authorization", "")
    given = header.removeprefix(_SCHEME)
    matches = [equal(given, secret) for secret in secrets]
    if not header.startswith(_SCHEME) or not any(matches):
        raise SignatureError("Authorization does not hold MIME_SECRET")


PROVIDER = Provider(
    name="mime",
    title=N_("Your own mail server"),
    channels=(Channel.EMAIL,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=5.0,
    knock=verify,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    max_body=MAX_BODY,
    # What a pipe such as curl posts calls itself a form if nobody says otherwise.
    max_form=MAX_BODY,
    signature="secret in a header",
    encloses=MOST_ENCLOSED,
    features=frozenset({Feature.STATUSES, Feature.MEDIA_IN, Feature.HTML, Feature.THREADS, Feature.OPT_OUTS}),
)
