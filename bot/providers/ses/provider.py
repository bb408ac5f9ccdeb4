"""E-mail through Amazon SES: mail and events posted by SNS, sending by SES's own API."""

from datetime import datetime

from bot.core.addresses import Channel
from bot.core.errors import SignatureError, UnparsableError
from bot.core.i18n import N_
from bot.core.messages import Delivery, UnknownEvent
from bot.core.text import clean
from bot.providers.base import MOST_ENCLOSED, Credential, Credentials, Feature, Provider, WebhookRequest
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.mail.headers import author
from bot.providers.ses import sns
from bot.providers.ses.events import parse_event
from bot.providers.ses.inbound import parse_mail
from bot.providers.ses.outbound import build, probe, read

CREDENTIALS = (
    Credential(
        "api_url",
        "SES_API_URL",
        N_("Where mails are sent; empty for SES in SES_REGION"),
        default="",
    ),
    Credential("region", "SES_REGION", N_("The AWS region at the top right of the console, e.g. us-east-1")),
    Credential("access_key_id", "SES_ACCESS_KEY_ID", N_("IAM > Users > Security credentials > Create access key")),
    Credential(
        "secret_access_key",
        "SES_SECRET_ACCESS_KEY",
        N_("Lets us send: shown once when the access key is created"),
        secret=True,
    ),
    Credential("from", "SES_FROM", N_("The sender people see, at a verified identity, e.g. Pizzaria <oi@example.com>")),
    Credential(
        "topic_arns",
        "SES_TOPIC_ARNS",
        N_("The SNS topics that may post here, comma-separated: Amazon SNS > Topics > ARN"),
    ),
    Credential(
        "sns_version",
        "SES_SNS_VERSION",
        N_("Versions of SNS's signature that are taken: 2, or 1,2 for topics that cannot be changed"),
        default="2",
    ),
    Credential(
        "configuration_set",
        "SES_CONFIGURATION_SET",
        N_("The configuration set whose events tell what became of a mail; empty for none"),
        default="",
    ),
)

MAX_BODY = 1024 * 1024
"""SNS posts at most 256 KiB; JSON's escapes can make more of it."""
_MAX_KIND = 100
_TOPIC_HEADER = "x-amz-sns-topic-arn"


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The sender's address, in lower case."""
    address = author(credentials.get("from"))[1]
    return (address,) if address else ()


def certificate(request: WebhookRequest, credentials: Credentials) -> str:
    """Where the certificate is that the post is signed with.

    Raises SignatureError unless it is at SNS and the topic is ours, or NotConfiguredError when no topic is configured.
    """
    return sns.certificate_url(request, credentials.each("topic_arns"))


def knock(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check that there is a topic, and that the header names none of somebody else's; raises as `verify` does."""
    topics = credentials.each("topic_arns")
    named = request.headers.get(_TOPIC_HEADER)
    if named is not None and named not in topics:
        raise SignatureError("TopicArn is not one of ours")


def verify(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check SNS's signature over the envelope, by a certificate of SNS's; the topic is ours, and it is recent.

    Raises SignatureError, or NotConfiguredError when no topic is configured.
    """
    sns.check(
        request,
        topics=credentials.each("topic_arns"),
        versions=credentials.each("sns_version"),
        now=now,
    )


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The mail or event in the envelope, or the URL that confirms the subscription; raises UnparsableError."""
    envelope = sns.read_envelope(request)
    account = f"ses:{next(iter(identity(credentials)), '')}"
    kind = envelope.text("Type")
    if kind == sns.CONFIRMATION:
        return _confirmation(envelope, credentials, account)
    if kind != sns.NOTIFICATION:
        return _unknown(kind, account)
    try:
        notice = read_object(envelope.text("Message"))
        # Event publishing and the older feedback notifications name it differently.
        kind = notice.text("eventType", "") or notice.text("notificationType", "")
    except UnparsableError:
        return _unknown("message that is no notice of SES", account)
    try:
        return parse_mail(notice, account) if kind == "Received" else parse_event(notice, kind, account)
    except UnparsableError:
        return _unknown(f"notice.{kind}", account)


def _confirmation(envelope: Part, credentials: Credentials, account: str) -> Delivery:
    """Only for a topic that the operator has named: whoever asks for more could make the bot call URLs."""
    topics = credentials.each("topic_arns") if credentials.get("topic_arns") else ()
    if envelope.text("TopicArn") not in topics:
        return _unknown("subscription of another topic", account)
    return Delivery(confirm=sns.confirm_url(envelope))


def _unknown(kind: str, account: str) -> Delivery:
    return Delivery(unknown=(UnknownEvent(clean(kind, _MAX_KIND)[0], account),))


PROVIDER = Provider(
    name="ses",
    title="Amazon SES",
    channels=(Channel.EMAIL,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=14.0,
    knock=knock,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    max_body=MAX_BODY,
    signature="SNS's RSA signature, certificate and topic",
    encloses=MOST_ENCLOSED,
    features=frozenset({Feature.STATUSES, Feature.MEDIA_IN, Feature.HTML, Feature.THREADS, Feature.OPT_OUTS}),
    certificate=certificate,
)
