"""E-mail through Postmark: the inbound webhook, the webhooks of a message stream, and the e-mail API."""

from datetime import datetime

from bot.core.addresses import Channel
from bot.core.i18n import N_
from bot.core.messages import Delivery
from bot.providers.base import MOST_ENCLOSED, Credential, Credentials, Feature, Provider, WebhookRequest
from bot.providers.kit.basic_auth import check_password
from bot.providers.kit.json_reader import read_object
from bot.providers.mail.headers import author, domain_of, own_addresses
from bot.providers.mail.write import answers_to
from bot.providers.postmark.events import parse_event
from bot.providers.postmark.inbound import parse_mail
from bot.providers.postmark.outbound import build, probe, read

CREDENTIALS = (
    Credential(
        "api_url", "POSTMARK_API_URL", N_("Where mails are sent: Postmark's API"), default="https://api.postmarkapp.com"
    ),
    Credential("server_token", "POSTMARK_SERVER_TOKEN", N_("Lets us send: the server's API Tokens page"), secret=True),
    Credential("from", "POSTMARK_FROM", N_("The sender people see, a confirmed one, e.g. Pizzaria <oi@example.com>")),
    Credential(
        "inbound",
        "POSTMARK_INBOUND",
        N_(
            "Where mail comes in: the address on the inbound stream's Settings page, "
            "e.g. 1a2b@inbound.postmarkapp.com, or the inbound domain; "
            "answers go there; the domain of POSTMARK_FROM if empty"
        ),
        default="",
    ),
    Credential(
        "webhook_password",
        "POSTMARK_WEBHOOK_PASSWORD",
        N_("The password in the address that Postmark posts to, which signs nothing; two, comma-separated, to rotate"),
        secret=True,
        several=True,
    ),
)

MAX_BODY = 40 * 1024 * 1024
"""Base64 makes files a third larger: mails of up to 30 MiB."""


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The address, or the domain, whose mail comes to us, in lower case."""
    sender = credentials.get("from")
    inbound = credentials.get("inbound").strip().lower() or domain_of(author(sender)[1])
    return (inbound,) if sender and inbound else ()


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check the password in the URL that Postmark was given, which it sends as Basic credentials.

    Raises SignatureError, which ends in a 401: a 403 would keep Postmark from trying again. Raises NotConfiguredError
    when there is no password.
    """
    check_password(request, credentials.each("webhook_password"))


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The mail of the inbound webhook, or the event of another one; raises UnparsableError.

    Events do not say through which address we write: they are of the account whose password came along.
    """
    ours = "".join(identity(credentials))
    post = read_object(request.body)
    record = post.text("RecordType", "Inbound")
    if record == "Inbound":
        sender = credentials.get("from")
        return parse_mail(post, ours, own_addresses(sender, answers_to(sender, ours)))
    return parse_event(post, record, f"postmark:{ours}" if ours else "")


PROVIDER = Provider(
    name="postmark",
    title="Postmark",
    channels=(Channel.EMAIL,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=10.0,
    knock=verify,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    max_body=MAX_BODY,
    signature="a password in the URL",
    encloses=MOST_ENCLOSED,
    features=frozenset({Feature.STATUSES, Feature.MEDIA_IN, Feature.HTML, Feature.THREADS, Feature.OPT_OUTS}),
)
