"""The certificate that SNS signs with, and its signature."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from bot.core.errors import SignatureError

_HASHES: Mapping[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}


def public_key(certificate: bytes, now: datetime) -> RSAPublicKey:
    """The key in a PEM certificate that is valid now; raises SignatureError."""
    try:
        read = x509.load_pem_x509_certificate(certificate)
        key = read.public_key()
    except Exception:  # noqa: BLE001 - the library has errors of its own for each thing that can be wrong with one
        raise SignatureError("the certificate cannot be read") from None
    if not isinstance(key, RSAPublicKey):
        raise SignatureError("the certificate is not an RSA key's")
    if not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
        raise SignatureError("the certificate is not valid now")
    return key


def check_signature(key: RSAPublicKey, version: str, signature: str, content: bytes) -> None:
    """Check a base64 signature, RSA PKCS #1 v1.5 over SHA-1 in version 1 and SHA-256 in 2; raises SignatureError."""
    algorithm = _HASHES.get(version)
    if algorithm is None:
        raise SignatureError("SignatureVersion is not known")
    try:
        key.verify(base64.b64decode(signature, validate=True), content, PKCS1v15(), algorithm())
    except (InvalidSignature, binascii.Error, ValueError):
        raise SignatureError("the signature is not SNS's") from None
