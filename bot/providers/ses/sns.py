"""Amazon SNS: the envelope in which it posts what others published, and its signature.

{"Type": "Notification", "MessageId": "…", "TopicArn": "arn:aws:sns:us-east-1:123456789012:inbound", "Message": "{…}",
 "Timestamp": "2025-10-09T08:53:20.000Z", "SignatureVersion": "2", "Signature": "<base64>",
 "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-….pem"}

Any AWS account can have SNS sign something, so that a signature counts only together with the topic.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from bot.core.errors import SignatureError, UnparsableError
from bot.providers.base import WebhookRequest
from bot.providers.kit.json_reader import Part, read_json
from bot.providers.kit.timestamps import moment

TOLERANCE = timedelta(hours=1)
"""SNS ends its attempts within an hour, and signs only once."""

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"

_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    **dict.fromkeys(
        (CONFIRMATION, "UnsubscribeConfirmation"),
        ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
"""What is signed of each type, in this order; what is not there is passed over."""
# One pattern for the whole of it: user names, ports, tabs and other hosts have no place in it.
_HOST = r"https://sns\.[a-z]{2}(?:-[a-z0-9]{1,20}){1,4}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/[A-Za-z0-9_-]{1,200}\.pem")
_CONFIRM = re.compile(_HOST + r"/\?[A-Za-z0-9%&=:._~+-]{1,2000}")


def read_envelope(request: WebhookRequest) -> Part:
    """The envelope in a post, of a type that SNS knows; raises UnparsableError."""
    envelope = read_json(request)
    if envelope.text("Type") not in _SIGNED:
        raise UnparsableError("Type is not one of SNS")
    return envelope


def certificate_url(request: WebhookRequest, topics: Collection[str]) -> str:
    """Where the certificate is that a post is signed with; raises SignatureError unless it is at SNS.

    And unless it is of one of `topics`: others would make us ask SNS for a certificate with each post of theirs.
    """
    try:
        envelope = read_envelope(request)
        topic, url = envelope.text("TopicArn"), envelope.text("SigningCertURL")
    except UnparsableError as error:
        raise SignatureError(f"there is no signature: {error}") from None
    if topic not in topics:
        raise SignatureError("TopicArn is not one of ours")
    if not _CERTIFICATE.fullmatch(url):
        raise SignatureError("SigningCertURL is not at SNS")
    return url


def confirm_url(envelope: Part) -> str:
    """The URL that confirms a subscription; raises UnparsableError unless it is at SNS."""
    url = envelope.text("SubscribeURL")
    if not _CONFIRM.fullmatch(url):
        raise UnparsableError("SubscribeURL is not at SNS")
    return url


def check(request: WebhookRequest, *, topics: Collection[str], versions: Collection[str], now: datetime) -> None:
    """Check a post; raises SignatureError.

    Args:
        request: the post, with what is at its `certificate_url`.
        topics: the ARNs that may post here.
        versions: the versions of the signature that are taken.
        now: the moment.
    """
    from bot.providers.ses.certificate import check_signature, public_key

    try:
        envelope = read_envelope(request)
        if envelope.text("TopicArn") not in topics:
            raise SignatureError("TopicArn is not one of ours")
        version = envelope.text("SignatureVersion")
        if version not in versions:
            raise SignatureError("SignatureVersion is not one that is taken")
        posted = moment(envelope.text("Timestamp"))
        signature, content = envelope.text("Signature"), signed_content(envelope)
    except UnparsableError as error:
        raise SignatureError(f"there is no signature: {error}") from None
    check_signature(public_key(request.certificate, now), version, signature, content)
    if posted is None or abs(now - posted) > TOLERANCE:
        raise SignatureError("Timestamp is too far from our time")


def signed_content(envelope: Part) -> bytes:
    """What is signed: a line with the name and a line with the value of each part; raises UnparsableError."""
    names = [name for name in _SIGNED[envelope.text("Type")] if name in envelope.value]
    return "".join(f"{name}\n{envelope.text(name)}\n" for name in names).encode(errors="replace")
