"""E-mail through Mailgun: inbound routes, event webhooks and the messages API."""

from datetime import datetime, timedelta

from bot.core.addresses import Channel
from bot.core.errors import SignatureError, UnparsableError
from bot.core.i18n import N_
from bot.core.messages import Delivery
from bot.core.text import clean
from bot.providers.base import MOST_ENCLOSED, Credential, Credentials, Feature, Provider, WebhookRequest
from bot.providers.kit.form import media_type, read_form, require_form
from bot.providers.kit.json_reader import Part, instant, read_json
from bot.providers.kit.replay import subject
from bot.providers.kit.signatures import equal, sign
from bot.providers.mail.headers import own_addresses
from bot.providers.mailgun.events import parse_event
from bot.providers.mailgun.inbound import parse_mail
from bot.providers.mailgun.outbound import build, probe, read

CREDENTIALS = (
    Credential(
        "api_url",
        "MAILGUN_API_URL",
        N_("Where mails are sent; https://api.eu.mailgun.net for a domain in the EU region"),
        default="https://api.mailgun.net",
    ),
    Credential("domain", "MAILGUN_DOMAIN", N_("The domain under Send > Sending > Domains, e.g. mg.example.com")),
    Credential(
        "api_key",
        "MAILGUN_API_KEY",
        N_("Lets us send: Account settings > API security > Add new key"),
        secret=True,
    ),
    Credential(
        "signing_key",
        "MAILGUN_SIGNING_KEY",
        N_(
            "Proves that a post is Mailgun's: Account settings > API security > HTTP webhook signing key; "
            "two, comma-separated, to rotate"
        ),
        secret=True,
        several=True,
    ),
    Credential(
        "from", "MAILGUN_FROM", N_("The sender people see, at MAILGUN_DOMAIN, e.g. Pizzaria <oi@mg.example.com>")
    ),
)

MAX_BODY = 40 * 1024 * 1024
TOLERANCE = timedelta(hours=9)
"""Mailgun tries again for 8 hours and 5 minutes, and does not say whether it signs each attempt anew."""

_MAX_EVENT = 1024 * 1024
_MAX_SIGNED = 200


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The sending domain, in lower case."""
    domain = credentials.get("domain").strip().lower()
    return (domain,) if domain else ()


def knock(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check that there is a signing key, and that the body can hold a signature; raises as `verify` does."""
    credentials.each("signing_key")
    if not _is_event(request):
        require_form(request.headers)


def verify(request: WebhookRequest, credentials: Credentials, now: datetime) -> None:
    """Check the fields `timestamp`, `token` and `signature`: an HMAC-SHA256 of the first two under the signing key.

    Raises SignatureError, or NotConfiguredError when there is no signing key. The body is not signed, so the token
    goes along with what is parsed: the shell refuses one that comes again for something else.
    """
    keys = credentials.each("signing_key")
    timestamp, token, signature = _signed(request)
    content = f"{timestamp}{token}".encode(errors="replace")
    matches = [equal(signature, sign(key, content).hex()) for key in keys]
    if not any(matches):
        raise SignatureError("the signature is not Mailgun's")
    moment = instant(timestamp)
    if moment is None or abs(now - moment) > TOLERANCE:
        raise SignatureError("the signature's time is too far from ours")


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The mail of an inbound route, or an event of a webhook, with its one-time token; raises UnparsableError."""
    if _is_event(request):
        post = _event(request)
        delivery, token = parse_event(post), post.maybe("signature").text("token", "")
    else:
        form = read_form(request)
        delivery, token = parse_mail(form, own_addresses(credentials.get("from"))), form.last("token")
    return delivery._replace(token=clean(token, _MAX_SIGNED)[0], token_for=subject(delivery))


def _signed(request: WebhookRequest) -> tuple[str, str, str]:
    """The three security fields; raises SignatureError when one is missing."""
    names = ("timestamp", "token", "signature")
    try:
        if _is_event(request):
            part = _event(request).part("signature")
            fields = [part.text(name) for name in names]
        else:
            # Each header of the mail is a field too, so its sender can add any: Mailgun's own come last.
            form = read_form(request)
            fields = [form.last(name) for name in names]
    except UnparsableError as error:
        raise SignatureError(f"there is no signature: {error}") from None
    if not all(0 < len(field) <= _MAX_SIGNED for field in fields):
        raise SignatureError("there is no signature")
    timestamp, token, signature = fields
    return timestamp, token, signature


def _event(request: WebhookRequest) -> Part:
    if len(request.body) > _MAX_EVENT:
        raise UnparsableError("the event is too long")
    return read_json(request)


def _is_event(request: WebhookRequest) -> bool:
    return media_type(request.headers) == "application/json"


PROVIDER = Provider(
    name="mailgun",
    title="Mailgun",
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
    signature="HMAC-SHA256 of a time and a token",
    encloses=MOST_ENCLOSED,
    features=frozenset({Feature.STATUSES, Feature.MEDIA_IN, Feature.HTML, Feature.THREADS, Feature.OPT_OUTS}),
)
