"""Amazon SNS in tests: a topic, a key and its certificate, and posts signed by it."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bot.providers.base import WebhookRequest
from bot.providers.kit.json_reader import Part
from bot.providers.ses.sns import signed_content

TOPIC = "arn:aws:sns:us-east-1:123456789012:recado"
NOW = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
_DAY = timedelta(days=1)


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """SNS's key; made once, since it takes a while."""
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate(begins: datetime = NOW - _DAY, ends: datetime = NOW + _DAY, *, of_rsa: bool = True) -> bytes:
    """A certificate of the key in PEM, or of another kind of key."""
    key = signing_key() if of_rsa else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, ends)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def signed_envelope(envelope: Mapping[str, Any], version: str = "2") -> bytes:
    """The envelope as SNS posts it, with its signature."""
    content = signed_content(Part(envelope))
    # SNS's older version has nothing better.
    algorithm = SHA1() if version == "1" else SHA256()  # noqa: S303
    signature = signing_key().sign(content, PKCS1v15(), algorithm)
    whole = {**envelope, "SignatureVersion": version, "Signature": base64.b64encode(signature).decode()}
    return json.dumps(whole).encode()


def sns_post(body: bytes, proof: bytes | None = None) -> WebhookRequest:
    """The post, with what the certificate's URL gave."""
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"}
    url = "https://bot.example.com/webhooks/ses"
    return WebhookRequest("POST", url, headers, {}, body, certificate() if proof is None else proof)


def signed_mail(raw: bytes, recipient: str = "oi@example.org") -> tuple[dict[str, str], bytes]:
    """SNS's post of a mail that SES received."""
    notice = {
        "notificationType": "Received",
        "mail": {"messageId": "d6iitobk75ur44p8kdnnp7g2n800", "source": "rui@example.com"},
        "receipt": {"recipients": [recipient], "action": {"type": "SNS", "encoding": "BASE64"}},
        "content": base64.b64encode(raw).decode(),
    }
    envelope = {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": TOPIC,
        "Message": json.dumps(notice),
        "Timestamp": "2025-10-09T08:53:20.000Z",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/a.pem",
    }
    return {"Content-Type": "text/plain; charset=UTF-8"}, signed_envelope(envelope)
