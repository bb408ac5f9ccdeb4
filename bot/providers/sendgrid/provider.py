"""E-mail through SendGrid: Inbound Parse, the Event Webhook and `v3/mail/send`."""

import base64
import binascii
from datetime import datetime, timedelta

from bot.core.addresses import Channel
from bot.core.errors import SignatureError
from bot.core.i18n import N_
from bot.core.messages import Delivery
from bot.providers.base import MOST_ENCLOSED, Credential, Credentials, Feature, Provider, WebhookRequest
from bot.providers.kit.basic_auth import check_password
from bot.providers.kit.form import MULTIPART, media_type, read_form
from bot.providers.kit.json_reader import instant
from bot.providers.mail.headers import author, domain_of, own_addresses
from bot.providers.mail.write import answers_to
from bot.providers.sendgrid.events import parse_events
from bot.providers.sendgrid.inbound import parse_mail
from bot.providers.sendgrid.outbound import build, probe, read

CREDENTIALS = (
    Credential(
        "api_url",
        "SENDGRID_API_URL",
        N_("Where mails are sent; https://api.eu.sendgrid.com for a subuser in the EU region"),
        default="https://api.sendgrid.com",
    ),
    Credential(
        "api_key",
        "SENDGRID_API_KEY",
        N_("Lets us send: Settings > API Keys > Create API Key, Restricted Access with Mail Send"),
        secret=True,
    ),
    Credential(
        "from", "SENDGRID_FROM", N_("The sender people see, an authenticated one, e.g. Pizzaria <oi@example.com>")
    ),
    Credential(
        "domain",
        "SENDGRID_DOMAIN",
        N_("The host under Settings > Inbound Parse, e.g. in.example.com: answers go there; SENDGRID_FROM's if empty"),
        default="",
    ),
    Credential(
        "public_key",
        "SENDGRID_PUBLIC_KEY",
        N_(
            "Proves that a post is SendGrid's: Settings > Mail Settings > Event Webhooks > Signature Verification; "
            "several, comma-separated, as inbound mail has another"
        ),
        default="",
    ),
    Credential(
        "webhook_password",
        "SENDGRID_WEBHOOK_PASSWORD",
        N_(
            "The password in the address that SendGrid posts to, for what is not signed; "
            "two, comma-separated, to rotate"
        ),
        secret=True,
        several=True,
    ),
)

MAX_BODY = 40 * 1024 * 1024
TOLERANCE = timedelta(minutes=5)
_MAX_SIGNATURE = 200


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The domain whose mail comes to us, in lower case."""
    sender = credentials.get("from")
    domain = credentials.get("domain").strip().lower() or domain_of(author(sender)[1])
    return (domain,) if sender and domain else ()


def knock(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check the password or, of a post that is signed, that the signature can be one; raises as `verify` does."""
    if _is_signed(request, credentials):
        credentials.each("public_key")
        _head(request, now)
    else:
        check_password(request, credentials.each("webhook_password"))


def verify(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check the ECDSA signature over time and body, or the password of a post that has no signature.

    Raises SignatureError, or NotConfiguredError when there is neither a key nor a password.
    """
    if _is_signed(request, credentials):
        _check_signature(request, credentials.each("public_key"), now)
    else:
        check_password(request, credentials.each("webhook_password"))


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The mail that Inbound Parse posts, or the events of the Event Webhook; raises UnparsableError.

    Events do not say which domain they are about: they are of the account whose key signed them.
    """
    ours = identity(credentials)
    if media_type(request.headers) == MULTIPART:
        sender = credentials.get("from")
        return parse_mail(read_form(request), own_addresses(sender, answers_to(sender, "".join(ours))))
    return parse_events(request.body, f"sendgrid:{ours[0]}" if ours else "")


_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


def _is_signed(request: WebhookRequest, credentials: Credentials) -> bool:
    """Whether the post is to be held against the key, and not against the password."""
    key, passwords = credentials.get("public_key"), credentials.get("webhook_password")
    return not passwords or bool(key and _SIGNATURE in request.headers)


def _check_signature(request: WebhookRequest, keys: tuple[str, ...], now: datetime) -> None:
    from bot.providers.sendgrid.signature import matches

    timestamp, signature = _head(request, now)
    content = timestamp.encode(errors="replace") + request.body
    if not any(matches(key, signature, content) for key in keys):
        raise SignatureError("the signature is not SendGrid's")


def _head(request: WebhookRequest, now: datetime) -> tuple[str, bytes]:
    """The time that is signed along, and the signature."""
    timestamp = request.headers.get(_TIMESTAMP, "")
    encoded = request.headers.get(_SIGNATURE, "")
    if not timestamp or not 0 < len(encoded) <= _MAX_SIGNATURE:
        raise SignatureError("there is no signature")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("the signature is not SendGrid's") from None
    moment = instant(timestamp)
    if moment is None or abs(now - moment) > TOLERANCE:
        raise SignatureError("the signature's time is too far from ours")
    return timestamp, signature


PROVIDER = Provider(
    name="sendgrid",
    title="SendGrid",
    channels=(Channel.EMAIL,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=10.0,
    knock=knock,
    verify=verify,
    parse=parse,
    build=build,
    read=read,
    probe=probe,
    max_body=MAX_BODY,
    max_form=MAX_BODY,
    signature="ECDSA P-256 over time and body, or a password",
    encloses=MOST_ENCLOSED,
    features=frozenset({Feature.STATUSES, Feature.MEDIA_IN, Feature.HTML, Feature.THREADS, Feature.OPT_OUTS}),
)
