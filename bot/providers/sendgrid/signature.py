"""The ECDSA signature under which SendGrid posts."""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from bot.core.errors import SignatureError


def matches(key: str, signature: bytes, content: bytes) -> bool:
    """Whether the key signed the content; raises SignatureError where it is none that the console shows."""
    try:
        _public_key(key).verify(signature, content, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)
def _public_key(spelled: str) -> ec.EllipticCurvePublicKey:
    """The key that the console shows: base64 of a P-256 SubjectPublicKeyInfo."""
    try:
        key = load_der_public_key(base64.b64decode(spelled, validate=True))
    except (binascii.Error, ValueError):
        raise SignatureError("SENDGRID_PUBLIC_KEY holds no public key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SignatureError("SENDGRID_PUBLIC_KEY holds a key of another kind")
    return key
